/**
 * QStash from publish to the last attempt: delay, deduplication, signed delivery, retries with backoff, dead letters,
 * callbacks. The delivery clock follows the real clock and can be advanced, so that tests need not wait for a reminder
 * of next week.
 */
import { type Answer, callbackBody, retryDelaySeconds } from './qstash-answer.ts';
import { type CallbackTarget, type Message, newId } from './qstash-message.ts';
import { type SigningKeys, signDelivery } from './qstash-signature.ts';

/** How long QStash remembers a deduplication id, https://upstash.com/docs/qstash/features/deduplication */
const DEDUPLICATION_MILLISECONDS = 600_000;
const HISTORY_LENGTH = 1000;
const KNOWN_MESSAGES = 10_000;
const MAX_DELIVERIES_PER_ADVANCE = 10_000;
const MAX_TIMER_MILLISECONDS = 2 ** 31 - 1;

export interface Delivery {
  readonly messageId: string;
  readonly url: string;
  /** Number of attempts before this one. */
  readonly retried: number;
  /** 0 if the destination did not answer. */
  readonly status: number;
  readonly outcome: 'delivered' | 'retrying' | 'dead';
}

export interface DeadLetter {
  readonly dlqId: string;
  readonly message: Message;
  readonly answer: Answer;
}

export interface Deliveries {
  /** Milliseconds of the delivery clock. */
  now(): number;
  /** @returns the id of the message, or of the earlier message that it duplicates */
  publish(message: Message): { readonly messageId: string; readonly deduplicated: boolean };
  pending(): readonly Message[];
  cancel(messageId: string): boolean;
  deadLetters(): readonly DeadLetter[];
  removeDeadLetter(dlqId: string): DeadLetter | undefined;
  /**
   * Advances the clock and delivers, in order, everything that becomes due. Resolves once all deliveries were answered.
   */
  advance(seconds: number): Promise<readonly Delivery[]>;
  /** Delivers a message again, several times in parallel, even if it was delivered. @returns the statuses */
  redeliver(messageId: string, times: number): Promise<readonly number[] | undefined>;
  /** The last attempts, oldest first. */
  history(): readonly Delivery[];
  stop(): void;
}

export interface DeliveriesOptions {
  readonly keys: () => SigningKeys;
  /** Whether a timer delivers messages when they are due; otherwise only {@link Deliveries.advance} delivers. */
  readonly automatic: boolean;
}

interface Waiting {
  readonly message: Message;
  readonly retried: number;
  readonly dueAt: number;
}

export function createDeliveries({ keys, automatic }: DeliveriesOptions): Deliveries {
  const waiting = new Map<string, Waiting>();
  const deadLetters = new Map<string, DeadLetter>();
  const remembered = new Map<string, { readonly messageId: string; readonly until: number }>();
  const known = new Map<string, Message>();
  const inFlight = new Set<Promise<Delivery>>();
  const history: Delivery[] = [];
  let offset = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const now = () => Date.now() + offset;

  function enqueue(message: Message, retried: number, dueAt: number): void {
    waiting.set(message.messageId, { message, retried, dueAt });
    arm();
  }

  function earliest(): Waiting | undefined {
    return [...waiting.values()].reduce<Waiting | undefined>(
      (first, next) => (first === undefined || next.dueAt < first.dueAt ? next : first),
      undefined,
    );
  }

  function arm(): void {
    clearTimeout(timer);
    const next = earliest();
    if (!automatic || stopped || next === undefined) return;
    timer = setTimeout(tick, Math.min(Math.max(0, next.dueAt - now()), MAX_TIMER_MILLISECONDS));
  }

  function tick(): void {
    for (const next of [...waiting.values()]) {
      if (next.dueAt <= now()) start(next);
    }
    arm();
  }

  function start(next: Waiting): Promise<Delivery> {
    waiting.delete(next.message.messageId);
    const attempt = deliver(next).finally(() => inFlight.delete(attempt));
    inFlight.add(attempt);
    return attempt;
  }

  async function deliver({ message, retried }: Waiting): Promise<Delivery> {
    const answer = await send(message, retried, keys().current);
    const { status } = answer;
    const ok = status >= 200 && status < 300;
    const final = ok || answer.nonRetryable || retried >= message.maxRetries;
    if (!final) enqueue(message, retried + 1, now() + retryDelaySeconds(retried + 1, answer) * 1000);
    if (message.callback !== undefined) publishCallback(message.callback, callbackBody(message, answer, retried));
    if (final && !ok) bury(message, answer, retried);
    const delivery: Delivery = {
      messageId: message.messageId,
      url: message.url,
      retried,
      status,
      outcome: ok ? 'delivered' : final ? 'dead' : 'retrying',
    };
    history.push(delivery);
    if (history.length > HISTORY_LENGTH) history.shift();
    return delivery;
  }

  function bury(message: Message, answer: Answer, retried: number): void {
    const dlqId = newId('dlq');
    deadLetters.set(dlqId, { dlqId, message, answer });
    if (message.failureCallback === undefined) return;
    publishCallback(message.failureCallback, { ...callbackBody(message, answer, retried), dlqId });
  }

  function publishCallback(target: CallbackTarget, body: object): void {
    publish({
      messageId: newId('msg'),
      url: target.url,
      method: 'POST',
      headers: { 'content-type': 'application/json', ...target.headers },
      body: JSON.stringify(body),
      createdAt: now(),
      notBefore: now(),
      maxRetries: target.maxRetries,
      timeoutSeconds: 30,
      deduplicationKey: undefined,
      callback: undefined,
      failureCallback: undefined,
    });
  }

  function publish(message: Message) {
    const key = message.deduplicationKey;
    const earlier = key === undefined ? undefined : remembered.get(key);
    if (earlier !== undefined && earlier.until > now()) return { messageId: earlier.messageId, deduplicated: true };
    if (key !== undefined)
      remembered.set(key, { messageId: message.messageId, until: now() + DEDUPLICATION_MILLISECONDS });
    known.set(message.messageId, message);
    if (known.size > KNOWN_MESSAGES) known.delete(known.keys().next().value ?? '');
    enqueue(message, 0, message.notBefore);
    return { messageId: message.messageId, deduplicated: false };
  }

  return {
    now,
    publish,
    pending: () => [...waiting.values()].map(({ message }) => message),
    cancel: (messageId) => waiting.delete(messageId),
    deadLetters: () => [...deadLetters.values()],
    removeDeadLetter(dlqId) {
      const letter = deadLetters.get(dlqId);
      deadLetters.delete(dlqId);
      return letter;
    },
    async advance(seconds) {
      const until = now() + seconds * 1000;
      const done: Delivery[] = [];
      for (let next = earliest(); next !== undefined && next.dueAt <= Math.max(until, now()); next = earliest()) {
        if (done.length === MAX_DELIVERIES_PER_ADVANCE) throw new Error('deliveries publish new messages endlessly');
        offset += Math.max(0, next.dueAt - now());
        done.push(await start(next));
      }
      await Promise.all(inFlight);
      offset += Math.max(0, until - now());
      arm();
      return done;
    },
    async redeliver(messageId, times) {
      const message = known.get(messageId);
      if (message === undefined) return undefined;
      const answers = await Promise.all(Array.from({ length: times }, () => send(message, 0, keys().current)));
      return answers.map(({ status }) => status);
    },
    history: () => [...history],
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

async function send(message: Message, retried: number, key: string): Promise<Answer> {
  const hasBody = message.method !== 'GET' && message.method !== 'HEAD';
  const body = hasBody ? message.body : '';
  try {
    const response = await fetch(message.url, {
      method: message.method,
      headers: {
        'user-agent': 'Upstash-QStash',
        ...message.headers,
        'upstash-message-id': message.messageId,
        'upstash-retried': String(retried),
        'upstash-signature': signDelivery(key, message.url, body, Date.now()),
      },
      ...(hasBody && { body }),
      redirect: 'manual',
      signal: AbortSignal.timeout(message.timeoutSeconds * 1000),
    });
    const { status, headers } = response;
    const nonRetryable = status === 489 && headers.get('upstash-nonretryable-error') === 'true';
    return { status, headers, body: await response.text(), nonRetryable };
  } catch (error) {
    return { status: 0, headers: new Headers(), body: String(error), nonRetryable: false };
  }
}

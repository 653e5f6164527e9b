/**
 * QStash from publish to the last attempt: delay, deduplication, flow control, signed delivery, retries with backoff, dead letters,
 * callbacks. The delivery clock follows the real clock and can be advanced, so that tests need not wait for a reminder
 * of next week.
 */
import { type Answer, callbackBody, retryDelaySeconds } from './qstash-answer.ts';
import { Flows } from './qstash-flow.ts';
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

export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #waiting = new Map<string, Waiting>();
  readonly #deadLetters = new Map<string, DeadLetter>();
  readonly #remembered = new Map<string, { readonly messageId: string; readonly until: number }>();
  readonly #known = new Map<string, Message>();
  readonly #flows = new Flows();
  readonly #inFlight = new Set<Promise<Delivery>>();
  readonly #history: Delivery[] = [];
  #offset = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  /** Milliseconds of the delivery clock. */
  now(): number {
    return Date.now() + this.#offset;
  }

  /** @returns the id of the message, or of the earlier message that it duplicates */
  publish(message: Message): { readonly messageId: string; readonly deduplicated: boolean } {
    const { messageId, deduplicationKey: key } = message;
    const earlier = key === undefined ? undefined : this.#remembered.get(key);
    if (earlier !== undefined && earlier.until > this.now()) {
      return { messageId: earlier.messageId, deduplicated: true };
    }
    if (key !== undefined) this.#remembered.set(key, { messageId, until: this.now() + DEDUPLICATION_MILLISECONDS });
    this.#known.set(messageId, message);
    if (this.#known.size > KNOWN_MESSAGES) this.#known.delete(this.#known.keys().next().value ?? '');
    this.#enqueue(message, 0, message.notBefore);
    return { messageId, deduplicated: false };
  }

  pending(): readonly Message[] {
    return [...this.#waiting.values()].map(({ message }) => message);
  }

  cancel(messageId: string): boolean {
    return this.#waiting.delete(messageId);
  }

  deadLetters(): readonly DeadLetter[] {
    return [...this.#deadLetters.values()];
  }

  removeDeadLetter(dlqId: string): DeadLetter | undefined {
    const letter = this.#deadLetters.get(dlqId);
    this.#deadLetters.delete(dlqId);
    return letter;
  }

  /**
   * Advances the clock and delivers, in order, everything that becomes due. Resolves once all deliveries were answered.
   */
  async advance(seconds: number): Promise<readonly Delivery[]> {
    const until = this.now() + seconds * 1000;
    const done: Delivery[] = [];
    for (
      let next = this.#earliest();
      next !== undefined && this.#startOf(next) <= Math.max(until, this.now());
      next = this.#earliest()
    ) {
      if (done.length === MAX_DELIVERIES_PER_ADVANCE) throw new Error('deliveries publish new messages endlessly');
      this.#offset += Math.max(0, this.#startOf(next) - this.now());
      done.push(await this.#start(next));
    }
    await Promise.all(this.#inFlight);
    this.#offset += Math.max(0, until - this.now());
    this.#arm();
    return done;
  }

  /** Delivers a message again, several times in parallel, even if it was delivered. @returns the statuses */
  async redeliver(messageId: string, times: number): Promise<readonly number[] | undefined> {
    const message = this.#known.get(messageId);
    if (message === undefined) return undefined;
    const { current } = this.#options.keys();
    const answers = await Promise.all(Array.from({ length: times }, () => send(message, 0, current)));
    return answers.map(({ status }) => status);
  }

  /** The last attempts, oldest first. */
  history(): readonly Delivery[] {
    return [...this.#history];
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #enqueue(message: Message, retried: number, dueAt: number): void {
    this.#waiting.set(message.messageId, { message, retried, dueAt });
    this.#arm();
  }

  /** Epoch milliseconds: when it is due, or when its flow control allows it. */
  #startOf({ message, dueAt }: Waiting): number {
    return Math.max(dueAt, this.#flows.freeAt(message.flowControl, this.now()));
  }

  #earliest(): Waiting | undefined {
    return [...this.#waiting.values()].reduce<Waiting | undefined>(
      (first, next) => (first === undefined || this.#startOf(next) < this.#startOf(first) ? next : first),
      undefined,
    );
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const next = this.#earliest();
    if (!this.#options.automatic || this.#stopped || next === undefined) return;
    const wait = Math.min(Math.max(0, this.#startOf(next) - this.now()), MAX_TIMER_MILLISECONDS);
    this.#timer = setTimeout(() => this.#tick(), wait);
  }

  #tick(): void {
    for (const next of [...this.#waiting.values()]) {
      if (this.#startOf(next) <= this.now()) this.#start(next);
    }
    this.#arm();
  }

  #start(next: Waiting): Promise<Delivery> {
    const { messageId, flowControl } = next.message;
    this.#waiting.delete(messageId);
    this.#flows.begin(flowControl, this.now());
    const attempt = this.#deliver(next).finally(() => {
      this.#inFlight.delete(attempt);
      this.#flows.end(flowControl);
      this.#arm();
    });
    this.#inFlight.add(attempt);
    return attempt;
  }

  async #deliver({ message, retried }: Waiting): Promise<Delivery> {
    const answer = await send(message, retried, this.#options.keys().current);
    const { status } = answer;
    const ok = status >= 200 && status < 300;
    const final = ok || answer.nonRetryable || retried >= message.maxRetries;
    if (!final) this.#enqueue(message, retried + 1, this.now() + retryDelaySeconds(retried + 1, answer) * 1000);
    if (message.callback !== undefined) this.#publishCallback(message.callback, callbackBody(message, answer, retried));
    if (final && !ok) this.#bury(message, answer, retried);
    const delivery: Delivery = {
      messageId: message.messageId,
      url: message.url,
      retried,
      status,
      outcome: ok ? 'delivered' : final ? 'dead' : 'retrying',
    };
    this.#history.push(delivery);
    if (this.#history.length > HISTORY_LENGTH) this.#history.shift();
    return delivery;
  }

  #bury(message: Message, answer: Answer, retried: number): void {
    const dlqId = newId('dlq');
    this.#deadLetters.set(dlqId, { dlqId, message, answer });
    if (message.failureCallback === undefined) return;
    this.#publishCallback(message.failureCallback, { ...callbackBody(message, answer, retried), dlqId });
  }

  #publishCallback(target: CallbackTarget, body: object): void {
    this.publish({
      messageId: newId('msg'),
      url: target.url,
      method: 'POST',
      headers: { 'content-type': 'application/json', ...target.headers },
      body: JSON.stringify(body),
      createdAt: this.now(),
      notBefore: this.now(),
      maxRetries: target.maxRetries,
      timeoutSeconds: 30,
      deduplicationKey: undefined,
      callback: undefined,
      failureCallback: undefined,
      flowControl: undefined,
    });
  }
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

/** The answer of a destination, the time of the next retry, and the body of a callback about it. */
import { durationSeconds, type Message } from './qstash-message.ts';

export interface Answer {
  /** 0 if the destination did not answer. */
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** Status 489 with `Upstash-NonRetryable-Error: true`: goes to the dead letters without a retry. */
  readonly nonRetryable: boolean;
}

const MAX_DELAY_SECONDS = 86_400;

/**
 * A destination may ask for a delay with `Retry-After`, as seconds, duration or date; otherwise exponential backoff.
 * https://upstash.com/docs/qstash/features/retry
 *
 * @param attempt 1 for the first retry
 */
export function retryDelaySeconds(attempt: number, { headers }: Answer): number {
  const asked = retryAfterSeconds(headers.get('retry-after'));
  if (asked !== undefined && asked <= MAX_DELAY_SECONDS) return asked;
  return Math.min(MAX_DELAY_SECONDS, Math.floor(Math.exp(2.5 * attempt)));
}

function retryAfterSeconds(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  const duration = durationSeconds(text);
  if (duration !== undefined) return duration;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
}

/** The body of a callback, https://upstash.com/docs/qstash/features/callbacks. Bodies in it are base64. */
export function callbackBody(message: Message, response: Answer, retried: number) {
  return {
    status: response.status,
    header: multiValued(response.headers),
    body: Buffer.from(response.body).toString('base64'),
    retried,
    maxRetries: message.maxRetries,
    sourceMessageId: message.messageId,
    topicName: '',
    endpointName: '',
    url: message.url,
    method: message.method,
    sourceHeader: multiValued(new Headers(message.headers)),
    sourceBody: Buffer.from(message.body).toString('base64'),
    notBefore: message.notBefore,
    createdAt: message.createdAt,
    scheduleId: '',
    callerIP: '127.0.0.1',
  };
}

export function multiValued(headers: Headers): Record<string, string[]> {
  return Object.fromEntries([...headers].map(([name, value]) => [name, [value]]));
}

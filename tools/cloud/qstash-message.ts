/** Parses publish requests of QStash and checks their limits. */
import { createHash } from 'node:crypto';
import { type FlowControl, parseFlowControl } from './qstash-flow.ts';

export interface Message {
  readonly messageId: string;
  readonly url: string;
  readonly method: string;
  /** Headers passed on to the destination, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Epoch milliseconds of the delivery clock. */
  readonly createdAt: number;
  readonly notBefore: number;
  readonly maxRetries: number;
  readonly timeoutSeconds: number;
  readonly deduplicationKey: string | undefined;
  readonly callback: CallbackTarget | undefined;
  readonly failureCallback: CallbackTarget | undefined;
  readonly flowControl: FlowControl | undefined;
}

export interface CallbackTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly maxRetries: number;
}

export interface PublishLimits {
  readonly maxDelaySeconds: number;
  readonly maxBodyBytes: number;
  readonly requiresFlowControl: boolean;
}

const DEFAULT_RETRIES = 3;
const DEFAULT_TIMEOUT_SECONDS = 30;
const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
/** Refused explicitly, so that an application that relies on one of these notices that it does not work here. */
const NOT_IMPLEMENTED = ['upstash-cron', 'upstash-queue-name', 'upstash-retry-delay'];

/**
 * @param headers of the request, names in lower case
 * @param now milliseconds of the delivery clock
 * @returns the message, or a description of the fault
 */
export function parsePublish(
  destination: string,
  headers: ReadonlyMap<string, string>,
  body: string,
  now: number,
  limits: PublishLimits,
): Message | string {
  if (!isHttpUrl(destination)) return `invalid destination url: ${destination}`;
  const missing = NOT_IMPLEMENTED.find((name) => headers.has(name));
  if (missing !== undefined) return `${missing} is not implemented by this stand-in`;
  if (Buffer.byteLength(body) > limits.maxBodyBytes) return `message is larger than ${limits.maxBodyBytes} bytes`;

  const notBefore = dueAt(headers, now);
  if (notBefore === undefined) return 'invalid Upstash-Delay or Upstash-Not-Before';
  if (notBefore - now > limits.maxDelaySeconds * 1000)
    return `maximum delay of ${limits.maxDelaySeconds} seconds exceeded`;
  const maxRetries = retries(headers, 'upstash-retries');
  const timeoutSeconds = durationSeconds(headers.get('upstash-timeout') ?? `${DEFAULT_TIMEOUT_SECONDS}s`);
  const callback = callbackTarget(headers, 'upstash-callback');
  const failureCallback = callbackTarget(headers, 'upstash-failure-callback');
  if (maxRetries === undefined) return 'invalid Upstash-Retries';
  if (timeoutSeconds === undefined) return 'invalid Upstash-Timeout';
  const flowControl = parseFlowControl(headers);
  if (flowControl === 'invalid') return 'invalid Upstash-Flow-Control-Key or Upstash-Flow-Control-Value';
  if (flowControl === undefined && limits.requiresFlowControl) return 'Upstash-Flow-Control-Key is missing';
  if (callback === 'invalid' || failureCallback === 'invalid') return 'invalid callback url or retries';

  const forwarded = forwardedHeaders(headers, 'upstash-forward-');
  const contentType = headers.get('content-type');
  return {
    messageId: newId('msg'),
    url: destination,
    method: headers.get('upstash-method')?.toUpperCase() ?? 'POST',
    headers: { ...(contentType !== undefined && { 'content-type': contentType }), ...forwarded },
    body,
    createdAt: now,
    notBefore,
    maxRetries,
    timeoutSeconds,
    deduplicationKey: deduplicationKey(destination, headers, body),
    callback,
    failureCallback,
    flowControl,
  };
}

export function newId(prefix: string): string {
  return `${prefix}_${crypto.randomUUID().replaceAll('-', '')}`;
}

/** Seconds of a duration such as `90s` or `1h30m`; undefined if the text is not a duration. */
export function durationSeconds(text: string): number | undefined {
  if (!/^(\d+[smhd])+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+)([smhd])/g)].reduce(
    (sum, [, n, unit]) => sum + Number(n) * (UNIT_SECONDS[unit ?? ''] ?? 0),
    0,
  );
}

/** Not-Before takes precedence over Delay, as in the service. */
function dueAt(headers: ReadonlyMap<string, string>, now: number): number | undefined {
  const notBefore = headers.get('upstash-not-before');
  if (notBefore !== undefined)
    return /^\d{1,12}$/.test(notBefore) ? Math.max(now, Number(notBefore) * 1000) : undefined;
  const seconds = durationSeconds(headers.get('upstash-delay') ?? '0s');
  return seconds === undefined ? undefined : now + seconds * 1000;
}

function retries(headers: ReadonlyMap<string, string>, name: string): number | undefined {
  const text = headers.get(name) ?? String(DEFAULT_RETRIES);
  return /^\d{1,3}$/.test(text) ? Number(text) : undefined;
}

function callbackTarget(headers: ReadonlyMap<string, string>, name: string): CallbackTarget | 'invalid' | undefined {
  const url = headers.get(name);
  if (url === undefined) return undefined;
  const maxRetries = retries(headers, `${name}-retries`);
  if (!isHttpUrl(url) || maxRetries === undefined) return 'invalid';
  return { url, maxRetries, headers: forwardedHeaders(headers, `${name}-forward-`) };
}

function forwardedHeaders(headers: ReadonlyMap<string, string>, prefix: string): Record<string, string> {
  return Object.fromEntries(
    [...headers].filter(([name]) => name.startsWith(prefix)).map(([name, value]) => [name.slice(prefix.length), value]),
  );
}

function deduplicationKey(url: string, headers: ReadonlyMap<string, string>, body: string): string | undefined {
  const id = headers.get('upstash-deduplication-id');
  if (id !== undefined) return `id ${id}`;
  if (headers.get('upstash-content-based-deduplication') !== 'true') return undefined;
  return `content ${createHash('sha256')
    .update(JSON.stringify([url, body]))
    .digest('hex')}`;
}

function isHttpUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

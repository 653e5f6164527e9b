/** Classifies what a provider answers over HTTP by whether a retry makes sense. */
import type { SendRefusal } from '../../domain/notifications/ports.ts';

/** Our credentials. */
const REJECTED = [401, 403, 407];
/** Our rate. */
const THROTTLED = 429;
/** The same message may be accepted on a retry. */
const PASSING = [408, 409, 425];
/** A gateway answers for a service from which it has heard nothing, or nothing whole. */
const FROM_A_GATEWAY = [502, 504];
/** No provider is left alone for longer than this because of what it says. */
const LONGEST_PAUSE_SECONDS = 3600;

export function refusalOf(provider: string, { status, headers }: Pick<Response, 'status' | 'headers'>): SendRefusal {
  const wait = retryAfter(headers.get('retry-after'));
  const told = { detail: `${provider} answered ${status}`, ...(wait === undefined ? {} : { retryAfterSeconds: wait }) };
  if (REJECTED.includes(status)) return { kind: 'unreachable', ...told, reason: 'rejected' };
  if (status === THROTTLED) return { kind: 'unreachable', ...told, reason: 'throttled' };
  if (FROM_A_GATEWAY.includes(status)) return { kind: 'unreachable', ...told, outcome: 'unknown' };
  if (status >= 500) return { kind: 'unreachable', ...told };
  if (status === 413) return { kind: 'permanent', ...told, reason: 'too_large' };
  return { kind: PASSING.includes(status) ? 'transient' : 'permanent', ...told };
}

/** Seconds of a Retry-After header (RFC 9110 section 10.2.3). A date is not read: our clock may differ from theirs. */
function retryAfter(header: string | null): number | undefined {
  if (header === null || !/^\d{1,9}$/.test(header)) return undefined;
  return Math.min(Number(header), LONGEST_PAUSE_SECONDS);
}

/** Codes of errors before a connection stood, so that no byte of the message has left. */
const NOT_CONNECTED = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;
/** How Deno's fetch says it. */
const NOT_CONNECTED_IN_WORDS = /client error \(Connect\)/;

/** A request that got no answer. Unless there was no connection, the provider may have accepted it. */
export function unreachable(error: unknown): SendRefusal {
  const detail = error instanceof Error ? error.name : 'network';
  return { kind: 'unreachable', detail, ...(wasNeverConnected(error) ? {} : { outcome: 'unknown' }) };
}

function wasNeverConnected(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && NOT_CONNECTED.test(String(error.code))) return true;
  if (NOT_CONNECTED_IN_WORDS.test(error.message)) return true;
  // A name with several addresses fails once for each.
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(wasNeverConnected);
  return wasNeverConnected(error.cause);
}

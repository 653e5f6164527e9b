/** Classifies a provider's HTTP status by whether a retry makes sense. */
import type { SendRefusal } from '../../domain/notifications/ports.ts';

/** Our credentials. */
const REJECTED = [401, 403, 407];
/** Our rate. */
const THROTTLED = 429;
/** The same message may be accepted on a retry. */
const PASSING = [408, 409, 425];

export function refusalOf(provider: string, status: number): SendRefusal {
  const detail = `${provider} answered ${status}`;
  if (REJECTED.includes(status)) return { kind: 'unreachable', detail, reason: 'rejected' };
  if (status === THROTTLED) return { kind: 'unreachable', detail, reason: 'throttled' };
  if (status >= 500) return { kind: 'unreachable', detail };
  return { kind: PASSING.includes(status) ? 'transient' : 'permanent', detail };
}

export function unreachable(error: unknown): SendRefusal {
  return { kind: 'unreachable', detail: error instanceof Error ? error.name : 'network' };
}

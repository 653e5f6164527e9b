/** Classifies a provider's HTTP status by whether a retry makes sense. */
import type { SendRefusal } from '../../domain/notifications/ports.ts';

/** Caused by our key, our rate or the provider, not by this message. */
const OURS = [401, 403, 407, 429];
/** The same message may be accepted on a retry. */
const PASSING = [408, 409, 425];

export function refusalOf(provider: string, status: number): SendRefusal {
  const detail = `${provider} answered ${status}`;
  if (status >= 500 || OURS.includes(status)) return { kind: 'unreachable', detail };
  return { kind: PASSING.includes(status) ? 'transient' : 'permanent', detail };
}

export function unreachable(error: unknown): SendRefusal {
  return { kind: 'unreachable', detail: error instanceof Error ? error.name : 'network' };
}

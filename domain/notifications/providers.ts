/**
 * Which provider sends a message, and when one that fails is left alone (circuit breaker, ADR 0223). The state of a
 * provider is a plain value: each process or isolate keeps its own.
 */
import type { Instant } from '../shared/time.ts';
import type { ProviderStatus, SendRefusal, SendResult } from './ports.ts';

/** Failures in a row after which a provider is left alone. */
const FAILURES_BEFORE_PAUSE = 3;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;
/** After a pause one message is tried; others wait for its outcome, at most for the time that an attempt may take. */
const TRIAL_MS = 20_000;

export type ProviderHealth = Omit<ProviderStatus, 'provider' | 'channels' | 'state' | 'failOvers'>;

export const UNTRIED: ProviderHealth = {
  pausedUntil: null,
  pausedSince: null,
  failuresInARow: 0,
  isRejecting: false,
  lastFailure: null,
  lastAnsweredAt: null,
};

export function stateOf(health: ProviderHealth, now: Instant): ProviderStatus['state'] {
  if (isPaused(health, now)) return 'paused';
  if (health.failuresInARow > 0) return 'failing';
  return health.lastAnsweredAt === null ? 'untried' : 'up';
}

function isPaused({ pausedUntil }: ProviderHealth, now: Instant): boolean {
  return pausedUntil !== null && now < pausedUntil;
}

/** The health once an attempt begins: one attempt after a pause pauses the others. `undefined`: not to be asked now. */
export function beginAttempt(health: ProviderHealth, now: Instant): ProviderHealth | undefined {
  if (isPaused(health, now)) return undefined;
  return health.pausedUntil === null ? health : { ...health, pausedUntil: now + TRIAL_MS };
}

/** The health after an attempt. A provider that refuses a message is well. */
export function afterAttempt(health: ProviderHealth, result: SendResult, now: Instant): ProviderHealth {
  if (result.ok || result.error.kind !== 'unreachable') return { ...UNTRIED, lastAnsweredAt: now };
  const refusal = result.error;
  const reason = refusal.reason === 'rejected' || refusal.reason === 'throttled' ? refusal.reason : 'unreachable';
  const failuresInARow = health.failuresInARow + 1;
  const until = pausedUntil(refusal, failuresInARow, now);
  return {
    ...health,
    failuresInARow,
    isRejecting: health.isRejecting || reason === 'rejected',
    lastFailure: { at: now, detail: refusal.detail, reason },
    pausedUntil: until,
    pausedSince: until === null ? null : (health.pausedSince ?? now),
  };
}

/** A provider that says what is wrong, or how long to wait, is believed at once; silence may be a fault of one message. */
function pausedUntil(refusal: SendRefusal, failuresInARow: number, now: Instant): Instant | null {
  if (refusal.retryAfterSeconds !== undefined) return now + refusal.retryAfterSeconds * 1000;
  const isTold = refusal.kind === 'unreachable' && refusal.reason !== undefined;
  const pauses = isTold ? failuresInARow : failuresInARow - FAILURES_BEFORE_PAUSE + 1;
  return pauses < 1 ? null : now + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (pauses - 1));
}

/**
 * The provider for the next attempt of a message, or `null` if none can take it. A message that a provider may have
 * accepted stays with that provider; no other may send it.
 *
 * @param providers those that can send it, the preferred one first
 * @param holder the provider that may have accepted it, because the outcome of an attempt is unknown
 */
export function chooseProvider(
  providers: readonly Pick<ProviderStatus, 'provider' | 'state'>[],
  holder: string | null,
): string | null {
  if (holder !== null) return providers.some(({ provider }) => provider === holder) ? holder : null;
  const [preferred] = providers;
  return (providers.find(({ state }) => state !== 'paused') ?? preferred)?.provider ?? null;
}

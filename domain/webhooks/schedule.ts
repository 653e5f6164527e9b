/** When an event that was not delivered is sent again, and when an endpoint that does not work is disabled. */
import type { Instant } from '../shared/time.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** After the first attempt, the second, … (Standard Webhooks, "Retries"): ten attempts within about three days. */
export const RETRY_DELAYS_MS: readonly number[] = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];
/** A delay is longer by up to this part of it, so that events that failed together are not sent together again. */
const JITTER = 0.2;
/** The longest wait that a receiver may ask for. */
const LONGEST_ASKED_MS = DAY;

/**
 * @param attempt how many attempts were made, from 1
 * @param random from 0 to 1
 * @param asked seconds of the answer's `Retry-After`
 * @returns when the next attempt is due; `null` when there is none
 */
export function nextAttempt(
  attempt: number,
  now: Instant,
  random: number,
  asked: number | null = null,
): Instant | null {
  const delay = RETRY_DELAYS_MS[attempt - 1];
  if (delay === undefined) return null;
  const wanted = asked === null ? 0 : Math.min(LONGEST_ASKED_MS, asked * SECOND);
  return now + Math.max(wanted, Math.round(delay * (1 + JITTER * random)));
}

/** An endpoint is disabled when nothing has succeeded for so long, and at least so many attempts have failed. */
const DISABLED_AFTER_MS = 5 * DAY;
const DISABLED_AFTER_FAILURES = 10;

/** What an endpoint's attempts have come to since the last success. */
export interface EndpointHealth {
  /** The first failure since the last success; `null` if the last attempt succeeded. */
  readonly failingSince: Instant | null;
  readonly failuresInARow: number;
}

/** Whether the failure that happens now, in addition to `health`, disables the endpoint. */
export function isBeyondHope({ failingSince, failuresInARow }: EndpointHealth, now: Instant): boolean {
  if (failingSince === null) return false;
  return now - failingSince >= DISABLED_AFTER_MS && failuresInARow + 1 >= DISABLED_AFTER_FAILURES;
}

const SHORTEST_REST_MS = 30 * SECOND;
const LONGEST_REST_MS = 10 * MINUTE;

/**
 * Until when an endpoint that did not answer in time is left alone. Each attempt occupies a worker for the whole time-out, so
 * events of such an endpoint wait, and those of others do not. The longer it fails, the longer it rests.
 */
export function restsUntil({ failingSince }: EndpointHealth, now: Instant): Instant {
  const failedFor = now - (failingSince ?? now);
  return now + Math.min(LONGEST_REST_MS, Math.max(SHORTEST_REST_MS, failedFor / 4));
}

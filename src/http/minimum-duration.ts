/** Gives answers a minimum duration, so that their time does not reveal what was done (R5). */
import type { Platform } from './platform.ts';

/** Longer than the work takes, even if a mail is queued. */
const LEAST_MS = 150;

/** Waits for the work and at least a fixed time. Failures are not delayed, because they do not depend on an account. */
export async function atLeast<T>(work: Promise<T>, pause: Platform['pause']): Promise<T> {
  const least = pause(LEAST_MS);
  const result = await work;
  await least;
  return result;
}

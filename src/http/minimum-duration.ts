/** Answers that must not tell by their time what was done for them (R5). */

/** Longer than the work takes, also where a mail is queued. */
const LEAST_MS = 150;

/** Waits for the work, and never less than a fixed time. A failure is not held back: it tells of us, not of an account. */
export async function atLeast<T>(work: Promise<T>): Promise<T> {
  const least = new Promise<void>((resolve) => setTimeout(resolve, LEAST_MS));
  const result = await work;
  await least;
  return result;
}

import type { Instant } from '../../../domain/shared/time.ts';

/** The outcome of a job: done, or retried at a time; `null` for exponential backoff. */
export type JobOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'retry'; readonly at: Instant | null; readonly error: string };

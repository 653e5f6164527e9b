/**
 * Messages that a provider has accepted but that are not recorded in the database yet (R83). A message is sent under a
 * lease that outlasts a long outage, so no other worker sends it; the recording is retried here until it succeeds.
 */
import type { OutboxId } from '../../domain/shared/ids.ts';
import type { ClaimedJob } from '../../domain/shared/outbox.ts';
import type { Instant } from '../../domain/shared/time.ts';
import type { Accepted } from '../app/notifications/deliver.ts';

export interface Acceptance extends Accepted {
  readonly job: ClaimedJob;
  /** Until then its attempt, or an earlier retry, is recording it: recording it twice would count two attempts. */
  readonly recordedUntil: Instant;
}

/** Keyed by the id of the job. Lives as long as the process or isolate. */
export type Acceptances = Map<string, Acceptance>;

/**
 * Lease of a message that is being sent. If the process dies after the provider's answer and before it is recorded,
 * another worker sends the message again after the lease, because nobody can know that it was accepted.
 */
export const SENDING_LEASE_SECONDS = 15 * 60;
/** Pause before the recording is retried. */
export const NOTE_AGAIN_MS = 2_000;
/** How long one recording may take. An isolate that the platform ends in between lets go of it by this time. */
const RECORDING_MS = 30_000;

/** Keeps the provider's answer for the attempt that is about to record it. */
export function keepAccepted(acceptances: Acceptances, job: ClaimedJob, accepted: Accepted, now: Instant): void {
  acceptances.set(job.id, { ...accepted, job, recordedUntil: now + RECORDING_MS });
}

/** Leaves it to {@link takeUnrecorded}, after a recording that failed. */
export function leaveUnrecorded(acceptances: Acceptances, id: OutboxId): void {
  const left = acceptances.get(id);
  if (left !== undefined) acceptances.set(id, { ...left, recordedUntil: 0 });
}

/** @returns the jobs of those that nothing else is recording, for the caller to record */
export function takeUnrecorded(acceptances: Acceptances, now: Instant): readonly ClaimedJob[] {
  const left = [...acceptances.values()].filter(({ recordedUntil }) => recordedUntil <= now);
  for (const { job, ...accepted } of left) keepAccepted(acceptances, job, accepted, now);
  return left.map(({ job }) => job);
}

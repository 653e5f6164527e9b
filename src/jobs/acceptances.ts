/**
 * Messages that a provider has accepted but that are not recorded in the database yet (R83). A message is sent under a
 * lease that outlasts a long outage, so no other worker sends it; the recording is retried here until it succeeds.
 */
import type { ClaimedJob } from '../../domain/shared/outbox.ts';
import type { Accepted } from '../app/notifications/deliver.ts';

export interface Acceptance extends Accepted {
  readonly job: ClaimedJob;
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

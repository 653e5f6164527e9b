/**
 * What providers have accepted and the database does not know yet (R83). A message is sent under a lease that outlives a long
 * outage, so nobody else sends it; noting it is tried again here until it succeeds.
 */
import type { ClaimedJob } from '../../domain/shared/outbox.ts';

export interface Acceptance {
  readonly job: ClaimedJob;
  readonly providerId: string | null;
}

/** By the id of the job. Lives as long as the process or isolate. */
export type Acceptances = Map<string, Acceptance>;

/**
 * For so long a message that is being sent belongs to who sends it. A process that dies between the provider's answer and
 * noting it leaves the message to others after that, who send it again: nobody can know that it was accepted.
 */
export const SENDING_LEASE_SECONDS = 15 * 60;
/** How soon noting is tried again. */
export const NOTE_AGAIN_MS = 2_000;

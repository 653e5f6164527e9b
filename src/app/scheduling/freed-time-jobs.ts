/** Jobs that offer freed time to the waitlist. */
import type { AppointmentChange } from '../../../domain/scheduling/appointment.ts';
import { type FreedTime, freedBy } from '../../../domain/scheduling/freed-time.ts';
import type { HoldChange } from '../../../domain/scheduling/hold.ts';
import type { JobDraft } from '../../../domain/shared/changes.ts';
import type { Instant } from '../../../domain/shared/time.ts';

/** Looks for a waitlist entry that fits the freed time. */
export const MATCH_WAITLIST = 'waitlist.match';
/** Closes an offer that was not answered in time. */
export const EXPIRE_OFFER = 'waitlist.expire_offer';

/** @param notBefore when the time becomes free. Default: at once */
export function matchJob(freed: FreedTime, notBefore?: Instant): JobDraft {
  const { doctorId, start, end } = freed;
  return {
    topic: MATCH_WAITLIST,
    payload: { doctorId, start: String(start), end: String(end) },
    ...(notBefore === undefined ? {} : { notBefore }),
  };
}

/** A job for each period that the changes free and that has not ended. */
export function freedTimeJobs(changes: readonly (AppointmentChange | HoldChange)[], now: Instant): readonly JobDraft[] {
  return changes
    .map(freedBy)
    .filter((freed) => freed !== undefined && freed.end > now)
    .map((freed) => matchJob(freed as FreedTime));
}

/** Jobs that offer time to the waitlist that has become bookable. */
import type { AppointmentChange } from '../../../domain/scheduling/appointment.ts';
import { type FreedTime, freedBy } from '../../../domain/scheduling/freed-time.ts';
import type { HoldChange } from '../../../domain/scheduling/hold.ts';
import type { WaitlistEntryId } from '../../../domain/scheduling/ids.ts';
import type { WaitlistOffer } from '../../../domain/scheduling/waitlist.ts';
import type { Turn } from '../../../domain/scheduling/waitlist-matching.ts';
import type { JobDraft } from '../../../domain/shared/changes.ts';
import { isId } from '../../../domain/shared/ids.ts';
import type { Instant } from '../../../domain/shared/time.ts';

/** Offers time of a doctor that has become bookable to the entries that it fits. */
export const MATCH_WAITLIST = 'waitlist.match';
/** Closes an offer that was not answered in time. */
export const EXPIRE_OFFER = 'waitlist.expire_offer';

/** Matches again what was deferred while a patient had an open offer. */
export const MATCH_DEFERRED = 'waitlist.match_deferred';

/** Time of a doctor that has become bookable. */
export interface OpenedTime extends FreedTime {
  /** When it became bookable. Default: when the job runs first. */
  readonly openedAt?: Instant;
}

/** @param notBefore when the time becomes bookable. Default: at once */
export function matchJob({ doctorId, start, end, openedAt }: OpenedTime, notBefore?: Instant): JobDraft {
  return {
    topic: MATCH_WAITLIST,
    payload: {
      ...{ doctorId, start: String(start), end: String(end) },
      ...(openedAt === undefined ? {} : { openedAt: String(openedAt) }),
    },
    ...(notBefore === undefined ? {} : { notBefore }),
  };
}

/** Where a job of {@link MATCH_WAITLIST} begins: the page of times, whose end is fixed once it was begun, and an entry in turn. */
export interface MatchPlace {
  readonly from: Instant | null;
  readonly until: Instant | null;
  readonly after: Turn | null;
}

/** The job that goes on where another one stopped. */
export function continuedMatch(opened: OpenedTime, { from, until, after }: MatchPlace): JobDraft {
  const job = matchJob(opened);
  return {
    ...job,
    payload: {
      ...job.payload,
      ...(from === null ? {} : { from: String(from) }),
      ...(until === null ? {} : { until: String(until) }),
      ...(after === null ? {} : { after: [after.missed, after.rank, after.createdAt, after.id].join(' ') }),
    },
  };
}

/** @returns `undefined` for a payload that names no time of a doctor */
export function readMatch(
  payload: JobDraft['payload'],
  now: Instant,
): { readonly opened: Required<OpenedTime>; readonly place: MatchPlace } | undefined {
  const { doctorId = '', start, end, openedAt, from, until, after } = payload;
  const opened = { doctorId, start: Number(start), end: Number(end), openedAt: Number(openedAt ?? now) };
  if (!isId<'user'>(doctorId) || !(opened.start < opened.end)) return undefined;
  return {
    opened: { ...opened, doctorId },
    place: {
      from: from === undefined ? null : Number(from),
      until: until === undefined ? null : Number(until),
      after: after === undefined ? null : readTurn(after),
    },
  };
}

function readTurn(text: string): Turn {
  const [missed, rank, createdAt, id = ''] = text.split(' ');
  return { missed: Number(missed), rank: Number(rank), createdAt: Number(createdAt), id: id as WaitlistEntryId };
}

/** After an answer to an offer: the patient can be offered what became bookable meanwhile. */
export function deferredJob({ id }: Pick<WaitlistOffer, 'id'>): JobDraft {
  return { topic: MATCH_DEFERRED, payload: { offerId: id } };
}

/** A job for each period that the changes free and that has not ended. */
export function freedTimeJobs(changes: readonly (AppointmentChange | HoldChange)[], now: Instant): readonly JobDraft[] {
  return changes
    .flatMap(freedBy)
    .filter(({ end }) => end > now)
    .map((freed) => matchJob(freed));
}

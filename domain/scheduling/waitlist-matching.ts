/** Matches bookable times with entries of the waitlist. */
import type { HoldId, UserId } from '../shared/ids.ts';
import { overlaps } from '../shared/interval.ts';
import { type Instant, MILLISECONDS_PER_MINUTE, MINUTES_PER_DAY } from '../shared/time.ts';
import { minuteOfDayAt, type ZoneId } from '../shared/zone.ts';
import { busyRange, dailyLimitOf } from './appointment-type.ts';
import { type LocalRange, minuteRange } from './availability.ts';
import { type DoctorTimes, type FreeTimes, isOpen, type OpenTime, verdictOn } from './bookable-times.ts';
import type { Doctor } from './doctor.ts';
import type { Hold, HoldChange } from './hold.ts';
import type { WaitlistOfferId } from './ids.ts';
import type { PatientStart } from './patient-limits.ts';
import { occupancyOf, type Place, placeFor } from './places.ts';
import type { SchedulingPolicy } from './policy.ts';
import { busyWith, type Taking } from './resource-choice.ts';
import type { PatientBusyTime } from './slot-check.ts';
import type { Slot } from './slots.ts';
import { moveEntry, type WaitlistChange, type WaitlistEntry, type WaitlistOffer } from './waitlist.ts';
import type { WaitlistCriteria } from './waitlist-criteria.ts';

/** A waiting entry of a patient without an open offer, with what decides which times the patient can take. */
export interface Candidate {
  readonly entry: WaitlistEntry;
  readonly isKnownPatient: boolean;
  readonly patientBusy: readonly PatientBusyTime[];
  /** The patient's appointments of the type, if the type limits them. */
  readonly patientStarts: readonly PatientStart[];
  /** The times of this doctor that the patient was offered before, whatever became of the offers. */
  readonly offeredBefore: readonly Instant[];
}

export interface MatchContext {
  readonly now: Instant;
  readonly policy: SchedulingPolicy;
  /** Ids for the offers. At most this many offers are made. */
  readonly ids: readonly { readonly offerId: WaitlistOfferId; readonly holdId: HoldId }[];
}

/** The place of an entry in the order in which entries are served. */
export type Turn = Pick<WaitlistEntry, 'missed' | 'rank' | 'createdAt' | 'id'>;

/**
 * The order in which entries are served: those whose patient left fewer offers in a row unanswered come first, then the
 * higher rank, then the longest wait. So somebody who does not answer delays the others once.
 */
export function inTurn(a: Turn, b: Turn): number {
  return a.missed - b.missed || b.rank - a.rank || a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);
}

/** Whether a slot of the wanted type meets the criteria of the entry. */
export function fits(
  entry: Omit<WaitlistCriteria, 'appointmentTypeId'>,
  slot: Slot,
  doctor: Pick<Doctor, 'id' | 'specialty'>,
  zone: ZoneId,
): boolean {
  return (
    (entry.doctorId === null || entry.doctorId === doctor.id) &&
    (entry.specialty === null || entry.specialty.toLowerCase() === doctor.specialty?.toLowerCase()) &&
    entry.from <= slot.date &&
    slot.date <= entry.to &&
    (entry.dailyWindow === null || isWithinDay(entry.dailyWindow, slot, zone))
  );
}

/** Offers with their entries, and where the next job goes on. */
export interface Matched {
  readonly changes: readonly (HoldChange | WaitlistChange)[];
  /** The last entry that was considered. The next job begins after it; `null` when no time is left, or nobody. */
  readonly after: Turn | null;
}

/**
 * Offers the times of a page. In turn, each entry gets the earliest time that meets its criteria, that its patient can book
 * now, and that its patient was not offered before. What is offered is taken for the entries that follow. A patient gets one
 * offer only, however many entries the patient has, so that nobody blocks more time than one answer decides on.
 *
 * @param candidates in turn
 * @param limit how many candidates were asked for: when there are fewer, no further ones wait
 */
export function offerTimes(
  state: DoctorTimes,
  times: readonly OpenTime[],
  candidates: readonly Candidate[],
  limit: number,
  context: MatchContext,
): Matched {
  const changes: (HoldChange | WaitlistChange)[] = [];
  const served = new Set<UserId>();
  let current = state;
  let open = times;
  let last: Turn | null = null;
  for (const candidate of candidates) {
    const ids = context.ids[served.size];
    if (!ids || open.length === 0) return { changes, after: open.length === 0 ? null : last };
    const { entry } = candidate;
    last = entry;
    if (served.has(entry.patientId)) continue;
    const found = firstFor(current, open, candidate, context.now);
    if (found === undefined) continue;
    const { hold, offer } = makeOffer(entry, found, ids, context);
    const onDate = { timezone: state.availability.timezone, start: hold.start };
    changes.push(
      { type: 'hold.placed', hold, takings: found.takings, ...dailyLimitOf(found.type, onDate, false) },
      { type: 'waitlist.offer_made', offer, of: 'wish' },
      moveEntry(entry, 'offered', context.now),
    );
    current = withHold(current, hold, found.takings);
    open = open.filter((time) => !isAffected(time, hold) || isOpen(current, time, context.now));
    served.add(entry.patientId);
  }
  return { changes, after: candidates.length < limit || open.length === 0 ? null : last };
}

type FoundTime = OpenTime & { readonly takings: readonly Taking[]; readonly place: Place };

/** The first of the times that meets the entry's criteria, that its patient can book now and was not offered before. */
export function firstFor(
  state: FreeTimes,
  open: Iterable<OpenTime>,
  { entry, offeredBefore, ...own }: Candidate,
  now: Instant,
): FoundTime | undefined {
  for (const time of open) {
    const { type, slot } = time;
    if (type.id !== entry.appointmentTypeId || !fits(entry, slot, state.doctor, state.availability.timezone)) continue;
    if (offeredBefore.includes(slot.start)) continue;
    const patientStarts = exceptNext(own.patientStarts, slot.start);
    const patient = { ...own, patientId: entry.patientId, patientStarts };
    const { reasons, takings } = verdictOn(state, time, patient, now);
    if (reasons.length > 0) continue;
    const standing = state.busy.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
    const place = placeFor(type, slot.start, standing);
    if (place !== undefined) return { ...time, takings, place };
  }
  return undefined;
}

/** Without the next one after an instant: the patient may give it back for an earlier time. */
function exceptNext(starts: readonly PatientStart[], instant: Instant): readonly PatientStart[] {
  const next = Math.min(...starts.map(({ start }) => start).filter((start) => start > instant));
  return starts.filter(({ start }) => start !== next);
}

function withHold(state: DoctorTimes, hold: Hold, takings: readonly Taking[]): DoctorTimes {
  const held = {
    ...hold.busy,
    sourceId: hold.id,
    appointmentTypeId: hold.appointmentTypeId,
    startsAt: hold.start,
    expiresAt: hold.expiresAt,
    occupancy: occupancyOf(hold.id, hold.place),
    lane: hold.place.lane,
  };
  const { all, busy } = state.resources;
  const resources = { all, busy: [...busy, ...busyWith({ ...held, doctorId: hold.doctorId }, takings)] };
  return { ...state, busy: [...state.busy, held], resources };
}

/** Whether a time may no longer be open beside a hold of the same doctor. */
function isAffected({ type, slot }: OpenTime, hold: Hold): boolean {
  return type.dailyLimit !== null || type.requires.length > 0 || overlaps(busyRange(type, slot.start), hold.busy);
}

export function makeOffer(
  entry: WaitlistEntry,
  { type, slot, place }: FoundTime,
  { offerId, holdId }: MatchContext['ids'][number],
  { now, policy }: Pick<MatchContext, 'now' | 'policy'>,
): { readonly hold: Hold; readonly offer: WaitlistOffer } {
  // An appointment that has begun cannot be accepted.
  const expiresAt = Math.min(now + policy.offerMinutes * MILLISECONDS_PER_MINUTE, slot.start);
  const { patientId } = entry;
  const { doctorId, start, end, locationId } = slot;
  return {
    hold: {
      id: holdId,
      holderId: patientId,
      patientId,
      doctorId,
      appointmentTypeId: type.id,
      start,
      end,
      busy: busyRange(type, start),
      place,
      locationId,
      createdAt: now,
      expiresAt,
    },
    offer: {
      id: offerId,
      entryId: entry.id,
      patientId,
      holdId,
      doctorId,
      start,
      end,
      state: 'open',
      createdAt: now,
      expiresAt,
      version: 1,
    },
  };
}

/** Whether a slot lies in a daily window, which may have begun on the evening before. */
function isWithinDay(window: LocalRange, slot: Slot, zone: ZoneId): boolean {
  const { start: opens, end: closes } = minuteRange(window);
  const minutes = minuteOfDayAt(zone, slot.start);
  const length = (slot.end - slot.start) / MILLISECONDS_PER_MINUTE;
  return [minutes, minutes + MINUTES_PER_DAY].some((start) => opens <= start && start + length <= closes);
}

/** Matches freed time with entries of the waitlist. */
import type { AppointmentTypeId, HoldId, UserId } from '../shared/ids.ts';
import { type Interval, overlaps } from '../shared/interval.ts';
import { type Instant, MILLISECONDS_PER_DAY, MILLISECONDS_PER_MINUTE, MINUTES_PER_DAY } from '../shared/time.ts';
import { localDateAt, wallReading, type ZoneId } from '../shared/zone.ts';
import { type AppointmentType, busyRange, dailyLimitOf } from './appointment-type.ts';
import { type Availability, type LocalRange, minuteRange } from './availability.ts';
import type { BusyTime } from './busy-time.ts';
import type { Doctor } from './doctor.ts';
import type { Hold, HoldChange } from './hold.ts';
import type { WaitlistOfferId } from './ids.ts';
import { occupancyOf, type Place, placeFor } from './places.ts';
import type { SchedulingPolicy } from './policy.ts';
import { busyWith, chooserFor, type ResourceState } from './resource-choice.ts';
import type { PatientBusyTime } from './slot-check.ts';
import { availableSlots, type Slot } from './slots.ts';
import { moveEntry, type WaitlistChange, type WaitlistEntry, type WaitlistOffer } from './waitlist.ts';

export interface MatchState {
  readonly doctor: Doctor;
  readonly availability: Availability;
  readonly types: ReadonlyMap<AppointmentTypeId, AppointmentType>;
  /** Active appointments and live holds of the doctor; the freed time is no longer among them. */
  readonly busy: readonly BusyTime[];
  /** Resources at the locations of the doctor's hours. */
  readonly resources: ResourceState;
  readonly freed: Interval;
  /** Waiting entries that this doctor could serve, of patients without an open offer; in any order. */
  readonly entries: readonly WaitlistEntry[];
  /** Earlier offers to these entries for this doctor, in any state: no time is offered to an entry twice. */
  readonly pastOffers: readonly Pick<WaitlistOffer, 'entryId' | 'doctorId' | 'start'>[];
  readonly patientBusy: ReadonlyMap<UserId, readonly PatientBusyTime[]>;
}

export interface MatchContext {
  readonly now: Instant;
  readonly policy: SchedulingPolicy;
  /** Ids for the offers. At most this many offers are made. */
  readonly ids: readonly { readonly offerId: WaitlistOfferId; readonly holdId: HoldId }[];
}

/** Orders by rank, highest first, then by how long the entry has waited. */
export function byRank(a: WaitlistEntry, b: WaitlistEntry): number {
  return b.rank - a.rank || a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);
}

/** Whether a slot of the wanted type meets the criteria of the entry. */
export function fits(
  entry: WaitlistEntry,
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

/**
 * Offers freed time. In the order of rank, each entry gets the earliest slot that overlaps the freed time, meets its
 * criteria, was not offered to it before and does not overlap the patient's other appointments. A slot that was offered
 * counts as busy for the entries that follow. A patient gets one offer only, however many entries the patient has, so that
 * nobody blocks more time than one answer decides on.
 */
export function offerFreedTime(state: MatchState, context: MatchContext): readonly (HoldChange | WaitlistChange)[] {
  const { doctor, availability, freed } = state;
  if (!doctor.active || !doctor.acceptingPatients) return [];
  const changes: (HoldChange | WaitlistChange)[] = [];
  const busy = [...state.busy];
  const taken = [...state.resources.busy];
  const served = new Set<UserId>();
  for (const entry of state.entries.filter((candidate) => candidate.state === 'waiting').sort(byRank)) {
    const ids = context.ids[served.size];
    const type = state.types.get(entry.appointmentTypeId);
    if (!ids) break;
    if (!type || served.has(entry.patientId)) continue;
    const slot = availableSlots({
      availability,
      type,
      from: localDateAt(availability.timezone, freed.start),
      to: localDateAt(availability.timezone, freed.end),
      now: context.now,
      busy,
      resources: { all: state.resources.all, busy: taken },
    }).find(
      (candidate) => overlaps(busyRange(type, candidate.start), freed) && isWanted(state, entry, candidate, context),
    );
    const place =
      slot &&
      placeFor(
        type,
        slot.start,
        busy.filter((time) => isStanding(time, context.now)),
      );
    if (!slot || !place) continue;
    const { hold, offer } = makeOffer(entry, type, { ...slot, place }, ids, context);
    const resources = { all: state.resources.all, busy: taken };
    const { taken: takings } = chooserFor(type, doctor.id, resources, context.now)(slot.start, slot.locationId);
    const onDate = { timezone: availability.timezone, start: hold.start };
    changes.push(
      { type: 'hold.placed', hold, takings, ...dailyLimitOf(type, onDate, false) },
      { type: 'waitlist.offer_made', offer },
      moveEntry(entry, 'offered', context.now),
    );
    const held = {
      ...hold.busy,
      sourceId: hold.id,
      appointmentTypeId: type.id,
      startsAt: hold.start,
      expiresAt: hold.expiresAt,
      occupancy: occupancyOf(hold.id, hold.place),
      lane: hold.place.lane,
    };
    busy.push(held);
    taken.push(...busyWith({ ...held, doctorId: doctor.id }, takings));
    served.add(entry.patientId);
  }
  return changes;
}

function isStanding({ expiresAt }: { readonly expiresAt: Instant | null }, now: Instant): boolean {
  return expiresAt === null || expiresAt > now;
}

function isWanted(state: MatchState, entry: WaitlistEntry, slot: Slot, { now }: MatchContext): boolean {
  const occupied = state.patientBusy.get(entry.patientId) ?? [];
  return (
    fits(entry, slot, state.doctor, state.availability.timezone) &&
    !occupied.some((time) => isStanding(time, now) && overlaps(time, slot)) &&
    !state.pastOffers.some(
      (offer) => offer.entryId === entry.id && offer.doctorId === slot.doctorId && offer.start === slot.start,
    )
  );
}

function makeOffer(
  entry: WaitlistEntry,
  type: AppointmentType,
  slot: Slot & { readonly place: Place },
  { offerId, holdId }: MatchContext['ids'][number],
  { now, policy }: MatchContext,
): { readonly hold: Hold; readonly offer: WaitlistOffer } {
  // An appointment that has begun cannot be accepted.
  const expiresAt = Math.min(now + policy.offerMinutes * MILLISECONDS_PER_MINUTE, slot.start);
  const { patientId } = entry;
  const { doctorId, start, end, place, locationId } = slot;
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
  const wall = wallReading(zone, slot.start);
  const minutes = (wall - Math.floor(wall / MILLISECONDS_PER_DAY) * MILLISECONDS_PER_DAY) / MILLISECONDS_PER_MINUTE;
  const length = (slot.end - slot.start) / MILLISECONDS_PER_MINUTE;
  return [minutes, minutes + MINUTES_PER_DAY].some((start) => opens <= start && start + length <= closes);
}

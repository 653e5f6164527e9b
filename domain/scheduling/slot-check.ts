/** Why a time cannot be booked: all reasons at once, decided from stored state and not from what the client saw (R39). */
import type { UserId } from '../shared/ids.ts';
import { type Interval, overlaps } from '../shared/interval.ts';
import { type Instant, type LocalDate, type LocalTime, MILLISECONDS_PER_MINUTE } from '../shared/time.ts';
import { localDateAt, localTimeAt, resolveWallClock, type ZoneId } from '../shared/zone.ts';
import type { SchedulingActor } from './appointment.ts';
import { type AppointmentType, endOf } from './appointment-type.ts';
import type { Availability } from './availability.ts';
import { windowReasons } from './booking-window.ts';
import type { BusyTime } from './busy-time.ts';
import type { Doctor } from './doctor.ts';
import { hoursReasons, isOffered, locationAt, NOT_OFFERED, openReasons, windowsAround } from './hours-check.ts';
import type { LocationId } from './location.ts';
import { type PatientStart, patientLimitReasons, patientLimitsOf } from './patient-limits.ts';
import { type Place, placeFor } from './places.ts';
import { chooserFor, type ResourceState, type Taking } from './resource-choice.ts';
import type { SlotReason } from './slot-reason.ts';
import { availableSlots, type Slot } from './slots.ts';
import type { VisitMode } from './visit-mode.ts';

/** An active appointment or a live hold of a patient: `[start, end)`, without buffers. */
export interface PatientBusyTime extends Interval {
  readonly sourceId: string;
  /** When a hold expires; `null` for an appointment. */
  readonly expiresAt: Instant | null;
}

/** A doctor who is to take part besides the leading one, within the same dates. */
export interface AdditionalDoctor {
  readonly doctor: Doctor;
  readonly name: string;
  readonly availability: Availability;
  readonly busy: readonly BusyTime[];
}

/** The state that a decision about a time is made on, read in one load. */
export interface BookingState {
  readonly doctor: Doctor;
  readonly additional: readonly AdditionalDoctor[];
  readonly type: AppointmentType;
  readonly availability: Availability;
  /**
   * The local dates for which overrides, time off, holidays and busy times are loaded, first and last included: at least
   * the requested date with the day before and the day after. Alternatives are searched within these dates.
   */
  readonly loaded: { readonly from: LocalDate; readonly to: LocalDate };
  readonly busy: readonly BusyTime[];
  readonly patientBusy: readonly PatientBusyTime[];
  /** The patient's appointments of the type on any date, if the type limits them. */
  readonly patientStarts: readonly PatientStart[];
  /** Resources of the kinds that the type requires, at the locations of the doctor's hours. */
  readonly resources: ResourceState;
  /** Whether the patient has an appointment that the doctor leads or attends, neither cancelled nor missed, past or to come. */
  readonly isKnownPatient: boolean;
  /** Whether the patient has never booked and has no birth date. */
  readonly needsBirthDate: boolean;
}

/** A start as a wall-clock reading in the doctor's zone, or as an instant. */
export type RequestedStart =
  | { readonly kind: 'local'; readonly date: LocalDate; readonly time: LocalTime }
  | { readonly kind: 'instant'; readonly instant: Instant };

export interface SlotCheck {
  readonly actor: SchedulingActor;
  /** The patient, whose time must be free too; `null` when not known yet. */
  readonly patientId: UserId | null;
  readonly now: Instant;
  /** The instant from which notice counts: for a booking through a hold, when the hold was placed. */
  readonly noticeFrom: Instant;
  /** Ids of the hold to be consumed and the appointment to be moved: their time does not count as busy. */
  readonly ignore: readonly string[];
  /** The end that the client expects; `null` when the client sent none. */
  readonly endTime: LocalTime | null;
  /** How patient and doctor are to meet; `null` for the type's default or what is booked. */
  readonly visitMode: VisitMode | null;
  /** The place of the hold that is consumed: its time is not taken. */
  readonly secured: Place | null;
}

/** The start that was judged, where it is, what is free there of what the type requires, and the reasons against it. */
export interface Verdict {
  readonly start: Instant;
  readonly locationId: LocationId | null;
  readonly takings: readonly Taking[];
  readonly reasons: readonly SlotReason[];
}

/** Judges a requested start. A reading that occurs twice means the first, unless only the second can be booked. */
export function judge(state: BookingState, requested: RequestedStart, check: SlotCheck): Verdict {
  if (requested.kind === 'instant') return judgeInstant(state, requested.instant, check);
  const clock = resolveWallClock(state.availability.timezone, requested.date, requested.time);
  switch (clock.kind) {
    case 'unique':
      return judgeInstant(state, clock.instant, check);
    case 'gap':
      return {
        start: clock.resumes,
        locationId: null,
        takings: [],
        reasons: [
          ...generalReasons(state, clock.resumes, check),
          { code: 'nonexistent_local_time', resumesAt: clock.resumes },
          ...timeReasons(state, clock.resumes, check),
        ],
      };
    case 'fold': {
      const first = judgeInstant(state, clock.earlier, check);
      if (first.reasons.length === 0) return first;
      const second = judgeInstant(state, clock.later, check);
      return second.reasons.length === 0 ? second : first;
    }
  }
}

/** The free slots closest to an instant, at most `limit`, ordered by start, without those at which the patient is busy. */
export function nearestSlots(state: BookingState, around: Instant, check: SlotCheck, limit: number): readonly Slot[] {
  if (limit === 0 || !isBookable(state, check) || isForClinicOnly(state, check)) return [];
  const { availability, type, loaded, resources } = state;
  const busy = state.busy.filter(({ sourceId }) => !check.ignore.includes(sourceId));
  const occupied = patientTimes(state, check);
  const free = availableSlots({
    availability,
    type,
    from: loaded.from,
    to: loaded.to,
    now: check.now,
    busy,
    resources: withoutIgnored(resources, check),
  }).filter(
    (slot) =>
      !occupied.some((time) => overlaps(time, slot)) &&
      patientReasons(state, slot.start, check).length === 0 &&
      additionalReasons(state, slot.start, slot.locationId, check).length === 0,
  );
  return free
    .sort((a, b) => Math.abs(a.start - around) - Math.abs(b.start - around) || a.start - b.start)
    .slice(0, limit)
    .sort((a, b) => a.start - b.start);
}

function withoutIgnored({ all, busy }: ResourceState, { ignore }: SlotCheck): ResourceState {
  return { all, busy: busy.filter(({ sourceId }) => !ignore.includes(sourceId)) };
}

function judgeInstant(state: BookingState, start: Instant, check: SlotCheck): Verdict {
  const { type, doctor } = state;
  const windows = windowsAround(state, start);
  const locationId = locationAt(windows, start);
  const { taken, missing } = chooserFor(type, doctor.id, state.resources, check.now, check.ignore)(start, locationId);
  return {
    start,
    locationId,
    takings: taken,
    reasons: [
      ...generalReasons(state, start, check),
      ...timeReasons(state, start, check),
      ...hoursReasons(state, start, windows, locationId),
      ...limitReasons(state, start, check),
      ...patientReasons(state, start, check),
      ...(missing.length > 0 ? [{ code: 'no_room', missing } as const] : []),
      ...conflictReasons(state, start, check),
      ...additionalReasons(state, start, locationId, check),
    ],
  };
}

/** An additional doctor must work there then and be free. The grid, the limits and the patient are a matter of the leading one. */
function additionalReasons(
  state: BookingState,
  start: Instant,
  locationId: LocationId | null,
  check: SlotCheck,
): SlotReason[] {
  return state.additional.flatMap(({ doctor, availability, busy }) => {
    const its = { ...state, doctor, availability };
    const isTaken = placeFor(state.type, start, standingTimes({ busy }, check)) === undefined;
    const reasons: SlotReason[] = [
      ...(doctor.active ? [] : [{ code: 'doctor_inactive' } as const]),
      ...(isOffered(its) ? openReasons(its, start, windowsAround(its, start), locationId) : [NOT_OFFERED]),
      ...(isTaken ? [{ code: 'slot_taken' } as const] : []),
    ];
    return reasons.map((reason) => ({ ...reason, doctorId: doctor.id }));
  });
}

function generalReasons(
  { doctor, type, availability, isKnownPatient }: BookingState,
  start: Instant,
  check: SlotCheck,
): SlotReason[] {
  const reasons: SlotReason[] = [];
  if (!isBookable({ doctor, isKnownPatient }, check)) reasons.push({ code: 'doctor_inactive' });
  if (!isOffered({ availability, type })) reasons.push(NOT_OFFERED);
  if (isForClinicOnly({ type }, check)) reasons.push({ code: 'clinic_only' });
  if (check.visitMode !== null && !type.visitModes.includes(check.visitMode)) {
    reasons.push({ code: 'visit_mode_not_offered', visitModes: type.visitModes });
  }
  if (check.endTime !== null && check.endTime !== endTimeOf(type, start, availability.timezone, check.endTime)) {
    reasons.push({ code: 'invalid_duration', durationMinutes: type.durationMinutes });
  }
  return reasons;
}

function timeReasons({ availability, type }: BookingState, start: Instant, check: SlotCheck): SlotReason[] {
  const reasons: SlotReason[] = [];
  // The current minute does not count as past, so that an emergency can start now.
  if (start + MILLISECONDS_PER_MINUTE <= check.now) reasons.push({ code: 'in_the_past' });
  return [...reasons, ...windowReasons(type, availability.timezone, start, check)];
}

function limitReasons({ availability, type, busy }: BookingState, start: Instant, check: SlotCheck): SlotReason[] {
  if (type.dailyLimit === null) return [];
  const date = localDateAt(availability.timezone, start);
  const taken = busy.filter(
    (time) =>
      time.appointmentTypeId === type.id &&
      time.isAttended !== true &&
      isStanding(time, check) &&
      localDateAt(availability.timezone, time.startsAt) === date,
  );
  return taken.length >= type.dailyLimit ? [{ code: 'daily_limit', limit: type.dailyLimit }] : [];
}

function patientReasons({ availability, type, patientStarts }: BookingState, start: Instant, check: SlotCheck) {
  const limits = patientLimitsOf(type, availability.timezone, start, check.now);
  return patientLimitReasons(
    limits,
    patientStarts.filter(({ sourceId }) => !check.ignore.includes(sourceId)),
  );
}

/** Whether only the clinic may book it. A patient may accept a time that is held: the clinic has offered it from the waitlist. */
function isForClinicOnly({ type }: Pick<BookingState, 'type'>, { actor, secured }: SlotCheck): boolean {
  return type.bookableBy === 'clinic' && actor.kind === 'patient' && secured === null;
}

function conflictReasons(state: BookingState, start: Instant, check: SlotCheck): SlotReason[] {
  const reasons: SlotReason[] = [];
  if (check.secured === null && placeFor(state.type, start, standingTimes(state, check)) === undefined) {
    reasons.push({ code: 'slot_taken' });
  }
  const appointment = { start, end: endOf(state.type, start) };
  if (patientTimes(state, check).some((time) => overlaps(time, appointment))) {
    reasons.push({ code: 'patient_conflict' });
  }
  return reasons;
}

/** A doctor's appointments and live holds, without those that the command replaces. */
export function standingTimes({ busy }: Pick<BookingState, 'busy'>, check: SlotCheck): readonly BusyTime[] {
  return busy.filter((time) => isStanding(time, check));
}

function patientTimes({ patientBusy }: BookingState, check: SlotCheck): readonly PatientBusyTime[] {
  return check.patientId === null ? [] : patientBusy.filter((time) => isStanding(time, check));
}

function isStanding(
  time: { readonly sourceId: string; readonly expiresAt: Instant | null },
  check: SlotCheck,
): boolean {
  return (time.expiresAt === null || time.expiresAt > check.now) && !check.ignore.includes(time.sourceId);
}

/**
 * Whether the actor may book the doctor. One who accepts no new patients can still be booked by the clinic, by known patients, and
 * through a hold: a patient whose only appointment was moved may accept the other time.
 */
function isBookable(
  { doctor, isKnownPatient }: Pick<BookingState, 'doctor' | 'isKnownPatient'>,
  { actor, secured }: SlotCheck,
): boolean {
  return doctor.active && (doctor.acceptingPatients || isKnownPatient || actor.kind !== 'patient' || secured !== null);
}

/** The local end time; midnight as `24:00` when the client wrote it so. */
function endTimeOf(type: AppointmentType, start: Instant, zone: ZoneId, said: LocalTime): string {
  const end = localTimeAt(zone, endOf(type, start));
  return end === '00:00' && said === '24:00' ? said : end;
}

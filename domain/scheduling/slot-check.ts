/** Why a time cannot be had: all reasons at once, from what is stored, whatever the client saw (R39). */
import type { UserId } from '../shared/ids.ts';
import { covers, type Interval, overlaps } from '../shared/interval.ts';
import {
  addDays,
  dateOfDay,
  type Instant,
  type LocalDate,
  type LocalTime,
  MILLISECONDS_PER_MINUTE,
} from '../shared/time.ts';
import { localDateAt, localTimeAt, resolveWallClock, type ZoneId } from '../shared/zone.ts';
import type { SchedulingActor } from './appointment.ts';
import { type AppointmentType, busyRange, EMERGENCY_CODE, endOf } from './appointment-type.ts';
import type { Availability } from './availability.ts';
import type { Doctor } from './doctor.ts';
import { offersType, openTime } from './hours.ts';
import type { SchedulingPolicy } from './policy.ts';
import { availableSlots, type BusyTime, earliestStart, lastBookableDay, type Slot, slotsOf } from './slots.ts';

/** Why a time cannot be had. All reasons that hold are told at once (R39). */
export type SlotReason =
  | { readonly code: 'doctor_inactive' }
  | { readonly code: 'type_not_offered' }
  | { readonly code: 'invalid_duration'; readonly durationMinutes: number }
  /** Clocks are set forward over this reading; `resumesAt` is the first instant after it. */
  | { readonly code: 'nonexistent_local_time'; readonly resumesAt: Instant }
  | { readonly code: 'in_the_past' }
  | { readonly code: 'too_soon'; readonly earliest: Instant }
  | { readonly code: 'beyond_horizon'; readonly lastDate: LocalDate }
  | { readonly code: 'outside_availability' }
  | { readonly code: 'not_on_grid'; readonly slotIntervalMinutes: number }
  | { readonly code: 'daily_limit'; readonly limit: number }
  | { readonly code: 'slot_taken' }
  | { readonly code: 'patient_conflict' };

export type SlotReasonCode = SlotReason['code'];

/** The time is free of rules but somebody was quicker. */
export type SlotTaken = { readonly code: 'slot_taken'; readonly alternatives: readonly Slot[] };

/** Rules stand against it; `slot_taken` may be among the reasons. */
export type SlotUnavailable = {
  readonly code: 'slot_unavailable';
  readonly reasons: readonly SlotReason[];
  readonly alternatives: readonly Slot[];
};

/** When a patient is occupied: `[start, end)` of active appointments and live holds, without buffers. */
export interface PatientBusyTime extends Interval {
  readonly sourceId: string;
  /** When a hold ends by itself; `null` for an appointment. */
  readonly expiresAt: Instant | null;
}

/** What a decision about a time needs to know, in one load. */
export interface BookingState {
  readonly doctor: Doctor;
  readonly type: AppointmentType;
  readonly availability: Availability;
  /**
   * The local dates that overrides, time off, holidays and busy times are loaded for, both included: at least the date
   * asked for with the days before and after it. Alternatives are looked for in between.
   */
  readonly loaded: { readonly from: LocalDate; readonly to: LocalDate };
  readonly busy: readonly BusyTime[];
  readonly patientBusy: readonly PatientBusyTime[];
}

/** A start as wall-clock reading in the doctor's zone, or as instant. */
export type RequestedStart =
  | { readonly kind: 'local'; readonly date: LocalDate; readonly time: LocalTime }
  | { readonly kind: 'instant'; readonly instant: Instant };

export interface SlotCheck {
  readonly actor: SchedulingActor;
  /** Whose time must be free too; `null` when it is not known yet. */
  readonly patientId: UserId | null;
  readonly now: Instant;
  /** Notice is judged as of this moment: of a hold, when it was placed. */
  readonly noticeFrom: Instant;
  /** The hold to be consumed and the appointment to be moved: they do not stand in their own way. */
  readonly ignore: readonly string[];
  /** The end the client believes in; `null` when it did not say. */
  readonly endTime: LocalTime | null;
}

/** The start that was judged, and what stands against it. */
export interface Verdict {
  readonly start: Instant;
  readonly reasons: readonly SlotReason[];
}

/** The reasons that staff may set aside for an emergency. Time that is taken or does not exist stays refused. */
const RULES: readonly SlotReasonCode[] = [
  'type_not_offered',
  'outside_availability',
  'not_on_grid',
  'too_soon',
  'beyond_horizon',
  'daily_limit',
];

/**
 * Judges a requested start. A reading that occurs twice means the first one, unless only the second can be had.
 */
export function judge(state: BookingState, requested: RequestedStart, check: SlotCheck): Verdict {
  if (requested.kind === 'instant') return judgeInstant(state, requested.instant, check);
  const clock = resolveWallClock(state.availability.timezone, requested.date, requested.time);
  switch (clock.kind) {
    case 'unique':
      return judgeInstant(state, clock.instant, check);
    case 'gap':
      return {
        start: clock.resumes,
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

/** Whether these reasons may be set aside: the clinic's people place an emergency, and only rules stand against it. */
export function mayPlaceOutsideRules(type: AppointmentType, actor: SchedulingActor, reasons: readonly SlotReason[]) {
  return type.code === EMERGENCY_CODE && actor.kind !== 'patient' && reasons.every(({ code }) => RULES.includes(code));
}

/** The free slots closest to an instant, at most `limit`, ordered by start. The patient's own times are left out. */
export function nearestSlots(state: BookingState, around: Instant, check: SlotCheck, limit: number): readonly Slot[] {
  if (limit === 0 || !isBookable(state.doctor, check.actor)) return [];
  const { availability, type, loaded } = state;
  const busy = state.busy.filter(({ sourceId }) => !check.ignore.includes(sourceId));
  const occupied = patientTimes(state, check);
  const free = availableSlots({ availability, type, from: loaded.from, to: loaded.to, now: check.now, busy }).filter(
    (slot) => !occupied.some((time) => overlaps(time, slot)),
  );
  return free
    .sort((a, b) => Math.abs(a.start - around) - Math.abs(b.start - around) || a.start - b.start)
    .slice(0, limit)
    .sort((a, b) => a.start - b.start);
}

/** `slot_taken` when that is all there is to say, else every reason. */
export function refusalOf(
  state: BookingState,
  verdict: Verdict,
  check: SlotCheck,
  policy: SchedulingPolicy,
): SlotTaken | SlotUnavailable {
  const { start, reasons } = verdict;
  const alternatives = nearestSlots(state, start, check, policy.alternatives);
  return reasons.every(({ code }) => code === 'slot_taken')
    ? { code: 'slot_taken', alternatives }
    : { code: 'slot_unavailable', reasons, alternatives };
}

function judgeInstant(state: BookingState, start: Instant, check: SlotCheck): Verdict {
  return {
    start,
    reasons: [
      ...generalReasons(state, start, check),
      ...timeReasons(state, start, check),
      ...hoursReasons(state, start),
      ...limitReasons(state, start, check),
      ...conflictReasons(state, start, check),
    ],
  };
}

function generalReasons({ doctor, type, availability }: BookingState, start: Instant, check: SlotCheck): SlotReason[] {
  const reasons: SlotReason[] = [];
  if (!isBookable(doctor, check.actor)) reasons.push({ code: 'doctor_inactive' });
  if (!type.active || !offersType(availability, type.id)) reasons.push({ code: 'type_not_offered' });
  if (check.endTime !== null && check.endTime !== endTimeOf(type, start, availability.timezone, check.endTime)) {
    reasons.push({ code: 'invalid_duration', durationMinutes: type.durationMinutes });
  }
  return reasons;
}

function timeReasons({ availability, type }: BookingState, start: Instant, check: SlotCheck): SlotReason[] {
  const reasons: SlotReason[] = [];
  // The current minute is not past yet: an emergency starts now.
  if (start + MILLISECONDS_PER_MINUTE <= check.now) reasons.push({ code: 'in_the_past' });
  const earliest = earliestStart(type, check.noticeFrom);
  if (start < earliest) reasons.push({ code: 'too_soon', earliest });
  const lastDate = dateOfDay(lastBookableDay({ availability, type }, check.now));
  if (localDateAt(availability.timezone, start) > lastDate) reasons.push({ code: 'beyond_horizon', lastDate });
  return reasons;
}

function hoursReasons({ availability, type }: BookingState, start: Instant): SlotReason[] {
  // Nothing is said of hours that the doctor does not have for this type.
  if (!type.active || !offersType(availability, type.id)) return [];
  const date = localDateAt(availability.timezone, start);
  const end = endOf(type, start);
  const open = openTime(availability, type.id, addDays(date, -2), addDays(date, 2));
  if (!covers(open, { start, end })) return [{ code: 'outside_availability' }];
  // The grid is the slots' own: what would be offered if nothing were booked and nothing were too early or too late.
  const unbound = { ...type, minimumNoticeMinutes: 0, horizonDays: 2, dailyLimit: null };
  for (const slot of slotsOf({ availability, type: unbound, from: date, to: date, now: start, busy: [] })) {
    if (slot.start === start) return [];
    break;
  }
  return [{ code: 'not_on_grid', slotIntervalMinutes: type.slotIntervalMinutes }];
}

function limitReasons({ availability, type, busy }: BookingState, start: Instant, check: SlotCheck): SlotReason[] {
  if (type.dailyLimit === null) return [];
  const date = localDateAt(availability.timezone, start);
  const taken = busy.filter(
    (time) =>
      time.appointmentTypeId === type.id &&
      isStanding(time, check) &&
      localDateAt(availability.timezone, time.startsAt) === date,
  );
  return taken.length >= type.dailyLimit ? [{ code: 'daily_limit', limit: type.dailyLimit }] : [];
}

function conflictReasons(state: BookingState, start: Instant, check: SlotCheck): SlotReason[] {
  const reasons: SlotReason[] = [];
  const wanted = busyRange(state.type, start);
  if (state.busy.some((time) => isStanding(time, check) && overlaps(time, wanted))) {
    reasons.push({ code: 'slot_taken' });
  }
  const appointment = { start, end: endOf(state.type, start) };
  if (patientTimes(state, check).some((time) => overlaps(time, appointment))) {
    reasons.push({ code: 'patient_conflict' });
  }
  return reasons;
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

function isBookable(doctor: Doctor, actor: SchedulingActor): boolean {
  return doctor.active && (doctor.acceptingPatients || actor.kind !== 'patient');
}

/** The local end time, as `24:00` where the client said it so. */
function endTimeOf(type: AppointmentType, start: Instant, zone: ZoneId, said: LocalTime): string {
  const end = localTimeAt(zone, endOf(type, start));
  return end === '00:00' && said === '24:00' ? said : end;
}

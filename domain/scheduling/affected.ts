/** Which appointments lose their time by a change of what is bookable: time off, other hours, a holiday of the clinic. */
import type { AppointmentId, AppointmentTypeId } from '../shared/ids.ts';
import { type Interval, overlaps } from '../shared/interval.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import { addDays, dateOfDay, dayNumber } from '../shared/time.ts';
import { localDateAt } from '../shared/zone.ts';
import { absentTime } from './absence.ts';
import type { Availability } from './availability.ts';
import type { InvalidFields } from './field-errors.ts';
import { openWindows } from './hours.ts';
import type { LocationId } from './location.ts';

/** `leave`: people decide on each. */
export const AFFECTED_ACTIONS = ['leave', 'cancel', 'move'] as const;
export type AffectedAction = (typeof AFFECTED_ACTIONS)[number];

/** An open appointment in the future. */
export interface ComingAppointment extends Interval {
  readonly id: AppointmentId;
  readonly appointmentTypeId: AppointmentTypeId;
  readonly locationId: LocationId | null;
  /** Whether the doctor whose hours change leads it, and is not an additional one. */
  readonly isLed: boolean;
  /** Whether it has additional doctors. */
  readonly isJoint: boolean;
}

/**
 * Whether a command may settle it. A visit that another doctor leads is for people to decide on, and no offer of the waitlist finds the time
 * of several doctors.
 */
export function isSettledBy(action: AffectedAction, { isLed, isJoint }: ComingAppointment): boolean {
  return action === 'cancel' ? isLed : action === 'move' && isLed && !isJoint;
}

/** What a change of a doctor's hours is decided on. */
export interface BookedHours {
  readonly availability: Availability;
  readonly doctorKey: DataKey;
  /** By start; together for all doctors of a load at most one more than {@link MAXIMUM_COMING}. */
  readonly coming: readonly ComingAppointment[];
}

/** The appointments of one doctor that lose their time. */
export interface Loss extends Pick<BookedHours, 'availability' | 'doctorKey'> {
  readonly affected: readonly ComingAppointment[];
}

/** How many appointments one change looks at. */
export const MAXIMUM_COMING = 50_000;

/** @param lost of one doctor */
export function lossesOf(
  hours: readonly BookedHours[],
  lost: (booked: BookedHours) => readonly ComingAppointment[],
): Result<readonly Loss[], InvalidFields> {
  const count = hours.reduce((sum, { coming }) => sum + coming.length, 0);
  if (count > MAXIMUM_COMING) {
    const message = `more than ${MAXIMUM_COMING} appointments are booked in these dates: change fewer dates at once`;
    return refuse({ code: 'invalid_fields', errors: [{ pointer: '', code: 'too_many', message }] });
  }
  return ok(
    hours.map((booked) => {
      const { availability, doctorKey } = booked;
      return { availability, doctorKey, affected: lost(booked) };
    }),
  );
}

/**
 * Those within an absence that is new, and those that were within the hours and are not any more. What the clinic placed
 * outside the hours stays unless the doctor is away or the clinic closed.
 */
export function affectedBy({ availability: before, coming }: BookedHours, after: Availability) {
  const absences = newAbsences(before, after);
  const [wasOpen, isStillOpen] = [hoursAround(before), hoursAround(after)];
  return coming.filter(
    (each) => absences.some((absence) => overlaps(absence, each)) || (wasOpen(each) && !isStillOpen(each)),
  );
}

/** The time off that is new, and the new holidays but for dates with hours of their own. */
function newAbsences(before: Availability, after: Availability): readonly Interval[] {
  const isNew = (former: readonly { readonly id: string }[]) => {
    const known = new Set(former.map(({ id }) => id));
    return ({ id }: { readonly id: string }) => !known.has(id);
  };
  const own = new Set(after.overrides.map(({ date }) => dayNumber(date)));
  const closed = after.holidays.filter(isNew(before.holidays)).flatMap(({ from, until }) => {
    const days = Array.from({ length: dayNumber(until) - dayNumber(from) + 1 }, (_, ahead) => dayNumber(from) + ahead);
    return days.filter((day) => !own.has(day)).map((day) => wholeDay(dateOfDay(day)));
  });
  return [...after.timeOff.filter(isNew(before.timeOff)), ...closed].map((each) => absentTime(each, after.timezone));
}

function wholeDay(date: ReturnType<typeof dateOfDay>) {
  return { from: date, until: date, startTime: null, endTime: null };
}

/** Whether an appointment lies in the hours at its location. One without a location may be at any. */
function hoursAround(availability: Availability): (appointment: ComingAppointment) => boolean {
  const known = new Map<string, ReturnType<typeof openWindows>>();
  return ({ appointmentTypeId, locationId, start, end }) => {
    const date = localDateAt(availability.timezone, start);
    const key = `${appointmentTypeId} ${date}`;
    const windows = known.get(key) ?? openWindows(availability, appointmentTypeId, addDays(date, -1), addDays(date, 1));
    known.set(key, windows);
    // Windows that touch or overlap count as one.
    let covered = start;
    for (const window of windows) {
      const isHere = locationId === null || window.locationId === locationId;
      if (isHere && window.start <= covered) covered = Math.max(covered, window.end);
    }
    return covered >= end;
  };
}

/** How late a doctor runs today, and who is told of it. */
import type { AppointmentId, UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import { dayNumber, type Instant, MILLISECONDS_PER_DAY, MILLISECONDS_PER_MINUTE } from '../shared/time.ts';
import { firstInstantAt, localDateAt, type ZoneId } from '../shared/zone.ts';
import type { InvalidFields } from './field-errors.ts';
import type { Receiver } from './receivers.ts';

export const MAXIMUM_DELAY_MINUTES = 480;
/** Patients are told a delay in steps of so many minutes, rounded down: a shorter delay is not told. */
export const STEP_MINUTES = 15;

export interface Delay {
  readonly doctorId: UserId;
  /** 0 to 480; 0 when the doctor is on time again. */
  readonly minutes: number;
  readonly setAt: Instant;
  /** When it ends by itself: at the latest at the end of the day in the doctor's zone. */
  readonly endsAt: Instant;
}

/** An appointment that has not been seen yet, with the longest delay of its doctors: it begins when the last of them comes. */
export interface WaitingPatient {
  readonly appointmentId: AppointmentId;
  /** Who leads it. */
  readonly doctorId: UserId;
  /** As patients are told it. */
  readonly minutes: number;
  /** The doctor who is so late. */
  readonly lateDoctorName: string;
  readonly version: number;
  readonly patientId: UserId;
  readonly patientKey: DataKey;
  readonly proxies: readonly Receiver[];
  readonly start: Instant;
  readonly timezone: ZoneId;
}

export interface DelayNotice {
  readonly appointmentId: AppointmentId;
  readonly doctorId: UserId;
  readonly start: Instant;
  readonly minutes: number;
  readonly at: Instant;
}

export type DelayChange =
  | { readonly type: 'delay.set'; readonly delay: Delay }
  /** Guarded: fails when the patient was told the same meanwhile. */
  | { readonly type: 'delay.told'; readonly notice: DelayNotice };

/**
 * @param until `null` for the end of the day
 * @param zone of the doctor
 */
export function setDelay(
  doctorId: UserId,
  minutes: number,
  until: Instant | null,
  zone: ZoneId,
  now: Instant,
): Result<Delay, InvalidFields> {
  const endOfDay = firstInstantAt(zone, (dayNumber(localDateAt(zone, now)) + 1) * MILLISECONDS_PER_DAY);
  if (until !== null && (until <= now || until > endOfDay)) {
    const message = 'expected an instant later today, in the time zone of the doctor';
    return refuse({ code: 'invalid_fields', errors: [{ pointer: '/until', code: 'out_of_range', message }] });
  }
  return ok({ doctorId, minutes, setAt: now, endsAt: until ?? endOfDay });
}

/** The delay that holds now; `null` when the doctor is on time. */
export function inForce(delay: Delay | undefined, now: Instant): Delay | null {
  return delay !== undefined && delay.minutes > 0 && now < delay.endsAt ? delay : null;
}

export function tellDelay(waiting: readonly WaitingPatient[], now: Instant): readonly DelayChange[] {
  return waiting.map(({ appointmentId, doctorId, start, minutes }) => ({
    type: 'delay.told',
    notice: { appointmentId, doctorId, start, minutes, at: now },
  }));
}

/** When a patient is likely to be seen. */
export function expectedStart(start: Instant, minutes: number): Instant {
  return start + minutes * MILLISECONDS_PER_MINUTE;
}

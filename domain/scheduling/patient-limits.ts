/** How many appointments of one type a patient may have: open at the same time, on one date, and how many days apart. */
import type { Interval } from '../shared/interval.ts';
import { dayNumber, type Instant, MILLISECONDS_PER_DAY } from '../shared/time.ts';
import { firstInstantAt, lastInstantAt, localDateAt, periodsOf, type ZoneId } from '../shared/zone.ts';

export interface PatientLimitSettings {
  /** How many appointments of the type that are to come a patient may have, 1 to 100; `null` for no limit. */
  readonly patientOpenLimit: number | null;
  /** How many a patient may have on one local date, 1 to 50; `null` for no limit. */
  readonly patientDailyLimit: number | null;
  /** How many days must lie between the dates of two, 1 to 365: with 7, the same weekday of the next week; `null` for none. */
  readonly patientGapDays: number | null;
}

export const NO_PATIENT_LIMITS: PatientLimitSettings = {
  patientOpenLimit: null,
  patientDailyLimit: null,
  patientGapDays: null,
};

export type PatientLimitReason =
  | { readonly code: 'patient_open_limit'; readonly limit: number }
  | { readonly code: 'patient_daily_limit'; readonly limit: number }
  | { readonly code: 'patient_gap'; readonly gapDays: number };

/** The patient may have at most `atMost` appointments of the type that start within the periods, the new one included. */
export interface PatientLimit {
  readonly reason: PatientLimitReason;
  readonly atMost: number;
  readonly during: readonly Interval[];
}

/** Part of a change: the commit counts again, because the patient may book twice at the same time. Absent: no limit. */
export interface PatientLimited {
  readonly patientLimits?: readonly PatientLimit[];
}

/** An appointment of the patient of the same type, in any status but cancelled and missed. */
export interface PatientStart {
  readonly sourceId: string;
  readonly start: Instant;
}

/** Nothing is booked further ahead than 730 days. */
const FURTHEST_DAYS = 800;

export function patientLimitsOf(
  { patientOpenLimit, patientDailyLimit, patientGapDays }: PatientLimitSettings,
  timezone: ZoneId,
  start: Instant,
  now: Instant,
): readonly PatientLimit[] {
  const limits: PatientLimit[] = [];
  const date = localDateAt(timezone, start);
  if (patientOpenLimit !== null) {
    limits.push({
      reason: { code: 'patient_open_limit', limit: patientOpenLimit },
      atMost: patientOpenLimit,
      during: [{ start: now, end: now + FURTHEST_DAYS * MILLISECONDS_PER_DAY }],
    });
  }
  if (patientDailyLimit !== null) {
    limits.push({
      reason: { code: 'patient_daily_limit', limit: patientDailyLimit },
      atMost: patientDailyLimit,
      during: periodsOf(timezone, date),
    });
  }
  if (patientGapDays !== null) {
    const day = dayNumber(date);
    limits.push({
      reason: { code: 'patient_gap', gapDays: patientGapDays },
      atMost: 1,
      during: [
        {
          start: firstInstantAt(timezone, (day - patientGapDays + 1) * MILLISECONDS_PER_DAY),
          end: lastInstantAt(timezone, (day + patientGapDays) * MILLISECONDS_PER_DAY),
        },
      ],
    });
  }
  return limits;
}

/** @param others the patient's other appointments of the type */
export function patientLimitReasons(
  limits: readonly PatientLimit[],
  others: readonly PatientStart[],
): readonly PatientLimitReason[] {
  const within = (period: Interval, { start }: PatientStart) => period.start <= start && start < period.end;
  return limits
    .filter(
      ({ atMost, during }) => others.filter((other) => during.some((period) => within(period, other))).length >= atMost,
    )
    .map(({ reason }) => reason);
}

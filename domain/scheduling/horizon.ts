/**
 * Time that becomes bookable because a day has begun: the last date within the horizon of each type, and types that are booked
 * on the day itself.
 */
import type { UserId } from '../shared/ids.ts';
import type { Interval } from '../shared/interval.ts';
import {
  type DayNumber,
  dateOfDay,
  dayNumber,
  type Instant,
  type LocalDate,
  MILLISECONDS_PER_DAY,
  minuteOfDay,
} from '../shared/time.ts';
import { firstInstantAt, lastInstantAt, wallReading, type ZoneId } from '../shared/zone.ts';
import type { AppointmentType } from './appointment-type.ts';

/** Up to which local date a doctor's horizon was rolled. */
export interface RolledHorizon {
  readonly doctorId: UserId;
  readonly timezone: ZoneId;
  /** Whether the doctor works here. */
  readonly active: boolean;
  /** `null` before the first time. */
  readonly day: LocalDate | null;
}

export interface HorizonRolled {
  readonly type: 'waitlist.horizon_rolled';
  readonly doctorId: UserId;
  /** Guarded: it was rolled to this date before. */
  readonly before: LocalDate | null;
  readonly day: LocalDate;
  /** When the next day begins. */
  readonly nextAt: Instant;
}

/** Time that becomes bookable at an instant. */
export interface ComingTime extends Interval {
  readonly at: Instant;
}

/** Offers of new days are made from this hour on, on the doctor's clock: at midnight nobody would answer in time. */
const MORNING_HOUR = 8;
const HOUR = 3_600_000;

export interface Rolled {
  readonly change: HorizonRolled;
  readonly opened: readonly ComingTime[];
}

/**
 * Opens what the days since the horizon was rolled make bookable: nothing if the doctor has moved to a zone in which the last of
 * them has not begun.
 */
export function rollHorizon(
  { doctorId, timezone, active, day }: RolledHorizon,
  types: readonly AppointmentType[],
  now: Instant,
): Rolled {
  const before = day === null ? Number.NEGATIVE_INFINITY : dayNumber(day);
  const today = Math.max(before, Math.floor(wallReading(timezone, now) / MILLISECONDS_PER_DAY));
  const nextAt = firstInstantAt(timezone, (today + 1) * MILLISECONDS_PER_DAY);
  const change = { type: 'waitlist.horizon_rolled', doctorId, before: day, day: dateOfDay(today), nextAt } as const;
  const usable = active && today > before ? types.filter((type) => type.active) : [];
  const morning = firstInstantAt(timezone, today * MILLISECONDS_PER_DAY + MORNING_HOUR * HOUR);
  const horizons = new Set(usable.flatMap((type) => (type.sameDayFrom === null ? [type.horizonDays] : [])));
  const times = new Set(usable.flatMap((type) => type.sameDayFrom ?? []));
  return {
    change,
    opened: [
      ...(day === null ? [] : [...horizons]).map((horizon) => ({
        ...daysOf(timezone, before + horizon + 1, today + horizon),
        at: morning,
      })),
      ...[...times].map((time) => ({
        ...daysOf(timezone, today, today),
        at: firstInstantAt(timezone, today * MILLISECONDS_PER_DAY + minuteOfDay(time) * 60_000),
      })),
    ],
  };
}

/** From the first to the last local date, with the night after it. */
function daysOf(zone: ZoneId, first: DayNumber, last: DayNumber): Interval {
  const start = firstInstantAt(zone, first * MILLISECONDS_PER_DAY);
  return { start, end: lastInstantAt(zone, (last + 1) * MILLISECONDS_PER_DAY) };
}

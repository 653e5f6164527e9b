/** From when and until when a type can be booked: its notice, its horizon, and the opening of the day itself. */
import type { Interval } from '../shared/interval.ts';
import {
  type DayNumber,
  dateOfDay,
  dayNumber,
  type Instant,
  type LocalDate,
  type LocalTime,
  MILLISECONDS_PER_DAY,
  MILLISECONDS_PER_MINUTE,
  minuteOfDay,
} from '../shared/time.ts';
import { firstInstantAt, localDateAt, wallReading, type ZoneId } from '../shared/zone.ts';
import type { AppointmentType } from './appointment-type.ts';

type Window = Pick<AppointmentType, 'minimumNoticeMinutes' | 'horizonDays' | 'sameDayFrom'>;

export type WindowReason =
  | { readonly code: 'too_soon'; readonly earliest: Instant }
  | { readonly code: 'beyond_horizon'; readonly lastDate: LocalDate }
  /** The type is booked on the day itself, which opens at `opensAt`. */
  | { readonly code: 'same_day_only'; readonly opensAt: Instant };

/** The first instant after the minimum notice. */
export function earliestStart(type: Pick<Window, 'minimumNoticeMinutes'>, now: Instant): Instant {
  return now + type.minimumNoticeMinutes * MILLISECONDS_PER_MINUTE;
}

/**
 * The last local date that can be booked in a zone: today plus `horizonDays`. A type with `sameDayFrom` can be booked for today
 * from that time on; before, yesterday is the last date, so nothing can be booked.
 */
export function lastBookableDay(type: Window, zone: ZoneId, now: Instant): DayNumber {
  const reading = wallReading(zone, now);
  const today = Math.floor(reading / MILLISECONDS_PER_DAY);
  if (type.sameDayFrom === null) return today + type.horizonDays;
  return reading >= openingReading(today, type.sameDayFrom) ? today : today - 1;
}

/** An instant before which the last bookable date ends in every zone. */
export function lastBookableInstant(type: Pick<Window, 'horizonDays' | 'sameDayFrom'>, now: Instant): Instant {
  const days = type.sameDayFrom === null ? type.horizonDays : 0;
  // Two days more: the date of today in the farthest zone, and its end.
  return now + (days + 2) * MILLISECONDS_PER_DAY;
}

/** What bounds a search for slots of a type. */
export interface Sought {
  readonly type: Window;
  readonly now: Instant;
  /** Slots start in it. Default: at any time. */
  readonly within?: Interval;
}

/** No slot starts before it. */
export function earliestSought({ type, now, within }: Sought): Instant {
  return Math.max(earliestStart(type, now), within?.start ?? Number.NEGATIVE_INFINITY);
}

/** No slot starts on a later local date. */
export function lastDaySought({ type, now, within }: Sought, zone: ZoneId): DayNumber {
  const bookable = lastBookableDay(type, zone, now);
  if (within === undefined) return bookable;
  // A day more: where clocks are set back past midnight, the later date comes before the former one comes a second time.
  return Math.min(bookable, Math.floor(wallReading(zone, within.end) / MILLISECONDS_PER_DAY) + 1);
}

/** @param times.noticeFrom the instant from which the notice counts */
export function windowReasons(
  type: Window,
  zone: ZoneId,
  start: Instant,
  { now, noticeFrom }: { readonly now: Instant; readonly noticeFrom: Instant },
): readonly WindowReason[] {
  const reasons: WindowReason[] = [];
  const earliest = earliestStart(type, noticeFrom);
  if (start < earliest) reasons.push({ code: 'too_soon', earliest });
  const lastDay = lastBookableDay(type, zone, now);
  const day = dayNumber(localDateAt(zone, start));
  if (day > lastDay) {
    reasons.push(
      type.sameDayFrom === null
        ? { code: 'beyond_horizon', lastDate: dateOfDay(lastDay) }
        : { code: 'same_day_only', opensAt: firstInstantAt(zone, openingReading(day, type.sameDayFrom)) },
    );
  }
  return reasons;
}

function openingReading(day: DayNumber, time: LocalTime): number {
  return day * MILLISECONDS_PER_DAY + minuteOfDay(time) * MILLISECONDS_PER_MINUTE;
}

/**
 * The windows of time in which the earliest slots over many doctors are searched for. They follow each other and widen until there
 * are enough slots, so that the work follows the answer. Each is searched by a bounded number of doctors at once.
 */
import type { Interval } from '../shared/interval.ts';
import { dayNumber, type Instant, type LocalDate, MILLISECONDS_PER_DAY } from '../shared/time.ts';
import type { AppointmentType } from './appointment-type.ts';
import { lastBookableInstant } from './booking-window.ts';

/** A window: slots that start in it are looked for next. When it begins and ends exactly, its load says. */
export interface SearchWindow {
  /** It begins here, or at the end of the type's notice if that is later. */
  readonly from: Instant;
  /** At least as wide. */
  readonly milliseconds: number;
  /** Wider where there are few doctors: so many doctors times days, `widestDays` at most. */
  readonly doctorDays: number;
  readonly widestDays: number;
  /** It ends here at the latest. */
  readonly until: Instant;
}

/** How many days from the first date are searched. */
export const SEARCHED_DAYS = 92;
/** What one window of a search that goes on widens to at most. */
const WIDEST_DAYS = 14;
/** For the first window. A doctor has about ten free times on a working day. */
const FIRST_DOCTOR_DAYS = 1_000;

/** How far the clocks of a zone are from UTC at most. */
const FARTHEST_OFFSET = 14 * 3_600_000;
const WIDTHS_DAYS = [3, 7, 14, 28];
/** Doctors times days of one load. */
const DOCTOR_DAYS = 7_000;
const ONLY_DAYS = 3;
const FEWEST_DOCTORS = 50;

/** A day from now on, or more if there are few doctors; of a search that begins later, the whole first date in every zone. */
export function firstWindow(dates: { readonly from: LocalDate; readonly to: LocalDate }, now: Instant): SearchWindow {
  const midnight = dayNumber(dates.from) * MILLISECONDS_PER_DAY;
  const from = Math.max(now, midnight - FARTHEST_OFFSET);
  const end = Math.max(from, midnight + FARTHEST_OFFSET) + MILLISECONDS_PER_DAY;
  const until = (dayNumber(dates.to) + 1) * MILLISECONDS_PER_DAY + FARTHEST_OFFSET;
  return { from, milliseconds: end - from, doctorDays: FIRST_DOCTOR_DAYS, widestDays: WIDEST_DAYS, until };
}

/**
 * The window of a search that has no further one: all that may be searched where there are few doctors, {@link ONLY_DAYS} days at
 * least where there are thousands.
 */
export function onlyWindow(dates: { readonly from: LocalDate; readonly to: LocalDate }, now: Instant): SearchWindow {
  const milliseconds = ONLY_DAYS * MILLISECONDS_PER_DAY;
  return { ...firstWindow(dates, now), milliseconds, doctorDays: DOCTOR_DAYS, widestDays: SEARCHED_DAYS };
}

/**
 * @param searched the time of the window before
 * @returns `undefined` when no slot of the type can start later
 */
export function nextWindow(
  window: SearchWindow,
  { start, end }: Interval,
  type: AppointmentType,
  now: Instant,
): SearchWindow | undefined {
  const until = Math.min(window.until, lastBookableInstant(type, now));
  if (end >= until) return undefined;
  const days = WIDTHS_DAYS.find((width) => width * MILLISECONDS_PER_DAY > end - start);
  const milliseconds = days === undefined ? until - end : days * MILLISECONDS_PER_DAY;
  return { from: end, milliseconds, doctorDays: 0, widestDays: 0, until };
}

/** How many doctors one load of the window covers. */
export function doctorsAtOnce({ milliseconds }: SearchWindow): number {
  const days = Math.ceil(milliseconds / MILLISECONDS_PER_DAY);
  return Math.max(FEWEST_DOCTORS, Math.floor(DOCTOR_DAYS / days));
}

/** Dates and times as people read them. Wall times are shown as the API sends them, never recomputed. */
import type { Language } from './appearance.ts';

/** `Thursday 4 June`, with the year if it is not this one. A plain date has no zone, so UTC stands for all. */
export function dayOf(date: string, language: Language, today = new Date()): string {
  const isThisYear = date.startsWith(String(today.getFullYear()));
  return new Intl.DateTimeFormat(language, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...(isThisYear ? {} : { year: 'numeric' }),
    timeZone: 'UTC',
  }).format(new Date(`${date}T00:00:00Z`));
}

/** `10:00` or `10:00 AM`, of a wall time such as `10:00`. */
export function wallTime(time: string, language: Language): string {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return new Intl.DateTimeFormat(language, { hour: 'numeric', minute: '2-digit', timeZone: 'UTC' }).format(
    new Date(Date.UTC(2026, 0, 1, hours, minutes)),
  );
}

/** The city of a zone: `Europe/Berlin` is Berlin. */
export function cityOf(timezone: string): string {
  return (timezone.split('/').at(-1) ?? timezone).replaceAll('_', ' ');
}

/** The zone of the reader's device. */
export const ownZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** What calendar and clock show in a zone at an instant. */
export function readingOf(instant: Date, timezone: string): { readonly date: string; readonly time: string } {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone: timezone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(instant);
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.find((part) => part.type === type)?.value ?? '';
  return { date: `${of('year')}-${of('month')}-${of('day')}`, time: `${of('hour')}:${of('minute')}` };
}

/** By how far clocks are set back somewhere: half an hour on Lord Howe, two hours at Troll. */
const SET_BACK_MINUTES = [30, 60, 120];

/** Whether a clock shows this time twice that night, and which of the two the instant is; `null` on all others. */
export function turnOf(instant: string, timezone: string): 'first' | 'second' | null {
  const at = new Date(instant);
  const here = readingOf(at, timezone);
  const readsAlike = (minutes: number) => {
    const there = readingOf(new Date(at.getTime() + minutes * 60_000), timezone);
    return there.date === here.date && there.time === here.time;
  };
  if (SET_BACK_MINUTES.some((minutes) => readsAlike(minutes))) return 'first';
  return SET_BACK_MINUTES.some((minutes) => readsAlike(-minutes)) ? 'second' : null;
}

/** The same instant on the reader's clock; `null` where it reads the same. The date is named where it differs. */
export function ownTime(
  instant: string,
  date: string,
  time: string,
  language: Language,
  zone = ownZone(),
): string | null {
  const own = readingOf(new Date(instant), zone);
  if (own.date === date && own.time === time.slice(0, 5)) return null;
  return own.date === date
    ? wallTime(own.time, language)
    : `${dayOf(own.date, language)}, ${wallTime(own.time, language)}`;
}

/** `Wednesday 2 December 2026`: with the year always. */
export function fullDayOf(date: string, language: Language): string {
  return new Intl.DateTimeFormat(language, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  }).format(new Date(`${date}T00:00:00Z`));
}

/** `December 2026`, of `2026-12`. */
export function monthOf(month: string, language: Language): string {
  return new Intl.DateTimeFormat(language, { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${month}-01T00:00:00Z`),
  );
}

/** An instant as a time of the reader's day: until when something is kept. */
export function clockOf(instant: string, language: Language): string {
  return new Intl.DateTimeFormat(language, { hour: 'numeric', minute: '2-digit' }).format(new Date(instant));
}

/** An instant on the reader's clock: what happened, not what was arranged. */
export function momentOf(instant: string, language: Language): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(instant));
}

/** The reader's date of an instant, such as `2026-06-04`. */
export const plainDateOf = (instant: string): string => readingOf(new Date(instant), ownZone()).date;

/** An instant of a known day on the reader's clock. */
export function timeOf(instant: string, language: Language): string {
  return new Intl.DateTimeFormat(language, { timeStyle: 'short' }).format(new Date(instant));
}

/**
 * The words that the messages of all contexts share, and the phrases that are made of them: dates, times and places of a
 * clock. They come with the product, as the rules of time zones do, so that every runtime writes the same.
 */
import type { MessageCategory, RenderContext } from '../messages.ts';
import { effectOf, type RecoveryAction } from '../revocation.ts';
import { type Instant, type LocalDate, minuteOfDay, parseLocalDate, parseLocalTime, weekday } from '../time.ts';
import { localDateAt, localTimeAt, parseZone, resolveReading, UTC, wallReading, type ZoneId } from '../zone.ts';
import { clipped, isolated } from './foreign-text.ts';
import { type Conventions, conventionsOf, type Direction, type Language } from './language.ts';

/** Credentials that their owner has to create again once they are revoked. */
export const LASTING_CREDENTIALS = ['trusted_device', 'api_key', 'calendar_feed', 'export'] as const;
export type LastingCredential = (typeof LASTING_CREDENTIALS)[number];

/** A date in parts. `weekday` and `month` are words of the language. */
export interface DateInWords {
  readonly weekday: string;
  readonly day: number;
  readonly month: string;
  readonly year: number;
}

export interface Words {
  readonly language: Language;
  readonly direction: Direction;
  /** From Monday. */
  readonly weekdays: Seven;
  /** As short as a text message wants them. */
  readonly briefWeekdays: Seven;
  readonly months: Twelve;
  readonly briefMonths: Twelve;
  /** `Tuesday 3 March 2026` */
  date(date: DateInWords, conventions: Conventions): string;
  /** `Tue 3 Mar` */
  briefDate(date: DateInWords, conventions: Conventions): string;
  /** `10:00 AM`. @param hour 1 to 12 @param minute two digits */
  clock12(hour: number, minute: string, isMorning: boolean, length: Length): string;
  /** `Tuesday 3 March 2026 at 10:00` */
  at(date: string, time: string): string;
  /** `Tue 3 Mar, 10:00` */
  briefAt(date: string, time: string): string;
  /** `10:00 (Berlin time)` */
  inCity(time: string, city: string): string;
  /** Of a time that clocks show twice when they are set back. */
  readonly occurrence: { readonly first: string; readonly second: string };
  list(items: readonly string[]): string;
  greeting(name: string | null): string;
  /** The mails' name of the portal, where the clinic has given itself none. */
  readonly portal: string;
  /** Between a label and what follows it; French puts a space before it. */
  readonly colon: string;
  /** Why one gets the message, for the last lines of a mail. */
  readonly reasons: Readonly<Record<MessageCategory, string>>;
  /** Marks a subject, and a text for a locked screen, as a copy for who acts for somebody, without a name. */
  readonly markCopy: (text: string) => string;
  /** @param name of whom the receiver acts for; `null` when it is not known any more */
  readonly copyOf: (name: string | null) => string;
  readonly preferences: string;
  readonly unsubscribe: string;
  readonly credentials: Readonly<Record<LastingCredential, string>>;
  /** Of files for calendars: what the calendar is called, what an entry is called, and a line that says where it can be changed. */
  readonly calendar: { readonly name: string; visit(doctorName: string): string; readonly about: string };
  noLongerWork(credentials: string): string;
}

/** As text messages want it, or as mails do. */
type Length = 'brief' | 'long';
type Seven = readonly [string, string, string, string, string, string, string];
type Twelve = readonly [...Seven, string, string, string, string, string];

export interface ClockFacts {
  readonly date: string;
  readonly startTime: string;
  readonly timezone: string;
}

type Habits = Pick<RenderContext, 'language' | 'hour12'>;

/** How long a name may be in a text message, in characters. */
const BRIEF_NAME = 28;
/** Continents of the database: what follows them is a city. `US/Pacific` and `Etc/GMT+5` have none. */
const CITY = /^(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)\/(?:.*\/)?([^/]+)$/;

export interface Phrases extends Words {
  /** A template whose values keep their place, whatever script they have. */
  t(texts: TemplateStringsArray, ...values: readonly (string | number)[]): string;
  day(date: string, reader: Habits): string;
  time(time: string, reader: Habits): string;
  /** A day and a time, of the appointment's own clock. */
  dayAndTime(facts: Pick<ClockFacts, 'date' | 'startTime'>, reader: Habits): string;
  /** As {@link dayAndTime}, with the city of the clock. */
  when(facts: ClockFacts, reader: Habits): string;
  timeInCity(time: string, zone: string, reader: Habits): string;
  /** An instant on the clocks of a zone. */
  moment(at: Instant, zone: string, reader: Habits): string;
  /** The city of a zone, or the zone. */
  cityOf(zone: string): string;
  /** For text messages, with the city of the clock. */
  brief(facts: ClockFacts, reader: Habits): string;
  /** As {@link moment} for text messages, without the city. */
  briefMoment(at: Instant, zone: string, reader: Habits): string;
  briefName(name: string): string;
  /** One sentence, or none if no long-lived credential was revoked. */
  lastingEnded(action: RecoveryAction): string[];
}

export function cityOf(zone: string): string {
  return (CITY.exec(zone)?.[1] ?? zone).replaceAll('_', ' ');
}

export function phrases(words: Words): Phrases {
  const isolate = (text: string) => isolated(text, words.direction);
  const day = (date: string, reader: Habits) => inWords(date, reader, words, 'long') ?? date;
  const time = (text: string, reader: Habits) => clock(text, reader, words, 'long');
  const city = (zone: string) => isolate(cityOf(zone));
  const timeInCity = (text: string, zone: string, reader: Habits) => words.inCity(time(text, reader), city(zone));
  const dayAndTime = ({ date, startTime }: Pick<ClockFacts, 'date' | 'startTime'>, reader: Habits) =>
    words.at(day(date, reader), time(startTime, reader));
  const briefly = ({ date, startTime }: Pick<ClockFacts, 'date' | 'startTime'>, reader: Habits) =>
    words.briefAt(inWords(date, reader, words, 'brief') ?? date, clock(startTime, reader, words, 'brief'));
  return {
    ...words,
    t: (texts, ...values) => texts.reduce((text, part, at) => `${text}${isolate(String(values[at - 1] ?? ''))}${part}`),
    copyOf: (name) => words.copyOf(name === null ? null : isolate(name)),
    day,
    time,
    dayAndTime,
    timeInCity,
    cityOf: city,
    when: (facts, reader) => words.at(day(facts.date, reader), timeInCity(facts.startTime, facts.timezone, reader)),
    moment: (at, zone, reader) => {
      const { date, startTime, timezone, occurrence } = clockAt(at, zone);
      const told = time(startTime, reader);
      return words.at(
        day(date, reader),
        words.inCity(occurrence === undefined ? told : `${told} ${words.occurrence[occurrence]}`, city(timezone)),
      );
    },
    brief: (facts, reader) => `${briefly(facts, reader)} (${city(facts.timezone)})`,
    briefMoment: (at, zone, reader) => briefly(clockAt(at, zone), reader),
    briefName: (name) => isolate(clipped(name, BRIEF_NAME)),
    lastingEnded: (action) => {
      const ended = LASTING_CREDENTIALS.filter((credential) => effectOf(action, credential) === 'ends');
      return ended.length === 0 ? [] : [words.noLongerWork(words.list(ended.map((name) => words.credentials[name])))];
    },
  };
}

/** What the clocks of a zone show; those of UTC if the zone is unknown here. */
function clockAt(at: Instant, zone: string): ClockFacts & { readonly occurrence: 'first' | 'second' | undefined } {
  const timezone: ZoneId = parseZone(zone) ?? UTC;
  const shown = resolveReading(timezone, wallReading(timezone, at));
  return {
    date: localDateAt(timezone, at),
    startTime: localTimeAt(timezone, at),
    timezone,
    occurrence: shown.kind !== 'fold' ? undefined : at < shown.later ? 'first' : 'second',
  };
}

/** `undefined` for text that is no date. */
function inWords(text: string, reader: Habits, words: Words, length: Length): string | undefined {
  const date = parseLocalDate(text);
  if (date === undefined) return undefined;
  const parts = partsOf(
    date,
    length === 'long' ? words.weekdays : words.briefWeekdays,
    length === 'long' ? words.months : words.briefMonths,
  );
  const conventions = conventionsOf(reader.language);
  return length === 'long' ? words.date(parts, conventions) : words.briefDate(parts, conventions);
}

function partsOf(date: LocalDate, weekdays: Seven, months: Twelve): DateInWords {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  return { weekday: weekdays[weekday(date) - 1] ?? '', day, month: months[month - 1] ?? '', year };
}

function clock(text: string, reader: Habits, words: Words, length: Length): string {
  const time = parseLocalTime(text);
  if (time === undefined || !(reader.hour12 ?? conventionsOf(reader.language).hour12)) return text;
  const minute = minuteOfDay(time);
  return words.clock12(Math.floor(minute / 60) % 12 || 12, text.slice(3), minute < 12 * 60, length);
}

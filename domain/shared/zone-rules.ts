/** When clocks change: the rules of each zone, read from the table. `zone.ts` converts with them. */
import { type Instant, MILLISECONDS_PER_DAY } from './time.ts';
import { ZONE_TABLE } from './zone-table.ts';

/** A period in which a zone keeps one offset. */
export interface OffsetSpan {
  /** -Infinity before the first change since 1969. */
  readonly start: Instant;
  /** Exclusive. Infinity after the last change. */
  readonly end: Instant;
  /** How far clocks are ahead of UTC, in milliseconds. */
  readonly offset: number;
}

/** A change of each year: on the first `weekday` (0 is Sunday) on or after a day of a month (from 1). */
interface YearlyChange {
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  /** Time of that day by the clock before the change, in milliseconds. */
  readonly time: number;
  readonly from: number;
  readonly to: number;
}

interface Change {
  readonly at: Instant;
  /** From then on. */
  readonly offset: number;
}

export interface ZoneRules {
  /** In the spelling of the database. */
  readonly name: string;
  /** The span found last: most look-ups are near the one before. */
  last: OffsetSpan;
  readonly firstOffset: number;
  /** In order, to the end of `LAST_LISTED_YEAR`. */
  readonly changes: readonly Change[];
  /** Empty if the last offset stays. */
  readonly yearly: readonly YearlyChange[];
}

/** Yearly changes are listed up to this year and computed for each look-up after it. */
const LAST_LISTED_YEAR = 2100;

const parsed = new Map<string, ZoneRules>();
/** The name asked for last and its zone: look-ups of one zone follow each other. */
let lastName = '';
let lastZone: ZoneRules | undefined;
let lines: ReadonlyMap<string, { readonly name: string; readonly line: string }> | undefined;

/** Lines of the table by all names of their zones, in lower case. */
function linesByName() {
  if (lines !== undefined) return lines;
  lines = new Map(
    ZONE_TABLE.trim()
      .split('\n')
      .flatMap((line) => {
        const names = line.slice(0, line.indexOf('|')).split(' ');
        return names.map((name) => [name.toLowerCase(), { name, line }] as const);
      }),
  );
  return lines;
}

/** All names, links included, in the spelling of the database. */
export function zoneNames(): readonly string[] {
  return [...linesByName().values()].map(({ name }) => name);
}

/** @returns `undefined` if the database has no zone of this name; case does not matter */
export function findZone(name: string): ZoneRules | undefined {
  if (name === lastName) return lastZone;
  lastZone = parsed.get(name) ?? readZone(name);
  lastName = name;
  return lastZone;
}

function readZone(name: string): ZoneRules | undefined {
  const found = linesByName().get(name.toLowerCase());
  if (found === undefined) return undefined;
  const rules = parseLine(found.name, found.line);
  // Under the spelling of the database alone, so that what callers send does not fill the memory.
  parsed.set(name === found.name ? name : found.name, rules);
  return rules;
}

/** The period around an instant in which the zone keeps its offset. */
export function spanAt(rules: ZoneRules, instant: Instant): OffsetSpan {
  const { last } = rules;
  if (instant >= last.start && instant < last.end) return last;
  rules.last = findSpan(rules, instant);
  return rules.last;
}

function findSpan({ changes, firstOffset, yearly }: ZoneRules, instant: Instant): OffsetSpan {
  const isListed = yearly.length === 0 || instant < (changes.at(-1)?.at ?? 0);
  return spanAmong(isListed ? changes : changesAround(yearly, instant), firstOffset, instant);
}

/** The changes of a zone within `[from, until)`, in order. */
export function changesWithin(rules: ZoneRules, from: Instant, until: Instant): readonly Change[] {
  const changes: Change[] = [];
  for (let span = spanAt(rules, from); span.end < until; ) {
    span = spanAt(rules, span.end);
    changes.push({ at: span.start, offset: span.offset });
  }
  return changes;
}

const number = (text: string) => Number.parseInt(text, 36);

function parseLine(name: string, line: string): ZoneRules {
  const [, offsetList = '', digits = '', gaps = '', yearlyList = ''] = line.split('|');
  const offsets = offsetList.split(' ').map((text) => number(text) * 1000);
  const used = [...digits].map((digit) => offsets[number(digit)] ?? 0);
  const firstOffset = used[0] ?? 0;
  let at = 0;
  const changes: Change[] = (gaps === '' ? [] : gaps.split(' ')).map((gap, index) => {
    at += number(gap) * 1000;
    return { at, offset: used[index + 1] ?? 0 };
  });
  const [fromYear, ...rules] = yearlyList === '' ? [] : yearlyList.split(' ');
  const yearly = rules.map(parseYearlyChange);
  for (let year = number(fromYear ?? ''); year <= LAST_LISTED_YEAR; year++) changes.push(...changesOf(yearly, year));
  return { name, firstOffset, changes, yearly, last: spanAmong(changes, firstOffset, 0) };
}

function parseYearlyChange(text: string): YearlyChange {
  const [month = 1, day = 1, weekday = 0, second = 0, from = 0, to = 0] = text.split(',').map(number);
  return { month, day, weekday, time: second * 1000, from: from * 1000, to: to * 1000 };
}

function changesOf(yearly: readonly YearlyChange[], year: number): readonly Change[] {
  return yearly.map(({ month, day, weekday, time, from, to }) => {
    const earliest = Date.UTC(year, month - 1, day);
    const days = (weekday - new Date(earliest).getUTCDay() + 7) % 7;
    return { at: earliest + days * MILLISECONDS_PER_DAY + time - from, offset: to };
  });
}

/** The span around an instant, between those of some changes that are in order. */
function spanAmong(changes: readonly Change[], firstOffset: number, instant: Instant): OffsetSpan {
  // Bisection: `low` changes have taken place, `high` may have.
  let [low, high] = [0, changes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((changes[middle]?.at ?? 0) <= instant) low = middle + 1;
    else high = middle;
  }
  const before = changes[low - 1];
  return {
    start: before?.at ?? Number.NEGATIVE_INFINITY,
    end: changes[low]?.at ?? Number.POSITIVE_INFINITY,
    offset: before?.offset ?? firstOffset,
  };
}

/** The changes of the year of an instant, the year before and the year after. */
function changesAround(yearly: readonly YearlyChange[], instant: Instant): readonly Change[] {
  const year = new Date(instant).getUTCFullYear();
  return [year - 1, year, year + 1].flatMap((each) => changesOf(yearly, each));
}

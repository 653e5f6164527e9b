/** Finds the two changes that a zone makes every year, so that the table need not spell them out. */
import type { SourceZone, Transition } from './transitions.ts';

const DAY = 86_400;

/** A change on the first `weekday` (0 is Sunday) on or after a day, at a second of that day by the clock before the change. */
export interface YearlyChange {
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly second: number;
  /** Before and after the change, in seconds. */
  readonly from: number;
  readonly to: number;
}

export interface Compact {
  /** Those that the rule does not give. */
  readonly explicit: readonly Transition[];
  /** `null` if the last offset stays. */
  readonly yearly: { readonly fromYear: number; readonly changes: readonly [YearlyChange, YearlyChange] } | null;
}

/** The last whole year of the source. */
const LAST_YEAR = 2498;

const yearOf = (seconds: number) => new Date(seconds * 1000).getUTCFullYear();
const offsetBefore = (zone: SourceZone, index: number) => zone.transitions[index - 1]?.offset ?? zone.firstOffset;

/** When a yearly change takes place, in seconds since 1970. */
export function changeIn(year: number, change: YearlyChange): number {
  const earliest = Date.UTC(year, change.month - 1, change.day) / 1000;
  const days = (change.weekday - new Date(earliest * 1000).getUTCDay() + 7) % 7;
  return earliest + days * DAY + change.second - change.from;
}

/** The rule that gives all these transitions, one of each year; `undefined` if there is none. */
function explain(changes: readonly (Transition & { readonly from: number })[]): YearlyChange | undefined {
  const [first] = changes;
  if (first === undefined) return undefined;
  const local = changes.map(({ at, from }) => new Date((at + from) * 1000));
  const dayInYear = (date: Date) => (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
  const earliest = Math.min(...local.map(dayInYear));
  const change: YearlyChange = {
    month: Math.floor(earliest / 100),
    day: earliest % 100,
    weekday: local[0]?.getUTCDay() ?? 0,
    second: (((first.at + first.from) % DAY) + DAY) % DAY,
    from: first.from,
    to: first.offset,
  };
  const holds = changes.every(
    ({ at, from, offset }) =>
      from === change.from && offset === change.to && changeIn(yearOf(at + from), change) === at,
  );
  return holds ? change : undefined;
}

export function compact(zone: SourceZone): Compact {
  const { transitions } = zone;
  const last = transitions.at(-1);
  if (last === undefined || yearOf(last.at) < LAST_YEAR) return { explicit: transitions, yearly: null };
  const changes = transitions.map((transition, index) => ({ ...transition, from: offsetBefore(zone, index) }));
  const years = [...new Set(changes.map(({ at, from }) => yearOf(at + from)))].filter((year) => year <= LAST_YEAR);
  for (const [index, year] of years.entries()) {
    if (years.length - index !== LAST_YEAR - year + 1) continue;
    const tail = changes.filter(({ at, from }) => yearOf(at + from) >= year && yearOf(at + from) <= LAST_YEAR);
    if (tail.length !== 2 * (LAST_YEAR - year + 1)) continue;
    const first = explain(tail.filter((_, place) => place % 2 === 0));
    const second = first && explain(tail.filter((_, place) => place % 2 === 1));
    if (first && second) {
      const explicit = transitions.filter(({ at }) => at < (tail[0]?.at ?? 0));
      return { explicit, yearly: { fromYear: year, changes: [first, second] } };
    }
  }
  throw new Error(`${zone.name} follows no rule by ${LAST_YEAR}`);
}

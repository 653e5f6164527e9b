/** Pages of times that became bookable: where each begins and ends. */
import { describe, expect, test } from 'vitest';
import { openTimes, pageOf, type TimePage } from '../../../domain/scheduling/bookable-times.ts';
import { appointmentType, at, availability, daily, date, id, NOW, TYPE_ID } from './builders.ts';
import { matching } from './waitlist-builders.ts';

const DAY = 86_400_000;
const MINUTE = 60_000;
/** 10:00 to 11:00 in Berlin. */
const OPENED = { start: at('2026-03-03T09:00:00Z'), end: at('2026-03-03T10:00:00Z') };
const FREE = { ...matching(), busy: [] };

const startsOf = (page: TimePage, state: Partial<typeof FREE> = {}) =>
  openTimes({ ...FREE, ...state }, page, NOW).times.map(({ slot }) => slot.start);

describe('a page', () => {
  test('covers 31 days at most, and keeps its end while it is served', () => {
    const year = { start: OPENED.start, end: OPENED.start + 365 * DAY };
    expect(pageOf(OPENED, null, null)).toEqual({ opened: OPENED, from: null, until: OPENED.end });
    expect(pageOf(year, null, null).until).toBe(OPENED.start + 31 * DAY);
    expect(pageOf(year, OPENED.start + DAY, null).until).toBe(OPENED.start + 32 * DAY);
    expect(pageOf(year, OPENED.start + DAY, OPENED.start + 5 * DAY).until).toBe(OPENED.start + 5 * DAY);
  });

  test('begins with the first slot that overlaps the opened time, on the day before too', () => {
    const opened = { start: OPENED.start + 10 * MINUTE, end: OPENED.end };
    expect(startsOf(pageOf(opened, null, null))).toEqual([OPENED.start, OPENED.start + 30 * MINUTE]);
    const midnight = at('2026-03-02T23:00:00Z');
    const night = { availability: availability({ weekly: daily('00:00-24:00') }) };
    const overnight = { start: midnight + MINUTE, end: midnight + 2 * MINUTE };
    expect(startsOf(pageOf(overnight, null, null), night)).toEqual([midnight]);
    const late = { availability: availability({ weekly: daily('23:45-00:45') }) };
    expect(startsOf(pageOf({ start: midnight, end: midnight + MINUTE }, null, null), late)).toEqual([
      midnight - 15 * MINUTE,
    ]);
  });

  test('goes on with the slot at which the former one ended', () => {
    const middle = OPENED.start + 30 * MINUTE;
    expect(startsOf({ opened: OPENED, from: null, until: middle })).toEqual([OPENED.start]);
    expect(startsOf({ opened: OPENED, from: middle, until: OPENED.end })).toEqual([middle]);
  });

  test('has at its end the slots that begin after the opened time, and overlap it with their buffer', () => {
    const type = appointmentType({ bufferBeforeMinutes: 15 });
    const opened = { start: OPENED.start, end: OPENED.start + 20 * MINUTE };
    const types = new Map([[TYPE_ID, type]]);
    expect(startsOf(pageOf(opened, null, null), { types })).toEqual([OPENED.start, OPENED.start + 30 * MINUTE]);
  });

  test('orders the slots of all types by start', () => {
    const short = appointmentType({ id: id('short'), code: 'short', durationMinutes: 15, slotIntervalMinutes: 15 });
    const types = new Map([
      [TYPE_ID, appointmentType()],
      [short.id, short],
    ]);
    const starts = startsOf(pageOf(OPENED, null, null), { types });
    expect(starts).toHaveLength(6);
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
  });
});

describe('the next page', () => {
  const weeks = { start: OPENED.start, end: OPENED.start + 60 * DAY };
  const next = (lastWanted: string | null, page = pageOf(weeks, null, null)) =>
    openTimes(
      { ...FREE, busy: [], lastWanted: lastWanted === null ? null : date(lastWanted), types: new Map() },
      page,
      NOW,
    ).next;

  test('begins where this one ends, if somebody waits for it', () => {
    const until = OPENED.start + 31 * DAY;
    expect(next('2026-04-30')).toBe(until);
    // The last date of this page, of which a part is on the next one.
    expect(next('2026-04-03')).toBe(until);
    expect(next('2026-04-02')).toBeNull();
    expect(next(null)).toBeNull();
  });

  test('is none at the end of the opened time', () => {
    expect(next('2026-04-30', pageOf(OPENED, null, null))).toBeNull();
    expect(next(null, pageOf(OPENED, null, null))).toBeNull();
  });

  test('begins earlier when this one is full, and has all that start at one instant', () => {
    const type = appointmentType({ durationMinutes: 5, slotIntervalMinutes: 5, horizonDays: 365 });
    const state = { ...FREE, types: new Map([[TYPE_ID, type]]), lastWanted: date('2026-04-30') };
    const first = openTimes(state, pageOf(weeks, null, null), NOW);
    // From 10:00 on the first day, then 96 a day.
    expect(first.times).toHaveLength(400);
    expect(first.next).toBe((first.times.at(-1)?.slot.start ?? 0) + 5 * MINUTE);
    const second = openTimes(state, pageOf(weeks, first.next, null), NOW);
    expect(second.times[0]?.slot.start).toBe(first.next);
  });

  test('begins later than the first start, even if more than a page start at one instant', () => {
    const types = new Map(
      Array.from({ length: 450 }, (_, at) => {
        const type = appointmentType({ id: id(`type ${at}`), durationMinutes: 60, slotIntervalMinutes: 60 });
        return [type.id, type] as const;
      }),
    );
    const opened = { start: OPENED.start, end: OPENED.end + 3600_000 };
    const first = openTimes({ ...FREE, types }, pageOf(opened, null, null), NOW);
    expect(first.times).toHaveLength(450);
    expect(first.next).toBe(OPENED.end);
  });
});

/** Quiet hours against a reference that looks at the clock every minute, in all zones and around changes of clocks. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  heldUntil,
  isQuiet,
  type QuietHours,
  quietMinutes,
  quietSince,
  quietUntil,
  reminderDue,
} from '../../../domain/notifications/quiet-hours.ts';
import { type Instant, type LocalTime, localTimeOf } from '../../../domain/shared/time.ts';
import { localTimeAt, offsetHoldsUntil, parseZone, type ZoneId } from '../../../domain/shared/zone.ts';
import { zoneNames } from '../../../domain/shared/zone-rules.ts';
import { sized } from '../../support/size.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const zoneOf = (name: string) => parseZone(name) as ZoneId;
const hours = (from: string, to: string, zone = 'Europe/Berlin'): QuietHours => ({
  from: from as LocalTime,
  to: to as LocalTime,
  zone: zoneOf(zone),
});

/** By the text that a clock shows. */
function looksQuiet({ from, to, zone }: QuietHours, at: Instant): boolean {
  const shown = localTimeAt(zone, at);
  return from < to ? from <= shown && shown < to : from <= shown || shown < to;
}
function lookingOn(quiet: QuietHours, at: Instant): Instant {
  let minute = at;
  while (looksQuiet(quiet, minute)) minute += MINUTE;
  return minute;
}
/** The first minute of those without a pause before the instant. */
function lookingBack(quiet: QuietHours, at: Instant): Instant | undefined {
  if (!looksQuiet(quiet, at)) return undefined;
  let minute = at;
  while (looksQuiet(quiet, minute - MINUTE)) minute -= MINUTE;
  return minute;
}

const MOMENTS = { min: Date.parse('1990-01-01T00:00:00Z'), max: Date.parse('2120-01-01T00:00:00Z') };
/** On a whole minute, half of them within a day of a change of clocks, if the zone has one. */
const moment = fc
  .record({
    zone: fc.constantFrom(...zoneNames()).map(zoneOf),
    near: fc.integer({ min: MOMENTS.min / MINUTE, max: MOMENTS.max / MINUTE }).map((minute) => minute * MINUTE),
    atChange: fc.boolean(),
    offset: fc.integer({ min: -26 * 60, max: 26 * 60 }),
  })
  .map(({ zone, near, atChange, offset }) => {
    const change = offsetHoldsUntil(zone, near);
    return { zone, at: atChange && change < MOMENTS.max ? change + offset * MINUTE : near };
  });
const quietAndMoment = fc
  .record({ moment, from: fc.integer({ min: 0, max: 1439 }), length: fc.integer({ min: 1, max: 20 * 60 }) })
  .map(({ moment: { zone, at }, from, length }) => ({
    at,
    quiet: { from: localTimeOf(from), to: localTimeOf((from + length) % 1440), zone },
  }));

describe('quiet hours', () => {
  test('are what the clock says, and end and begin when it says so', () => {
    fc.assert(
      fc.property(quietAndMoment, ({ quiet, at }) => {
        expect(isQuiet(quiet, at)).toBe(looksQuiet(quiet, at));
        expect(quietUntil(quiet, at)).toBe(lookingOn(quiet, at));
        expect(quietSince(quiet, at)).toBe(lookingBack(quiet, at));
      }),
      { numRuns: sized(3000), seed: 51 },
    );
  });

  test('of every zone, around each change of clocks within three years', () => {
    const quiet = hours('22:00', '02:30');
    for (const name of zoneNames()) {
      const of = { ...quiet, zone: zoneOf(name) };
      const until = Date.parse('2029-01-01T00:00:00Z');
      for (let at = Date.parse('2026-01-01T00:00:00Z'); at < until; ) {
        const change = offsetHoldsUntil(of.zone, at);
        if (change >= until) break;
        for (const near of [change - 3 * HOUR, change - MINUTE, change, change + 2 * HOUR]) {
          expect([name, near, quietUntil(of, near)]).toEqual([name, near, lookingOn(of, near)]);
          expect([name, near, quietSince(of, near)]).toEqual([name, near, lookingBack(of, near)]);
        }
        at = change;
      }
    }
  });

  test('go past midnight, and their end is not quiet', () => {
    const night = hours('22:00', '07:00');
    expect(quietMinutes(night)).toBe(9 * 60);
    const at = (text: string) => Date.parse(text);
    expect(isQuiet(night, at('2026-03-02T20:59:59.999Z'))).toBe(false);
    expect(isQuiet(night, at('2026-03-02T21:00:00Z'))).toBe(true);
    expect(quietUntil(night, at('2026-03-02T21:00:00.123Z'))).toBe(at('2026-03-03T06:00:00Z'));
    expect(isQuiet(night, at('2026-03-03T06:00:00Z'))).toBe(false);
  });

  test('are an hour shorter when clocks are set forward, and end with the hour that is skipped', () => {
    const at = (text: string) => Date.parse(text);
    expect(quietUntil(hours('22:00', '07:00'), at('2026-03-28T22:00:00Z'))).toBe(at('2026-03-29T05:00:00Z'));
    expect(quietUntil(hours('22:00', '02:30'), at('2026-03-28T22:00:00Z'))).toBe(at('2026-03-29T01:00:00Z'));
  });

  test('come twice when clocks are set back within them', () => {
    const night = hours('22:00', '02:30');
    const at = (text: string) => Date.parse(text);
    expect(quietUntil(night, at('2026-10-24T22:00:00Z'))).toBe(at('2026-10-25T00:30:00Z'));
    expect(quietUntil(night, at('2026-10-25T01:00:00Z'))).toBe(at('2026-10-25T01:30:00Z'));
    // Set back to the minute at which they begin: they had begun an hour ago.
    expect(quietSince(hours('02:00', '03:30'), at('2026-10-25T01:10:00Z'))).toBe(at('2026-10-25T00:00:00Z'));
  });
});

describe('what comes in quiet hours', () => {
  test('is of no use if it ends being so when they end', () => {
    const [night, due, end] = [hours('22:00', '07:00', 'UTC'), Date.UTC(2026, 2, 2, 23), Date.UTC(2026, 2, 3, 7)];
    expect([end, end + 1].map((uselessFrom) => heldUntil(night, uselessFrom, due))).toEqual([null, end]);
  });

  test('is held until they end, unless it is of no use then', () => {
    fc.assert(
      fc.property(quietAndMoment, fc.option(fc.integer({ min: 0, max: 1800 })), ({ quiet, at }, useful) => {
        const end = lookingOn(quiet, at);
        const uselessFrom = useful === null ? null : at + useful * MINUTE;
        const isUseless = end > at && uselessFrom !== null && uselessFrom <= end;
        expect(heldUntil(quiet, uselessFrom, at)).toBe(isUseless ? null : end);
        expect(heldUntil(null, uselessFrom, at)).toBe(at);
      }),
      { numRuns: sized(2000), seed: 52 },
    );
  });

  test('if it is a reminder: it comes when they end up to 15 minutes before the start, and before them after that', () => {
    const night = hours('22:00', '07:00', 'UTC');
    const dueFor = (minute: number) => reminderDue(Date.UTC(2026, 2, 3, 7, minute), 60, night);
    expect(dueFor(15)).toBe(Date.UTC(2026, 2, 3, 7));
    expect(dueFor(14)).toBe(Date.UTC(2026, 2, 2, 21, 45));
  });

  test('if it is a reminder: it comes when they end, or before they begin, never in them and never too late', () => {
    fc.assert(
      fc.property(quietAndMoment, fc.integer({ min: 15, max: 3000 }), ({ quiet, at: start }, lead) => {
        const due = start - lead * MINUTE;
        const planned = reminderDue(start, lead, quiet);
        expect(looksQuiet(quiet, planned)).toBe(false);
        expect(planned).toBeLessThanOrEqual(start - 15 * MINUTE);
        const end = lookingOn(quiet, due);
        const begin = lookingBack(quiet, due);
        const expected = begin === undefined || end <= start - 15 * MINUTE ? [end] : [begin - 15 * MINUTE, begin - 1];
        expect(expected).toContain(planned);
        expect(reminderDue(start, lead, null)).toBe(due);
      }),
      { numRuns: sized(2000), seed: 53 },
    );
  });
});

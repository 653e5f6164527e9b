import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LocalDate, LocalTime } from '../../../domain/shared/time.ts';
import {
  firstInstantAt,
  lastInstantAt,
  localDateAt,
  localTimeAt,
  offsetHoldsUntil,
  parseZone,
  periodsOf,
  resolveReading,
  resolveWallClock,
  wallReading,
  type ZoneId,
  zoneOffset,
} from '../../../domain/shared/zone.ts';
import { sampled, sized } from '../../support/size.ts';
import { ALL_ZONES, readClock, transitionDays, ZONES_OTHER_IN_INTL } from '../scheduling/slow-reference.ts';

const SEED = 20_261_120;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const z = (text: string) => text as ZoneId;
const resolve = (zone: string, date: string, time: string) =>
  resolveWallClock(z(zone), date as LocalDate, time as LocalTime);

describe('zone names', () => {
  test.each(['Europe/Berlin', 'UTC', 'America/Argentina/Buenos_Aires', 'US/Pacific', 'Etc/GMT+5', 'EST5EDT'])(
    '%s is a zone',
    (name) => expect(parseZone(name)).toBe(name),
  );

  test('are given in the spelling of the database', () => {
    expect(parseZone('europe/berlin')).toBe('Europe/Berlin');
  });

  test.each(['+01:00', 'Europe/Atlantis', '', 'Berlin/../UTC', 'Europe/Berlin ', '/etc/localtime', 'Mars', '-0500'])(
    '%j is none',
    (name) => expect(parseZone(name)).toBeUndefined(),
  );

  test('an unknown zone past the check is a bug', () => {
    expect(() => zoneOffset(z('Europe/Atlantis'), 0)).toThrow(RangeError);
  });
});

describe('R41 offsets', () => {
  test('agree with what Intl shows, in any zone from 1970 to 2099', () => {
    const instant = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) / 1000 }).map((seconds) => seconds * 1000);
    fc.assert(
      fc.property(fc.constantFrom(...ALL_ZONES), instant, (zone, at) => {
        expect(wallReading(zone, at)).toBe(readClock(zone, at));
        const until = offsetHoldsUntil(zone, at);
        expect(until).toBeGreaterThan(at);
        if (!Number.isFinite(until)) return;
        expect(readClock(zone, until - 1000)).toBe(until - 1000 + zoneOffset(zone, at));
        expect(zoneOffset(zone, until)).not.toBe(zoneOffset(zone, at));
      }),
      { seed: SEED, numRuns: sized(20_000) },
    );
  });

  test('agree at every second around a change that is off the quarter hour', () => {
    const around = Date.UTC(2006, 9, 29, 2, 31);
    for (let at = around - 90_000; at < around + 90_000; at += 1000) {
      expect(wallReading(z('America/St_Johns'), at)).toBe(readClock('America/St_Johns', at));
    }
  });

  test('a local mean time has seconds', () => {
    expect(zoneOffset(z('Africa/Monrovia'), Date.UTC(1971, 0, 1))).toBe(-(44 * MINUTE + 30_000));
  });

  test('come from the newer rules where those of Intl are older', () => {
    const differs = (zone: string) => {
      for (let at = 0; at < Date.UTC(2040, 0, 1); at += 3 * 24 * HOUR) {
        if (wallReading(z(zone), at) !== readClock(zone, at)) return true;
      }
      return false;
    };
    const zones = Intl.supportedValuesOf('timeZone');
    expect(zones.filter((zone) => parseZone(zone) === undefined)).toEqual([]);
    const some = sampled(zones);
    const looked = zones.filter((zone) => some.includes(zone) || ZONES_OTHER_IN_INTL.includes(zone));
    expect(looked.filter(differs)).toEqual(ZONES_OTHER_IN_INTL);
    // British Columbia keeps the time of the summer of 2026.
    expect(zoneOffset(z('America/Vancouver'), Date.UTC(2026, 11, 15))).toBe(-7 * HOUR);
  });

  test('follow the yearly rule for ever, and stay where there is none', () => {
    for (const year of [2037, 2038, 2100, 2101, 2499, 9999]) {
      expect([
        zoneOffset(z('Europe/Paris'), Date.UTC(year, 6, 1)),
        zoneOffset(z('Europe/Paris'), Date.UTC(year, 0, 1)),
      ]).toEqual([2 * HOUR, HOUR]);
      expect(zoneOffset(z('America/Santiago'), Date.UTC(year, 0, 1))).toBe(-3 * HOUR);
      expect(zoneOffset(z('Asia/Tokyo'), Date.UTC(year, 6, 1))).toBe(9 * HOUR);
    }
    const december = Date.UTC(2100, 11, 1);
    expect(offsetHoldsUntil(z('Europe/Paris'), december)).toBe(Date.UTC(2101, 2, 27, 1));
  });

  test('a zone in between does not disturb those of another', () => {
    const summer = Date.UTC(2026, 6, 1);
    expect([
      zoneOffset(z('Europe/Paris'), summer),
      zoneOffset(z('Asia/Tokyo'), summer),
      zoneOffset(z('Europe/Paris'), 0),
    ]).toEqual([2 * HOUR, 9 * HOUR, HOUR]);
  });
});

describe('R41 wall clocks', () => {
  test('a reading that clocks show once', () => {
    expect(resolve('Europe/Berlin', '2026-06-01', '12:00')).toEqual({
      kind: 'unique',
      instant: Date.UTC(2026, 5, 1, 10),
    });
    expect(resolve('Europe/Berlin', '2026-06-01', '24:00')).toEqual(resolve('Europe/Berlin', '2026-06-02', '00:00'));
  });

  test('a reading that clocks skip resumes when they were set forward', () => {
    const resumes = Date.UTC(2026, 2, 29, 1);
    for (const time of ['02:00', '02:01', '02:30', '02:59']) {
      expect(resolve('Europe/Berlin', '2026-03-29', time)).toEqual({ kind: 'gap', resumes });
    }
    expect(resolve('Europe/Berlin', '2026-03-29', '03:00')).toEqual({ kind: 'unique', instant: resumes });
    expect(resolve('Pacific/Apia', '2011-12-30', '12:00')).toEqual({
      kind: 'gap',
      resumes: Date.UTC(2011, 11, 30, 10),
    });
  });

  test('a reading that clocks show twice has both instants', () => {
    expect(resolve('Europe/Berlin', '2026-10-25', '02:30')).toEqual({
      kind: 'fold',
      earlier: Date.UTC(2026, 9, 25, 0, 30),
      later: Date.UTC(2026, 9, 25, 1, 30),
    });
    expect(resolve('Australia/Lord_Howe', '2026-04-05', '01:45')).toEqual({
      kind: 'fold',
      earlier: Date.UTC(2026, 3, 4, 14, 45),
      later: Date.UTC(2026, 3, 4, 15, 15),
    });
  });

  test('agree with a search through every minute, in every zone around its changes of 2026', () => {
    for (const zone of sampled(ALL_ZONES)) {
      for (const day of transitionDays(zone, 2026, 2026)) {
        const first = Date.parse(`${day}T00:00:00Z`) - 30 * HOUR;
        const minutes = Array.from({ length: 84 * 4 }, (_, i) => first + i * 15 * MINUTE);
        const shown = minutes.map((at) => readClock(zone, at));
        for (let wall = first + 20 * HOUR; wall < first + 60 * HOUR; wall += 15 * MINUTE) {
          const times = minutes.filter((_, i) => shown[i] === wall);
          const next = minutes[shown.findIndex((reading) => reading >= wall)];
          expect(firstInstantAt(zone, wall)).toBe(next);
          if (times.length > 0) expect(lastInstantAt(zone, wall)).toBe(times.at(-1));
          expect(resolveReading(zone, wall).kind).toBe(['gap', 'unique', 'fold'][times.length]);
        }
      }
    }
  });

  test('the periods of a date are the instants at which clocks show it, also where midnight comes twice', () => {
    const day = fc.integer({ min: Date.UTC(2024, 0, 1) / 86_400_000, max: Date.UTC(2028, 0, 1) / 86_400_000 });
    const minutes = fc.integer({ min: -36 * 60, max: 60 * 60 });
    const special: [ZoneId, string][] = [
      [z('Asia/Beirut'), '2026-10-24'],
      [z('Asia/Beirut'), '2026-10-25'],
      [z('Africa/Cairo'), '2026-04-24'],
      [z('Pacific/Apia'), '2011-12-30'],
    ];
    const check = (zone: ZoneId, date: string, at: number) =>
      expect(periodsOf(zone, date as LocalDate).some(({ start, end }) => start <= at && at < end)).toBe(
        localDateAt(zone, at) === date,
      );
    for (const [zone, date] of special) {
      for (let minute = -36 * 60; minute < 60 * 60; minute += 30) check(zone, date, Date.parse(date) + minute * MINUTE);
    }
    fc.assert(
      fc.property(fc.constantFrom(...ALL_ZONES), day, minutes, (zone, number, minute) => {
        const date = new Date(number * 86_400_000).toISOString().slice(0, 10);
        check(zone, date, number * 86_400_000 + minute * MINUTE);
      }),
      { seed: SEED, numRuns: sized(20_000) },
    );
    expect(periodsOf(z('Asia/Beirut'), '2026-10-24' as LocalDate)).toHaveLength(1);
    expect(periodsOf(z('Pacific/Apia'), '2011-12-30' as LocalDate)).toEqual([]);
  });

  test('an instant has a local date and time, seconds cut off', () => {
    const at = Date.UTC(2026, 1, 15, 20, 59, 59, 999);
    expect([localDateAt(z('Asia/Kathmandu'), at), localTimeAt(z('Asia/Kathmandu'), at)]).toEqual([
      '2026-02-16',
      '02:44',
    ]);
    expect(localTimeAt(z('America/New_York'), -1)).toBe('18:59');
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { WeeklyRule } from '../../../domain/scheduling/availability.ts';
import { earliestSlots } from '../../../domain/scheduling/next-available.ts';
import { availableSlots, type SlotQuery } from '../../../domain/scheduling/slots.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { addDays } from '../../../domain/shared/time.ts';
import { sampled, sized } from '../../support/size.ts';
import { appointmentType, availability, daily, date, id, query, zone } from './builders.ts';
import { anyPlacedQuery } from './placed-generators.ts';
import { anyDay, anyQuery, anySessions } from './slot-generators.ts';
import { ALL_ZONES, type ReferenceSlot, referenceSlots, transitionDays } from './slow-reference.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const SEED = 20_261_120;

function starts(slots: readonly ReferenceSlot[]): string[] {
  return slots.map(
    ({ start, end, date, locationId }) =>
      `${date} ${new Date(start).toISOString()} ${(end - start) / MINUTE} ${locationId}`,
  );
}

/** @returns how many slots there were */
function expectSame(asked: SlotQuery, stepMinutes = 15): number {
  const slots = availableSlots(asked);
  expect(starts(slots)).toEqual(starts(referenceSlots(asked, stepMinutes)));
  return slots.length;
}

describe('R41 slots agree with a minute-by-minute reference', () => {
  const hours = daily('00:00-24:00', '22:10-03:40', '01:30-02:45', '23:15-01:10', '12:00-12:00');
  const sets: readonly WeeklyRule[][] = [
    daily('00:00-24:00'),
    daily('01:10-02:40', '02:50-07:00', '23:20-24:00'),
    daily('22:10-03:40'),
    daily('23:30-00:30', '00:30-01:45'),
    daily('12:00-12:00', '06:00-06:50'),
    hours,
  ];

  test('in every zone, on every day of 2025 to 2027 on which its clocks change', () => {
    let compared = 0;
    sampled(ALL_ZONES).forEach((timezone, index) => {
      for (const [turn, day] of transitionDays(timezone, 2024, 2027).entries()) {
        const weekly = sets[(index + turn) % sets.length] ?? hours;
        const from = addDays(date(day), -1);
        expectSame(
          query({
            availability: availability({ timezone, weekly }),
            type: appointmentType({ durationMinutes: 20, slotIntervalMinutes: 25, horizonDays: 730 }),
            from,
            to: addDays(from, 2),
            now: Date.parse(from) - 2 * DAY,
          }),
        );
        compared++;
      }
    });
    expect(compared).toBeGreaterThan(sized(500));
  });

  test.each([
    ['a half-hour change', 'Australia/Lord_Howe', '2026-04-05'],
    ['a half-hour change forward', 'Australia/Lord_Howe', '2026-10-04'],
    ['a 45-minute zone', 'Asia/Kathmandu', '2026-05-01'],
    ['a 45-minute zone with summer time', 'Pacific/Chatham', '2026-09-27'],
    ['a half-hour zone', 'Asia/Kolkata', '2026-05-01'],
    ['a zone set back at midnight, into the day before', 'Asia/Beirut', '2026-10-25'],
    ['a zone set forward at midnight', 'Africa/Cairo', '2026-04-24'],
    ['two hours at once', 'Antarctica/Troll', '2026-03-29'],
    ['a day that never was', 'Pacific/Apia', '2011-12-30'],
    ['a day that came twice', 'Pacific/Kwajalein', '1969-09-30'],
  ])('%s: %s, %s', (_, timezone, day) => {
    for (const weekly of sets) {
      expectSame(
        query({
          availability: availability({ timezone: zone(timezone), weekly }),
          type: appointmentType({ durationMinutes: 25, slotIntervalMinutes: 20, horizonDays: 730 }),
          from: addDays(date(day), -2),
          to: addDays(date(day), 2),
          now: Date.parse(day) - 4 * DAY,
        }),
      );
    }
  });

  test('clocks that change one minute after midnight: America/St_Johns until 2011', () => {
    for (const [day, weekly] of [
      ['2006-10-29', daily('00:00-24:00')],
      ['2006-04-02', daily('22:10-03:40')],
      ['2010-11-07', daily('23:00-01:00', '20:00-23:30')],
    ] as const) {
      for (const length of [0, 1]) {
        expectSame(
          query({
            availability: availability({ timezone: zone('America/St_Johns'), weekly }),
            type: appointmentType({ durationMinutes: 7, slotIntervalMinutes: 11, horizonDays: 730 }),
            from: addDays(date(day), -1),
            to: addDays(date(day), length - 1),
            now: Date.parse(day) - 4 * DAY,
          }),
          1,
        );
      }
    }
  });

  test('for any hours, overrides, absences, busy times, buffers, grids, notices, horizons and limits', () => {
    let found = 0;
    fc.assert(
      fc.property(anyQuery(), (any) => {
        found += expectSame(any);
      }),
      { seed: SEED, numRuns: sized(1000) },
    );
    expect(found).toBeGreaterThan(sized(5000));
  });

  test('for hours at several locations, and types that require rooms and devices', () => {
    let found = 0;
    fc.assert(
      fc.property(anyPlacedQuery(), (any) => {
        found += expectSame(any);
      }),
      { seed: SEED, numRuns: sized(1000) },
    );
    expect(found).toBeGreaterThan(sized(1000));
  });

  test('for group sessions: a slot at the start of one that has free places, and none across it', () => {
    let joined = 0;
    fc.assert(
      fc.property(anySessions(), (sessions) => {
        expectSame(sessions);
        const starts = new Set(sessions.busy.map(({ startsAt }) => startsAt));
        joined += availableSlots(sessions).filter(({ start }) => starts.has(start)).length;
      }),
      { seed: SEED, numRuns: sized(300) },
    );
    expect(joined).toBeGreaterThan(sized(150));
  });
});

describe('times that are taken', () => {
  test('leave the same slots as the busy times that they stand for', () => {
    let found = 0;
    let taken = 0;
    fc.assert(
      fc.property(anyQuery(), (any) => {
        const { type, now } = any;
        const standing = any.busy.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
        // Those of the type stay apart where others may join them or a daily limit counts them.
        const stays = ({ appointmentTypeId }: SlotQuery['busy'][number]) =>
          appointmentTypeId === type.id && (type.capacity > 1 || type.dailyLimit !== null);
        const times = standing.filter((time) => !stays(time)).sort((a, b) => a.start - b.start);
        const given = {
          ...{ ...any, busy: standing.filter(stays) },
          taken: () => times.flatMap(({ start, end }) => [start, end]),
        };
        const slots = availableSlots(given);
        expect(slots).toEqual(availableSlots(any));
        found += slots.length;
        taken += times.length;
      }),
      { seed: SEED, numRuns: sized(5000) },
    );
    expect(found).toBeGreaterThan(sized(25_000));
    expect(taken).toBeGreaterThan(sized(10_000));
  });
});

describe('the earliest slots over many doctors', () => {
  test('who share a week but not the zone or the absences are those of each alone', () => {
    let found = 0;
    const onOneDay = fc
      .constantFrom('UTC', 'Europe/Berlin')
      .map((name) => ({ timezone: zone(name), day: '2026-03-29' }));
    const rules = daily('08:00-12:00', '22:10-03:40');
    fc.assert(
      fc.property(fc.array(anyQuery(onOneDay), { minLength: 2, maxLength: 6 }), (queries) => {
        const { weekly } = availability({ weekly: rules });
        queries.forEach((each, index) => {
          const hours = { ...each.availability, ...(index % 2 === 0 && { overrides: [], timeOff: [], holidays: [] }) };
          const slots = availableSlots({ ...each, availability: { ...hours, weekly } });
          const alone = { ...hours, weekly: { ...weekly } };
          expect(slots).toEqual(availableSlots({ ...each, availability: alone }));
          found += slots.length;
        });
      }),
      { seed: SEED, numRuns: sized(500) },
    );
    expect(found).toBeGreaterThan(sized(5000));
  });

  test('are the first of the merged slots of all doctors', () => {
    // All in one zone, so that the slots of the doctors interleave.
    const doctors = anyDay().chain((place) => fc.array(anyQuery(fc.constant(place)), { maxLength: 6 }));
    fc.assert(
      fc.property(doctors, fc.nat({ max: 30 }), (queries, limit) => {
        const own = queries.map((each, index) => ({
          ...each,
          availability: { ...each.availability, doctorId: id<'user'>(`doctor ${index}`) as UserId },
        }));
        const all = own.flatMap((each, order) => availableSlots(each).map((slot) => ({ slot, order })));
        all.sort((a, b) => a.slot.start - b.slot.start || a.order - b.order);
        expect(earliestSlots(own, limit)).toEqual(all.slice(0, limit).map(({ slot }) => slot));
      }),
      { seed: SEED, numRuns: sized(500) },
    );
  });
});

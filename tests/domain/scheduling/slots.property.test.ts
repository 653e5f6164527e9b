import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { busyRange } from '../../../domain/scheduling/appointment-type.ts';
import type { WeeklyRule } from '../../../domain/scheduling/availability.ts';
import type { BusyTime } from '../../../domain/scheduling/busy-time.ts';
import { earliestSlots } from '../../../domain/scheduling/next-available.ts';
import { availableSlots, type SlotQuery } from '../../../domain/scheduling/slots.ts';
import type { AppointmentId, UserId } from '../../../domain/shared/ids.ts';
import { addDays, type LocalTime, localTimeOf, type Weekday } from '../../../domain/shared/time.ts';
import type { ZoneId } from '../../../domain/shared/zone.ts';
import { sized } from '../../support/size.ts';
import { appointmentType, availability, daily, date, id, query, TYPE_ID, zone } from './builders.ts';
import { ALL_ZONES, referenceSlots, transitionDays } from './slow-reference.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const SEED = 20_261_120;

function starts(slots: readonly { readonly start: number; readonly end: number; readonly date: string }[]): string[] {
  return slots.map(({ start, end, date }) => `${date} ${new Date(start).toISOString()} ${(end - start) / MINUTE}`);
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
    const zones = ALL_ZONES.filter((_, index) => index % (ALL_ZONES.length / sized(ALL_ZONES.length)) < 1);
    zones.forEach((timezone, index) => {
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
  }, 60_000);

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
  }, 60_000);

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
    expect(joined).toBeGreaterThan(sized(300));
  });
});

describe('the earliest slots over many doctors', () => {
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
  }, 60_000);
});

/** A zone and a day, with days of clock changes more often than by chance. */
function anyDay(): fc.Arbitrary<{ timezone: ZoneId; day: string }> {
  const ordinary = fc.date({ min: new Date('2024-01-03'), max: new Date('2027-12-29'), noInvalidDate: true });
  return fc
    .record({ timezone: fc.constantFrom(...ALL_ZONES), ordinary, turn: fc.nat({ max: 7 }), atTurn: fc.boolean() })
    .map(({ timezone, ordinary, turn, atTurn }) => {
      const turns = transitionDays(timezone, 2025, 2026);
      const day = atTurn ? turns[turn % Math.max(turns.length, 1)] : undefined;
      return { timezone, day: day ?? ordinary.toISOString().slice(0, 10) };
    });
}

function anyRange(): fc.Arbitrary<{ start: LocalTime; end: LocalTime }> {
  const minute = fc.oneof(
    fc.nat({ max: 1439 }),
    fc.nat({ max: 95 }).map((quarter) => quarter * 15),
  );
  return fc
    .tuple(minute, fc.oneof(minute, fc.constant(1440)))
    .map(([start, end]) => ({ start: localTimeOf(start), end: localTimeOf(end) }));
}

/** Group sessions within the hours of one day, on and off the grid, some full, some held, some overbooked. */
function anySessions(): fc.Arbitrary<SlotQuery> {
  const type = fc.record({
    durationMinutes: fc.constantFrom(15, 30, 60),
    slotIntervalMinutes: fc.constantFrom(15, 30),
    bufferBeforeMinutes: fc.constantFrom(0, 15),
    bufferAfterMinutes: fc.constantFrom(0, 10),
    capacity: fc.constantFrom(2, 3),
  });
  const session = fc.record({
    quarter: fc.nat({ max: 31 }),
    places: fc.integer({ min: 1, max: 3 }),
    isHeld: fc.boolean(),
    isOverbooked: fc.boolean(),
  });
  return fc.tuple(type, fc.array(session, { minLength: 1, maxLength: 8 })).map(([given, sessions]) => {
    const { now } = query();
    const opens = Date.parse('2026-03-03T08:00:00Z');
    return query({
      type: appointmentType(given),
      busy: sessions.flatMap(({ quarter, places, isHeld, isOverbooked }, index) =>
        Array.from({ length: places }, (_, lane): BusyTime => {
          const startsAt = opens + (quarter * 15 + (isOverbooked && lane === 1 ? 5 : 0)) * MINUTE;
          return {
            ...busyRange(appointmentType(given), startsAt),
            sourceId: id<'appointment'>(`place ${lane} of ${index}`) as AppointmentId,
            appointmentTypeId: TYPE_ID,
            startsAt,
            expiresAt: isHeld && lane === 0 ? now - 1 : null,
            occupancy: id<'occupancy'>(`session ${index}`),
            lane,
          };
        }),
      ),
    });
  });
}

/** @param places zone and day to look at; by default any */
function anyQuery(places = anyDay()): fc.Arbitrary<SlotQuery> {
  return places.chain(({ timezone, day }) => {
    const near = fc.integer({ min: -3, max: 4 }).map((days) => addDays(date(day), days));
    const midnight = Date.parse(day);
    const rules = fc.array(
      fc.record({
        range: anyRange(),
        weekday: fc.integer({ min: 1, max: 7 }).map((weekday) => weekday as Weekday),
        everyDay: fc.boolean(),
        types: fc.constantFrom(null, null, [TYPE_ID], [id<'appointment_type'>('other')]),
        validFrom: fc.option(near, { freq: 6 }),
        validUntil: fc.option(near, { freq: 6 }),
      }),
      { maxLength: 5 },
    );
    const busyTimes = fc.array(
      fc.record({
        start: fc.integer({ min: -2 * 1440, max: 4 * 1440 }),
        minutes: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 240 })),
        other: fc.boolean(),
        expires: fc.option(fc.integer({ min: -1440, max: 1440 }), { freq: 4 }),
      }),
      { maxLength: 40 },
    );
    return fc
      .record({
        rules,
        busyTimes,
        overrides: fc.array(fc.record({ date: near, available: fc.array(anyRange(), { maxLength: 3 }) }), {
          maxLength: 2,
        }),
        timeOff: fc.option(fc.tuple(near, fc.nat({ max: 2 })), { freq: 3 }),
        holiday: fc.option(near, { freq: 3 }),
        from: fc.integer({ min: -1, max: 1 }),
        length: fc.integer({ min: -1, max: 2 }),
        now: fc.integer({ min: -5 * 1440, max: 1440 }),
        type: fc.record({
          durationMinutes: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 480 })),
          slotIntervalMinutes: fc.oneof(fc.constantFrom(5, 10, 15, 20, 30, 45, 60), fc.integer({ min: 1, max: 480 })),
          bufferBeforeMinutes: fc.constantFrom(0, 5, 30, 120),
          bufferAfterMinutes: fc.constantFrom(0, 0, 10, 45),
          minimumNoticeMinutes: fc.constantFrom(0, 60, 1440),
          horizonDays: fc.constantFrom(1, 3, 90),
          dailyLimit: fc.constantFrom(null, null, 1, 3),
          capacity: fc.constantFrom(1, 1, 2, 3),
        }),
      })
      .map((given): SlotQuery => {
        const from = addDays(date(day), given.from);
        return {
          availability: availability({
            timezone,
            weekly: given.rules.flatMap(({ range, weekday, everyDay, types, validFrom, validUntil }) =>
              (everyDay ? [1, 2, 3, 4, 5, 6, 7] : [weekday]).map((on) => ({
                ...range,
                weekday: on as Weekday,
                appointmentTypeIds: types,
                validFrom,
                validUntil,
              })),
            ),
            overrides: [...new Map(given.overrides.map((override) => [override.date, override])).values()].map(
              (override) => ({ ...override, id: id('override') }),
            ),
            timeOff: given.timeOff
              ? [{ id: id('off'), from: given.timeOff[0], until: addDays(...given.timeOff), reason: null }]
              : [],
            holidays: given.holiday ? [{ id: id('day'), from: given.holiday, until: given.holiday, name: '' }] : [],
          }),
          type: appointmentType(given.type),
          from,
          to: addDays(from, given.length),
          now: midnight + given.now * MINUTE,
          busy: given.busyTimes.map(
            ({ start, minutes, other, expires }, index): BusyTime => ({
              start: midnight + start * MINUTE,
              end: midnight + (start + minutes) * MINUTE,
              sourceId: id<'appointment'>(`busy ${index}`) as AppointmentId,
              appointmentTypeId: other ? id('other') : TYPE_ID,
              startsAt: midnight + start * MINUTE,
              expiresAt: expires === null ? null : midnight + expires * MINUTE,
              occupancy: id<'occupancy'>(`busy ${index}`),
              lane: 0,
            }),
          ),
        };
      });
  });
}

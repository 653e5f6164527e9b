/** Random queries for slots. */
import fc from 'fast-check';
import { type AppointmentType, busyRange } from '../../../domain/scheduling/appointment-type.ts';
import type { LocatedRange, TimeOff, WeeklyRule } from '../../../domain/scheduling/availability.ts';
import type { BusyTime } from '../../../domain/scheduling/busy-time.ts';
import { NO_RESOURCES, type ResourceState } from '../../../domain/scheduling/resource-choice.ts';
import type { SlotQuery } from '../../../domain/scheduling/slots.ts';
import type { AppointmentId, UserId } from '../../../domain/shared/ids.ts';
import { addDays, type LocalDate, localTimeOf, type Weekday } from '../../../domain/shared/time.ts';
import type { ZoneId } from '../../../domain/shared/zone.ts';
import { appointmentType, availability, DOCTOR_ID, date, id, query, TYPE_ID, time } from './builders.ts';
import { ALL_ZONES, transitionDays } from './slow-reference.ts';

const MINUTE = 60_000;
const EVERY_DAY: readonly Weekday[] = [1, 2, 3, 4, 5, 6, 7];

/** A zone and a day, with days of clock changes more often than by chance. */
export function anyDay(): fc.Arbitrary<{ timezone: ZoneId; day: string }> {
  const ordinary = fc.date({ min: new Date('2024-01-03'), max: new Date('2027-12-29'), noInvalidDate: true });
  return fc
    .record({ timezone: fc.constantFrom(...ALL_ZONES), ordinary, turn: fc.nat({ max: 7 }), atTurn: fc.boolean() })
    .map(({ timezone, ordinary, turn, atTurn }) => {
      const turns = transitionDays(timezone, 2025, 2026);
      const day = atTurn ? turns[turn % Math.max(turns.length, 1)] : undefined;
      return { timezone, day: day ?? ordinary.toISOString().slice(0, 10) };
    });
}

export function anyRange(): fc.Arbitrary<LocatedRange> {
  const minute = fc.oneof(
    fc.nat({ max: 1439 }),
    fc.nat({ max: 95 }).map((quarter) => quarter * 15),
  );
  return fc
    .tuple(minute, fc.oneof(minute, fc.constant(1440)))
    .map(([start, end]) => ({ start: localTimeOf(start), end: localTimeOf(end), locationId: null }));
}

/** Whole days off, parts of one day such as a break, and absences that begin and end within days. */
function anyTimeOff(near: fc.Arbitrary<LocalDate>): fc.Arbitrary<TimeOff> {
  const minute = fc.oneof(
    fc.nat({ max: 1439 }),
    fc.nat({ max: 95 }).map((quarter) => quarter * 15),
  );
  return fc
    .record({ from: near, days: fc.constantFrom(0, 0, 1, 2), starts: fc.option(minute), ends: fc.option(minute) })
    .filter(({ days, starts, ends }) => days > 0 || ends === null || (starts ?? 0) < ends)
    .map(({ from, days, starts, ends }) => ({
      id: id('off'),
      from,
      until: addDays(from, days),
      startTime: starts === null ? null : localTimeOf(starts),
      endTime: ends === null ? null : localTimeOf(ends),
      reason: null,
    }));
}

/** Group sessions within the hours of one day, on and off the grid, some full, some held, some overbooked. */
export function anySessions(): fc.Arbitrary<SlotQuery> {
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
    isFormer: fc.constantFrom(false, false, false, false, true),
  });
  return fc.tuple(type, fc.array(session, { minLength: 1, maxLength: 8 })).map(([given, sessions]) => {
    const { now } = query();
    const opens = Date.parse('2026-03-03T08:00:00Z');
    return query({
      type: appointmentType(given),
      busy: sessions.flatMap(({ quarter, places, isHeld, isOverbooked, isFormer }, index) =>
        Array.from({ length: places }, (_, lane): BusyTime => {
          const startsAt = opens + (quarter * 15 + (isOverbooked && lane === 1 ? 5 : 0)) * MINUTE;
          return {
            // Booked before the type got its present duration.
            ...busyRange(appointmentType(isFormer ? { ...given, durationMinutes: 45 } : given), startsAt),
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

/** A rule that leaves few slots. */
function seldom<T>(...values: readonly T[]): fc.Arbitrary<T | null> {
  return fc.oneof(
    { weight: 12, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom<T>(...values) },
  );
}

/** A query with the busy times as they are stored. */
export type StoredQuery = SlotQuery & { readonly busy: readonly BusyTime[]; readonly resources: ResourceState };

/** @param places zone and day to look at; by default any */
export function anyQuery(places = anyDay()): fc.Arbitrary<StoredQuery> {
  return places.chain(({ timezone, day }) => {
    const near = fc.integer({ min: -3, max: 4 }).map((days) => addDays(date(day), days));
    const midnight = Date.parse(day);
    return fc
      .record({
        weekly: anyWeekly(near),
        busy: anyBusyTimes(midnight),
        overrides: anyOverrides(near),
        timeOff: fc.array(anyTimeOff(near), { maxLength: 2 }),
        holiday: fc.option(near, { freq: 3 }),
        from: fc.integer({ min: -1, max: 1 }),
        length: fc.integer({ min: -1, max: 2 }),
        now: fc.integer({ min: -5 * 1440, max: 1440 }),
        type: anyType(),
      })
      .map(({ weekly, overrides, timeOff, holiday, ...given }): StoredQuery => {
        const from = addDays(date(day), given.from);
        const holidays = holiday ? [{ id: id<'clinic_holiday'>('day'), from: holiday, until: holiday, name: '' }] : [];
        return {
          availability: availability({ timezone, weekly, overrides, timeOff, holidays }),
          type: given.type,
          from,
          to: addDays(from, given.length),
          now: midnight + given.now * MINUTE,
          resources: NO_RESOURCES,
          busy: given.busy,
        };
      });
  });
}

/** Hours of any type, of the type asked for, or of another. */
function anyTypes() {
  return fc.constantFrom(null, null, [TYPE_ID], [id<'appointment_type'>('other')]);
}

function anyWeekly(near: fc.Arbitrary<LocalDate>): fc.Arbitrary<WeeklyRule[]> {
  const rule = fc.record({
    range: anyRange(),
    weekday: fc.integer({ min: 1, max: 7 }).map((weekday) => weekday as Weekday),
    everyDay: fc.boolean(),
    types: anyTypes(),
    validFrom: fc.option(near, { freq: 6 }),
    validUntil: fc.option(near, { freq: 6 }),
  });
  return fc.array(rule, { maxLength: 5 }).map((rules) =>
    rules.flatMap(({ range, weekday, everyDay, types, validFrom, validUntil }) =>
      (everyDay ? EVERY_DAY : [weekday]).map((on) => ({
        ...range,
        weekday: on,
        appointmentTypeIds: types,
        validFrom,
        validUntil,
      })),
    ),
  );
}

/** At most one for each date. */
function anyOverrides(near: fc.Arbitrary<LocalDate>) {
  const range = fc
    .record({ range: anyRange(), appointmentTypeIds: anyTypes() })
    .map(({ range, appointmentTypeIds }) => ({ ...range, appointmentTypeIds }));
  const override = fc.record({
    date: near,
    available: fc.array(range, { maxLength: 3 }),
    endsNightBefore: fc.boolean(),
  });
  return fc.array(override, { maxLength: 2 }).map((all) =>
    [...new Map(all.map((each) => [each.date, each])).values()].map((each) => ({
      ...each,
      id: id<'availability_override'>('override'),
    })),
  );
}

function anyBusyTimes(midnight: number): fc.Arbitrary<BusyTime[]> {
  const busyTime = fc.record({
    start: fc.integer({ min: -2 * 1440, max: 4 * 1440 }),
    minutes: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 240 })),
    other: fc.boolean(),
    expires: fc.option(fc.integer({ min: -1440, max: 1440 }), { freq: 4 }),
  });
  return fc.array(busyTime, { maxLength: 40 }).map((all) =>
    all.map(({ start, minutes, other, expires }, index) => ({
      start: midnight + start * MINUTE,
      end: midnight + (start + minutes) * MINUTE,
      sourceId: id<'appointment'>(`busy ${index}`) as AppointmentId,
      appointmentTypeId: other ? id('other') : TYPE_ID,
      startsAt: midnight + start * MINUTE,
      expiresAt: expires === null ? null : midnight + expires * MINUTE,
      occupancy: id<'occupancy'>(`busy ${index}`),
      lane: 0,
    })),
  );
}

function anyType(): fc.Arbitrary<AppointmentType> {
  return fc
    .record({
      durationMinutes: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 480 })),
      slotIntervalMinutes: fc.oneof(fc.constantFrom(5, 10, 15, 20, 30, 45, 60), fc.integer({ min: 1, max: 480 })),
      bufferBeforeMinutes: fc.constantFrom(0, 5, 30, 120),
      bufferAfterMinutes: fc.constantFrom(0, 0, 10, 45),
      minimumNoticeMinutes: fc.constantFrom(0, 60, 1440),
      horizonDays: fc.constantFrom(1, 3, 90),
      dailyLimit: fc.constantFrom(null, null, 1, 3),
      capacity: fc.constantFrom(1, 1, 2, 3),
      doctorIds: seldom([DOCTOR_ID], [id<'user'>('other') as UserId]),
      sameDayFrom: seldom(time('00:00'), time('09:30')),
    })
    .map(appointmentType);
}

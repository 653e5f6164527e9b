/** Sharing a doctor's time: group sessions and overbooking, against a model of what the database refuses. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { busyRange } from '../../../domain/scheduling/appointment-type.ts';
import type { BusyTime, OccupancyId } from '../../../domain/scheduling/busy-time.ts';
import { ALONE, blockingTimes, occupancyOf, overbook, placeFor } from '../../../domain/scheduling/places.ts';
import type { AppointmentId } from '../../../domain/shared/ids.ts';
import { overlaps } from '../../../domain/shared/interval.ts';
import { appointmentType, at, busy, id, TYPE_ID } from './builders.ts';

const START = at('2026-03-03T09:00:00Z');
const group = appointmentType({ capacity: 3 });

function member(lane: number, fields: Partial<BusyTime> = {}): BusyTime {
  return busy('2026-03-03T09:00:00Z', '2026-03-03T09:30:00Z', {
    sourceId: id(`member ${lane}`),
    occupancy: id('session'),
    lane,
    ...fields,
  });
}

test('the occupancy of an appointment is the one of its place, or its own', () => {
  const own = id<'appointment'>('own') as AppointmentId;
  expect(occupancyOf(own, ALONE)).toBe('own');
  expect(occupancyOf(own, { occupancy: id('session'), lane: 1 })).toBe('session');
});

test('a hold blocks until it expires, and a session with a free place only in part', () => {
  const starts = (expiresAt: number | null) =>
    blockingTimes(group, [member(0, { expiresAt })], START).map(({ opensAt }) => opensAt);
  expect(starts(null)).toEqual([START]);
  expect(starts(START + 1)).toEqual([START]);
  expect(starts(START)).toEqual([]);
});

describe('the place of an appointment', () => {
  test('in free time is one of its own', () => {
    expect(placeFor(group, START, [])).toEqual(ALONE);
    const before = busy('2026-03-03T08:30:00Z', '2026-03-03T09:00:00Z');
    expect(placeFor(group, START, [before])).toEqual(ALONE);
  });

  test('in a group session is the lowest lane that nobody has', () => {
    expect(placeFor(group, START, [member(0)])).toEqual({ occupancy: 'session', lane: 1 });
    expect(placeFor(group, START, [member(0), member(2)])).toEqual({ occupancy: 'session', lane: 1 });
    expect(placeFor(group, START, [member(1)])).toEqual({ occupancy: 'session', lane: 0 });
  });

  test('is none when the session is full, is of another type, or began at another time', () => {
    expect(placeFor(group, START, [member(0), member(1), member(2)])).toBeUndefined();
    expect(placeFor(group, START, [member(0, { appointmentTypeId: id('other') })])).toBeUndefined();
    expect(placeFor(group, START + 60_000, [member(0)])).toBeUndefined();
    expect(placeFor(appointmentType(), START, [member(0)])).toBeUndefined();
  });

  test('is none in a session that was booked before the type became longer', () => {
    const longer = { ...group, durationMinutes: 60 };
    expect(placeFor(longer, START, [member(0)])).toBeUndefined();
    const next = member(0, { start: START + 30 * 60_000, end: START + 60 * 60_000, startsAt: START + 30 * 60_000 });
    expect(placeFor(longer, START, [member(0), next])).toBeUndefined();
  });

  test('is none beside an overbooking of the session', () => {
    expect(placeFor(group, START, [member(0), member(1, { startsAt: START + 60_000 })])).toBeUndefined();
  });

  test('of an overbooking is a further lane of what it overlaps; several occupancies become one', () => {
    const wanted = { start: START, end: START + 60 * 60_000 };
    expect(overbook(wanted, [])).toEqual({ place: ALONE, joins: [], overlapping: 0 });
    const first = busy('2026-03-03T09:00:00Z', '2026-03-03T09:30:00Z', { occupancy: id('a') });
    const second = busy('2026-03-03T09:30:00Z', '2026-03-03T10:00:00Z', { occupancy: id('b') });
    expect(overbook(wanted, [second, first])).toEqual({
      place: { occupancy: 'a', lane: 1 },
      joins: ['b'],
      overlapping: 2,
    });
  });
});

/** Appointments of one doctor under the constraints of `appointment_participants`. */
class Participants {
  rows: BusyTime[] = [];

  add(row: BusyTime, joins: readonly OccupancyId[]): void {
    this.rows = this.rows.map((other) =>
      joins.includes(other.occupancy) ? { ...other, occupancy: row.occupancy } : other,
    );
    for (const other of this.rows.filter((candidate) => overlaps(candidate, row))) {
      if (other.occupancy !== row.occupancy) throw new Error('overlaps another occupancy');
      if (other.lane === row.lane) throw new Error('overlaps in its lane');
    }
    this.rows.push(row);
  }
}

test('R37: no sequence of bookings, overbookings and cancellations violates the constraints, and only allowed ones overlap', () => {
  const step = fc.record({
    kind: fc.constantFrom('book', 'book', 'book', 'overbook', 'cancel'),
    start: fc.integer({ min: 0, max: 16 }).map((quarter) => START + quarter * 15 * 60_000),
    capacity: fc.constantFrom(1, 1, 3),
    duration: fc.constantFrom(15, 30, 60),
    pick: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const stored = new Participants();
      const forced = new Set<string>();
      for (const [index, { kind, start, capacity, duration, pick }] of steps.entries()) {
        if (kind === 'cancel') {
          stored.rows = stored.rows.filter((_, place) => place !== pick % Math.max(1, stored.rows.length));
          continue;
        }
        const typeId = id<'appointment_type'>(`${TYPE_ID} ${capacity} ${duration}`);
        const type = appointmentType({ id: typeId, capacity, durationMinutes: duration });
        const sourceId = id<'appointment'>(`appointment ${String(index).padStart(2, '0')}`) as AppointmentId;
        const over = overbook(busyRange(type, start), stored.rows);
        const place = kind === 'overbook' ? over.place : placeFor(type, start, stored.rows);
        if (place === undefined) continue;
        const row = {
          ...busyRange(type, start),
          sourceId,
          appointmentTypeId: typeId,
          startsAt: start,
          expiresAt: null,
          occupancy: occupancyOf(sourceId, place),
          lane: place.lane,
        };
        if (kind === 'overbook' && over.overlapping > 0) forced.add(sourceId);
        stored.add(row, kind === 'overbook' ? over.joins : []);
      }
      for (const a of stored.rows) {
        for (const b of stored.rows) {
          if (a === b || !overlaps(a, b)) continue;
          const isSession = a.startsAt === b.startsAt && a.appointmentTypeId === b.appointmentTypeId;
          expect(isSession || forced.has(a.sourceId) || forced.has(b.sourceId)).toBe(true);
        }
      }
    }),
    { seed: 12, numRuns: 300 },
  );
});

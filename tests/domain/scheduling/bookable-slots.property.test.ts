/** A time is listed as free if and only if it can be booked: both are computed apart, and a rule must be in both. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judge } from '../../../domain/scheduling/slot-check.ts';
import { availableSlots } from '../../../domain/scheduling/slots.ts';
import { localDateAt } from '../../../domain/shared/zone.ts';
import { sized } from '../../support/size.ts';
import { PATIENT, PATIENT_ID, state } from './builders.ts';
import { anyPlacedQuery } from './placed-generators.ts';
import { anyQuery, anySessions, type StoredQuery } from './slot-generators.ts';

const MINUTE = 60_000;
const SEED = 20_261_130;

/** Against a booking at an instant by a patient of whom nothing else is known. */
function reasonsAt({ availability, type, busy, resources, from, to, now }: StoredQuery, start: number) {
  const given = state({ availability, type, busy, resources, loaded: { from, to } });
  const check = { actor: PATIENT, patientId: PATIENT_ID, now, noticeFrom: now, ignore: [] };
  const { reasons } = judge(
    given,
    { kind: 'instant', instant: start },
    { ...check, endTime: null, visitMode: null, secured: null },
  );
  return reasons.map(({ code }) => code);
}

/** @returns how many of the instants can be booked */
function expectAgreement(asked: StoredQuery, offsets: readonly number[]): number {
  const zone = asked.availability.timezone;
  const listed = new Set(availableSlots(asked).map(({ start }) => start));
  for (const start of listed) expect([start, reasonsAt(asked, start)]).toEqual([start, []]);
  const midnight = Date.parse(asked.from);
  const instants = [
    ...offsets.map((minutes) => midnight + minutes * MINUTE),
    ...[...listed].flatMap((start) => [start - asked.type.slotIntervalMinutes * MINUTE, start + MINUTE]),
  ];
  const asksFor = (start: number) => {
    const date = localDateAt(zone, start);
    return asked.from <= date && date <= asked.to;
  };
  const bookable = instants.filter((start) => asksFor(start) && reasonsAt(asked, start).length === 0);
  for (const start of bookable) expect([start, listed.has(start)]).toEqual([start, true]);
  return listed.size;
}

describe('a time is listed if and only if it can be booked', () => {
  const offsets = fc.array(
    fc.oneof(
      fc.integer({ min: -1440, max: 4 * 1440 }),
      fc.integer({ min: -96, max: 4 * 96 }).map((quarter) => quarter * 15),
    ),
    { minLength: 20, maxLength: 20 },
  );

  test.each([
    ['any hours, absences, busy times and rules', anyQuery(), 1000],
    ['several locations, rooms and devices', anyPlacedQuery(), 1000],
    ['group sessions', anySessions() as fc.Arbitrary<StoredQuery>, 300],
  ] as const)('for %s', (_, queries, runs) => {
    let found = 0;
    fc.assert(
      fc.property(queries, offsets, (asked, at) => {
        found += expectAgreement(asked, at);
      }),
      { seed: SEED, numRuns: sized(runs) },
    );
    expect(found).toBeGreaterThan(sized(runs));
  });
});

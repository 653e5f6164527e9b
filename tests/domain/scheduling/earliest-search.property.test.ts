import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstWindow, nextWindow, type SearchWindow } from '../../../domain/scheduling/earliest-search.ts';
import { availableSlots, type Slot } from '../../../domain/scheduling/slots.ts';
import type { Interval } from '../../../domain/shared/interval.ts';
import { addDays } from '../../../domain/shared/time.ts';
import { sized } from '../../support/size.ts';
import { appointmentType, at, date } from './builders.ts';
import { anyPlacedQuery } from './placed-generators.ts';
import { anyQuery, type StoredQuery } from './slot-generators.ts';

const DAY = 86_400_000;
const SEED = 20_261_129;

/** All windows of a search among many doctors, as the times in which slots start. */
function times({ from, to, type, now }: Pick<StoredQuery, 'from' | 'to' | 'type' | 'now'>): Interval[] {
  const found: Interval[] = [];
  let window: SearchWindow | undefined = firstWindow({ from, to }, now);
  while (window !== undefined) {
    const start = Math.max(window.from, now + type.minimumNoticeMinutes * 60_000);
    const time: Interval = { start, end: Math.min(start + window.milliseconds, window.until) };
    found.push(time);
    window = nextWindow(window, time, type, now);
  }
  return found;
}

describe('the windows of a search for the earliest slots', () => {
  test('follow each other and widen, from now or the end of the notice to the end of the dates', () => {
    const now = at('2026-03-02T12:00:00Z');
    const dates = { from: date('2026-03-01'), to: date('2026-06-01'), now };
    const days = (fields: object) =>
      times({ ...dates, type: appointmentType(fields) }).map(({ start, end }) => [
        (start - now) / DAY,
        (end - start) / DAY,
      ]);
    const rest = (at('2026-06-02T14:00:00Z') - now - 53 * DAY) / DAY;
    expect(days({ horizonDays: 365 })).toEqual([
      ...[
        [0, 1],
        [1, 3],
        [4, 7],
        [11, 14],
        [25, 28],
      ],
      [53, rest],
    ]);
    expect(days({ horizonDays: 365, minimumNoticeMinutes: 3 * 1440 })[0]).toEqual([3, 1]);
    expect(days({ horizonDays: 7 })).toEqual([
      [0, 1],
      [1, 3],
      [4, 5],
    ]);
    const later = times({ ...dates, from: date('2026-04-01'), type: appointmentType() });
    expect(later[0]).toEqual({ start: at('2026-03-31T10:00:00Z'), end: at('2026-04-02T14:00:00Z') });
  });

  test('hold every slot once, in any zone', () => {
    let found = 0;
    fc.assert(
      fc.property(fc.oneof(anyQuery(), anyPlacedQuery()), fc.nat({ max: 40 }), (any, length) => {
        const asked = { ...any, to: addDays(any.from, length) };
        const slots = times(asked).flatMap((within) => availableSlots({ ...asked, within }));
        expect(slots).toEqual(availableSlots(asked));
        found += slots.length;
      }),
      { seed: SEED, numRuns: sized(1000) },
    );
    expect(found).toBeGreaterThan(sized(10_000));
  });

  test('a search within a time finds the slots that start in it, whatever time it is', () => {
    let found = 0;
    const minutes = fc.integer({ min: -1440, max: 4 * 1440 });
    fc.assert(
      fc.property(anyQuery(), minutes, fc.integer({ min: 1, max: 3000 }), (any, after, length) => {
        const asked = { ...any, to: addDays(any.from, 4) };
        const start = Date.parse(asked.from) + after * 60_000;
        const within = { start, end: start + length * 60_000 };
        const isWithin = (slot: Slot) => within.start <= slot.start && slot.start < within.end;
        const slots = availableSlots({ ...asked, within });
        expect(slots).toEqual(availableSlots(asked).filter(isWithin));
        found += slots.length;
      }),
      { seed: SEED, numRuns: sized(3000) },
    );
    expect(found).toBeGreaterThan(sized(600));
  });
});

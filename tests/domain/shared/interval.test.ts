import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contains, covers, type Interval, normalise, overlaps, without } from '../../../domain/shared/interval.ts';

const SEED = 20_261_120;
const SIZE = 40;
const interval = fc.tuple(fc.nat({ max: SIZE }), fc.nat({ max: SIZE })).map(([start, end]) => ({ start, end }));
const intervals = fc.array(interval, { maxLength: 12 });

/** The obvious model: which whole numbers are in. */
function members(list: readonly Interval[]): number[] {
  return Array.from({ length: SIZE }, (_, n) => n).filter((n) => list.some(({ start, end }) => start <= n && n < end));
}

function isNormal(list: readonly Interval[]): boolean {
  return list.every(({ start, end }, i) => start < end && (i === 0 || (list[i - 1]?.end ?? 0) < start));
}

describe('half-open intervals', () => {
  test('back to back is no overlap, and an empty one overlaps nothing', () => {
    expect(overlaps({ start: 0, end: 5 }, { start: 5, end: 9 })).toBe(false);
    expect(overlaps({ start: 0, end: 5 }, { start: 4, end: 9 })).toBe(true);
    expect(overlaps({ start: 0, end: 5 }, { start: 3, end: 3 })).toBe(false);
    expect(overlaps({ start: 3, end: 3 }, { start: 0, end: 5 })).toBe(false);
    expect(contains({ start: 0, end: 5 }, { start: 0, end: 5 })).toBe(true);
    expect(contains({ start: 0, end: 5 }, { start: 4, end: 6 })).toBe(false);
  });

  test('sets hold what their members hold, in normal form', () => {
    fc.assert(
      fc.property(intervals, (list) => {
        const set = normalise(list);
        expect(isNormal(set)).toBe(true);
        expect(members(set)).toEqual(members(list));
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });

  test('a set without other intervals holds what is in the set and in none of them, in normal form', () => {
    fc.assert(
      fc.property(intervals, intervals, (list, taken) => {
        const rest = without(normalise(list), taken);
        expect(isNormal(rest)).toBe(true);
        const removed = new Set(members(taken));
        expect(members(rest)).toEqual(members(list).filter((n) => !removed.has(n)));
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });

  test('covers needs one member to hold it all', () => {
    fc.assert(
      fc.property(intervals, interval, (list, inner) => {
        fc.pre(inner.start < inner.end);
        const set = normalise(list);
        const all = new Set(members(set));
        expect(covers(set, inner)).toBe(members([inner]).every((n) => all.has(n)));
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });
});

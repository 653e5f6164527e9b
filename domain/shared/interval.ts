/**
 * Half-open intervals `[start, end)` of numbers, and sets of them. A set is a list sorted by start whose members neither
 * overlap nor touch; {@link normalise} makes one, everything else takes and returns them, in time linear in its input.
 */
export interface Interval {
  readonly start: number;
  readonly end: number;
}

/** Sorted, disjoint, no two touching, none empty. */
export type IntervalSet = readonly Interval[];

/** Whether they share a moment. Adjacent intervals do not overlap; an empty interval overlaps nothing. */
export function overlaps(a: Interval, b: Interval): boolean {
  return a.start < b.end && b.start < a.end && a.start < a.end && b.start < b.end;
}

/** Whether every moment of `inner` is in `outer`. */
export function contains(outer: Interval, inner: Interval): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

/** Sorts (only where needed), drops empty intervals and merges those that overlap or touch. */
export function normalise(intervals: readonly Interval[]): IntervalSet {
  const sorted = isSorted(intervals) ? intervals : [...intervals].sort((a, b) => a.start - b.start);
  const merged: Interval[] = [];
  let last: Interval | undefined;
  for (const interval of sorted) {
    if (interval.start >= interval.end) continue;
    if (last && interval.start <= last.end) {
      if (interval.end <= last.end) continue;
      last = { start: last.start, end: interval.end };
      merged[merged.length - 1] = last;
    } else {
      last = interval;
      merged.push(interval);
    }
  }
  return merged;
}

/** Whether one member of the set holds the whole interval. */
export function covers(set: IntervalSet, inner: Interval): boolean {
  return set.some((member) => contains(member, inner));
}

/** The parts of a set that no interval of `taken` covers; `taken` may be in any order and may overlap itself. */
export function without(set: IntervalSet, taken: readonly Interval[]): IntervalSet {
  const removed = normalise(taken);
  const rest: Interval[] = [];
  let next = 0;
  for (const { start, end } of set) {
    let from = start;
    while ((removed[next]?.end ?? Number.POSITIVE_INFINITY) <= from) next++;
    for (let i = next; ; i++) {
      const cut = removed[i];
      if (cut === undefined || cut.start >= end) break;
      if (cut.start > from) rest.push({ start: from, end: cut.start });
      from = Math.max(from, cut.end);
    }
    if (from < end) rest.push({ start: from, end });
  }
  return rest;
}

function isSorted(intervals: readonly Interval[]): boolean {
  for (let i = 1; i < intervals.length; i++) {
    if ((intervals[i - 1]?.start ?? 0) > (intervals[i]?.start ?? 0)) return false;
  }
  return true;
}

/** Mutants of `tools/mutants.ts` that behave like the original: the file, the mutated line, and why no test can notice it. */
export const EQUIVALENT: readonly { readonly path: string; readonly line: string; readonly why: string }[] = [
  {
    path: 'domain/audit/canonical-scan.ts',
    line: 'if (left !== right) return left <= right;',
    why: 'the bytes that are compared differ',
  },
  {
    path: 'domain/audit/leaf-order.ts',
    line: 'if (leafIndex >= expected) {',
    why: 'a leaf in its place is not noted',
  },
  {
    path: 'domain/scheduling/availability-input.ts',
    line: 'return range || isWeekday(input.weekday)',
    why: 'a rule without its hours has added an error, so the rules are refused before they are used',
  },
  {
    path: 'domain/scheduling/busy-time.ts',
    line: 'if (start <= last) return [...busy].sort((a, b) => a.start - b.start);',
    why: 'sorting times that are in order already changes nothing',
  },
  {
    path: 'domain/scheduling/clinic-holiday.ts',
    line: 'return Array.from({ length: Math.max(0, last + first + 1) }, (_, ahead) => first + ahead);',
    why: 'the years after the last one are left out with the dates behind the range',
  },
  {
    path: 'domain/scheduling/clinic-settings.ts',
    line: 'return share < 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;',
    why: 'no byte has this share of 255',
  },
  {
    path: 'domain/scheduling/hours-input.ts',
    line: 'return start || end ? { start, end, locationId: input.locationId ?? null } : undefined;',
    why: 'a time that cannot be read has added an error, so the hours are refused before they are used',
  },
  {
    path: 'domain/scheduling/next-available.ts',
    line: 'return opens >= earliest ? opens : earliest;',
    why: 'either one is returned when both are equal',
  },
  {
    path: 'domain/scheduling/next-available.ts',
    line: 'if (otherBound < childBound || (otherBound === childBound && other <= child)) {',
    why: 'the heap holds each index once',
  },
  {
    path: 'domain/scheduling/next-available.ts',
    line: 'if (bound < childBound || (bound === childBound && entry <= child)) break;',
    why: 'the heap holds each index once',
  },
  {
    path: 'domain/scheduling/places.ts',
    line: 'if ((sorted[middle]?.start ?? 0) <= instant) low = middle + 1;',
    why: 'times that touch the interval do not overlap it, and whoever asks compares again',
  },
  {
    path: 'domain/scheduling/recurrence.ts',
    line: 'return one >= other ? one : other;',
    why: 'either one is returned when both are equal',
  },
  {
    path: 'domain/scheduling/slots.ts',
    line: 'if (start >= cursor.offsetUntil && cursor.offsetUntil <= cursor.segmentEnd) {',
    why: 'only slower: a candidate at the end of the segment opens the next one, which aligns it again',
  },
  {
    path: 'domain/shared/interval.ts',
    line: 'while ((removed[next]?.end ?? Number.POSITIVE_INFINITY) < from) next++;',
    why: 'the loop after it passes over an interval that ends at the start, and removes nothing for it',
  },
  {
    path: 'domain/shared/interval.ts',
    line: 'while ((removed[next]?.end && Number.POSITIVE_INFINITY) <= from) next++;',
    why: 'only slower: the loop after it passes over what ends before, and removes nothing for it',
  },
  {
    path: 'domain/shared/interval.ts',
    line: 'if ((intervals[i - 1]?.start ?? 0) >= (intervals[i]?.start ?? 0)) return false;',
    why: 'sorting intervals that are in order already changes nothing',
  },
];

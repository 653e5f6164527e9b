/** Adds up how limits are used in this process. */
import type { Instant } from '../../../domain/shared/time.ts';

/** How often a process stores what it has counted. */
const STORED_EVERY_MS = 10_000;
/** So many refused subjects of one limit are told at once; further ones are counted, and not told apart. */
const MOST_SUBJECTS = 200;

interface Sum {
  counted: number;
  refused: number;
  readonly subjects: Set<string>;
}

export interface LimitUses {
  note(limit: string, subject: string, isAllowed: boolean): void;
  /** Whether something was noted, and nothing was taken lately. */
  isDue(now: Instant): boolean;
  /** What was noted since the last call, if that is long enough ago. */
  take(now: Instant): ReadonlyMap<string, Sum> | undefined;
}

export function createLimitUse(): LimitUses {
  let sums = new Map<string, Sum>();
  let takenAt = Number.NEGATIVE_INFINITY;
  const isDue = (now: Instant) => sums.size > 0 && now >= takenAt + STORED_EVERY_MS;
  return {
    note(limit, subject, isAllowed) {
      const sum = sums.get(limit) ?? { counted: 0, refused: 0, subjects: new Set() };
      sums.set(limit, sum);
      sum.counted += 1;
      if (isAllowed) return;
      sum.refused += 1;
      if (sum.subjects.size < MOST_SUBJECTS) sum.subjects.add(subject);
    },
    isDue,
    take(now) {
      if (!isDue(now)) return undefined;
      const taken = sums;
      [sums, takenAt] = [new Map(), now];
      return taken;
    },
  };
}

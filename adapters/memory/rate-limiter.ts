/** Rate limits counted in this process. With several processes, each counts on its own, so the limits add up. */
import type { Clock, LimitRule, LimitVerdict, RateLimiter } from '../../domain/shared/ports.ts';
import type { Instant } from '../../domain/shared/time.ts';

export interface MemoryRateLimiterOptions {
  /** Number of subjects remembered; the least recently used one is evicted first. Default 100,000 (about 20 MB). */
  readonly maxSubjects?: number;
}

interface Uses {
  /** Number of the fixed window that `current` counts: epoch milliseconds divided by the window length. */
  readonly window: number;
  readonly previous: number;
  readonly current: number;
  /** From this time on the uses have no weight. */
  readonly expiresAt: Instant;
}

/**
 * The algorithm of `@upstash/ratelimit`: uses of the previous fixed window are weighted by how much of it is still in
 * the sliding window.
 */
export function memoryRateLimiter(clock: Clock, options: MemoryRateLimiterOptions = {}): RateLimiter {
  const maxSubjects = options.maxSubjects ?? 100_000;
  /** Ordered by last use, so that the first entry is the one to evict. */
  const uses = new Map<string, Uses>();

  function remember(key: string, entry: Uses, now: Instant): void {
    uses.delete(key);
    uses.set(key, entry);
    for (const [oldest, { expiresAt }] of uses) {
      if (uses.size <= maxSubjects && expiresAt > now) return;
      uses.delete(oldest);
    }
  }

  return {
    async limit(rule, subject) {
      const now = clock.now();
      const key = keyOf(rule, subject);
      const entry = roll(uses.get(key), now, rule.windowSeconds * 1000);
      const { verdict, next } = decide(rule, entry, now);
      remember(key, next, now);
      return verdict;
    },
    async giveBack(rule, subject, { resetAt }) {
      const key = keyOf(rule, subject);
      const entry = uses.get(key);
      if (entry === undefined) return;
      const window = resetAt / (rule.windowSeconds * 1000) - 1;
      const { current, previous } = entry;
      if (entry.window === window) uses.set(key, { ...entry, current: Math.max(0, current - 1) });
      else if (entry.window === window + 1) uses.set(key, { ...entry, previous: Math.max(0, previous - 1) });
    },
    async peek(rule, subject) {
      const now = clock.now();
      return look(rule, roll(uses.get(keyOf(rule, subject)), now, rule.windowSeconds * 1000), now);
    },
    async reset(rule, subject) {
      uses.delete(keyOf(rule, subject));
    },
  };
}

function keyOf(rule: LimitRule, subject: string): string {
  return `${rule.name}:${subject}`;
}

/** Moves the counts on to the window that contains `now`. */
function roll(entry: Uses | undefined, now: Instant, length: number): Uses {
  const window = Math.floor(now / length);
  // If the clock is set back, keep the later window: a new one would reset the limit.
  if (entry !== undefined && entry.window >= window) return entry;
  const previous = entry?.window === window - 1 ? entry.current : 0;
  return { window, previous, current: 0, expiresAt: (window + 2) * length };
}

/** The verdict on one more use, with what remains before it. */
function look({ limit, windowSeconds }: LimitRule, uses: Uses, now: Instant): LimitVerdict {
  const length = windowSeconds * 1000;
  const elapsed = Math.max(0, now - uses.window * length) / length;
  const remaining = Math.max(0, limit - Math.floor((1 - elapsed) * uses.previous) - uses.current);
  return { allowed: remaining > 0, limit, remaining, resetAt: (uses.window + 1) * length };
}

function decide(rule: LimitRule, uses: Uses, now: Instant): { readonly verdict: LimitVerdict; readonly next: Uses } {
  const verdict = look(rule, uses, now);
  if (!verdict.allowed) return { verdict, next: uses };
  return { verdict: { ...verdict, remaining: verdict.remaining - 1 }, next: { ...uses, current: uses.current + 1 } };
}

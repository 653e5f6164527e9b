/** Rate limits that store no addresses: the store sees only a keyed hash of each subject (R56). */
import { toBase64Url } from '../../domain/shared/bytes.ts';
import type { BlindIndex, RateLimiter } from '../../domain/shared/ports.ts';

/** How many hashes are remembered: one person sends many requests within minutes. */
const REMEMBERED = 1_000;

export function hashedSubjectLimiter(limiter: RateLimiter, index: BlindIndex): RateLimiter {
  const remembered = new Map<string, string>();
  const hashed = (subject: string): string => {
    const known = remembered.get(subject);
    if (known !== undefined) return known;
    const hash = toBase64Url(index.of('rate_limits.subject', subject));
    if (remembered.size >= REMEMBERED) remembered.clear();
    remembered.set(subject, hash);
    return hash;
  };
  return {
    limit: (rule, subject) => limiter.limit(rule, hashed(subject)),
    giveBack: (rule, subject, verdict) => limiter.giveBack(rule, hashed(subject), verdict),
    peek: (rule, subject) => limiter.peek(rule, hashed(subject)),
    reset: (rule, subject) => limiter.reset(rule, hashed(subject)),
  };
}

/** Rate limits that store no addresses: the store sees only a keyed hash of each subject (R56). */
import { toBase64Url } from '../../domain/shared/bytes.ts';
import type { BlindIndex, RateLimiter } from '../../domain/shared/ports.ts';

export function hashedSubjectLimiter(limiter: RateLimiter, index: BlindIndex): RateLimiter {
  const hashed = (subject: string) => toBase64Url(index.of('rate_limits.subject', subject));
  return {
    limit: (rule, subject) => limiter.limit(rule, hashed(subject)),
    giveBack: (rule, subject, verdict) => limiter.giveBack(rule, hashed(subject), verdict),
    reset: (rule, subject) => limiter.reset(rule, hashed(subject)),
  };
}

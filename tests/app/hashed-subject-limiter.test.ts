/** The store of rate limits sees one keyed hash for each subject, however many subjects there were (R56). */
import { expect, test } from 'vitest';
import { createBlindIndex, generateIndexKey } from '../../adapters/crypto/blind-index.ts';
import { memoryRateLimiter } from '../../adapters/memory/rate-limiter.ts';
import { toBase64Url } from '../../domain/shared/bytes.ts';
import type { RateLimiter } from '../../domain/shared/ports.ts';
import { hashedSubjectLimiter } from '../../src/app/hashed-subject-limiter.ts';

const RULE = { name: 'test', limit: 5, windowSeconds: 60 };

/** A store that tells whom it was asked about. */
function storeOf(seen: string[]): RateLimiter {
  const inner = memoryRateLimiter({ now: () => 0 });
  return {
    limit: (rule, subject) => {
      seen.push(subject);
      return inner.limit(rule, subject);
    },
    giveBack: (rule, subject, verdict) => inner.giveBack(rule, subject, verdict),
    peek: (rule, subject) => inner.peek(rule, subject),
    reset: (rule, subject) => {
      seen.push(subject);
      return inner.reset(rule, subject);
    },
  };
}

test('counts each subject under its own hash, also once hashes are forgotten', async () => {
  const index = createBlindIndex(generateIndexKey());
  const seen: string[] = [];
  const limiter = hashedSubjectLimiter(storeOf(seen), index);
  const subjects = Array.from({ length: 2_500 }, (_, n) => `203.0.113.${n}`);
  for (const subject of subjects) await limiter.limit(RULE, subject);
  for (const subject of subjects) await limiter.reset(RULE, subject);
  const hashes = subjects.map((subject) => toBase64Url(index.of('rate_limits.subject', subject)));
  expect(seen).toEqual([...hashes, ...hashes]);
  expect(seen.join()).not.toContain('203.0.113');
});

test('hashes under the key that it was made with', async () => {
  const seen: string[] = [];
  for (let n = 0; n < 2; n++) {
    await hashedSubjectLimiter(storeOf(seen), createBlindIndex(generateIndexKey())).limit(RULE, 'somebody');
  }
  expect(seen[0]).not.toBe(seen[1]);
});

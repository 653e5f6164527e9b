/** Response headers of rate limits (R33). */

import type { Instant } from '../../domain/shared/time.ts';
import type { AppliedLimit } from '../app/limits.ts';

type Counted = Pick<AppliedLimit, 'rule' | 'verdict'>;

export function secondsUntilReset({ verdict }: Pick<Counted, 'verdict'>, now: Instant): number {
  return Math.max(0, Math.ceil((verdict.resetAt - now) / 1000));
}

/**
 * The fields of draft-ietf-httpapi-ratelimit-headers-10, lists of structured fields (RFC 9651), the limit of which the
 * smallest share remains first.
 * @returns none if nothing was counted
 */
export function limitHeaders(counted: readonly Counted[], now: Instant): Record<string, string> {
  if (counted.length === 0) return {};
  const share = ({ verdict }: Counted) => (verdict.allowed ? verdict.remaining / verdict.limit : -1);
  const sorted = [...counted].sort((one, other) => share(one) - share(other));
  const policy = ({ rule, verdict }: Counted) => `"${rule.name}";q=${verdict.limit};w=${rule.windowSeconds}`;
  const state = (each: Counted) => `"${each.rule.name}";r=${each.verdict.remaining};t=${secondsUntilReset(each, now)}`;
  return { 'RateLimit-Policy': sorted.map(policy).join(', '), RateLimit: sorted.map(state).join(', ') };
}

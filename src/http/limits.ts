/** Response headers of rate limits (R33). */
import type { AppliedLimit } from '../app/limits.ts';

/** The fields of draft-ietf-httpapi-ratelimit-headers-10, as structured fields (RFC 9651). */
export function limitHeaders({ rule, verdict }: AppliedLimit, now: number): Record<string, string> {
  const seconds = Math.max(0, Math.ceil((verdict.resetAt - now) / 1000));
  return {
    'RateLimit-Policy': `"${rule.name}";q=${rule.limit};w=${rule.windowSeconds}`,
    RateLimit: `"${rule.name}";r=${verdict.remaining};t=${seconds}`,
    ...(verdict.allowed ? {} : { 'Retry-After': String(Math.max(1, seconds)) }),
  };
}

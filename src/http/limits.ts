/** Rate limits (R6, R33). `RATE_LIMIT_FACTOR` multiplies each. */
import type { LimitRule, LimitVerdict, RateLimiter } from '../../domain/shared/ports.ts';

export const LIMITS = {
  /** Everything a signed-in person or a key does. */
  signed_in: { name: 'signed-in', limit: 600, windowSeconds: 60 },
  /** Everything that comes from an address without signing in. */
  anonymous: { name: 'anonymous', limit: 240, windowSeconds: 60 },
  /** Attempts to sign in that fail, by address: counted before they are looked at, and given back when they succeed. */
  login_address: { name: 'login-address', limit: 30, windowSeconds: 900 },
  /** Attempts to sign in, by account: whether it exists makes no difference. */
  login_account: { name: 'login-account', limit: 10, windowSeconds: 900 },
  /** Everything one API key does. */
  api_key: { name: 'api-key', limit: 300, windowSeconds: 60 },
  /** Passwords given within a session, by account. */
  reauthenticate: { name: 'reauthenticate', limit: 10, windowSeconds: 900 },
  /** Wrong answers to a second factor, by address, counted in the same way. The caps on wrong codes are the domain's and hold in the database. */
  mfa_address: { name: 'mfa-address', limit: 60, windowSeconds: 900 },
  /** What sends mail to somebody, by receiver. */
  mail: { name: 'mail', limit: 5, windowSeconds: 3600 },
} as const satisfies Record<string, LimitRule>;

export type LimitName = keyof typeof LIMITS;

export interface AppliedLimit {
  readonly rule: LimitRule;
  readonly verdict: LimitVerdict;
}

/** @returns `undefined` when limits are switched off */
export async function applyLimit(
  limiter: RateLimiter,
  factor: number,
  name: LimitName,
  subject: string,
): Promise<AppliedLimit | undefined> {
  if (factor === 0) return undefined;
  const rule = LIMITS[name];
  const scaled = { ...rule, limit: Math.max(1, Math.floor(rule.limit * factor)) };
  return { rule: scaled, verdict: await limiter.limit(scaled, subject) };
}

/** The fields of draft-ietf-httpapi-ratelimit-headers-10, as structured fields (RFC 9651). */
export function limitHeaders({ rule, verdict }: AppliedLimit, now: number): Record<string, string> {
  const seconds = Math.max(0, Math.ceil((verdict.resetAt - now) / 1000));
  return {
    'RateLimit-Policy': `"${rule.name}";q=${rule.limit};w=${rule.windowSeconds}`,
    RateLimit: `"${rule.name}";r=${verdict.remaining};t=${seconds}`,
    ...(verdict.allowed ? {} : { 'Retry-After': String(Math.max(1, seconds)) }),
  };
}

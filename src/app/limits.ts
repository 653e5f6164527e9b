/** Rate limits (R6, R33). `RATE_LIMIT_FACTOR` multiplies each. */
import type { KnownBrowser } from '../../domain/identity/known-browser.ts';
import { mailboxOf } from '../../domain/identity/mailbox.ts';
import type { User } from '../../domain/identity/user.ts';
import type { LimitRule, LimitVerdict, RateLimiter } from '../../domain/shared/ports.ts';

/** What a limit counts. Of what is counted for somebody, `clearCounters` knows the subject. */
type CountedBy = 'address' | 'key' | keyof AccountSubjects;

interface AccountSubjects {
  readonly person: string;
  readonly email: string;
  readonly mailbox: string;
  readonly browsers: string;
}

/** Browsers that know the same password of an account: those that knew a former one use up nothing of theirs. */
export function browsersSubject(email: string, { passwordChangedAt }: KnownBrowser): string {
  return `${email} ${passwordChangedAt}`;
}

export const LIMITS = {
  /** Everything a signed-in person or a key does. */
  signed_in: { name: 'signed-in', limit: 600, windowSeconds: 60, by: 'person' },
  /** Everything that comes from an address without signing in. */
  anonymous: { name: 'anonymous', limit: 240, windowSeconds: 60, by: 'address' },
  /** What costs a password hash or a mail and needs no account, by address: apart from signing in (R66). */
  costly_address: { name: 'costly-address', limit: 40, windowSeconds: 900, by: 'address' },
  /** Attempts to sign in that fail, by address: counted before they are looked at, and given back when they succeed. */
  login_address: { name: 'login-address', limit: 30, windowSeconds: 900, by: 'address' },
  /** Attempts to sign in, by account: whether it exists makes no difference. */
  login_account: { name: 'login-account', limit: 10, windowSeconds: 900, by: 'email' },
  /** Attempts to sign in from browsers that have signed in to the account before: no stranger has a part in it (R65). */
  login_known: { name: 'login-known', limit: 10, windowSeconds: 900, by: 'browsers' },
  /** Everything one API key does. */
  api_key: { name: 'api-key', limit: 300, windowSeconds: 60, by: 'key' },
  /** Passwords given within a session, by account. */
  reauthenticate: { name: 'reauthenticate', limit: 10, windowSeconds: 900, by: 'person' },
  /** Wrong answers to a second factor, by address, counted in the same way. The caps on wrong codes are the domain's and hold in the database. */
  mfa_address: { name: 'mfa-address', limit: 60, windowSeconds: 900, by: 'address' },
  /** Mails to whoever has not proven the address, by mailbox. Those to proven addresses are limited by the link they hold. */
  mail: { name: 'mail', limit: 5, windowSeconds: 3600, by: 'mailbox' },
} as const satisfies Record<string, LimitRule & { readonly by: CountedBy }>;

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

/** Forgets what is counted for an account by rate limits, wherever they count (R65). The domain clears what the database counts. */
export async function clearLimits(
  limiter: RateLimiter,
  user: Pick<User, 'id' | 'email'> & KnownBrowser,
): Promise<void> {
  const { id, email } = user;
  const subjects: AccountSubjects = {
    person: id,
    email,
    mailbox: mailboxOf(email),
    browsers: browsersSubject(email, user),
  };
  const counted = Object.values(LIMITS).flatMap((rule) =>
    rule.by in subjects ? [limiter.reset(rule, subjects[rule.by as keyof AccountSubjects])] : [],
  );
  await Promise.all(counted);
}

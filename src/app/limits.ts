/** Rate limits (R6, R33). `RATE_LIMIT_FACTOR` multiplies each limit. */
import type { KnownBrowser } from '../../domain/identity/known-browser.ts';
import { mailboxOf } from '../../domain/identity/mailbox.ts';
import type { AccountHolder } from '../../domain/identity/user.ts';
import type { LimitRule, LimitVerdict, RateLimiter } from '../../domain/shared/ports.ts';

/** The subject that a limit counts. The subjects of an account are those that `clearLimits` resets. */
type CountedBy = 'address' | 'key' | 'clinic' | keyof AccountSubjects;

interface AccountSubjects {
  readonly person: string;
  readonly email: string;
  readonly mailbox: string;
  readonly browsers: string;
}

/**
 * Browsers that signed in with the account's current password. Those that only knew an earlier one have a counter of
 * their own.
 */
export function browsersSubject(email: string, { passwordChangedAt }: KnownBrowser): string {
  return `${email} ${passwordChangedAt}`;
}

export const LIMITS = {
  /** All requests of a signed-in person. */
  signed_in: { name: 'signed-in', limit: 600, windowSeconds: 60, by: 'person' },
  /** All requests of an address that are not signed in. */
  anonymous: { name: 'anonymous', limit: 240, windowSeconds: 60, by: 'address' },
  /** Requests without sign-in that cost a password hash or a mail, by address. Separate from signing in (R66). */
  costly_address: { name: 'costly-address', limit: 40, windowSeconds: 900, by: 'address' },
  /** Links of mails that work without a sign-in, by address. */
  mailed_link: { name: 'mailed-link', limit: 60, windowSeconds: 900, by: 'address' },
  /**
   * Wrong passcodes of links to files, by address. Separate from what else costs a hash: people behind one address share it.
   */
  link_passcode: { name: 'link-passcode', limit: 30, windowSeconds: 900, by: 'address' },
  /** Failed sign-ins, by address: counted before the password is checked, and refunded on success. */
  login_address: { name: 'login-address', limit: 30, windowSeconds: 900, by: 'address' },
  /** Sign-ins by account, whether or not the account exists. */
  login_account: { name: 'login-account', limit: 10, windowSeconds: 900, by: 'email' },
  /** Sign-ins from browsers that have signed in to the account before. Strangers cannot use it up (R65). */
  login_known: { name: 'login-known', limit: 10, windowSeconds: 900, by: 'browsers' },
  /** All requests of one API key. */
  api_key: { name: 'api-key', limit: 300, windowSeconds: 60, by: 'key' },
  /** Password checks within a session, by account. */
  reauthenticate: { name: 'reauthenticate', limit: 10, windowSeconds: 900, by: 'person' },
  /**
   * Wrong second factors, by address, refunded on success. The domain's own limits on wrong codes are in the database.
   */
  mfa_address: { name: 'mfa-address', limit: 60, windowSeconds: 900, by: 'address' },
  /** Mails to unverified addresses, by mailbox. Mails to verified addresses are limited by the link they contain. */
  mail: { name: 'mail', limit: 5, windowSeconds: 3600, by: 'mailbox' },
  /** Messages that one person of the clinic writes. */
  clinic_message: { name: 'clinic-message', limit: 60, windowSeconds: 3600, by: 'person' },
  /** Messages that all of the clinic write. */
  clinic_messages: { name: 'clinic-messages', limit: 2000, windowSeconds: 86_400, by: 'clinic' },
} as const satisfies Record<string, LimitRule & { readonly by: CountedBy }>;

export type LimitName = keyof typeof LIMITS;

export interface AppliedLimit {
  readonly rule: LimitRule;
  readonly verdict: LimitVerdict;
}

/** @returns `undefined` if limits are switched off */
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

/** Resets all rate limits of an account (R65). The counters in the database are cleared by the domain. */
export async function clearLimits(
  limiter: RateLimiter,
  user: Pick<AccountHolder, 'id' | 'email'> & KnownBrowser,
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

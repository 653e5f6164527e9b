/** Rate limits (R6, R33). `RATE_LIMIT_FACTOR` multiplies each limit. */
import type { KnownBrowser } from '../../domain/identity/known-browser.ts';
import { mailboxOf } from '../../domain/identity/mailbox.ts';
import type { AccountHolder } from '../../domain/identity/user.ts';
import { ROLES, type Role } from '../../domain/shared/permissions.ts';
import type { LimitRule, LimitVerdict, RateLimiter } from '../../domain/shared/ports.ts';

/** The subject that a limit counts. The subjects of an account are those that `clearLimits` resets. */
export type CountedBy = 'address' | 'key' | 'clinic' | keyof AccountSubjects;

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

export interface DeclaredLimit extends LimitRule {
  readonly by: CountedBy;
  /** For administrators. */
  readonly about: string;
  /**
   * Whether no header names it: its count would tell a stranger what others do with an account or a mailbox.
   * Default: it is told.
   */
  readonly untold?: true;
}

/** Every limit of the portal, once: `GET /admin/rate-limits` and docs/operations.md show this table. */
export const LIMITS = {
  // All requests of a caller.
  anonymous: {
    ...{ name: 'anonymous', limit: 100, windowSeconds: 60, by: 'address' },
    about: 'All requests of an address that are not signed in',
  },
  returning: {
    ...{ name: 'returning', limit: 100, windowSeconds: 60, by: 'address' },
    about:
      'Sign-ins, their second step and refreshed tokens from an address, apart from what else comes from there (R65)',
  },
  patient: {
    ...{ name: 'patient', limit: 1_000, windowSeconds: 3_600, by: 'person' },
    about: 'All requests of a patient',
  },
  doctor: {
    ...{ name: 'doctor', limit: 6_000, windowSeconds: 3_600, by: 'person' },
    about: 'All requests of a doctor',
  },
  staff: {
    ...{ name: 'staff', limit: 12_000, windowSeconds: 3_600, by: 'person' },
    about: 'All requests of a person at the front desk, who sends many of them all day',
  },
  admin: {
    ...{ name: 'admin', limit: 12_000, windowSeconds: 3_600, by: 'person' },
    about: 'All requests of an administrator',
  },
  api_key: { ...{ name: 'api-key', limit: 300, windowSeconds: 60, by: 'key' }, about: 'All requests of one API key' },

  // Guesses.
  login_address: {
    ...{ name: 'login-address', limit: 30, windowSeconds: 900, by: 'address' },
    about: 'Failed sign-ins from an address: counted before the password is checked, refunded if it is right',
  },
  login_account: {
    ...{ name: 'login-account', limit: 5, windowSeconds: 900, by: 'email', untold: true },
    about: 'Sign-ins to an account by strangers until one succeeds, whether or not the account exists',
  },
  login_known: {
    ...{ name: 'login-known', limit: 5, windowSeconds: 900, by: 'browsers', untold: true },
    about: 'The same from browsers that have signed in to the account before. Strangers cannot use it up (R65)',
  },
  known_sign_ins: {
    ...{ name: 'known-sign-ins', limit: 30, windowSeconds: 900, by: 'browsers', untold: true },
    about: 'All sign-ins to an account from such browsers, right ones too: no limit by address refuses them',
  },
  mfa_address: {
    ...{ name: 'mfa-address', limit: 60, windowSeconds: 900, by: 'address' },
    about: 'Wrong second factors from an address. Those of an account are counted in the database (R15)',
  },
  reauthenticate: {
    ...{ name: 'reauthenticate', limit: 10, windowSeconds: 900, by: 'person' },
    about: 'Password checks within the sessions of a person',
  },
  link_passcode: {
    ...{ name: 'link-passcode', limit: 30, windowSeconds: 900, by: 'address' },
    about: 'Wrong passcodes of links to files, from an address',
  },
  strikes: {
    ...{ name: 'strikes', limit: 30, windowSeconds: 900, by: 'address', untold: true },
    about: 'Guesses and refused requests of an address without a credential. At the limit the address is blocked',
  },

  // What is costly, or annoys others.
  costly_address: {
    ...{ name: 'costly-address', limit: 40, windowSeconds: 900, by: 'address' },
    about: 'Requests without a sign-in that cost a password hash or a mail (R66)',
  },
  mailed_link: {
    ...{ name: 'mailed-link', limit: 60, windowSeconds: 900, by: 'address' },
    about: 'Links of mails that work without a sign-in, from an address',
  },
  mail: {
    ...{ name: 'mail', limit: 5, windowSeconds: 3_600, by: 'mailbox', untold: true },
    about: 'Mails to an unverified address',
  },
  upload: {
    ...{ name: 'upload', limit: 10, windowSeconds: 3_600, by: 'person' },
    about: 'Files that a patient uploads',
  },
  clinic_upload: {
    ...{ name: 'clinic-upload', limit: 300, windowSeconds: 3_600, by: 'person' },
    about: 'Files that a person of the clinic uploads',
  },
  clinic_message: {
    ...{ name: 'clinic-message', limit: 60, windowSeconds: 3_600, by: 'person' },
    about: 'Messages that a person of the clinic writes',
  },
  clinic_messages: {
    ...{ name: 'clinic-messages', limit: 2_000, windowSeconds: 86_400, by: 'clinic' },
    about: 'Messages that all of the clinic write',
  },
} as const satisfies Record<string, DeclaredLimit>;

export type LimitName = keyof typeof LIMITS;
export const LIMIT_NAMES = Object.keys(LIMITS) as readonly LimitName[];

/** The limit that counts all requests of a person. An unknown role has the lowest. */
export function limitOfRole(role: string): Role {
  return ROLES.find((each) => each === role) ?? 'patient';
}

export interface AppliedLimit {
  readonly name: LimitName;
  readonly subject: string;
  readonly rule: LimitRule;
  readonly verdict: LimitVerdict;
}

/** @returns the rule under `RATE_LIMIT_FACTOR`; `undefined` if limits are switched off */
export function scaledRule(name: LimitName, factor: number): LimitRule | undefined {
  if (factor === 0) return undefined;
  const { name: shown, limit, windowSeconds } = LIMITS[name];
  return { name: shown, limit: Math.max(1, Math.floor(limit * factor)), windowSeconds };
}

/** @returns `undefined` if limits are switched off */
export async function applyLimit(
  limiter: RateLimiter,
  factor: number,
  name: LimitName,
  subject: string,
): Promise<AppliedLimit | undefined> {
  const rule = scaledRule(name, factor);
  return rule === undefined ? undefined : { name, subject, rule, verdict: await limiter.limit(rule, subject) };
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

/** Resets all rate limits of an address. @param address as limits count it */
export async function clearAddressLimits(limiter: RateLimiter, address: string): Promise<void> {
  const rules = Object.values(LIMITS).filter(({ by }) => by === 'address');
  await Promise.all(rules.map((rule) => limiter.reset(rule, address)));
}

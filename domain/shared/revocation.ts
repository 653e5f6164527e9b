/**
 * What ends with what (R64): each recovery action, each credential, and the effect. The SQL of `credentials.revoked`, the table in
 * docs/identity.md and the messages to the owner are made from this table; a test runs every cell.
 */
import type { SessionId, UserId } from './ids.ts';
import type { Instant } from './time.ts';

/** What lets somebody, or some program, in again later. `email_change`: a change of address that waits to be confirmed. */
export const CREDENTIALS = [
  'session',
  'refresh_family',
  'trusted_device',
  'api_key',
  'calendar_feed',
  'export',
  'email_change',
  'download_link',
  'share',
  'push_subscription',
  'linked_identity',
  'passkey',
  'live_connection',
] as const;
export type Credential = (typeof CREDENTIALS)[number];

export const RECOVERY_ACTIONS = [
  'password_changed',
  'password_reset',
  'signed_out_everywhere',
  'factor_enrolled',
  'factors_changed',
  'factors_disabled',
  'factors_reset',
  'role_changed',
  'email_changed',
  'email_restored',
  'account_restricted',
  'account_closed',
] as const;
export type RecoveryAction = (typeof RECOVERY_ACTIONS)[number];

/**
 * - `ends`: all of the account's
 * - `others_end`: all but what belongs to the session in which it was done
 * - `kept`: it goes on
 */
export type Effect = 'ends' | 'others_end' | 'kept';

interface Row {
  readonly why: string;
  readonly effects: Readonly<Record<Credential, Effect>>;
}

const ALL_END = {
  session: 'ends',
  refresh_family: 'ends',
  trusted_device: 'ends',
  api_key: 'ends',
  calendar_feed: 'ends',
  export: 'ends',
  email_change: 'ends',
  download_link: 'ends',
  share: 'ends',
  push_subscription: 'ends',
  linked_identity: 'ends',
  passkey: 'ends',
  live_connection: 'ends',
} as const satisfies Record<Credential, Effect>;

const ALL_KEPT = {
  session: 'kept',
  refresh_family: 'kept',
  trusted_device: 'kept',
  api_key: 'kept',
  calendar_feed: 'kept',
  export: 'kept',
  email_change: 'kept',
  download_link: 'kept',
  share: 'kept',
  push_subscription: 'kept',
  linked_identity: 'kept',
  passkey: 'kept',
  live_connection: 'kept',
} as const satisfies Record<Credential, Effect>;

const OTHER_SESSIONS_END = {
  session: 'others_end',
  refresh_family: 'others_end',
  push_subscription: 'others_end',
  live_connection: 'others_end',
} as const satisfies Partial<Record<Credential, Effect>>;

/** Who may have been in may have made a credential that lasts: none of those is left. Ways to prove who one is stay. */
const WAYS_TO_SIGN_IN_KEPT = { linked_identity: 'kept', passkey: 'kept' } as const;

export const REVOCATION: Readonly<Record<RecoveryAction, Row>> = {
  password_changed: {
    why: 'Somebody else may have known the password and made what lasts longer than a session.',
    effects: { ...ALL_END, ...OTHER_SESSIONS_END, ...WAYS_TO_SIGN_IN_KEPT },
  },
  password_reset: {
    why: 'The owner may have lost the account: everything made in that time ends, also an identity linked by somebody else. A passkey is a second factor, which a reset never removes (R7).',
    effects: { ...ALL_END, passkey: 'kept' },
  },
  signed_out_everywhere: {
    why: 'Everywhere includes programs, calendars and links, which nobody would think of one by one.',
    effects: { ...ALL_END, ...WAYS_TO_SIGN_IN_KEPT },
  },
  factor_enrolled: {
    why: 'What was opened or made without the factor would be a way around it. A feed and a share are narrow, listed, and told by mail.',
    effects: {
      ...ALL_KEPT,
      ...OTHER_SESSIONS_END,
      trusted_device: 'ends',
      api_key: 'ends',
      email_change: 'ends',
      download_link: 'ends',
    },
  },
  factors_changed: {
    why: 'Other sessions may belong to whoever had the former factor (R61). What lasts was made with a factor.',
    effects: { ...ALL_KEPT, ...OTHER_SESSIONS_END },
  },
  factors_disabled: {
    why: 'Both factors were given. Other sessions end (ASVS 7.4.3), and trust in a device has nothing left to spare.',
    effects: { ...ALL_KEPT, ...OTHER_SESSIONS_END, trusted_device: 'ends' },
  },
  factors_reset: {
    why: 'The clinic took the factors away for somebody who said they were lost: from here on the password alone lets in.',
    effects: { ...ALL_END, linked_identity: 'kept' },
  },
  role_changed: {
    why: 'Nothing that was made under the former rights goes on. A copy of one’s own data depends on no role.',
    effects: { ...ALL_END, ...WAYS_TO_SIGN_IN_KEPT, export: 'kept' },
  },
  email_changed: {
    why: 'The address is the way back into the account: other sessions sign in again. Programs and calendars do not depend on it; the former address is told and can take the change back.',
    effects: {
      ...ALL_KEPT,
      ...OTHER_SESSIONS_END,
      trusted_device: 'ends',
      export: 'ends',
      email_change: 'ends',
      download_link: 'ends',
    },
  },
  email_restored: {
    why: 'Somebody else was in and changed the address: everything ends, and the password is set anew by mail.',
    effects: ALL_END,
  },
  account_restricted: {
    why: 'GDPR Art. 18: data are kept and not passed on, so what hands them to programs or third parties ends. The person goes on using the account, and may still have a copy (Art. 15).',
    effects: {
      ...ALL_KEPT,
      api_key: 'ends',
      calendar_feed: 'ends',
      email_change: 'ends',
      download_link: 'ends',
      share: 'ends',
      push_subscription: 'ends',
    },
  },
  account_closed: { why: 'Nobody can sign in any more.', effects: ALL_END },
};

/** The one change that ends credentials: which, says the table. */
export interface CredentialsRevoked {
  readonly type: 'credentials.revoked';
  readonly userId: UserId;
  readonly action: RecoveryAction;
  /** The session in which it was done, where there is one: what `others_end` spares. */
  readonly session: SessionId | null;
  readonly at: Instant;
}

export function revokeCredentials(
  action: RecoveryAction,
  userId: UserId,
  session: SessionId | null,
  at: Instant,
): CredentialsRevoked {
  return { type: 'credentials.revoked', userId, action, session, at };
}

export function effectOf(action: RecoveryAction, credential: Credential): Effect {
  return REVOCATION[action].effects[credential];
}

/** For messages: what the owner has to make anew. */
const NOUNS = {
  trusted_device: 'trusted devices',
  api_key: 'API keys',
  calendar_feed: 'calendar links',
  export: 'copies of your data that wait to be fetched',
} as const satisfies Partial<Record<Credential, string>>;

/** @returns a sentence, or `null` when nothing that lasts has ended */
export function lastingEnded(action: RecoveryAction): string | null {
  const nouns = (Object.keys(NOUNS) as (keyof typeof NOUNS)[])
    .filter((credential) => effectOf(action, credential) === 'ends')
    .map((credential) => NOUNS[credential]);
  if (nouns.length === 0) return null;
  const last = nouns.pop() ?? '';
  return `What was made before no longer works: ${nouns.length === 0 ? last : `${nouns.join(', ')} and ${last}`}.`;
}

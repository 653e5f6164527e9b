/**
 * The revocation matrix (R64): for each recovery action and each credential, what happens to the credential. The SQL of
 * `credentials.revoked`, the table in docs/identity.md and the messages to the owner are made from it; a test runs
 * every cell.
 */
import type { SessionId, UserId } from './ids.ts';
import type { Instant } from './time.ts';

/**
 * Everything that gives a person or a program access later. `reset_link`: a mailed link that sets a new password.
 * `email_change`: a change of address that waits to be confirmed.
 * `proxy`: somebody who acts for the patient by the patient's consent; one made by the clinic with proof ends only with the account of
 * either, and when the one who acts gets another role.
 */
export const CREDENTIALS = [
  'session',
  'refresh_family',
  'trusted_device',
  'api_key',
  'calendar_feed',
  'export',
  'reset_link',
  'email_change',
  'download_link',
  'share',
  'push_subscription',
  'linked_identity',
  'passkey',
  'live_connection',
  'proxy',
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
 * - `ends`: all credentials of this kind are revoked
 * - `others_end`: all are revoked except those of the session that performed the action
 * - `kept`: none is revoked
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
  reset_link: 'ends',
  email_change: 'ends',
  download_link: 'ends',
  share: 'ends',
  push_subscription: 'ends',
  linked_identity: 'ends',
  passkey: 'ends',
  live_connection: 'ends',
  proxy: 'ends',
} as const satisfies Record<Credential, Effect>;

const ALL_KEPT = {
  session: 'kept',
  refresh_family: 'kept',
  trusted_device: 'kept',
  api_key: 'kept',
  calendar_feed: 'kept',
  export: 'kept',
  reset_link: 'kept',
  email_change: 'kept',
  download_link: 'kept',
  share: 'kept',
  push_subscription: 'kept',
  linked_identity: 'kept',
  passkey: 'kept',
  live_connection: 'kept',
  proxy: 'kept',
} as const satisfies Record<Credential, Effect>;

const OTHER_SESSIONS_END = {
  session: 'others_end',
  refresh_family: 'others_end',
  push_subscription: 'others_end',
  live_connection: 'others_end',
} as const satisfies Partial<Record<Credential, Effect>>;

/**
 * Somebody else may have created long-lived credentials, so all of them are revoked. Ways to prove one's identity stay.
 */
const WAYS_TO_SIGN_IN_KEPT = { linked_identity: 'kept', passkey: 'kept' } as const;

export const REVOCATION: Readonly<Record<RecoveryAction, Row>> = {
  password_changed: {
    why: 'Somebody else may have known the password and created credentials that outlive a session.',
    effects: { ...ALL_END, ...OTHER_SESSIONS_END, ...WAYS_TO_SIGN_IN_KEPT },
  },
  password_reset: {
    why: 'The owner may have lost control of the account: everything created in that time ends, including an identity that somebody else linked. A passkey is a second factor, which a reset never removes (R7).',
    effects: { ...ALL_END, passkey: 'kept' },
  },
  signed_out_everywhere: {
    why: '"Everywhere" includes programs, calendars and links, which people would not remember to revoke one by one.',
    effects: { ...ALL_END, ...WAYS_TO_SIGN_IN_KEPT },
  },
  factor_enrolled: {
    why: 'Sessions and credentials that were opened without the factor would bypass it. A calendar feed and a share give narrow access, are listed, and were announced by mail.',
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
    why: 'Other sessions may belong to somebody who has the previous factor (R61). Long-lived credentials were created with a factor.',
    effects: { ...ALL_KEPT, ...OTHER_SESSIONS_END },
  },
  factors_disabled: {
    why: 'Both factors were given. Other sessions end (ASVS 7.4.3), and a trusted device has no factor left to replace.',
    effects: { ...ALL_KEPT, ...OTHER_SESSIONS_END, trusted_device: 'ends' },
  },
  factors_reset: {
    why: 'The clinic removed the factors for somebody who reported them lost: from now on the password alone gives access.',
    effects: { ...ALL_END, linked_identity: 'kept' },
  },
  role_changed: {
    why: 'Nothing that was created with the previous permissions continues. A copy of one’s own data does not depend on the role, nor does a link to reset the password.',
    effects: { ...ALL_END, ...WAYS_TO_SIGN_IN_KEPT, export: 'kept', reset_link: 'kept' },
  },
  email_changed: {
    why: 'The address is the way to recover the account, so other sessions must sign in again. Programs and calendars do not depend on it; the previous address is notified and can revert the change. A link to reset the password was mailed to the previous address.',
    effects: {
      ...ALL_KEPT,
      ...OTHER_SESSIONS_END,
      trusted_device: 'ends',
      export: 'ends',
      reset_link: 'ends',
      email_change: 'ends',
      download_link: 'ends',
    },
  },
  email_restored: {
    why: 'Somebody else was in the account and changed the address: everything ends, and the owner sets a new password by mail.',
    effects: ALL_END,
  },
  account_restricted: {
    why: 'GDPR Art. 18: data are stored but not passed on, so everything that gives them to programs or third parties ends. The person continues to use the account, and may still get a copy (Art. 15).',
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

interface MakingRule {
  readonly made: boolean;
  readonly why: string;
}

const PERSON_GOES_ON: MakingRule = { made: true, why: 'The person goes on using the account.' };
const HANDS_ON: MakingRule = { made: false, why: 'It hands data to programs or third parties.' };

/**
 * Whether a credential may be made while a restriction of processing is in force (GDPR Art. 18). Each kind decides, so that
 * what a restriction ends is not simply made again. `processing.relied_on` enforces it in the batch that makes the credential.
 */
export const MADE_WHILE_RESTRICTED: Readonly<Record<Credential, MakingRule>> = {
  session: PERSON_GOES_ON,
  refresh_family: PERSON_GOES_ON,
  trusted_device: PERSON_GOES_ON,
  api_key: HANDS_ON,
  calendar_feed: HANDS_ON,
  export: { made: true, why: 'A copy of one’s own data is a right of its own (Art. 15).' },
  reset_link: PERSON_GOES_ON,
  email_change: { made: true, why: 'Correcting one’s address is a right of its own (Art. 16).' },
  download_link: HANDS_ON,
  share: HANDS_ON,
  push_subscription: { made: false, why: 'It hands messages to the push service of a third party.' },
  linked_identity: PERSON_GOES_ON,
  passkey: PERSON_GOES_ON,
  live_connection: PERSON_GOES_ON,
  proxy: { made: true, why: 'It opens nothing as long as the restriction is in force.' },
};

/** The only change that revokes credentials; {@link REVOCATION} determines which. */
export interface CredentialsRevoked {
  readonly type: 'credentials.revoked';
  readonly userId: UserId;
  readonly action: RecoveryAction;
  /** The session that performed the action, or null: `others_end` spares it. */
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

/**
 * What a restore ends, because what was revoked, used or sent after the backup would otherwise be valid or sent again.
 */
import type { Session } from '../../adapters/postgres/migrate/session.ts';
import { CREDENTIALS, type Credential } from '../../domain/shared/revocation.ts';

/** Credentials that can be used once, in addition to the long-lived ones. */
const CODES = ['mfa_challenge'] as const;
type Access = Credential | (typeof CODES)[number];

interface Ends {
  readonly name: string;
  readonly statement: string;
}
interface Kept {
  /** Named to the operator, because it may have been revoked after the backup. */
  readonly revokeAgain?: string;
}

/** A new credential does not compile without a decision here. */
const ACCESS: Readonly<Record<Access, Ends | Kept>> = {
  // Deleting a session deletes its refresh tokens.
  session: { name: 'sessions', statement: 'DELETE FROM sessions' },
  refresh_family: { name: 'refresh tokens', statement: 'DELETE FROM refresh_tokens' },
  trusted_device: { name: 'trusted devices', statement: 'DELETE FROM trusted_devices' },
  // The other mailed links are in the same table, and end for the same reason.
  reset_link: { name: 'mailed links', statement: 'DELETE FROM one_time_tokens' },
  email_change: {
    name: 'links that confirm or take back a change of address',
    statement: 'UPDATE email_changes SET ended_at = now() WHERE ended_at IS NULL',
  },
  mfa_challenge: { name: 'half-finished sign-ins', statement: 'DELETE FROM mfa_challenges' },
  // Programs and calendars cannot sign in again by themselves, so the operator decides.
  api_key: { revokeAgain: 'API keys' },
  calendar_feed: { revokeAgain: 'calendar links' },
  // Gives no access without a session.
  export: {},
  // Not stored.
  download_link: {},
  share: {},
  // Browsers and apps register again with the next sign-in.
  push_subscription: { name: 'devices that get push messages', statement: 'DELETE FROM push_subscriptions' },
  linked_identity: {},
  passkey: {},
  live_connection: {},
  // A child has no way to sign in: the clinic decides who still acts for whom.
  proxy: { revokeAgain: 'people who act for patients' },
};

const ALL = [...CREDENTIALS, ...CODES].map((access) => ACCESS[access]);

/**
 * Messages sent after the backup would be sent twice, and their links are ended. Reminders that are not due yet are
 * kept.
 */
const CANCEL_MESSAGES = `
  WITH cancelled AS (
    UPDATE notifications SET status = 'skipped', last_error = 'restored', next_attempt_at = NULL
    WHERE status IN ('pending', 'scheduled', 'failed') AND NOT (category = 'reminder' AND send_at > now())
    RETURNING key_owner),
  undelivered AS (
    UPDATE deliveries SET state = 'skipped', reason = 'restored', next_attempt_at = NULL
    WHERE state IN ('pending', 'scheduled', 'failed'))
  DELETE FROM data_keys WHERE owner_id IN (SELECT key_owner FROM cancelled)`;

/** Runs in the transaction of the restore. */
export async function endRestoredAccess(session: Session): Promise<void> {
  const statements = ALL.flatMap((access) => ('statement' in access ? [access.statement] : []));
  await session.run([...statements, CANCEL_MESSAGES].join(';'));
}

/** Tells the operator what the restore has ended, and what is left to do. */
export function endedAccessText(): string[] {
  const ended = ALL.flatMap((access) => ('name' in access ? [access.name] : []));
  const kept = ALL.flatMap((access) => ('revokeAgain' in access ? [access.revokeAgain] : []));
  return [
    `Ended, for what was ended after the backup would be valid again: ${ended.join(', ')}. Everybody signs in anew.`,
    'Cancelled, because they may have been sent after the backup: messages that waited to be sent, except reminders that are not due yet.',
    `Still to do: erase again who was erased after the backup, and revoke again what was revoked after it: ${new Intl.ListFormat('en').format(kept)}. Webhooks that were removed after it are there again, with the secrets of then: remove them, or replace the secrets.`,
  ];
}

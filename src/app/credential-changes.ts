/**
 * Changes that outlive the session in which they are made. A revoked session is still accepted from the cache for some
 * seconds (R21), which is enough to create a credential that lasts for years. So the batch of such a change checks the
 * session once more, in the database (R64).
 */
import type { Change } from '../../domain/changes.ts';
import type { IdentityChange } from '../../domain/identity/changes.ts';
import type { PrivacyChange } from '../../domain/privacy/changes.ts';
import type { Actor } from '../../domain/shared/actor.ts';
import { CREDENTIALS, type Credential, MADE_WHILE_RESTRICTED } from '../../domain/shared/revocation.ts';
import type { Instant } from '../../domain/shared/time.ts';

type ChangeType = Change['type'];

/**
 * The changes that create each credential. A new credential in the revocation matrix does not compile without its line
 * here.
 */
export const MADE_BY: Readonly<Record<Credential, readonly ChangeType[]>> = {
  session: ['session.opened'],
  refresh_family: ['session.opened', 'refresh_token.rotated'],
  trusted_device: ['trusted_device.added'],
  api_key: ['api_key.created'],
  calendar_feed: ['calendar_feed.created'],
  export: ['data_export.requested'],
  reset_link: ['one_time_token.issued'],
  email_change: ['email_change.requested'],
  download_link: ['download_link.made'],
  share: ['file_share.made', 'file_share.renewed'],
  push_subscription: ['push_subscription.registered'],
  linked_identity: [],
  passkey: [],
  live_connection: [],
  proxy: ['proxy.created'],
};

/**
 * Changes that create no credential but still open or keep a way into an account: factors, passwords, accounts, roles.
 */
const WAYS_IN: readonly ChangeType[] = [
  'totp.setup_started',
  'totp.enrolled',
  'backup_codes.replaced',
  'mfa.disabled',
  'mfa_phone.code_issued',
  'mfa_phone.enrolled',
  'mfa_phone.removed',
  'user.password_changed',
  'user.created',
  'user.taken_over',
  'user.role_changed',
  'emergency_access.opened',
];

const LASTING: ReadonlySet<ChangeType> = new Set([...Object.values(MADE_BY).flat(), ...WAYS_IN]);

/**
 * The guards of a batch. None if the caller is not signed in, because such a caller gave a password or a mailed link
 * instead, and none if nothing in the batch outlives the session. They come last, because every batch locks the account
 * before its sessions.
 */
export function reliance(actor: Actor, changes: readonly Change[], now: Instant): IdentityChange[] {
  if (!changes.some(({ type }) => LASTING.has(type))) return [];
  switch (actor.kind) {
    case 'user':
      return [{ type: 'session.relied_on', sessionId: actor.sessionId, at: now }];
    case 'api_key':
      return [{ type: 'api_key.relied_on', id: actor.apiKeyId, at: now }];
    case 'anonymous':
    case 'system':
      return [];
  }
}

const HANDING_ON: ReadonlySet<ChangeType> = new Set(
  CREDENTIALS.filter((credential) => !MADE_WHILE_RESTRICTED[credential].made).flatMap(
    (credential) => MADE_BY[credential],
  ),
);

/**
 * The guard of a batch that makes a credential which hands data on: whoever makes it is under no restriction of processing.
 * A command that makes one has to expect the conflict `processing_restricted`.
 */
export function unrestricted(actor: Actor, changes: readonly Change[]): PrivacyChange[] {
  if (!changes.some(({ type }) => HANDING_ON.has(type))) return [];
  if (actor.kind === 'anonymous' || actor.kind === 'system') {
    throw new Error('a credential that hands data on is made by its owner alone');
  }
  return [{ type: 'processing.relied_on', userId: actor.userId }];
}

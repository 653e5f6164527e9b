/** `credentials.revoked` as SQL: one statement for each kind of credential that is stored, as the table of effects says. */
import type { SessionId } from '../../../domain/shared/ids.ts';
import { CREDENTIALS, type Credential, type CredentialsRevoked, effectOf } from '../../../domain/shared/revocation.ts';
import { at, empty, raw, type Sql, sql } from '../driver/sql.ts';

/** Where each kind is stored; `null` if the portal does not have the kind yet. */
export const STORED_IN: Readonly<Record<Credential, string | null>> = {
  session: 'sessions',
  // The family belongs to its session: neither works without the other.
  refresh_family: 'refresh_tokens',
  trusted_device: 'trusted_devices',
  api_key: 'api_keys',
  calendar_feed: 'calendar_feeds',
  export: 'data_exports',
  reset_link: 'one_time_tokens',
  email_change: 'email_changes',
  download_link: 'download_links',
  share: 'file_shares',
  push_subscription: 'push_subscriptions',
  linked_identity: null,
  passkey: null,
  live_connection: null,
  proxy: 'proxies',
};

/** @param spared the session whose credentials stay; `null`: none stays */
/** @param column that holds the session */
function unless(column: 'id' | 'session_id', spared: SessionId | null): Sql {
  return spared === null ? empty : sql` AND ${raw(column)} <> ${spared}::uuid`;
}

type Write = (change: CredentialsRevoked, spared: SessionId | null) => Sql;

const WRITERS: Readonly<Partial<Record<Credential, Write>>> = {
  session: ({ userId, action, at: when }, spared) =>
    sql`UPDATE sessions SET revoked_at = ${at(when)}, revocation_reason = ${action}
        WHERE user_id = ${userId}::uuid AND revoked_at IS NULL${unless('id', spared)}`,
  trusted_device: ({ userId, at: when }) =>
    sql`UPDATE trusted_devices SET revoked_at = ${at(when)} WHERE user_id = ${userId}::uuid AND revoked_at IS NULL`,
  api_key: ({ userId, at: when }) =>
    sql`UPDATE api_keys SET revoked_at = ${at(when)} WHERE user_id = ${userId}::uuid AND revoked_at IS NULL`,
  calendar_feed: ({ userId, at: when }) =>
    sql`UPDATE calendar_feeds SET revoked_at = ${at(when)} WHERE user_id = ${userId}::uuid AND revoked_at IS NULL`,
  // A job of the same batch deletes the archives; the job that makes an archive finds no row to complete.
  export: ({ userId }) => sql`DELETE FROM data_exports WHERE user_id = ${userId}::uuid AND status <> 'fetched'`,
  reset_link: ({ userId, at: when }) =>
    sql`UPDATE one_time_tokens SET used_at = ${at(when)}
        WHERE user_id = ${userId}::uuid AND purpose = 'reset_password' AND used_at IS NULL`,
  // A confirmed change keeps its restore link, by which the owner takes it back.
  email_change: ({ userId, at: when }) =>
    sql`UPDATE email_changes SET ended_at = ${at(when)}
        WHERE user_id = ${userId}::uuid AND confirmed_at IS NULL AND ended_at IS NULL`,
  download_link: ({ userId }) => sql`DELETE FROM download_links WHERE user_id = ${userId}::uuid`,
  // What the person has shared, also for somebody else. With the account, and while it is restricted, every share of their files ends; with
  // the account or the role, what they have received.
  share: ({ userId, action, at: when }) => {
    const isGone = action === 'account_closed';
    return sql`UPDATE file_shares SET revoked_at = ${at(when)}, version = version + 1 WHERE revoked_at IS NULL
      AND (shared_by = ${userId}::uuid
        OR (${isGone || action === 'role_changed'}::boolean AND receiver_id = ${userId}::uuid)
        OR (${isGone || action === 'account_restricted'}::boolean
          AND file_id IN (SELECT id FROM files WHERE patient_id = ${userId}::uuid)))`;
  },
  push_subscription: ({ userId }, spared) =>
    sql`DELETE FROM push_subscriptions WHERE user_id = ${userId}::uuid${unless('session_id', spared)}`,
  // A patient's consent ends; what the clinic has made with proof ends only when one of the two is gone.
  proxy: ({ userId, action, at: when }) => {
    const isGone = action === 'account_closed';
    return sql`UPDATE proxies SET revoked_at = ${at(when)}, revoked_by = ${userId}::uuid WHERE revoked_at IS NULL
      AND ((patient_id = ${userId}::uuid AND (origin = 'consent' OR ${isGone}::boolean))
        OR (person_id = ${userId}::uuid AND ${isGone || action === 'role_changed'}::boolean))`;
  },
};

export function revocation(change: CredentialsRevoked): Sql[] {
  return CREDENTIALS.flatMap((credential) => {
    const effect = effectOf(change.action, credential);
    const write = WRITERS[credential];
    if (effect === 'kept' || write === undefined) return [];
    return [write(change, effect === 'others_end' ? change.session : null)];
  });
}

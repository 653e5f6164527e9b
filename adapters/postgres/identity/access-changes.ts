/** The identity context's changes of passwords, counters, roles and keys as SQL. */
import type { IdentityChange } from '../../../domain/identity/changes.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { fewerThan } from '../commit/per-owner-limit.ts';
import { at, CALLER_OVER, guarded, raw, sql } from '../driver/sql.ts';
import { counterIndex, sealingRow } from '../sealed/sealed-row.ts';
import { revocation } from './revocation.ts';

type AccessChange = Extract<
  IdentityChange,
  {
    readonly type:
      | 'data_key.rewrapped'
      | 'sign_in.failed'
      | 'sign_in.cleared'
      | 'login.failed'
      | 'user.attempts_cleared'
      | 'password.relied_on'
      | 'user.password_changed'
      | 'user.preferences_changed'
      | 'admins.remain'
      | 'user.role_changed'
      | 'user.closed'
      | 'credentials.revoked'
      | 'api_key.created'
      | 'api_key.used'
      | 'api_key.relied_on'
      | 'api_key.revoked'
      | 'session.relied_on';
  }
>;

export const ACTIVE_ADMIN = raw(`role = 'admin' AND status = 'active' AND deleted_at IS NULL`);

export const accessWriters: ChangeWriters<AccessChange> = {
  'data_key.rewrapped': ({ key, previousRingKeyId }) => [
    guarded(
      sql`UPDATE data_keys SET ring_key_id = ${key.ringKeyId}, wrapped = ${key.wrapped}::bytea
          WHERE owner_id = ${key.ownerId}::uuid AND ring_key_id = ${previousRingKeyId} RETURNING 1`,
      'data_key',
    ),
  ],
  'sign_in.failed': (change, _cipher, index) => {
    const failures = sql`CASE WHEN f.last_at <= ${at(change.at)}::timestamptz - make_interval(secs => ${change.forgetAfterSeconds}::float8)
      THEN 1 ELSE greatest(0, f.failures
        - greatest(0, extract(epoch FROM ${at(change.at)}::timestamptz - f.last_at)) / ${change.forgiveSeconds}::float8) + 1 END`;
    // The pause doubles with each failure after the free ones.
    const pause = (
      count: ReturnType<typeof sql>,
    ) => sql`CASE WHEN round(${count}) < ${change.freeFailures}::int THEN NULL
      ELSE ${at(change.at)}::timestamptz + make_interval(secs => least(${change.longestPauseSeconds}::float8,
        ${change.firstPauseSeconds}::float8 * power(2, least(round(${count}) - ${change.freeFailures}::int, 30)))) END`;
    return [
      sql`INSERT INTO sign_in_failures AS f (subject, failures, paused_until, last_at)
          VALUES (${counterIndex(index, change.counter)}::bytea, 1, ${pause(sql`1`)}, ${at(change.at)})
          ON CONFLICT (subject) DO UPDATE
          SET failures = ${failures}, paused_until = ${pause(failures)}, last_at = ${at(change.at)}`,
      sql`DELETE FROM sign_in_failures WHERE subject IN (
            SELECT subject FROM sign_in_failures
            WHERE last_at <= ${at(change.at)}::timestamptz - make_interval(secs => ${change.forgetAfterSeconds}::float8)
            ORDER BY last_at LIMIT 10 FOR UPDATE SKIP LOCKED)`,
    ];
  },
  'sign_in.cleared': (change, _cipher, index) => [
    sql`DELETE FROM sign_in_failures WHERE subject = ${counterIndex(index, change.counter)}::bytea`,
    sql`UPDATE users SET failed_login_attempts = 0, locked_until = NULL
        WHERE id = ${change.userId}::uuid AND (failed_login_attempts > 0 OR locked_until IS NOT NULL)`,
  ],
  'login.failed': (change, _cipher, index) => [
    sql`UPDATE users SET failed_login_attempts = failed_login_attempts + 1,
          locked_until = (SELECT paused_until FROM sign_in_failures WHERE subject = ${counterIndex(index, change.counter)}::bytea)
        WHERE id = ${change.userId}::uuid`,
  ],
  'user.attempts_cleared': (change) => [
    sql`UPDATE mfa_attempts SET failures = '[]', paused_until = NULL, version = version + 1
        WHERE user_id = ${change.userId}::uuid`,
  ],
  'password.relied_on': (change) => [
    guarded(
      sql`SELECT 1 FROM users
          WHERE id = ${change.userId}::uuid AND status = 'active' AND deleted_at IS NULL
            AND password_hash IS NOT DISTINCT FROM ${change.passwordHash}::text
          FOR NO KEY UPDATE`,
      'password',
    ),
  ],
  'user.password_changed': (change) => [
    sql`UPDATE users SET password_hash = ${change.passwordHash}, password_changed_at = ${at(change.at)},
          updated_at = ${at(change.at)}, version = version + 1
        WHERE id = ${change.userId}::uuid`,
    // A challenge that was issued for the former password cannot be answered any more.
    sql`DELETE FROM mfa_challenges WHERE user_id = ${change.userId}::uuid`,
  ],
  // Merged in the database, so that concurrent changes of different fields both take effect.
  'user.preferences_changed': (change) => [
    guarded(
      sql`UPDATE users SET preferences = preferences || ${JSON.stringify(change.changed)}::jsonb
          WHERE id = ${change.userId}::uuid AND status <> 'closed' AND deleted_at IS NULL RETURNING 1`,
      'user',
    ),
  ],
  // Two administrators who remove each other at once would each find the other: the lock makes the second wait for the first.
  'admins.remain': ({ without }) => [
    sql`SELECT 1 FROM users WHERE ${ACTIVE_ADMIN} ORDER BY id FOR NO KEY UPDATE`,
    guarded(sql`SELECT 1 FROM users WHERE ${ACTIVE_ADMIN} AND id <> ${without}::uuid LIMIT 1`, 'admins'),
  ],
  'user.role_changed': (change) => [
    guarded(
      sql`UPDATE users SET role = ${change.role}, updated_at = ${at(change.at)}, version = version + 1
          WHERE id = ${change.userId}::uuid AND version = ${change.version}::int AND status <> 'closed' RETURNING 1`,
      'user',
    ),
  ],
  'user.closed': (change) => [
    guarded(
      sql`UPDATE users SET status = 'closed', deleted_at = ${at(change.at)}, password_hash = NULL,
            email = NULL, email_index = NULL, email_claim = NULL, updated_at = ${at(change.at)}, version = version + 1
          WHERE id = ${change.userId}::uuid AND version = ${change.version}::int AND status <> 'closed' RETURNING 1`,
      'user',
    ),
    sql`UPDATE one_time_tokens SET used_at = ${at(change.at)} WHERE user_id = ${change.userId}::uuid AND used_at IS NULL`,
  ],
  'credentials.revoked': revocation,
  'api_key.created': ({ key, dataKey, hash, withFactor, atMost }, cipher) => [
    ...fewerThan(
      atMost,
      key.userId,
      sql`SELECT count(*) FROM api_keys
          WHERE user_id = ${key.userId}::uuid AND revoked_at IS NULL AND expires_at > ${at(key.createdAt)}`,
      'api_keys',
    ),
    sql`INSERT INTO api_keys (id, user_id, name, prefix, key_hash, scopes, with_factor, created_at, expires_at)
        VALUES (${key.id}::uuid, ${key.userId}::uuid, ${sealingRow(cipher, dataKey, 'api_keys', key.id).text('name', key.name)}::bytea, ${key.prefix}, ${hash}::bytea,
          ${[...key.scopes]}::text[], ${withFactor}::boolean, ${at(key.createdAt)}, ${at(key.expiresAt)})`,
  ],
  'api_key.used': (change) => [sql`UPDATE api_keys SET last_used_at = ${at(change.at)} WHERE id = ${change.id}::uuid`],
  'api_key.relied_on': (change) => [
    guarded(
      sql`SELECT 1 FROM api_keys
          WHERE id = ${change.id}::uuid AND revoked_at IS NULL AND expires_at > ${at(change.at)} FOR SHARE`,
      CALLER_OVER,
    ),
  ],
  'session.relied_on': (change) => [
    guarded(
      sql`SELECT 1 FROM sessions
          WHERE id = ${change.sessionId}::uuid AND revoked_at IS NULL AND expires_at > ${at(change.at)} FOR SHARE`,
      CALLER_OVER,
    ),
  ],
  'api_key.revoked': (change) => [
    sql`UPDATE api_keys SET revoked_at = ${at(change.at)} WHERE id = ${change.id}::uuid AND revoked_at IS NULL`,
  ],
};

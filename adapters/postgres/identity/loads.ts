/** What the identity context reads. */

import type { Profile } from '../../../domain/identity/email-change.ts';
import type { OneTimeToken, TokenPurpose } from '../../../domain/identity/one-time-token.ts';
import type { IdentityLoads } from '../../../domain/identity/ports.ts';
import type { RefreshState } from '../../../domain/identity/refresh.ts';
import type { Session } from '../../../domain/identity/session.ts';
import type { User } from '../../../domain/identity/user.ts';
import type { SessionId, UserId } from '../../../domain/shared/ids.ts';
import type { Role } from '../../../domain/shared/permissions.ts';
import type { BlindIndex, FieldCipher } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { Viewer } from '../../../domain/shared/viewer.ts';
import { isPatientOf, isReachable } from '../access/record-access.ts';
import {
  at,
  DATA_KEY_COLUMNS,
  isAfter,
  readDataKey,
  row,
  rows,
  type Sql,
  type SqlLoad,
  type SqlRecordedLoad,
  sql,
} from '../driver/sql.ts';
import { personId } from '../mfa/loads.ts';
import { emailIndexes, openLocation, sealedRow } from '../sealed/sealed-row.ts';
import { createAccessLoads, DEVICE_TRUSTED, MFA_ENABLED } from './access-loads.ts';
import { CHANGE_COLUMNS, createEmailLoads, readChange } from './email-changes.ts';
import { readUser, USER_COLUMNS } from './user-rows.ts';

/** A doctor's own patients are those with an appointment, whatever became of it; a hold alone is none (R28). */
function visibleTo(viewer: Viewer): Sql {
  const person = sql`u.id`;
  const own = sql`${person} = ${viewer.userId}::uuid`;
  if (!viewer.ofPatients) return own;
  switch (viewer.role) {
    case 'patient':
      return own;
    case 'doctor':
      return sql`(${own} OR (${isPatientOf(person, viewer)} AND ${isReachable(person, viewer)}))`;
    case 'staff':
      return sql`(${own} OR (u.role = 'patient' AND ${isReachable(person, viewer)}))`;
    case 'admin':
      return sql`(${own} OR ${isReachable(person, viewer)})`;
  }
}

export function createIdentityLoads(cipher: FieldCipher, index: BlindIndex): IdentityLoads {
  const userWhere = (condition: ReturnType<typeof sql>) =>
    row(
      sql`SELECT ${USER_COLUMNS}, ${DATA_KEY_COLUMNS} FROM users u JOIN data_keys k ON k.owner_id = u.id
          WHERE u.deleted_at IS NULL AND ${condition}`,
      (found) => readUser(found, cipher),
    );

  return {
    user: (id) => userWhere(sql`u.id = ${id}::uuid`),
    userByEmail: (email) => userWhere(sql`u.email_index ${emailIndexes(index, email)}`),
    dataKey: (id) => row(sql`SELECT ${DATA_KEY_COLUMNS} FROM data_keys k WHERE k.owner_id = ${id}::uuid`, readDataKey),
    ...createAccessLoads(cipher, index),
    ...createEmailLoads(cipher),
    profileRead: (id, viewer): SqlRecordedLoad<Profile | undefined> => {
      const visible = sql`u.id = ${id}::uuid AND ${visibleTo(viewer)}`;
      return {
        load: row(
          sql`SELECT ${USER_COLUMNS}, ${CHANGE_COLUMNS}, ${DATA_KEY_COLUMNS} FROM users u JOIN data_keys k ON k.owner_id = u.id
                LEFT JOIN email_changes c ON c.user_id = u.id AND c.confirmed_at IS NULL AND c.ended_at IS NULL
              WHERE u.deleted_at IS NULL AND ${visible} ORDER BY c.requested_at DESC NULLS LAST LIMIT 1`,
          (found): Profile => ({
            ...readUser(found, cipher),
            pendingEmail: found.change_id === null ? null : (readChange(found, cipher) ?? null),
          }),
        ),
        streams: sql`SELECT u.id AS stream FROM users u WHERE u.deleted_at IS NULL AND ${visible}`,
      };
    },
    credentials: (person) =>
      row(
        sql`SELECT ${USER_COLUMNS}, ${DATA_KEY_COLUMNS}, u.password_hash, u.password_changed_at
            FROM users u JOIN data_keys k ON k.owner_id = u.id
            WHERE u.deleted_at IS NULL AND u.id = ${personId(person, index)}`,
        (found) => ({
          user: readUser(found, cipher),
          passwordHash: found.password_hash as string | null,
          passwordChangedAt: (found.password_changed_at as number | null) ?? 0,
        }),
      ),
    anyUser: () => row(sql`SELECT 1 AS found FROM users LIMIT 1`, () => true),
    anyAdministrator: () =>
      row(
        sql`SELECT 1 AS found FROM users WHERE role = 'admin' AND status = 'active' AND deleted_at IS NULL LIMIT 1`,
        () => true,
      ),
    userRead: (id): SqlRecordedLoad<User | undefined> => ({
      load: userWhere(sql`u.id = ${id}::uuid`),
      streams: sql`SELECT u.id AS stream FROM users u WHERE u.deleted_at IS NULL AND u.id = ${id}::uuid`,
    }),
    usersRead: ({ after, limit, role }): SqlRecordedLoad<User[]> => ({
      load: rows(
        sql`SELECT ${USER_COLUMNS}, ${DATA_KEY_COLUMNS} FROM users u JOIN data_keys k ON k.owner_id = u.id
            WHERE u.deleted_at IS NULL AND (${after}::uuid IS NULL OR u.id > ${after}::uuid)
              AND (${role}::text IS NULL OR u.role = ${role})
            ORDER BY u.id LIMIT ${limit + 1}::int`,
        (found) => readUser(found, cipher),
      ),
      streams: sql`SELECT 'system' AS stream`,
    }),
    oneTimeToken: (hash, purpose) =>
      row(
        sql`SELECT ${USER_COLUMNS}, ${DATA_KEY_COLUMNS}, t.token_hash, t.purpose, t.expires_at, t.used_at,
              u.password_hash IS NOT NULL AS has_password
            FROM one_time_tokens t JOIN users u ON u.id = t.user_id JOIN data_keys k ON k.owner_id = u.id
            WHERE t.token_hash = ${hash}::bytea AND t.purpose = ${purpose} AND u.deleted_at IS NULL`,
        (found) => ({
          user: readUser(found, cipher),
          hasPassword: found.has_password as boolean,
          token: {
            hash: found.token_hash as Uint8Array,
            userId: found.id as UserId,
            purpose: found.purpose as TokenPurpose,
            expiresAt: found.expires_at as number,
            usedAt: found.used_at as number | null,
          } satisfies OneTimeToken,
        }),
      ),
    lastToken: (email, purpose, now): SqlLoad<Instant | null> => ({
      statements: [
        sql`SELECT max(t.created_at) AS issued_at FROM one_time_tokens t JOIN users u ON u.id = t.user_id
            WHERE u.email_index ${emailIndexes(index, email)} AND u.deleted_at IS NULL AND t.purpose = ${purpose}
              AND t.used_at IS NULL AND t.expires_at > ${at(now)}`,
      ],
      read: ([found]) => (found?.[0]?.issued_at as number | null | undefined) ?? null,
    }),
    lastMail: (email, template): SqlLoad<Instant | null> => ({
      statements: [
        sql`SELECT max(n.created_at) AS queued_at FROM notifications n JOIN users u ON u.id = n.user_id
            WHERE u.email_index ${emailIndexes(index, email)} AND u.deleted_at IS NULL AND n.template = ${template}`,
      ],
      read: ([found]) => (found?.[0]?.queued_at as number | null | undefined) ?? null,
    }),
    refreshState: (hash) =>
      row(
        sql`SELECT r.token_hash, r.used_at, r.expires_at, r.successor_hash,
              n.used_at AS successor_used_at, n.expires_at AS successor_expires_at,
              s.transport, s.remembered, s.browser_hash, s.id AS session_id, s.user_id,
              s.expires_at AS session_expires_at, s.revoked_at, s.amr, s.authenticated_at,
              ${MFA_ENABLED}, ${DEVICE_TRUSTED}, u.role, u.status = 'active' AND u.deleted_at IS NULL AS user_active
            FROM refresh_tokens r JOIN sessions s ON s.id = r.session_id JOIN users u ON u.id = s.user_id
              LEFT JOIN refresh_tokens n ON n.token_hash = r.successor_hash
            WHERE r.token_hash = ${hash}::bytea`,
        (found): RefreshState => ({
          tokenHash: found.token_hash as Uint8Array,
          usedAt: found.used_at as number | null,
          expiresAt: found.expires_at as number,
          successor:
            found.successor_expires_at === null
              ? null
              : {
                  hash: found.successor_hash as Uint8Array,
                  usedAt: found.successor_used_at as number | null,
                  expiresAt: found.successor_expires_at as number,
                },
          transport: found.transport as RefreshState['transport'],
          remembered: found.remembered as boolean,
          browserHash: found.browser_hash as Uint8Array | null,
          sessionId: found.session_id as SessionId,
          userId: found.user_id as UserId,
          sessionExpiresAt: found.session_expires_at as number,
          revokedAt: found.revoked_at as number | null,
          userActive: found.user_active as boolean,
          role: found.role as Role,
          amr: found.amr as string[],
          authenticatedAt: found.authenticated_at as number,
          mfaEnabled: found.mfa_enabled as boolean,
          deviceTrusted: found.device_trusted as boolean,
        }),
      ),
    liveSession: (id) =>
      row(
        sql`SELECT s.id, s.user_id, s.amr, s.authenticated_at, s.expires_at, s.is_suspicious, s.remembered, u.role, ${MFA_ENABLED},
              ${DEVICE_TRUSTED}, ${DATA_KEY_COLUMNS}
            FROM sessions s JOIN users u ON u.id = s.user_id JOIN data_keys k ON k.owner_id = u.id
            WHERE s.id = ${id}::uuid AND s.revoked_at IS NULL AND u.status = 'active' AND u.deleted_at IS NULL`,
        (found) => ({
          sessionId: found.id as SessionId,
          userId: found.user_id as UserId,
          role: found.role as Role,
          amr: found.amr as string[],
          authenticatedAt: found.authenticated_at as number,
          expiresAt: found.expires_at as number,
          remembered: found.remembered as boolean,
          mfaEnabled: found.mfa_enabled as boolean,
          deviceTrusted: found.device_trusted as boolean,
          isSuspicious: found.is_suspicious as boolean,
          dataKey: readDataKey(found),
        }),
      ),
    sessionsOf: (userId, now, { after, limit }) =>
      rows(
        sql`SELECT s.*, ${DATA_KEY_COLUMNS} FROM sessions s JOIN data_keys k ON k.owner_id = s.user_id
            WHERE s.user_id = ${userId}::uuid AND s.revoked_at IS NULL AND s.expires_at > ${at(now)}
              AND ${isAfter(sql`s.last_activity_at`, sql`s.id`, after)}
            ORDER BY s.last_activity_at DESC, s.id DESC LIMIT ${limit + 1}::int`,
        (found): Session => {
          const sealed = sealedRow(cipher, readDataKey(found), 'sessions', found.id as string);
          return {
            id: found.id as SessionId,
            userId: found.user_id as UserId,
            amr: found.amr as string[],
            authenticatedAt: found.authenticated_at as number,
            trustedDeviceId: found.device_id as Session['trustedDeviceId'],
            transport: found.transport as Session['transport'],
            ip: sealed.optional('ip', found.ip),
            userAgent: sealed.optional('user_agent', found.user_agent),
            deviceName: sealed.text('device_name', found.device_name),
            deviceType: found.device_type as Session['deviceType'],
            createdAt: found.created_at as number,
            lastActivityAt: found.last_activity_at as number,
            expiresAt: found.expires_at as number,
            location: openLocation(sealed, found.location),
            riskScore: found.risk_score as number,
            isSuspicious: found.is_suspicious as boolean,
            remembered: found.remembered as boolean,
          };
        },
      ),
  };
}

/** Loads of sessions and refresh tokens. */

import type { IdentityLoads } from '../../../domain/identity/ports.ts';
import type { RefreshState } from '../../../domain/identity/refresh.ts';
import type { Session } from '../../../domain/identity/session.ts';
import type { SessionId, UserId } from '../../../domain/shared/ids.ts';
import type { Role } from '../../../domain/shared/permissions.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { Row } from '../driver/driver.ts';
import { at, DATA_KEY_COLUMNS, isAfter, readDataKey, row, rows, sql, withFingerprint } from '../driver/sql.ts';
import { openLocation, sealedRow } from '../sealed/sealed-row.ts';
import { DEVICE_TRUSTED, MFA_ENABLED } from './access-loads.ts';

type SessionLoads = Pick<IdentityLoads, 'refreshState' | 'liveSession' | 'sessionsOf'>;

export function createSessionLoads(cipher: FieldCipher): SessionLoads {
  return {
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
        readRefreshState,
      ),
    liveSession: (id) =>
      row(
        withFingerprint(sql`SELECT s.id, s.user_id, s.amr, s.authenticated_at, s.expires_at, s.is_suspicious, s.remembered, u.role, ${MFA_ENABLED},
              ${DEVICE_TRUSTED}, ${DATA_KEY_COLUMNS}
            FROM sessions s JOIN users u ON u.id = s.user_id JOIN data_keys k ON k.owner_id = u.id
            WHERE s.id = ${id}::uuid AND s.revoked_at IS NULL AND u.status = 'active' AND u.deleted_at IS NULL`),
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
          fingerprint: found.fingerprint as string,
        }),
      ),
    sessionsOf: (userId, now, { after, limit }) =>
      rows(
        sql`SELECT s.*, ${DATA_KEY_COLUMNS} FROM sessions s JOIN data_keys k ON k.owner_id = s.user_id
            WHERE s.user_id = ${userId}::uuid AND s.revoked_at IS NULL AND s.expires_at > ${at(now)}
              AND ${isAfter(sql`s.last_activity_at`, sql`s.id`, after)}
            ORDER BY s.last_activity_at DESC, s.id DESC LIMIT ${limit + 1}::int`,
        (found) => readSession(found, cipher),
      ),
  };
}

function readRefreshState(found: Row): RefreshState {
  return {
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
  };
}

function readSession(found: Row, cipher: FieldCipher): Session {
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
}

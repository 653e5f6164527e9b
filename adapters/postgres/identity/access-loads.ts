/** Loads of sign-ins, API keys and preferences. */
import type { ApiKey } from '../../../domain/identity/api-key.ts';
import type { IdentityLoads, LiveApiKey } from '../../../domain/identity/ports.ts';
import { DEFAULT_PREFERENCES, type Preferences } from '../../../domain/identity/preferences.ts';
import type { PastSignIn } from '../../../domain/identity/sign-in-risk.ts';
import type { SignInPauses } from '../../../domain/identity/sign-in-throttle.ts';
import type { ApiKeyId } from '../../../domain/shared/actor.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { Permission, Role } from '../../../domain/shared/permissions.ts';
import type { BlindIndex, FieldCipher } from '../../../domain/shared/ports.ts';
import type { Row } from '../driver/driver.ts';
import { at, DATA_KEY_COLUMNS, raw, readDataKey, row, rows, type SqlLoad, sql } from '../driver/sql.ts';
import { personId } from '../mfa/loads.ts';
import { counterIndex, openLocation, sealedRow } from '../sealed/sealed-row.ts';
import { ACTIVE_ADMIN } from './access-changes.ts';

/** The number of earlier sign-ins that a new one is compared with. */
const COMPARED = 20;

export const MFA_ENABLED = raw(
  `EXISTS (SELECT 1 FROM mfa_enrolments e WHERE e.user_id = u.id AND e.secret IS NOT NULL) AS mfa_enabled`,
);

/**
 * Whether the device that replaced the second factor of a session is still trusted. Only the id is a condition: PostgreSQL would
 * look through all devices of the person.
 */
export const DEVICE_TRUSTED = raw(
  `coalesce((SELECT t.user_id = s.user_id AND t.revoked_at IS NULL FROM trusted_devices t
     WHERE t.id = s.device_id), false) AS device_trusted`,
);

type AccessLoads = Pick<
  IdentityLoads,
  | 'activeAdmins'
  | 'dataKeysNotUnder'
  | 'signInPauses'
  | 'pastSignIns'
  | 'apiKey'
  | 'apiKeyOwner'
  | 'apiKeysOf'
  | 'preferences'
>;

export function createAccessLoads(cipher: FieldCipher, index: BlindIndex): AccessLoads {
  return {
    activeAdmins: (): SqlLoad<number> => ({
      statements: [sql`SELECT count(*) AS admins FROM users WHERE ${ACTIVE_ADMIN}`],
      read: ([found]) => (found?.[0]?.admins as number | undefined) ?? 0,
    }),
    dataKeysNotUnder: (ringKeyId, after, limit) =>
      rows(
        sql`SELECT ${DATA_KEY_COLUMNS} FROM data_keys k WHERE k.ring_key_id <> ${ringKeyId}
              AND (${after}::uuid IS NULL OR k.owner_id > ${after}::uuid)
            ORDER BY k.owner_id LIMIT ${limit}::int`,
        readDataKey,
      ),
    signInPauses: ({ account, address }): SqlLoad<SignInPauses> => ({
      statements: [
        sql`SELECT (SELECT paused_until FROM sign_in_failures WHERE subject = ${counterIndex(index, account)}::bytea) AS account,
              (SELECT paused_until FROM sign_in_failures WHERE subject = ${address === null ? null : counterIndex(index, address)}::bytea) AS address`,
      ],
      read: ([found]) => ({
        account: (found?.[0]?.account as number | null | undefined) ?? null,
        address: (found?.[0]?.address as number | null | undefined) ?? null,
      }),
    }),
    pastSignIns: (person) =>
      rows(
        sql`SELECT s.id, s.ip, s.user_agent, s.location, s.created_at, ${DATA_KEY_COLUMNS}
            FROM sessions s JOIN data_keys k ON k.owner_id = s.user_id
            WHERE s.user_id = ${personId(person, index)} AND NOT s.is_suspicious
            ORDER BY s.id DESC LIMIT ${COMPARED}::int`,
        (found) => readPastSignIn(found, cipher),
      ),
    apiKey: (hash, now) =>
      row(
        sql`SELECT a.*, u.role, ${MFA_ENABLED}, ${DATA_KEY_COLUMNS}
            FROM api_keys a JOIN users u ON u.id = a.user_id JOIN data_keys k ON k.owner_id = u.id
            WHERE a.key_hash = ${hash}::bytea AND a.revoked_at IS NULL AND a.expires_at > ${at(now)}
              AND u.status = 'active' AND u.deleted_at IS NULL`,
        (found): LiveApiKey => ({
          key: readApiKey(found),
          role: found.role as Role,
          mfaEnabled: found.mfa_enabled as boolean,
          withFactor: found.with_factor as boolean,
          dataKey: readDataKey(found),
        }),
      ),
    apiKeyOwner: (hash) =>
      row(sql`SELECT user_id FROM api_keys WHERE key_hash = ${hash}::bytea`, ({ user_id }) => user_id as UserId),
    apiKeysOf: (userId, now) =>
      rows(
        sql`SELECT a.*, ${DATA_KEY_COLUMNS} FROM api_keys a JOIN data_keys k ON k.owner_id = a.user_id
            WHERE a.user_id = ${userId}::uuid AND a.revoked_at IS NULL AND a.expires_at > ${at(now)} ORDER BY a.id DESC`,
        (found): ApiKey => ({
          ...readApiKey(found),
          name: sealedRow(cipher, readDataKey(found), 'api_keys', found.id as string).text('name', found.name),
        }),
      ),
    preferences: (id) =>
      row(
        sql`SELECT preferences FROM users WHERE id = ${id}::uuid AND deleted_at IS NULL`,
        (found): Preferences => ({ ...DEFAULT_PREFERENCES, ...(found.preferences as Partial<Preferences>) }),
      ),
  };
}

function readPastSignIn(found: Row, cipher: FieldCipher): PastSignIn {
  const sealed = sealedRow(cipher, readDataKey(found), 'sessions', found.id as string);
  return {
    ip: sealed.optional('ip', found.ip),
    userAgent: sealed.optional('user_agent', found.user_agent),
    location: openLocation(sealed, found.location),
    at: found.created_at as number,
  };
}

function readApiKey(found: Row): Omit<ApiKey, 'name'> {
  return {
    id: found.id as ApiKeyId,
    userId: found.user_id as UserId,
    prefix: found.prefix as string,
    scopes: found.scopes as Permission[],
    createdAt: found.created_at as number,
    expiresAt: found.expires_at as number,
    lastUsedAt: found.last_used_at as number | null,
  };
}

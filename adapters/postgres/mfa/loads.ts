/** Loads of second factors, challenges and trusted devices. */
import type { AttemptState } from '../../../domain/mfa/attempts.ts';
import { NO_ATTEMPTS } from '../../../domain/mfa/attempts.ts';
import type { MfaChallenge } from '../../../domain/mfa/challenge.ts';
import type { PhoneState } from '../../../domain/mfa/phone.ts';
import type { MfaLoads } from '../../../domain/mfa/ports.ts';
import type { StoredSmsCode } from '../../../domain/mfa/sms-code.ts';
import type { MfaMethod, MfaState } from '../../../domain/mfa/state.ts';
import { decodeSecret } from '../../../domain/mfa/totp.ts';
import type { TrustedDevice, TrustedDeviceId } from '../../../domain/mfa/trusted-device.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { PersonRef } from '../../../domain/shared/person.ts';
import type { BlindIndex, FieldCipher } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { Row } from '../driver/driver.ts';
import {
  at,
  DATA_KEY_COLUMNS,
  isAfter,
  raw,
  readDataKey,
  row,
  rows,
  type Sql,
  type SqlLoad,
  sql,
} from '../driver/sql.ts';
import { emailIndexes, sealedRow } from '../sealed/sealed-row.ts';

/** The id of the person, as a scalar subquery. */
export function personId(person: PersonRef, index: BlindIndex): Sql {
  switch (person.by) {
    case 'id':
      return sql`${person.userId}::uuid`;
    case 'email':
      return sql`(SELECT id FROM users WHERE email_index ${emailIndexes(index, person.email)})`;
    case 'challenge':
      return sql`(SELECT user_id FROM mfa_challenges WHERE token_hash = ${person.tokenHash}::bytea)`;
  }
}

const PEOPLE = raw(`users u JOIN data_keys k ON k.owner_id = u.id LEFT JOIN mfa_enrolments e ON e.user_id = u.id`);
const OPEN = raw(`u.deleted_at IS NULL AND u.status = 'active'`);

export function createMfaLoads(cipher: FieldCipher, index: BlindIndex): MfaLoads {
  return {
    state: (person): SqlLoad<MfaState | undefined> => ({
      statements: [
        sql`SELECT u.id, e.secret, e.enabled_at, e.last_used_step, e.pending_secret, e.pending_expires_at,
              e.phone_verified_at, ${DATA_KEY_COLUMNS}
            FROM ${PEOPLE} WHERE u.id = ${personId(person, index)} AND ${OPEN}`,
        sql`SELECT code_hash, used_at FROM mfa_backup_codes WHERE user_id = ${personId(person, index)} ORDER BY code_hash`,
        sql`SELECT failures, paused_until, version FROM mfa_attempts WHERE user_id = ${personId(person, index)}`,
      ],
      read: ([people = [], codes = [], attempts = []]) =>
        people[0] === undefined ? undefined : readState(cipher, people[0], codes, attempts),
    }),
    challenge: (tokenHash) =>
      row(
        sql`SELECT c.* FROM mfa_challenges c WHERE c.token_hash = ${tokenHash}::bytea`,
        (found): MfaChallenge => ({
          tokenHash: found.token_hash as Uint8Array,
          userId: found.user_id as UserId,
          methods: found.methods as MfaMethod[],
          amr: found.amr as string[],
          transport: found.transport as 'bearer' | 'cookie',
          remembered: found.remembered as boolean,
          createdAt: found.created_at as number,
          expiresAt: found.expires_at as number,
          attempts: found.attempts as number,
          passedAt: found.passed_at as number | null,
          sms: readSmsCode(found, 'sms'),
        }),
      ),
    phone: (person) =>
      row(
        sql`SELECT e.*, u.id AS person_id, ${DATA_KEY_COLUMNS} FROM ${PEOPLE} WHERE u.id = ${personId(person, index)} AND ${OPEN}`,
        (found): PhoneState => {
          const dataKey = readDataKey(found);
          const sealed = sealedRow(cipher, dataKey, 'mfa_enrolments', found.person_id as string);
          const code = readSmsCode(found, 'phone_code');
          const pending = code === null ? null : sealed.optional('pending_phone', found.pending_phone);
          return {
            dataKey,
            phone: sealed.optional('phone', found.phone),
            pending: code === null || pending === null ? null : { phone: pending, code },
          };
        },
      ),
    ...createDeviceLoads(cipher),
  };
}

type DeviceLoads = Pick<MfaLoads, 'trustedDevice' | 'trustedDeviceOf' | 'trustedDevicesOf'>;

function createDeviceLoads(cipher: FieldCipher): DeviceLoads {
  const device = (found: Row) => readDevice(found, cipher);
  const trusted = (userId: UserId, now: Instant) =>
    sql`FROM trusted_devices d JOIN data_keys k ON k.owner_id = d.user_id
        WHERE d.user_id = ${userId}::uuid AND d.revoked_at IS NULL AND d.expires_at > ${at(now)}`;
  return {
    trustedDevice: (tokenHash) =>
      row(
        sql`SELECT d.*, ${DATA_KEY_COLUMNS} FROM trusted_devices d JOIN data_keys k ON k.owner_id = d.user_id
            WHERE d.token_hash = ${tokenHash}::bytea`,
        device,
      ),
    trustedDeviceOf: (userId, id, now) =>
      row(sql`SELECT d.*, ${DATA_KEY_COLUMNS} ${trusted(userId, now)} AND d.id = ${id}::uuid`, device),
    trustedDevicesOf: (userId, now, { after, limit }) =>
      rows(
        sql`SELECT d.*, ${DATA_KEY_COLUMNS} ${trusted(userId, now)}
              AND ${isAfter(sql`d.last_used_at`, sql`d.id`, after)}
            ORDER BY d.last_used_at DESC, d.id DESC LIMIT ${limit + 1}::int`,
        device,
      ),
  };
}

function readState(cipher: FieldCipher, found: Row, codes: readonly Row[], [attempts]: readonly Row[]): MfaState {
  const dataKey = readDataKey(found);
  const sealed = sealedRow(cipher, dataKey, 'mfa_enrolments', found.id as string);
  const secret = (column: 'secret' | 'pending_secret') => {
    const text = sealed.optional(column, found[column]);
    return text === null ? null : decodeSecret(text);
  };
  const pending = found.pending_expires_at === null ? null : secret('pending_secret');
  return {
    userId: found.id as UserId,
    dataKey,
    totp:
      found.enabled_at === null
        ? null
        : {
            secret: secret('secret'),
            enabledAt: found.enabled_at as number,
            lastUsedStep: found.last_used_step as number | null,
          },
    pending: pending === null ? null : { secret: pending, expiresAt: found.pending_expires_at as number },
    backupCodes: codes.map(({ code_hash, used_at }) => ({
      hash: code_hash as Uint8Array,
      usedAt: used_at as number | null,
    })),
    hasPhone: found.phone_verified_at !== null,
    attempts: attempts === undefined ? NO_ATTEMPTS : readAttempts(attempts),
  };
}

function readAttempts(found: Row): AttemptState {
  return {
    failures: found.failures as number[],
    pausedUntil: found.paused_until as number | null,
    version: found.version as number,
  };
}

function readSmsCode(found: Row, prefix: 'sms' | 'phone_code'): StoredSmsCode | null {
  if (found[`${prefix}_hash`] === null) return null;
  return {
    hash: found[`${prefix}_hash`] as Uint8Array,
    salt: found[`${prefix}_salt`] as Uint8Array,
    sentAt: found[`${prefix}_sent_at`] as number,
    expiresAt: found[`${prefix}_expires_at`] as number,
    sends: found[`${prefix}_sends`] as number,
  };
}

function readDevice(found: Row, cipher: FieldCipher): TrustedDevice {
  return {
    id: found.id as TrustedDeviceId,
    userId: found.user_id as UserId,
    tokenHash: found.token_hash as Uint8Array,
    name: sealedRow(cipher, readDataKey(found), 'trusted_devices', found.id as string).text('name', found.name),
    createdAt: found.created_at as number,
    lastUsedAt: found.last_used_at as number,
    expiresAt: found.expires_at as number,
    revokedAt: found.revoked_at as number | null,
  };
}

/** Rows as the portal stored them before migration 0010: names and addresses in plaintext. */
import { createBlindIndex, generateIndexKey } from '../../adapters/crypto/blind-index.ts';
import { createFieldCipher, generateFieldKey, parseFieldKeys } from '../../adapters/crypto/field-cipher.ts';
import { createPasswordHasher } from '../../adapters/crypto/password-hasher.ts';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { at, type Sql, sql } from '../../adapters/postgres/driver/sql.ts';
import { type BoxFormat, sealedPlaceOf } from '../../domain/shared/sealed-columns.ts';
import { NOON, PASSWORD } from './portal.ts';
import { migrationFiles } from './postgres.ts';

export const FORMER_KEYS = { FIELD_KEYS: JSON.stringify([generateFieldKey('former')]), INDEX_KEY: generateIndexKey() };
/** The box format of that version. */
export const format: BoxFormat = { state: 'unbound' };
export const cipher = createFieldCipher({ ring: parseFieldKeys(FORMER_KEYS.FIELD_KEYS), format });
export const index = createBlindIndex(FORMER_KEYS.INDEX_KEY);

export const MARIA = '01900000-0000-7000-8000-0000000000a1';
export const CHIDI = '01900000-0000-7000-8000-0000000000a2';
const GONE = '01900000-0000-7000-8000-0000000000a3';
const ENTRY = '01900000-0000-7000-8000-0000000000b1';
const id = (n: number) => `01900000-0000-7000-8000-${(0x100000 + n).toString(16).padStart(12, '0')}`;

/** The migrations before the one that seals. */
export async function formerMigrations() {
  return (await migrationFiles()).filter(({ name }) => name < '0010');
}

function user(userId: string, role: string, status: string, email: string, first: string, hash: string | null): Sql[] {
  const key = cipher.newKey(userId);
  return [
    sql`INSERT INTO data_keys (owner_id, ring_key_id, wrapped, created_at)
        VALUES (${userId}::uuid, ${key.ringKeyId}, ${key.wrapped}::bytea, ${at(NOON)})`,
    sql`INSERT INTO users (id, email, email_verified_at, password_hash, role, status, first_name, last_name, date_of_birth,
          bio, timezone, language, created_at, updated_at)
        VALUES (${userId}::uuid, ${email}, ${at(NOON)}, ${hash}, ${role}, ${status}, ${first}, 'Formerly',
          ${cipher.seal(key, sealedPlaceOf('users', 'date_of_birth', userId), '1990-04-23')}::bytea, 'formerly in the clear', 'UTC', 'pt-BR',
          ${at(NOON)}, ${at(NOON)})`,
  ];
}

/** @param more number of accounts without other data, for tests that need more than one batch */
export async function fillFormer(driver: SqlDriver, more = 0): Promise<void> {
  format.state = 'unbound';
  const hash = await createPasswordHasher({ cost: { ln: 4, r: 8, p: 1 }, concurrency: 1, maxWaiting: 1 }).hash(
    PASSWORD,
  );
  await driver.run(
    [
      ...user(MARIA, 'patient', 'active', 'maria@example.org', 'Maria', hash),
      ...user(CHIDI, 'doctor', 'active', 'chidi@example.org', 'Chidi', hash),
      ...user(GONE, 'patient', 'closed', `closed-${GONE}@account.invalid`, '', null),
      sql`DELETE FROM data_keys WHERE owner_id = ${GONE}::uuid`,
      sql`INSERT INTO doctors (user_id, specialty, timezone, languages) VALUES (${CHIDI}::uuid, 'Cardiology', 'UTC', '{en}')`,
      sql`INSERT INTO time_off (id, doctor_id, first_date, last_date, reason, created_at)
          VALUES (${id(1)}::uuid, ${CHIDI}::uuid, '2026-03-20', '2026-03-21', 'formerly ill', ${at(NOON)})`,
      sql`INSERT INTO waitlist_entries (id, patient_id, appointment_type_id, specialty, first_date, last_date, state, created_at, updated_at, version)
          VALUES (${ENTRY}::uuid, ${MARIA}::uuid, '01900000-0000-7000-8000-000000000001', 'CARDIOLOGY', '2026-03-03',
            '2026-03-04', 'waiting', ${at(NOON)}, ${at(NOON)}, 1)`,
      sql`INSERT INTO sessions (id, user_id, amr, authenticated_at, transport, device_name, device_type, country, city, latitude,
            longitude, created_at, last_activity_at, expires_at)
          VALUES (${id(2)}::uuid, ${MARIA}::uuid, '{pwd}', ${at(NOON)}, 'bearer', 'Former phone', 'mobile', 'BR', 'Recife', -8.05,
            -34.9, ${at(NOON)}, ${at(NOON)}, ${at(NOON + 86_400_000)})`,
      sql`INSERT INTO trusted_devices (id, user_id, token_hash, name, created_at, last_used_at, expires_at)
          VALUES (${id(3)}::uuid, ${MARIA}::uuid, sha256('a'), 'Former laptop', ${at(NOON)}, ${at(NOON)}, ${at(NOON + 86_400_000)})`,
      sql`INSERT INTO api_keys (id, user_id, name, prefix, key_hash, scopes, created_at, expires_at)
          VALUES (${id(4)}::uuid, ${MARIA}::uuid, 'Former script', 'ppk_former', sha256('b'), '{read:own_profile}', ${at(NOON)},
            ${at(NOON + 86_400_000)})`,
      ...Array.from({ length: more }, (_, n) =>
        user(id(100 + n), 'patient', 'active', `former${n}@example.org`, 'Former', null),
      ).flat(),
    ],
    'write',
  );
}

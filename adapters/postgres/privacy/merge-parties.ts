/** The two records of a merge, and what it fills in the profile of the survivor. */
import type { MergedParty, MergeParty } from '../../../domain/privacy/merge.ts';
import type { FilledField, ProfileField } from '../../../domain/privacy/merged-profile.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { DataKey, FieldCipher } from '../../../domain/shared/ports.ts';
import { type SealedColumnOf, sealedPlaceOf } from '../../../domain/shared/sealed-columns.ts';
import { endByAge } from '../access/proxy-age.ts';
import { isRestricted } from '../access/record-access.ts';
import type { Row } from '../driver/driver.ts';
import { DATA_KEY_COLUMNS, empty, join, raw, readDataKey, type Sql, sql } from '../driver/sql.ts';
import { sealingRow } from '../sealed/sealed-row.ts';

const COLUMN_OF = {
  dateOfBirth: 'date_of_birth',
  phoneNumber: 'phone_number',
  address: 'address',
} as const satisfies Readonly<Record<ProfileField, SealedColumnOf<'users'>>>;

const PERSON_COLUMNS = sql`u.id, u.version, u.email, u.email_verified_at, u.first_name, u.date_of_birth, u.phone_number, u.address,
  ${DATA_KEY_COLUMNS}`;

/** Both records, open. */
export function parties(survivorId: string, aliasId: string): Sql {
  return sql`SELECT ${PERSON_COLUMNS}, u.status, ${isRestricted(sql`u.id`)} AS restricted,
      EXISTS (SELECT FROM doctors d WHERE d.user_id = u.id) AS was_doctor,
      EXISTS (SELECT FROM clinical_keys c WHERE c.patient_id = u.id AND c.held_at IS NOT NULL) AS held
    FROM users u JOIN data_keys k ON k.owner_id = u.id
    WHERE u.id IN (${survivorId}::uuid, ${aliasId}::uuid) AND u.role = 'patient' AND u.deleted_at IS NULL AND u.status <> 'closed'`;
}

/** Both records of a merge. */
export function mergedParties(mergeId: string): Sql {
  return sql`SELECT ${PERSON_COLUMNS} FROM patient_merges m JOIN users u ON u.id IN (m.survivor_id, m.alias_id)
      JOIN data_keys k ON k.owner_id = u.id
    WHERE m.id = ${mergeId}::uuid`;
}

export function readMergedParty(found: Row, cipher: FieldCipher): MergedParty {
  const dataKey = readDataKey(found);
  const id = found.id as UserId;
  const text = (column: SealedColumnOf<'users'>): string | null | undefined => {
    const opened = cipher.open(
      dataKey,
      sealedPlaceOf('users', column, id),
      (found[column] ?? null) as Uint8Array | null,
    );
    return opened.ok ? opened.value : undefined;
  };
  const [email, firstName] = found.email_verified_at === null ? [] : [text('email'), text('first_name')];
  return {
    id,
    version: found.version as number,
    dataKey,
    profile: {
      dateOfBirth: text(COLUMN_OF.dateOfBirth),
      phoneNumber: text(COLUMN_OF.phoneNumber),
      address: text(COLUMN_OF.address),
    },
    mailbox: typeof email === 'string' && typeof firstName === 'string' ? { email, firstName } : null,
  };
}

export function readParty(found: Row, cipher: FieldCipher): MergeParty {
  return {
    ...readMergedParty(found, cipher),
    status: found.status as MergeParty['status'],
    wasDoctor: found.was_doctor as boolean,
    isRestricted: found.restricted as boolean,
    hasLegalHold: found.held as boolean,
  };
}

/** Assignments to columns of the survivor, each after a comma. */
export function fill(fields: readonly FilledField[], survivorId: string, key: DataKey, cipher: FieldCipher): Sql {
  const sealed = sealingRow(cipher, key, 'users', survivorId);
  return assigned(fields.map(({ field, text }) => [field, sealed.text(COLUMN_OF[field], text)]));
}

export function clear(fields: readonly ProfileField[]): Sql {
  return assigned(fields.map((field) => [field, null]));
}

function assigned(values: readonly (readonly [ProfileField, Uint8Array | null])[]): Sql {
  const each = values.map(([field, box]) => sql`, ${raw(COLUMN_OF[field])} = ${box}::bytea`);
  return each.length === 0 ? empty : join(each, '');
}

/** What follows from the profile: by what the survivor is found, and until when a parent acts. */
export function profileChanged(survivorId: string, filled: readonly FilledField[]): Sql[] {
  const born = filled.find(({ field }) => field === 'dateOfBirth');
  return [searchAnew(survivorId), ...endByAge(survivorId, born?.text ?? null)];
}

/** A job makes the hashes by which the person is found. */
export function searchAnew(personId: string): Sql {
  return sql`INSERT INTO person_search_pending (user_id) VALUES (${personId}::uuid) ON CONFLICT DO NOTHING`;
}

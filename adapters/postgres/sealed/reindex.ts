/**
 * Recomputes every blind index under the current key of the ring, a page at a time, while the portal is in use.
 * Continues after an interruption: rows under the current key are skipped. Counters of failed sign-ins expire and are
 * not recomputed.
 */

import type { FileDetails } from '../../../domain/files/file.ts';
import type { PushTarget } from '../../../domain/notifications/push-subscription.ts';
import type { SuppressedChannel } from '../../../domain/notifications/suppression.ts';
import { equalBytes, fromHex, toHex } from '../../../domain/shared/bytes.ts';
import type { BlindIndex, FieldCipher } from '../../../domain/shared/ports.ts';
import type { SealedColumnOf, SealedTable } from '../../../domain/shared/sealed-columns.ts';
import type { Row, SqlDriver } from '../driver/driver.ts';
import { DATA_KEY_COLUMNS, readDataKey, type Sql, sql } from '../driver/sql.ts';
import { indexPerson, searchTokens } from './person-search.ts';
import {
  addressIndex,
  emailClaim,
  emailIndex,
  pushIndex,
  rangeIndex,
  sealedRow,
  specialtyIndex,
  suppressionIndex,
} from './sealed-row.ts';
import { arrayOf, tagHash } from './tag-hashes.ts';

const PAGE = 200;
const NOBODY = '00000000-0000-0000-0000-000000000000';

export interface Reindexed {
  readonly renewed: number;
  /** Ids of rows whose value could not be opened: they can only be found under the previous key. */
  readonly unopened: readonly string[];
}

/** How one kind of row is reindexed: the query of a page, and the update of a row. */
interface Kind {
  readonly page: (after: string) => Sql;
  /** @returns `undefined` if the row is current, `null` if its value cannot be opened */
  readonly renew: (row: Row) => Sql | undefined | null;
}

export async function reindex(driver: SqlDriver, cipher: FieldCipher, index: BlindIndex): Promise<Reindexed> {
  let renewed = 0;
  const unopened: string[] = [];
  // Doctors before waitlist entries: until both are done, an entry for a specialty may find no doctor.
  for (const kind of kindsOf(cipher, index)) {
    let after = NOBODY;
    for (;;) {
      const [rows = []] = await driver.run([kind.page(after)], 'snapshot');
      const updates: Sql[] = [];
      for (const row of rows) {
        const update = kind.renew(row);
        if (update === null) unopened.push(row.id as string);
        else if (update !== undefined) updates.push(update);
      }
      if (updates.length > 0) await driver.run(updates, 'write');
      renewed += updates.length;
      if (rows.length < PAGE) break;
      after = rows.at(-1)?.id as string;
    }
  }
  return { renewed, unopened };
}

function kindsOf(cipher: FieldCipher, index: BlindIndex): readonly Kind[] {
  const open = <T extends SealedTable>(row: Row, table: T, column: SealedColumnOf<T>): string | null =>
    sealedRow(cipher, readDataKey(row), table, row.id as string).optional(column, row.sealed);
  const isCurrent = (row: Row, fresh: Uint8Array | null) =>
    fresh !== null && equalBytes(row.stored as Uint8Array, fresh);
  return [
    {
      page: (
        after,
      ) => sql`SELECT u.id, u.email AS sealed, u.email_index AS stored, u.email_claim AS claim, ${DATA_KEY_COLUMNS}
        FROM users u JOIN data_keys k ON k.owner_id = u.id
        WHERE u.email_index IS NOT NULL AND u.id > ${after}::uuid ORDER BY u.id LIMIT ${PAGE}::int`,
      renew: (row) => {
        const email = open(row, 'users', 'email');
        if (email === null) return null;
        const [fresh, claim] = [emailIndex(index, email), emailClaim(index, email)];
        if (isCurrent(row, fresh) && row.claim !== null && equalBytes(row.claim as Uint8Array, claim)) return undefined;
        return sql`UPDATE users SET email_index = ${fresh}::bytea, email_claim = ${claim}::bytea
          WHERE id = ${row.id as string}::uuid AND email_index = ${row.stored as Uint8Array}::bytea`;
      },
    },
    searchKind(cipher, index),
    // Before the suppressions, so that both tell the same numbers.
    textMessageKind(cipher, index),
    suppressionKind(cipher, index),
    fileTagsKind(cipher, index),
    pushKind(cipher, index),
    blockKind(cipher, index),
    findingKind(cipher, index),
    {
      page: (
        after,
      ) => sql`SELECT c.id, c.previous_email AS sealed, c.previous_email_index AS stored, ${DATA_KEY_COLUMNS}
        FROM email_changes c JOIN data_keys k ON k.owner_id = c.user_id
        WHERE c.previous_email_index IS NOT NULL AND c.id > ${after}::uuid ORDER BY c.id LIMIT ${PAGE}::int`,
      renew: (row) => {
        const email = open(row, 'email_changes', 'previous_email');
        if (email === null) return null;
        const fresh = emailIndex(index, email);
        return isCurrent(row, fresh)
          ? undefined
          : sql`UPDATE email_changes SET previous_email_index = ${fresh}::bytea WHERE id = ${row.id as string}::uuid`;
      },
    },
    {
      page: (after) => sql`SELECT d.user_id AS id, d.specialty, d.specialty_index AS stored FROM doctors d
        WHERE d.specialty_index IS NOT NULL AND d.user_id > ${after}::uuid ORDER BY d.user_id LIMIT ${PAGE}::int`,
      renew: (row) => {
        const fresh = specialtyIndex(index, row.specialty as string | null);
        return isCurrent(row, fresh)
          ? undefined
          : sql`UPDATE doctors SET specialty_index = ${fresh}::bytea
              WHERE user_id = ${row.id as string}::uuid AND specialty_index = ${row.stored as Uint8Array}::bytea`;
      },
    },
    {
      page: (after) => sql`SELECT e.id, e.specialty AS sealed, e.specialty_index AS stored, ${DATA_KEY_COLUMNS}
        FROM waitlist_entries e JOIN data_keys k ON k.owner_id = e.patient_id
        WHERE e.specialty_index IS NOT NULL AND e.id > ${after}::uuid ORDER BY e.id LIMIT ${PAGE}::int`,
      renew: (row) => {
        const specialty = open(row, 'waitlist_entries', 'specialty');
        if (specialty === null) return null;
        const fresh = specialtyIndex(index, specialty);
        return isCurrent(row, fresh)
          ? undefined
          : sql`UPDATE waitlist_entries SET specialty_index = ${fresh}::bytea WHERE id = ${row.id as string}::uuid`;
      },
    },
  ];
}

/**
 * A delivery has the hash of its number alone. The number is one that its person has, or one that is suppressed for the
 * person; the hash of any other number is removed, since nothing is sent there that could be answered.
 */
function textMessageKind(cipher: FieldCipher, index: BlindIndex): Kind {
  return {
    page: (after) => sql`SELECT d.id, d.address_index AS stored, n.user_id, m.phone, m.pending_phone,
        ARRAY(SELECT s.id || ' ' || encode(s.address, 'hex') FROM suppressions s
          WHERE s.user_id = n.user_id AND s.channel = 'sms' ORDER BY s.id LIMIT 20) AS suppressed, ${DATA_KEY_COLUMNS}
      FROM deliveries d JOIN notifications n ON n.id = d.notification_id JOIN data_keys k ON k.owner_id = n.user_id
        LEFT JOIN mfa_enrolments m ON m.user_id = n.user_id
      WHERE d.address_index IS NOT NULL AND d.id > ${after}::uuid ORDER BY d.id LIMIT ${PAGE}::int`,
    renew: (row) => {
      const stored = row.stored as Uint8Array;
      const { numbers, isDamaged } = numbersOf(row, cipher);
      const number = numbers.find((each) =>
        index.all('suppressions.sms', each).some((hash) => equalBytes(hash, stored)),
      );
      if (number === undefined && isDamaged) return null;
      const fresh = number === undefined ? null : suppressionIndex(index, 'sms', number);
      if (fresh !== null && equalBytes(fresh, stored)) return undefined;
      return sql`UPDATE deliveries SET address_index = ${fresh}::bytea
        WHERE id = ${row.id as string}::uuid AND address_index = ${stored}::bytea`;
    },
  };
}

function numbersOf(row: Row, cipher: FieldCipher) {
  const key = readDataKey(row);
  const enrolment = sealedRow(cipher, key, 'mfa_enrolments', row.user_id as string);
  const suppressed = (row.suppressed as readonly string[]).map((stored) => {
    const [id = '', address = ''] = stored.split(' ');
    return sealedRow(cipher, key, 'suppressions', id).optional('address', fromHex(address));
  });
  const own = [enrolment.optional('phone', row.phone), enrolment.optional('pending_phone', row.pending_phone)];
  return {
    numbers: [...own, ...suppressed].filter((number) => number !== null),
    isDamaged: enrolment.damaged.length > 0 || suppressed.includes(null),
  };
}

/** Of equal ones, which two instances may have made under different keys, one is enough. */
function suppressionKind(cipher: FieldCipher, index: BlindIndex): Kind {
  return {
    page: (after) => sql`SELECT s.id, s.channel, s.address, s.address_index AS stored, ${DATA_KEY_COLUMNS}
      FROM suppressions s JOIN data_keys k ON k.owner_id = s.user_id WHERE s.id > ${after}::uuid ORDER BY s.id LIMIT ${PAGE}::int`,
    renew: (row) => {
      const id = row.id as string;
      const address = sealedRow(cipher, readDataKey(row), 'suppressions', id).optional('address', row.address);
      if (address === null) return null;
      const fresh = suppressionIndex(index, row.channel as SuppressedChannel, address);
      if (equalBytes(row.stored as Uint8Array, fresh)) return undefined;
      return sql`WITH doubled AS (DELETE FROM suppressions s USING suppressions o WHERE s.id = ${id}::uuid AND o.id <> s.id
            AND o.user_id = s.user_id AND o.channel = s.channel AND o.address_index = ${fresh}::bytea RETURNING s.id)
          UPDATE suppressions SET address_index = ${fresh}::bytea WHERE id = ${id}::uuid AND id NOT IN (SELECT id FROM doubled)`;
    },
  };
}

/** Requests are compared with the hash under the current key. Hashes of sites are compared under each key, and for a day only. */
function blockKind(cipher: FieldCipher, index: BlindIndex): Kind {
  return {
    page: (after) => sql`SELECT b.id, b.range, b.range_index AS stored, ${DATA_KEY_COLUMNS}
      FROM ip_blocks b JOIN data_keys k ON k.owner_id = b.id WHERE b.id > ${after}::uuid ORDER BY b.id LIMIT ${PAGE}::int`,
    renew: (row) => {
      const id = row.id as string;
      const range = sealedRow(cipher, readDataKey(row), 'ip_blocks', id).optional('range', row.range);
      if (range === null) return null;
      const fresh = rangeIndex(index, range);
      if (equalBytes(row.stored as Uint8Array, fresh)) return undefined;
      // One that stands under the current key already says the same.
      return sql`WITH renewed AS (
          UPDATE ip_blocks SET range_index = ${fresh}::bytea WHERE id = ${id}::uuid AND NOT EXISTS (
            SELECT FROM ip_blocks o WHERE o.range_index = ${fresh}::bytea AND o.lifted_at IS NULL AND ip_blocks.lifted_at IS NULL
              AND tstzrange(o.created_at, o.ends_at) && tstzrange(ip_blocks.created_at, ip_blocks.ends_at)) RETURNING 1)
        UPDATE address_rules SET blocks_version = blocks_version + 1 WHERE EXISTS (SELECT FROM renewed)`;
    },
  };
}

/** An open finding is found by the address, so that it grows. One that is open under the current key already goes on alone. */
function findingKind(cipher: FieldCipher, index: BlindIndex): Kind {
  return {
    page: (after) => sql`SELECT f.id, f.address, f.address_index AS stored, ${DATA_KEY_COLUMNS} FROM security_findings f
      JOIN data_keys k ON k.owner_id = f.id WHERE f.address_index IS NOT NULL AND f.id > ${after}::uuid ORDER BY f.id LIMIT ${PAGE}::int`,
    renew: (row) => {
      const id = row.id as string;
      const address = sealedRow(cipher, readDataKey(row), 'security_findings', id).optional('address', row.address);
      if (address === null) return null;
      const fresh = addressIndex(index, address);
      if (equalBytes(row.stored as Uint8Array, fresh)) return undefined;
      return sql`UPDATE security_findings f SET address_index = ${fresh}::bytea WHERE f.id = ${id}::uuid AND NOT EXISTS (
        SELECT FROM security_findings o WHERE o.rule = f.rule AND o.address_index = ${fresh}::bytea AND o.closed_at IS NULL AND f.closed_at IS NULL)`;
    },
  };
}

/** Of two rows with one address, which two instances may have made under different keys, the one under the current key stays. */
function pushKind(cipher: FieldCipher, index: BlindIndex): Kind {
  return {
    page: (after) => sql`SELECT p.id, p.target, p.target_index AS stored, ${DATA_KEY_COLUMNS}
      FROM push_subscriptions p JOIN data_keys k ON k.owner_id = p.user_id WHERE p.id > ${after}::uuid ORDER BY p.id LIMIT ${PAGE}::int`,
    renew: (row) => {
      const id = row.id as string;
      const opened = sealedRow(cipher, readDataKey(row), 'push_subscriptions', id);
      const target = opened.json<PushTarget>('target', row.target);
      if (target === null) return null;
      const fresh = pushIndex(index, target);
      if (equalBytes(row.stored as Uint8Array, fresh)) return undefined;
      return sql`WITH doubled AS (DELETE FROM push_subscriptions p USING push_subscriptions o WHERE p.id = ${id}::uuid
            AND o.id <> p.id AND o.target_index = ${fresh}::bytea RETURNING p.id)
          UPDATE push_subscriptions SET target_index = ${fresh}::bytea WHERE id = ${id}::uuid AND id NOT IN (SELECT id FROM doubled)`;
    },
  };
}

/** The hashes of the patient search are replaced together, unless the account changes meanwhile. */
function searchKind(cipher: FieldCipher, index: BlindIndex): Kind {
  return {
    page: (
      after,
    ) => sql`SELECT u.id, u.first_name, u.last_name, u.date_of_birth, u.phone_number, u.version, ${DATA_KEY_COLUMNS},
        ARRAY(SELECT encode(s.token, 'hex') FROM person_search s WHERE s.user_id = u.id ORDER BY s.token) AS stored
      FROM users u JOIN data_keys k ON k.owner_id = u.id
      WHERE u.deleted_at IS NULL AND u.id > ${after}::uuid ORDER BY u.id LIMIT ${PAGE}::int`,
    renew: (row) => {
      const person = sealedRow(cipher, readDataKey(row), 'users', row.id as string);
      const fields = {
        firstName: person.text('first_name', row.first_name),
        lastName: person.text('last_name', row.last_name),
        dateOfBirth: person.optional('date_of_birth', row.date_of_birth),
        phoneNumber: person.optional('phone_number', row.phone_number),
      };
      if (person.damaged.length > 0) return null;
      const isStored = searchTokens(index, fields).join() === (row.stored as readonly string[]).join();
      return isStored ? undefined : indexPerson(index, row.id as string, fields, row.version as number);
    },
  };
}

/** An erased person's documents of the clinic are found by no tag. */
function fileTagsKind(cipher: FieldCipher, index: BlindIndex): Kind {
  return {
    page: (after) => sql`SELECT f.id, f.origin, f.details, f.clinical_details,
        ARRAY(SELECT encode(hash, 'hex') FROM unnest(f.tag_hashes) hash) AS hashes, ${DATA_KEY_COLUMNS}
      FROM files f JOIN data_keys k ON k.owner_id = f.patient_id
      WHERE f.tag_hashes <> '{}' AND f.id > ${after}::uuid ORDER BY f.id LIMIT ${PAGE}::int`,
    renew: (row) => {
      const id = row.id as string;
      const opened = sealedRow(cipher, readDataKey(row), 'files', id);
      const details =
        row.origin === 'own'
          ? opened.json<FileDetails>('details', row.details)
          : opened.json<FileDetails>('clinical_details', row.clinical_details);
      if (details === null) return null;
      const fresh = details.tags.map((tag) => tagHash(index, tag));
      const stored = row.hashes as readonly string[];
      if (fresh.map(toHex).join() === stored.join()) return undefined;
      const was = arrayOf(stored.map(fromHex));
      return sql`UPDATE files SET tag_hashes = ${arrayOf(fresh)} WHERE id = ${id}::uuid AND tag_hashes = ${was}`;
    },
  };
}

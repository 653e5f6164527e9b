/** Stored answers to requests that carry an idempotency key (R31). */
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex, utf8 } from '../../../domain/shared/bytes.ts';
import type { IdempotencyRecord, StoredAnswer } from '../../../domain/shared/database.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { at, DATA_KEY_COLUMNS, readDataKey, row, type Sql, type SqlLoad, sql } from '../driver/sql.ts';
import { sealedRow, sealingRow } from '../sealed/sealed-row.ts';

/** Clients choose their keys freely, so a key may contain personal data: only its hash is stored. */
function hashKey(key: string): string {
  return toHex(sha256(utf8(key)));
}

/** Deletes the stored answer if it has expired, so that the key may be used again, then stores the new one. */
export function idempotencyStatements(record: IdempotencyRecord, cipher: FieldCipher): Sql[] {
  const key = hashKey(record.key);
  const { personKey } = record;
  const body = sealingRow(cipher, personKey, 'idempotency_keys', `${record.scope} ${key}`).text('body', record.body);
  return [
    sql`DELETE FROM idempotency_keys
        WHERE scope = ${record.scope} AND key = ${key} AND expires_at <= ${at(record.createdAt)}`,
    sql`INSERT INTO idempotency_keys (scope, key, person_id, fingerprint, status, location, body, created_at, expires_at)
        VALUES (${record.scope}, ${key}, ${personKey.ownerId}::uuid, ${record.fingerprint}::bytea, ${record.status}::int, ${record.location},
          ${body}::bytea, ${at(record.createdAt)}, ${at(record.expiresAt)})`,
  ];
}

/** The answer that is stored under a scope and a key: `gone` if it can no longer be read. */
export function storedAnswer(
  scope: string,
  key: string,
  now: Instant,
  cipher: FieldCipher,
): SqlLoad<StoredAnswer | 'gone' | undefined> {
  return row(
    sql`SELECT i.fingerprint, i.status, i.location, i.body, ${DATA_KEY_COLUMNS}
        FROM idempotency_keys i LEFT JOIN data_keys k ON k.owner_id = i.person_id
        WHERE i.scope = ${scope} AND i.key = ${hashKey(key)} AND i.expires_at > ${at(now)}`,
    (found) => {
      // The person was erased: the answer was emptied then, or was written concurrently under a key that is now
      // destroyed.
      if (found.body === null || found.key_owner === null) return 'gone';
      const sealed = sealedRow(cipher, readDataKey(found), 'idempotency_keys', `${scope} ${hashKey(key)}`);
      const body = sealed.optional('body', found.body);
      // Already executed; its answer is damaged and cannot be repeated, so do not run it again.
      if (body === null) return 'gone';
      return {
        fingerprint: found.fingerprint as Uint8Array,
        status: found.status as number,
        location: found.location as string | null,
        body,
      };
    },
  );
}

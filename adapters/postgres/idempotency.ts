/** Stored answers to requests that may come again (R31). */
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex, utf8 } from '../../domain/shared/bytes.ts';
import type { IdempotencyRecord } from '../../domain/shared/database.ts';
import type { DataKey, FieldCipher } from '../../domain/shared/ports.ts';
import type { Instant } from '../../domain/shared/time.ts';
import { at, row, type Sql, type SqlLoad, sql } from './sql.ts';

const FIELD = 'idempotency_keys.body';

/** Clients make their keys of whatever they like; hashed, none is stored. */
function hashKey(key: string): string {
  return toHex(sha256(utf8(key)));
}

export interface StoredAnswer {
  readonly fingerprint: Uint8Array;
  readonly status: number;
  readonly location: string | null;
  readonly body: string;
}

/** An expired key may be used anew. */
export function idempotencyStatements(record: IdempotencyRecord, cipher: FieldCipher): Sql[] {
  const key = hashKey(record.key);
  const body = cipher.seal(record.dataKey, FIELD, record.body);
  return [
    sql`DELETE FROM idempotency_keys
        WHERE scope = ${record.scope} AND key = ${key} AND expires_at <= ${at(record.createdAt)}`,
    sql`INSERT INTO idempotency_keys (scope, key, fingerprint, status, location, body, created_at, expires_at)
        VALUES (${record.scope}, ${key}, ${record.fingerprint}::bytea, ${record.status}::int, ${record.location},
          ${body}::bytea, ${at(record.createdAt)}, ${at(record.expiresAt)})`,
  ];
}

export function storedAnswer(
  scope: string,
  key: string,
  dataKey: DataKey,
  now: Instant,
  cipher: FieldCipher,
): SqlLoad<StoredAnswer | undefined> {
  return row(
    sql`SELECT fingerprint, status, location, body FROM idempotency_keys
        WHERE scope = ${scope} AND key = ${hashKey(key)} AND expires_at > ${at(now)}`,
    (found) => ({
      fingerprint: found.fingerprint as Uint8Array,
      status: found.status as number,
      location: found.location as string | null,
      body: cipher.open(dataKey, FIELD, found.body as Uint8Array),
    }),
  );
}

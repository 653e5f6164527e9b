/** The template tag of the one SQL dialect, and the fragments that statements share. */
import sql, { empty, join, raw, type Sql } from 'sql-template-tag';
import { fromHex } from '../../../domain/shared/bytes.ts';
import type { Load } from '../../../domain/shared/changes.ts';
import type { RecordedLoad } from '../../../domain/shared/database.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { Row } from './driver.ts';

export { empty, join, raw, type Sql, sql };

/** An instant as a statement parameter. */
export function at(instant: Instant): string {
  return new Date(instant).toISOString();
}

export function atOrNull(instant: Instant | null): string | null {
  return instant === null ? null : at(instant);
}

/** Condition for rows after a cursor in a list sorted by time and id, both descending. */
export function isAfter(time: Sql, id: Sql, place: { readonly at: Instant; readonly id: string } | null): Sql {
  return place === null ? sql`true` : sql`(${time}, ${id}) < (${at(place.at)}::timestamptz, ${place.id}::uuid)`;
}

/** Statements that run together, and the function that reads their rows. */
export interface SqlLoad<T> extends Load<T> {
  readonly statements: readonly Sql[];
  readonly read: (results: readonly (readonly Row[])[]) => T;
}

/** Runs one statement and reads all its rows. */
export function rows<T>(statement: Sql, read: (row: Row) => T): SqlLoad<T[]> {
  return { statements: [statement], read: ([result = []]) => result.map(read) };
}

/** Runs one statement that returns at most one row. */
export function row<T>(statement: Sql, read: (row: Row) => T): SqlLoad<T | undefined> {
  return {
    statements: [statement],
    read: ([result]) => {
      const first = result?.[0];
      return first === undefined ? undefined : read(first);
    },
  };
}

/** Runs no statement. */
export const none: SqlLoad<undefined> = { statements: [], read: () => undefined };

/** Combines several loads into one, by name. */
export function together<M extends Readonly<Record<string, SqlLoad<unknown>>>>(
  loads: M,
): SqlLoad<{ -readonly [K in keyof M]: M[K] extends SqlLoad<infer T> ? T : never }> {
  const entries = Object.entries(loads);
  return {
    statements: entries.flatMap(([, load]) => load.statements),
    read: (results) => {
      let next = 0;
      const read = entries.map(([name, load]) => {
        const own = results.slice(next, next + load.statements.length);
        next += load.statements.length;
        return [name, load.read(own)] as const;
      });
      return Object.fromEntries(read) as { -readonly [K in keyof M]: M[K] extends SqlLoad<infer T> ? T : never };
    },
  };
}

/**
 * A load of medical records, with a statement that returns in order whose they are: one row each, in the column
 * `stream`.
 */
export interface SqlRecordedLoad<T> extends RecordedLoad<T> {
  readonly load: SqlLoad<T>;
  readonly streams: Sql;
}

/**
 * Wraps a guarded statement: the whole batch fails if it touched no row.
 * @param statement ends with `RETURNING`
 * @param what names the aggregate in the conflict
 */
export function guarded(statement: Sql, what: string): Sql {
  return sql`WITH touched AS (${statement}) SELECT require_applied(count(*), ${what}) FROM touched`;
}

/** Adds a column that tells whether the row is the same as before. */
export function withFingerprint(statement: Sql): Sql {
  return sql`SELECT fingerprinted.*, md5((fingerprinted.*)::text) AS fingerprint FROM (${statement}) fingerprinted`;
}

/** The name that the guard of the caller's session or API key reports. Deciding again would not help. */
export const CALLER_OVER = 'caller';

const PERSONAL_KEY = 'k.owner_id AS key_owner, k.ring_key_id, k.wrapped';

/** A person's key alone, under the alias `k`: only columns that every schema version has. */
export const PERSONAL_KEY_COLUMNS = raw(PERSONAL_KEY);

/** A person's key under the alias `k`, with the clinical key if the patient has one (R76). */
export const DATA_KEY_COLUMNS = raw(`${PERSONAL_KEY},
  (SELECT c.key_id || ' ' || d.ring_key_id || ' ' || encode(d.wrapped, 'hex')
   FROM clinical_keys c JOIN data_keys d ON d.owner_id = c.key_id WHERE c.patient_id = k.owner_id) AS clinical_key`);

export function readDataKey(row: Row): DataKey {
  return {
    ownerId: row.key_owner as string,
    ringKeyId: row.ring_key_id as string,
    wrapped: row.wrapped as Uint8Array,
    ...(typeof row.clinical_key === 'string' ? { clinical: parseClinicalKey(row.clinical_key) } : {}),
  };
}

function parseClinicalKey(text: string): DataKey {
  const [ownerId = '', ringKeyId = '', wrapped = ''] = text.split(' ');
  return { ownerId, ringKeyId, wrapped: fromHex(wrapped) };
}

/** The one SQL dialect: the template tag, and the small pieces that statements share. */
import sql, { empty, join, raw, type Sql } from 'sql-template-tag';
import { fromHex } from '../../../domain/shared/bytes.ts';
import type { Load } from '../../../domain/shared/changes.ts';
import type { RecordedLoad } from '../../../domain/shared/database.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { Row } from './driver.ts';

export { empty, join, raw, type Sql, sql };

/** An instant as a parameter. */
export function at(instant: Instant): string {
  return new Date(instant).toISOString();
}

export function atOrNull(instant: Instant | null): string | null {
  return instant === null ? null : at(instant);
}

/** Whether a row comes after the place in a list whose newest come first, and of those with the greatest id. */
export function isAfter(time: Sql, id: Sql, place: { readonly at: Instant; readonly id: string } | null): Sql {
  return place === null ? sql`true` : sql`(${time}, ${id}) < (${at(place.at)}::timestamptz, ${place.id}::uuid)`;
}

/** Statements that run together, and what their rows mean. */
export interface SqlLoad<T> extends Load<T> {
  readonly statements: readonly Sql[];
  readonly read: (results: readonly (readonly Row[])[]) => T;
}

/** Runs one statement and reads all its rows. */
export function rows<T>(statement: Sql, read: (row: Row) => T): SqlLoad<T[]> {
  return { statements: [statement], read: ([result = []]) => result.map(read) };
}

/** Runs one statement that finds one row or none. */
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

/** Several loads as one, under names. */
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

/** A load of medical records, and the statement that says, in order, whose: one row each, with a column `stream`. */
export interface SqlRecordedLoad<T> extends RecordedLoad<T> {
  readonly load: SqlLoad<T>;
  readonly streams: Sql;
}

/**
 * Wraps a guarded statement: the batch fails as a whole unless it touched a row.
 * @param statement ends with `RETURNING`
 * @param what names the aggregate, for the conflict
 */
export function guarded(statement: Sql, what: string): Sql {
  return sql`WITH touched AS (${statement}) SELECT require_applied(count(*), ${what}) FROM touched`;
}

/** What a guard names whose session or key is over: deciding again would change nothing. */
export const CALLER_OVER = 'caller';

const PERSONAL_KEY = 'k.owner_id AS key_owner, k.ring_key_id, k.wrapped';

/** A person's key alone under the alias `k`: columns that every schema has. */
export const PERSONAL_KEY_COLUMNS = raw(PERSONAL_KEY);

/** A person's key under the alias `k`, with the clinical key of a patient who has one (R76). */
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

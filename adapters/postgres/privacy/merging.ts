/** Merging two records of one patient as SQL, as `domain/privacy/catalogue/merging.ts` declares it. */
import { ENDED_TABLES, MOVING_TABLES, type MovingTable } from '../../../domain/privacy/catalogue/merging.ts';
import type { PrivacyChange } from '../../../domain/privacy/changes.ts';
import type { MovedBox, MovedRow, PatientMerge } from '../../../domain/privacy/merge.ts';
import type { DataKey, FieldCipher } from '../../../domain/shared/ports.ts';
import { namedPlace, type SealedPlace } from '../../../domain/shared/sealed-columns.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { at, guarded, join, raw, type Sql, sql } from '../driver/sql.ts';
import { countMissed, joinMissed } from '../scheduling/waitlist-changes.ts';
import { deletePersonsRows, emptyAccount } from './erasure.ts';
import { clear, fill, profileChanged, searchAnew } from './merge-parties.ts';

/** How many rows one statement moves. */
const CHUNK = 100;

/** Tables whose rows carry a version that a concurrent change is guarded by: it must not write what it sealed for the former owner. */
const VERSIONED: Readonly<Record<string, Sql>> = {
  appointments: sql`version = t.version + 1,
    local_version = CASE WHEN t.local_version = t.version THEN t.version + 1 ELSE t.local_version END`,
  waitlist_entries: sql`version = t.version + 1`,
  waitlist_offers: sql`version = t.version + 1`,
  files: sql`version = t.version + 1`,
  file_shares: sql`version = t.version + 1`,
};

const LIVE = sql`accepted_at IS NOT NULL AND o.revoked_at IS NULL`;

/** Rows of the table, under the alias `t`, that stay behind. */
export function staysBehind(table: string, survivor: string): Sql {
  switch (table) {
    case 'notifications':
      return sql`t.status NOT IN ('pending', 'scheduled')`;
    // Nobody acts for oneself, and nobody has the same proxy twice.
    case 'proxies':
      return sql`(t.patient_id = ${survivor}::uuid OR t.person_id IS NOT DISTINCT FROM ${survivor}::uuid
        OR (t.accepted_at IS NOT NULL AND t.revoked_at IS NULL AND EXISTS (SELECT FROM proxies o WHERE o.${LIVE} AND o.id <> t.id
          AND ((o.patient_id = ${survivor}::uuid AND o.person_id = t.person_id)
            OR (o.person_id = ${survivor}::uuid AND o.patient_id = t.patient_id)))))`;
    case 'file_shares':
      return sql`(t.revoked_at IS NULL AND EXISTS (SELECT FROM file_shares o
        WHERE o.file_id = t.file_id AND o.receiver_id = ${survivor}::uuid AND o.revoked_at IS NULL))`;
    case 'processing_limits':
      return sql`(t.lifted_at IS NULL AND EXISTS (SELECT FROM processing_limits o
        WHERE o.user_id = ${survivor}::uuid AND o.kind = t.kind AND o.lifted_at IS NULL))`;
    default:
      return sql`false`;
  }
}

/** Whether one of the columns names the person. */
export function names({ columns }: MovingTable, person: string): Sql {
  return sql`(${join(
    columns.map((column) => sql`t.${raw(column)} = ${person}::uuid`),
    ' OR ',
  )})`;
}

type MergeChange = Extract<
  PrivacyChange,
  { readonly type: 'patient.merged' | 'patient.unmerged' | 'patient.merge_finished' }
>;

export const mergeWriters: ChangeWriters<MergeChange> = {
  'patient.merged': ({ merge, survivorVersion, aliasVersion, filled, rows, key }, cipher) => {
    const { id, survivorId: to, aliasId: from } = merge;
    return [
      guarded(
        sql`UPDATE users SET version = version + 1, updated_at = ${at(merge.mergedAt)}${fill(filled, to, key, cipher)}
            WHERE id = ${to}::uuid AND version = ${survivorVersion}::int AND merged_into IS NULL RETURNING 1`,
        'user',
      ),
      guarded(
        sql`UPDATE users SET version = version + 1, updated_at = ${at(merge.mergedAt)}, status = 'closed',
              deleted_at = ${at(merge.mergedAt)}, merged_into = ${to}::uuid
            WHERE id = ${from}::uuid AND version = ${aliasVersion}::int AND merged_into IS NULL RETURNING 1`,
        'user',
      ),
      sql`INSERT INTO patient_merges (id, survivor_id, alias_id, alias_status, merged_by, merged_at, undo_until, filled, doubled)
          VALUES (${id}::uuid, ${to}::uuid, ${from}::uuid, ${merge.aliasStatus}, ${merge.mergedBy}::uuid,
            ${at(merge.mergedAt)}, ${at(merge.undoUntil)}, ${[...merge.filled]}::text[], ${[...merge.doubled]}::uuid[])`,
      ...(filled.length === 0 ? [] : profileChanged(to, filled)),
      ...chunks(rows).map(
        (some) => sql`INSERT INTO patient_merge_rows (merge_id, table_name, row_id, columns)
          VALUES ${join(
            some.map((row) => sql`(${id}::uuid, ${row.table}, ${row.id}::uuid, ${[...row.columns]}::text[])`),
          )}`,
      ),
      ...doubled(merge, sql`starts_at`),
      ...moves(rows, { from, to, key }, cipher),
      joinMissed(to),
      // What was added meanwhile, or could not be moved because it has changed, makes the command be decided again.
      ...MOVING_TABLES.map(
        (moving) => sql`SELECT require_applied((NOT EXISTS (SELECT FROM ${raw(moving.table)} t
          WHERE ${names(moving, from)} AND NOT ${staysBehind(moving.table, to)}))::int, 'merged rows')`,
      ),
      sql`UPDATE one_time_tokens SET used_at = ${at(merge.mergedAt)} WHERE user_id = ${from}::uuid AND used_at IS NULL`,
    ];
  },
  'patient.unmerged': ({ merge, survivorVersion, emptied, rows, key, by, at: now }, cipher) => {
    const { id, survivorId: from, aliasId: to, aliasStatus } = merge;
    return [
      guarded(
        sql`UPDATE patient_merges SET undone_at = ${at(now)}, undone_by = ${by}::uuid
            WHERE id = ${id}::uuid AND undone_at IS NULL AND undo_until > ${at(now)}::timestamptz RETURNING 1`,
        'patient_merge',
      ),
      guarded(
        sql`UPDATE users SET version = version + 1, updated_at = ${at(now)}, status = ${aliasStatus}, deleted_at = NULL,
              merged_into = NULL WHERE id = ${to}::uuid AND merged_into = ${from}::uuid RETURNING 1`,
        'user',
      ),
      guarded(
        sql`UPDATE users SET version = version + 1, updated_at = ${at(now)}${clear(emptied)}
            WHERE id = ${from}::uuid AND version = ${survivorVersion}::int RETURNING 1`,
        'user',
      ),
      searchAnew(to),
      ...(emptied.length === 0 ? [] : [searchAnew(from)]),
      ...doubled(merge, sql`NULL`),
      ...moves(rows, { from, to, key }, cipher),
      countMissed(from),
      countMissed(to),
      ...MOVING_TABLES.map(
        (
          moving,
        ) => sql`SELECT require_applied((NOT EXISTS (SELECT FROM patient_merge_rows r JOIN ${raw(moving.table)} t ON t.id = r.row_id
          WHERE r.merge_id = ${id}::uuid AND r.table_name = ${moving.table} AND ${stillOf(moving, from)}))::int, 'merged rows')`,
      ),
    ];
  },
  'patient.merge_finished': ({ id, at: now }) => [
    sql`DELETE FROM patient_merge_rows r USING patient_merges m
        WHERE m.id = r.merge_id AND m.id = ${id}::uuid AND m.undone_at IS NULL AND m.undo_until <= ${at(now)}::timestamptz`,
    ...finished(id, at(now)),
  ],
};

/**
 * Before the appointments move: whether the constraint counts the patient is decided when they do. One that was moved to the future
 * meanwhile is not marked.
 */
function doubled(merge: PatientMerge, start: Sql): Sql[] {
  if (merge.doubled.length === 0) return [];
  return [
    sql`UPDATE appointments SET doubled_at = ${start}
        WHERE id = ANY (${[...merge.doubled]}::uuid[]) AND ends_at <= ${at(merge.mergedAt)}`,
  ];
}

/** Whether a column that moved, in the row `r` of the list, names the person in `t`. */
export function stillOf({ columns }: MovingTable, person: string): Sql {
  return sql`(${join(
    columns.map((column) => sql`(${column} = ANY (r.columns) AND t.${raw(column)} = ${person}::uuid)`),
    ' OR ',
  )})`;
}

/** The alias's profile is emptied, and its credentials are deleted, as when a person is erased; its key and what stays remain. */
function finished(id: string, now: string): Sql[] {
  const alias = sql`(SELECT m.alias_id FROM patient_merges m JOIN users u ON u.id = m.alias_id
    WHERE m.id = ${id}::uuid AND m.undone_at IS NULL AND m.undo_until <= ${now}::timestamptz AND u.merged_into IS NOT NULL)`;
  return [...ENDED_TABLES.map((table) => deletePersonsRows(table, alias)), emptyAccount(alias, ['merged_into'])];
}

interface Hands {
  readonly from: string;
  readonly to: string;
  readonly key: DataKey;
}

function moves(rows: readonly MovedRow[], hands: Hands, cipher: FieldCipher): Sql[] {
  const alike = Map.groupBy(rows, ({ table, columns, boxes }) => `${table} ${columns.join()} ${boxes.length}`);
  const appointments = rows.filter(({ table }) => table === 'appointments').map(({ id }) => id);
  return [
    ...[...alike.values()].flatMap((group) => chunks(group).map((some) => moved(some, hands, cipher))),
    // A reminder is sent only for the version that it was made for.
    ...(appointments.length === 0
      ? []
      : [
          sql`UPDATE notifications n SET appointment_version = a.version FROM appointments a
              WHERE a.id = ANY(${appointments}::uuid[]) AND n.appointment_id = a.id
                AND n.appointment_version = a.version - 1 AND n.status IN ('pending', 'scheduled')`,
        ]),
  ];
}

/** Moves rows of one table that name the person in the same columns. */
function moved(rows: readonly MovedRow[], { from, to, key }: Hands, cipher: FieldCipher): Sql {
  const [{ table, columns, boxes }] = rows as readonly [MovedRow, ...MovedRow[]];
  const values = rows.map((row) => {
    const sealed = row.boxes.flatMap((box) => [
      sql`${box.stored}::bytea`,
      sql`${resealed(box, key, namedPlace(table, box.column, row.id), cipher)}::bytea`,
    ]);
    return sql`(${join([sql`${row.id}::uuid`, ...sealed])})`;
  });
  const named = join(
    ['id', ...boxes.flatMap(({ column }) => [`${column}_was`, `${column}_is`])].map((name) => raw(name)),
  );
  const set = [
    ...columns.map((column) => sql`${raw(column)} = ${to}::uuid`),
    ...boxes.map(({ column }) => sql`${raw(column)} = v.${raw(`${column}_is`)}`),
    ...(VERSIONED[table] === undefined ? [] : [VERSIONED[table]]),
  ];
  const unchanged = [
    ...columns.map((column) => sql`t.${raw(column)} = ${from}::uuid`),
    ...boxes.map(({ column }) => sql`t.${raw(column)} IS NOT DISTINCT FROM v.${raw(`${column}_was`)}`),
  ];
  return sql`UPDATE ${raw(table)} t SET ${join(set)} FROM (VALUES ${join(values)}) v (${named})
    WHERE t.id = v.id AND ${join(unchanged, ' AND ')}`;
}

/** A damaged value stays as it is stored: it may be repaired from a backup. */
function resealed(box: MovedBox, key: DataKey, place: SealedPlace, cipher: FieldCipher): Uint8Array | null {
  if (box.text === undefined || box.text === null) return box.stored;
  return cipher.seal(key, place, box.text);
}

function chunks<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / CHUNK) }, (_, n) => all.slice(n * CHUNK, (n + 1) * CHUNK));
}

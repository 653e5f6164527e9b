/** What merging two records of one patient, and undoing it, have to know. */
import { MOVING_TABLES, type MovingTable } from '../../../domain/privacy/catalogue/merging.ts';
import {
  MERGE_ROWS,
  type MergeId,
  type MergeState,
  type MovedBox,
  type MovedRow,
  type PatientMerge,
  type UndoState,
} from '../../../domain/privacy/merge.ts';
import type { ProfileField } from '../../../domain/privacy/merged-profile.ts';
import type { PrivacyLoads } from '../../../domain/privacy/ports.ts';
import type { AppointmentId, SessionId, UserId } from '../../../domain/shared/ids.ts';
import type { DataKey, FieldCipher } from '../../../domain/shared/ports.ts';
import { namedPlace, SEALED_TABLES, type SealedTable } from '../../../domain/shared/sealed-columns.ts';
import { knownRecord, mayActFor } from '../access/record-access.ts';
import type { Row } from '../driver/driver.ts';
import { join, raw, readDataKey, row, type Sql, type SqlLoad, type SqlRecordedLoad, sql } from '../driver/sql.ts';
import { mergedParties, parties, readMergedParty, readParty } from './merge-parties.ts';
import { names, staysBehind, stillOf } from './merging.ts';

type MergeLoads = Pick<PrivacyLoads, 'mergeState' | 'undoState' | 'mergesRead' | 'mergedInto' | 'merge'>;

export function createMergeLoads(cipher: FieldCipher): MergeLoads {
  return {
    mergeState: (survivorId, aliasId) => mergeState(survivorId, aliasId, cipher),
    undoState: (survivorId, mergeId) => undoState(survivorId, mergeId, cipher),
    merge: (id) => row(sql`SELECT ${MERGE_COLUMNS} FROM patient_merges m WHERE m.id = ${id}::uuid`, readMerge),
    mergesRead: (patientId, viewer, { after, limit }): SqlRecordedLoad<PatientMerge[] | undefined> => {
      const known = knownRecord(patientId, viewer);
      const newest = sql`ORDER BY m.id DESC LIMIT ${limit + 1}::int`;
      const isLater = after === null ? sql`true` : sql`m.id < ${after}::uuid`;
      // A page of each, in the order of its index.
      const as = (column: Sql) =>
        sql`(SELECT m.id FROM patient_merges m WHERE ${column} = ${patientId}::uuid AND ${isLater} ${newest})`;
      const merges = sql`SELECT ${MERGE_COLUMNS} FROM patient_merges m
        WHERE m.id IN (${as(sql`m.survivor_id`)} UNION ALL ${as(sql`m.alias_id`)}) AND EXISTS (${known}) ${newest}`;
      return {
        load: {
          statements: [known, merges],
          read: ([patient, found = []]) => (patient?.[0] === undefined ? undefined : found.map(readMerge)),
        },
        streams: known,
      };
    },
    mergedInto: (ids, viewer) =>
      row(
        sql`SELECT u.merged_into FROM users u
            WHERE u.id = ANY (${[...ids]}::uuid[]) AND u.merged_into IS NOT NULL AND ${mayActFor(sql`u.merged_into`, viewer)} LIMIT 1`,
        ({ merged_into }) => merged_into as UserId,
      ),
  };
}

function mergeState(survivorId: UserId, aliasId: UserId, cipher: FieldCipher): SqlLoad<MergeState | undefined> {
  return {
    statements: [
      parties(survivorId, aliasId),
      overlapsOf(survivorId, aliasId),
      sql`SELECT EXISTS (SELECT FROM proxies y WHERE y.accepted_at IS NOT NULL AND y.revoked_at IS NULL
            AND ((y.patient_id = ${survivorId}::uuid AND y.person_id = ${aliasId}::uuid)
              OR (y.patient_id = ${aliasId}::uuid AND y.person_id = ${survivorId}::uuid))) AS related`,
      sql`SELECT id FROM sessions WHERE user_id = ${aliasId}::uuid AND revoked_at IS NULL`,
      sql`SELECT key_hash FROM api_keys WHERE user_id = ${aliasId}::uuid AND revoked_at IS NULL`,
      ...MOVING_TABLES.map((moving) => {
        const condition = sql`${names(moving, aliasId)} AND NOT ${staysBehind(moving.table, survivorId)}`;
        return movable(moving, aliasId, condition);
      }),
    ],
    read: ([found = [], overlaps = [], related = [], sessions = [], keys = [], ...tables]) => {
      const survivor = found.find(({ id }) => id === survivorId);
      const alias = found.find(({ id }) => id === aliasId);
      if (survivor === undefined || alias === undefined) return undefined;
      const read = MOVING_TABLES.flatMap((moving, n) => movedRows(moving, tables[n] ?? [], readDataKey(alias), cipher));
      return {
        survivor: readParty(survivor, cipher),
        alias: readParty(alias, cipher),
        overlaps: overlaps.map((each) => ({
          survivorAppointmentId: each.survivors as AppointmentId,
          aliasAppointmentId: each.aliases as AppointmentId,
          endsAt: each.ends_at as number,
        })),
        areProxies: related[0]?.related === true,
        rows: read.slice(0, MERGE_ROWS + 1),
        aliasSessions: sessions.map(({ id }) => id as SessionId),
        aliasApiKeys: keys.map(({ key_hash }) => key_hash as Uint8Array),
      };
    },
  };
}

function undoState(survivorId: UserId, mergeId: MergeId, cipher: FieldCipher): SqlLoad<UndoState | undefined> {
  return {
    statements: [
      sql`SELECT ${MERGE_COLUMNS} FROM patient_merges m JOIN users u ON u.id = m.survivor_id
          WHERE m.id = ${mergeId}::uuid AND m.survivor_id = ${survivorId}::uuid AND u.deleted_at IS NULL`,
      mergedParties(mergeId),
      ...MOVING_TABLES.map((moving) =>
        movable(
          moving,
          survivorId,
          sql`r.merge_id = ${mergeId}::uuid AND r.table_name = ${moving.table} AND ${stillOf(moving, survivorId)}`,
          'listed',
        ),
      ),
    ],
    read: ([merges, persons = [], ...tables]) => {
      const [found] = merges ?? [];
      if (found === undefined) return undefined;
      const merge = readMerge(found);
      const parties = persons.map((person) => readMergedParty(person, cipher));
      const survivor = parties.find(({ id }) => id === merge.survivorId);
      const alias = parties.find(({ id }) => id === merge.aliasId);
      if (survivor === undefined || alias === undefined) return undefined;
      return {
        merge,
        survivor,
        alias,
        rows: MOVING_TABLES.flatMap((moving, n) => movedRows(moving, tables[n] ?? [], survivor.dataKey, cipher)),
      };
    },
  };
}

const MERGE_COLUMNS =
  raw(`m.id, m.survivor_id, m.alias_id, m.alias_status, m.merged_by, m.merged_at, m.undo_until, m.filled, m.doubled,
  m.undone_by, m.undone_at`);

function readMerge(found: Row): PatientMerge {
  return {
    id: found.id as MergeId,
    survivorId: found.survivor_id as UserId,
    aliasId: found.alias_id as UserId,
    aliasStatus: found.alias_status as PatientMerge['aliasStatus'],
    mergedBy: found.merged_by as UserId,
    mergedAt: found.merged_at as number,
    undoUntil: found.undo_until as number,
    filled: found.filled as ProfileField[],
    doubled: found.doubled as AppointmentId[],
    undone: found.undone_at === null ? null : { by: found.undone_by as UserId, at: found.undone_at as number },
  };
}

/** What the constraint would refuse: both take part in something at one time. */
function overlapsOf(survivorId: string, aliasId: string): Sql {
  return sql`SELECT q.appointment_id AS survivors, p.appointment_id AS aliases, GREATEST(upper(p.busy), upper(q.busy)) AS ends_at
    FROM appointment_participants p JOIN appointment_participants q ON q.participant_id = ${survivorId}::uuid
      AND q.role = 'patient' AND q.active AND q.busy && p.busy
    WHERE p.participant_id = ${aliasId}::uuid AND p.role = 'patient' AND p.active AND p.participant_id <> q.participant_id
    ORDER BY ends_at DESC, p.appointment_id, q.appointment_id LIMIT ${MERGE_ROWS + 1}::int`;
}

/** The column of a moving table that says under whose key its rows are sealed; undefined if it does not move, or nothing is sealed. */
function keyColumn({ table, columns }: MovingTable): string | undefined {
  const owner = table === 'notifications' ? 'user_id' : SEALED_TABLES[table as SealedTable]?.owner;
  return owner !== undefined && columns.includes(owner) ? owner : undefined;
}

function sealedColumns(moving: MovingTable): readonly string[] {
  return keyColumn(moving) === undefined ? [] : Object.keys(SEALED_TABLES[moving.table as SealedTable].columns);
}

/** Rows that name the person, with the columns that do, and with what is sealed under that person's key. */
function movable(moving: MovingTable, person: string, condition: Sql, list: 'unlisted' | 'listed' = 'unlisted'): Sql {
  const { table, columns } = moving;
  const isListed = list === 'listed';
  // A message may have a key of its own.
  const ownKey = table === 'notifications' ? sql`t.key_owner IS NOT NULL` : sql`false`;
  return sql`SELECT t.id, ${ownKey} AS has_own_key, ${isListed ? sql`r.columns` : sql`NULL::text[]`} AS listed, ${join([
    ...columns.map((column) => sql`coalesce(t.${raw(column)} = ${person}::uuid, false) AS ${raw(`names_${column}`)}`),
    ...sealedColumns(moving).map((column) => sql`t.${raw(column)}`),
  ])} FROM ${raw(table)} t ${isListed ? sql`JOIN patient_merge_rows r ON r.row_id = t.id` : sql``}
    WHERE ${condition} ORDER BY t.id LIMIT ${MERGE_ROWS + 1}::int`;
}

function movedRows(moving: MovingTable, found: readonly Row[], key: DataKey, cipher: FieldCipher): MovedRow[] {
  return found.map((each) => {
    const listed = each.listed as readonly string[] | null;
    const columns = moving.columns.filter(
      (column) => each[`names_${column}`] === true && (listed === null || listed.includes(column)),
    );
    const isResealed = columns.some((column) => column === keyColumn(moving)) && each.has_own_key !== true;
    const row = { table: moving.table, id: each.id as string, columns };
    return {
      ...row,
      boxes: isResealed ? sealedColumns(moving).map((column) => readBox(row, column, each, key, cipher)) : [],
    };
  });
}

function readBox(
  { table, id }: Pick<MovedRow, 'table' | 'id'>,
  column: string,
  found: Row,
  key: DataKey,
  cipher: FieldCipher,
): MovedBox {
  const place = namedPlace(table, column, id);
  const stored = (found[column] ?? null) as Uint8Array | null;
  const box = { column, stored, clinical: place.clinical };
  if (stored === null) return { ...box, text: null };
  const opened = cipher.open(key, place, stored);
  return { ...box, text: opened.ok ? opened.value : undefined };
}

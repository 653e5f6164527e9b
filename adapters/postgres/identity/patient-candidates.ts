/**
 * Who may be found by a search, so that a page costs the same in a small and in a large clinic (ADR 0211). Everything that patients
 * are searched by is a list that an index holds in the order of ids: those who have a term, and those in relation with a doctor. Of
 * the list with the fewest entries the first are read, and each is looked up in the others.
 */
import type { SearchTerm } from '../../../domain/identity/patient-search.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { BlindIndex } from '../../../domain/shared/ports.ts';
import type { Viewer } from '../../../domain/shared/viewer.ts';
import { join, type Sql, sql } from '../driver/sql.ts';
import { isOneOf, tokensOf } from '../sealed/person-search.ts';
import { visibleTo } from './loads.ts';

/** How many entries of a list are read for a page when they are looked up in other lists. */
const READ = 1_000;
/** The same when there is no other list, so that nearly all of them are shown: for each entry of the page. */
const READ_OF_ONLY_LIST = 4;

export interface Candidates {
  /** Ids of those who are shown, `limit + 1` at most. */
  readonly found: Sql;
  /** The column `further`: where the next page begins when candidates were left out, else NULL. Nothing if the page is full. */
  readonly further: Sql;
}

interface Place {
  readonly after: UserId | null;
  readonly limit: number;
}

const NIL = '00000000-0000-0000-0000-000000000000';

export function candidates(
  lookups: readonly (readonly SearchTerm[])[],
  index: BlindIndex,
  viewer: Viewer,
  { after, limit }: Place,
): Candidates {
  const place = sql`${after ?? NIL}::uuid`;
  const isRelated = viewer.role === 'doctor';
  const atMost = lookups.length === 1 && !isRelated ? READ_OF_ONLY_LIST * (limit + 1) : READ;
  const lists = lookups.map((terms, list) => sql`(${list}::int, ${termArray(terms, index, place, atMost)})`);
  const fewest = sql`SELECT l.list, l.ids FROM (VALUES ${join(lists)}) l (list, ids)
    ORDER BY cardinality(l.ids), l.ids[${atMost}::int] DESC LIMIT 1`;
  // A cursor holds the last id of a list that is cut off. For doctors that is one of their own patients.
  const lead = isRelated
    ? sql`SELECT CASE WHEN t.is_complete THEN t.list END AS list,
        CASE WHEN t.is_complete THEN t.ids ELSE ${relationArray(viewer, place, atMost)} END AS ids
      FROM (SELECT f.*, cardinality(f.ids) < ${atMost}::int AS is_complete FROM (${fewest}) f) t`
    : fewest;
  // A value and not EXISTS, for which PostgreSQL may read the whole list of the term instead of one entry.
  const having = lookups.map(
    (terms, list) => sql`(l.list = ${list}::int OR (
      SELECT true FROM person_search s WHERE s.user_id = c.id AND ${isOneOf(sql`s.token`, index, terms)} LIMIT 1))`,
  );
  // Sorted before accounts are read, so that these are read until the page is full.
  const havingAll = sql`SELECT c.id FROM (${lead}) l, unnest(l.ids) c (id) WHERE ${join(having, ' AND ')} ORDER BY c.id OFFSET 0`;
  const found = sql`SELECT u.id FROM (${havingAll}) c JOIN users u ON u.id = c.id
    WHERE u.role = 'patient' AND u.deleted_at IS NULL AND ${visibleTo(viewer)} ORDER BY c.id LIMIT ${limit + 1}::int`;
  return { found, further: sql`SELECT l.ids[${atMost}::int] AS further FROM (${lead}) l` };
}

/** The first ids after the place of those who have one of the terms. */
function termArray(terms: readonly SearchTerm[], index: BlindIndex, place: Sql, atMost: number): Sql {
  return firstOf(
    tokensOf(index, terms).map(
      (
        token,
      ) => sql`(SELECT s.user_id AS id FROM person_search s WHERE s.token = ${token}::bytea AND s.user_id > ${place}
        ORDER BY s.user_id LIMIT ${atMost}::int)`,
    ),
    atMost,
  );
}

/**
 * The first ids after the place of those in relation with the doctor, as `isPatientOf` decides it for one of them. Patients come often,
 * so the index of appointments is searched from each patient to the next.
 */
function relationArray({ userId, emergency }: Viewer, place: Sql, atMost: number): Sql {
  const doctor = sql`${userId}::uuid`;
  const next = (before: Sql) => sql`(SELECT r.patient_id FROM appointments r
    WHERE r.doctor_id = ${doctor} AND r.status <> 'held' AND r.patient_id > ${before} ORDER BY r.patient_id LIMIT 1)`;
  return firstOf(
    [
      sql`(WITH RECURSIVE met (id) AS (SELECT ${next(place)} UNION ALL SELECT ${next(sql`m.id`)} FROM met m WHERE m.id IS NOT NULL)
        SELECT m.id FROM met m WHERE m.id IS NOT NULL LIMIT ${atMost}::int)`,
      sql`(SELECT g.id FROM users g WHERE g.registered_by = ${doctor} AND g.id > ${place} ORDER BY g.id LIMIT ${atMost}::int)`,
      sql`(SELECT r.patient_id FROM appointment_participants x JOIN appointments r ON r.id = x.appointment_id
        WHERE x.participant_id = ${doctor} AND x.additional AND r.patient_id > ${place})`,
      ...(emergency === null
        ? []
        : [
            sql`(SELECT g.patient_id FROM emergency_accesses g WHERE g.id = ${emergency.id}::uuid AND g.patient_id > ${place})`,
          ]),
    ],
    atMost,
  );
}

function firstOf(lists: readonly Sql[], atMost: number): Sql {
  return sql`ARRAY(SELECT c.id FROM (${join(lists, ' UNION ')}) c (id) ORDER BY c.id LIMIT ${atMost}::int)`;
}

/**
 * Who may be found by a search, so that a page costs the same in a small and in a large clinic (ADR 0211). Everything that patients
 * are searched by is a list that an index holds in the order of ids: those who have a term, and those in relation with a doctor. Of
 * the list with the fewest entries the first are read, and each is looked up in the others.
 */
import type { SearchTerm } from '../../../domain/identity/patient-search.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { BlindIndex } from '../../../domain/shared/ports.ts';
import type { Viewer } from '../../../domain/shared/viewer.ts';
import { NIL, patientsOf } from '../access/record-access.ts';
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

export function candidates(
  lookups: readonly (readonly SearchTerm[])[],
  index: BlindIndex,
  viewer: Viewer,
  { after, limit }: Place,
): Candidates {
  const place = after === null ? NIL : sql`${after}::uuid`;
  const isRelated = viewer.role === 'doctor';
  const atMost = lookups.length === 1 && !isRelated ? READ_OF_ONLY_LIST * (limit + 1) : READ;
  const lists = lookups.map((terms, list) => sql`(${list}::int, ${termArray(terms, index, place, atMost)})`);
  const fewest = sql`SELECT l.list, l.ids FROM (VALUES ${join(lists)}) l (list, ids)
    ORDER BY cardinality(l.ids), l.ids[${atMost}::int] DESC LIMIT 1`;
  // A cursor holds the last id of a list that is cut off. For doctors that is one of their own patients.
  const lead = isRelated
    ? sql`SELECT CASE WHEN t.is_complete THEN t.list END AS list,
        CASE WHEN t.is_complete THEN t.ids ELSE ${firstOf(patientsOf(viewer, place, atMost), atMost)} END AS ids
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
  const lists = tokensOf(index, terms).map(
    (token) => sql`(SELECT s.user_id AS id FROM person_search s WHERE s.token = ${token}::bytea AND s.user_id > ${place}
        ORDER BY s.user_id LIMIT ${atMost}::int)`,
  );
  return firstOf(join(lists, ' UNION '), atMost);
}

/** The first of the ids that a query has. */
function firstOf(ids: Sql, atMost: number): Sql {
  return sql`ARRAY(SELECT c.id FROM (${ids}) c (id) ORDER BY c.id LIMIT ${atMost}::int)`;
}

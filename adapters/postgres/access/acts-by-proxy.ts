/** Events in which a proxy acted. */
import { type Sql, sql } from '../driver/sql.ts';

/** The person's record, and those that were merged into it. */
export function recordsOf(person: Sql): Sql {
  return sql`(SELECT ${person} AS id UNION ALL SELECT a.id FROM users a WHERE a.merged_into = ${person})`;
}

/** Whether the stream is of none of the person's records. */
export function isOfOthers(stream: Sql, person: Sql): Sql {
  return sql`${stream} NOT IN (SELECT o.id::text FROM ${recordsOf(person)} o)`;
}

/**
 * As the index `audit_events_by_proxy` has it: a patient acted in the record of somebody else.
 * @param event the alias of the row of `audit_events`
 */
export function byProxy(event: Sql): Sql {
  return sql`${event}.stream <> ${event}.actor_id::text
    AND (${event}.details -> 'onBehalfOf' IS NOT NULL OR ${event}.details ->> 'actorRole' = 'patient')`;
}

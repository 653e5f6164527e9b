/** Search of audit events. Each condition is supported by an index of migration 0018. */
import type { EventFilter, EventPlace, ShownEvent } from '../../../domain/audit/ports.ts';
import type { BlindIndex, FieldCipher } from '../../../domain/shared/ports.ts';
import { at, isAfter, join, rows, type Sql, type SqlLoad, type SqlRecordedLoad, sql } from '../driver/sql.ts';
import { addressIndexes } from '../sealed/sealed-row.ts';
import { EVENT_COLUMNS, readShownEvent, SHOWN_COLUMNS, SHOWN_TABLES } from './rows.ts';

/**
 * The conditions on `audit_events e`. Only those that are asked for: the planner then sees which index serves. Reused
 * wherever events are counted or grouped.
 */
export function eventConditions(filter: EventFilter, index: BlindIndex): Sql {
  const { subject, actor, type, category, severity, outcome, requestId, resourceType, resourceId } = filter;
  const { address, from, to } = filter;
  const asked: readonly (Sql | null)[] = [
    subject === null ? null : ofSubject(subject),
    actor === null ? null : sql`e.actor_id = ${actor}::uuid`,
    type === null ? null : sql`e.event_type = ${type}`,
    category === null ? null : sql`e.event_category = ${category}`,
    severity === null ? null : sql`e.severity = ${severity}${isGrave(severity)}`,
    outcome === null
      ? null
      : sql`e.outcome = ${outcome}${outcome === 'success' ? sql`` : sql` AND e.outcome <> 'success'`}`,
    requestId === null ? null : sql`e.request_id = ${requestId}`,
    resourceType === null ? null : sql`e.resource_type = ${resourceType}`,
    resourceId === null ? null : sql`e.resource_id = ${resourceId}`,
    address === null
      ? null
      : sql`e.id IN (SELECT event_id FROM audit_addresses WHERE address_index = ANY (${addressIndexes(index, address)}::bytea[]))`,
    from === null ? null : sql`e.occurred_at >= ${at(from)}::timestamptz`,
    to === null ? null : sql`e.occurred_at < ${at(to)}::timestamptz`,
  ];
  const conditions = asked.filter((condition) => condition !== null);
  return conditions.length === 0 ? sql`true` : join(conditions, ' AND ');
}

/** With the streams of records that were merged into the person's. */
export function ofSubject(subject: string): Sql {
  if (subject === 'system') return sql`e.stream = 'system'`;
  return sql`e.stream = ANY (ARRAY(SELECT ${subject}::text UNION ALL
    SELECT a.id::text FROM users a WHERE a.merged_into = ${subject}::uuid))`;
}

/** Says what the partial index says: a parameter alone does not tell the planner. */
function isGrave(severity: string): Sql {
  return ['high', 'critical'].includes(severity) ? sql` AND e.severity IN ('high', 'critical')` : sql``;
}

export function createSearchLoads(cipher: FieldCipher, index: BlindIndex) {
  const shown = (filter: EventFilter, after: EventPlace | null, limit: number): SqlLoad<ShownEvent[]> =>
    rows(
      sql`SELECT ${EVENT_COLUMNS}, ${SHOWN_COLUMNS} FROM ${SHOWN_TABLES}
          WHERE ${eventConditions(filter, index)} AND ${isAfter(sql`e.occurred_at`, sql`e.id`, after)}
          ORDER BY e.occurred_at DESC, e.id DESC LIMIT ${limit}::int`,
      (found) => readShownEvent(found, cipher),
    );
  return {
    search: (
      filter: EventFilter,
      { after, limit }: { readonly after: EventPlace | null; readonly limit: number },
    ): SqlRecordedLoad<ShownEvent[]> => ({
      load: shown(filter, after, limit + 1),
      streams: searchedFor(filter.subject),
    }),
    searchMore: shown,
  };
}

/** The person searched for; the portal's own stream where there is none. */
function searchedFor(subject: string | null): Sql {
  if (subject === null || subject === 'system') return sql`SELECT 'system' AS stream`;
  return sql`SELECT coalesce((SELECT id::text FROM users WHERE id = ${subject}::uuid), 'system') AS stream`;
}

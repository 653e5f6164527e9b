/** Search of audit events. Each condition is supported by an index of migrations 0018 and 0075. */
import { ALL_PLATFORM_STREAMS, PLATFORM } from '../../../domain/audit/platform-streams.ts';
import type { EventFilter, EventPlace, ShownEvent } from '../../../domain/audit/ports.ts';
import type { BlindIndex, FieldCipher } from '../../../domain/shared/ports.ts';
import { at, isAfter, join, raw, rows, type Sql, type SqlLoad, type SqlRecordedLoad, sql } from '../driver/sql.ts';
import { addressIndexes } from '../sealed/sealed-row.ts';
import { EVENT_COLUMNS, readShownEvent, SHOWN_COLUMNS, SHOWN_TABLES, SHOWN_WITH } from './rows.ts';

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
    severity === null ? null : sql`e.severity = ${severity}`,
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

/** With the streams of records that were merged into the person's; for the platform, all of its streams. */
export function ofSubject(subject: string): Sql {
  return sql`e.stream = ANY (ARRAY(${streamsOf(subject)}))`;
}

function streamsOf(subject: string): Sql {
  if (subject === PLATFORM) return sql`SELECT s.stream FROM unnest(${[...ALL_PLATFORM_STREAMS]}::text[]) s (stream)`;
  return sql`SELECT ${subject}::text AS stream UNION ALL SELECT a.id::text FROM users a WHERE a.merged_into = ${subject}::uuid`;
}

export function createSearchLoads(cipher: FieldCipher, index: BlindIndex) {
  const shown = (filter: EventFilter, after: EventPlace | null, limit: number): SqlLoad<ShownEvent[]> => {
    const { subject } = filter;
    const newest = sql`ORDER BY e.occurred_at DESC, e.id DESC LIMIT ${limit}::int`;
    const isNext = isAfter(sql`e.occurred_at`, sql`e.id`, after);
    // A page of each stream. One condition on all of them makes PostgreSQL read the log by time.
    const pageOf = (stream: Sql) => sql`(SELECT e.* FROM audit_events e
      WHERE e.stream = ${stream} AND ${eventConditions({ ...filter, subject: null }, index)} AND ${isNext} ${newest})`;
    const events =
      subject === null
        ? sql`${SHOWN_TABLES} WHERE ${eventConditions(filter, index)} AND ${isNext}`
        : subject === PLATFORM
          ? sql`(${join(
              ALL_PLATFORM_STREAMS.map((stream) => pageOf(raw(`'${stream}'`))),
              ' UNION ALL ',
            )}) e ${SHOWN_WITH}`
          : sql`(${streamsOf(subject)}) s CROSS JOIN LATERAL ${pageOf(sql`s.stream`)} e ${SHOWN_WITH}`;
    return rows(sql`SELECT ${EVENT_COLUMNS}, ${SHOWN_COLUMNS} FROM ${events} ${newest}`, (found) =>
      readShownEvent(found, cipher),
    );
  };
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
  if (subject === null || subject === PLATFORM) return sql`SELECT 'system' AS stream`;
  return sql`SELECT coalesce((SELECT id::text FROM users WHERE id = ${subject}::uuid), 'system') AS stream`;
}

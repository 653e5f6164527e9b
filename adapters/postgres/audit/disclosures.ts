/** Who touched whose record: one person's history, and everybody whom one actor reached. */
import type { HistoryPage } from '../../../domain/audit/own-history.ts';
import { PLATFORM } from '../../../domain/audit/platform-streams.ts';
import type {
  Affected,
  AffectedPage,
  AffectedPerson,
  AffectedQuestion,
  HistoryEvent,
} from '../../../domain/audit/ports.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { Role } from '../../../domain/shared/permissions.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import { byProxy, isOfOthers, recordsOf } from '../access/acts-by-proxy.ts';
import { actsFor } from '../access/record-access.ts';
import { isOfPlatform, personOfStream } from '../commit/platform-streams.ts';
import type { Row } from '../driver/driver.ts';
import { at, DATA_KEY_COLUMNS, raw, readDataKey, rows, type Sql, type SqlLoad, sql } from '../driver/sql.ts';
import { sealedRow } from '../sealed/sealed-row.ts';
import { EVENT_COLUMNS, readShownEvent, SHOWN_COLUMNS, SHOWN_WITH } from './rows.ts';

/**
 * The streams of the person and of records that were merged into the person's, and what was done from these accounts for other
 * patients; each is read from its end.
 */
export function historyOf(userId: UserId, page: HistoryPage, cipher: FieldCipher): SqlLoad<HistoryEvent[]> {
  const { before, limit, from, to, now } = page;
  const isBefore =
    before === null
      ? sql`true`
      : sql`h.occurred_at <= ${at(before.at)}::timestamptz
          AND (h.occurred_at, h.sequence, h.id) < (${at(before.at)}::timestamptz, ${before.sequence}::bigint, ${before.id}::uuid)`;
  const newest = (condition: Sql) => sql`SELECT h.stream, h.sequence, h.occurred_at, h.id FROM audit_events h
    WHERE ${condition} AND ${isBefore}
      AND ${from === null ? sql`true` : sql`h.occurred_at >= ${at(from)}::timestamptz`}
      AND ${to === null ? sql`true` : sql`h.occurred_at < ${at(to)}::timestamptz`}
    ORDER BY h.occurred_at DESC, h.sequence DESC LIMIT ${limit + 1}::int`;
  const reader = sql`${userId}::uuid`;
  const mine = recordsOf(reader);
  return rows(
    sql`SELECT ${EVENT_COLUMNS}, ${SHOWN_COLUMNS}, ${isOfOthers(sql`e.stream`, reader)} AS is_others,
          f.first_name AS patient_first_name, f.last_name AS patient_last_name
        FROM (SELECT e.* FROM (SELECT n.stream, n.sequence FROM (
            SELECT own.* FROM ${mine} s CROSS JOIN LATERAL (${newest(sql`h.stream = s.id::text`)}) own
            UNION ALL
            SELECT act.* FROM ${mine} s CROSS JOIN LATERAL (
              ${newest(sql`h.actor_id = s.id AND ${byProxy(sql`h`)} AND ${isOfOthers(sql`h.stream`, reader)}`)}) act
          ) n ORDER BY n.occurred_at DESC, n.sequence DESC, n.id DESC LIMIT ${limit + 1}::int
        ) n JOIN audit_events e ON e.stream = n.stream AND e.sequence = n.sequence) e ${SHOWN_WITH}
        LEFT JOIN users f ON f.id = ${raw(personOfStream('e.stream'))} AND f.status <> 'closed' AND ${actsFor(userId, sql`f.id`, now)}
        ORDER BY e.occurred_at DESC, e.sequence DESC, e.id DESC`,
    (found) => ({
      ...readShownEvent(found, cipher),
      patient: found.is_others === true ? { id: found.stream as UserId, name: patientName(found, cipher) } : null,
    }),
  );
}

function patientName(found: Row, cipher: FieldCipher): string | null {
  if (found.stream_key_owner !== found.stream || found.patient_first_name === null) return null;
  const key = {
    ownerId: found.stream_key_owner as string,
    ringKeyId: found.stream_ring_key_id as string,
    wrapped: found.stream_wrapped as Uint8Array,
  };
  const sealed = sealedRow(cipher, key, 'users', found.stream as string);
  return `${sealed.text('first_name', found.patient_first_name)} ${sealed.text('last_name', found.patient_last_name)}`;
}

/** The index on actor and time finds the events; refused ones reached nobody. A record that was merged is the survivor's. */
export function affectedBy(
  { actorId, from, to }: AffectedQuestion,
  { after, limit }: AffectedPage,
  cipher: FieldCipher,
): SqlLoad<Affected> {
  const touched = sql`FROM audit_events e
      LEFT JOIN users m ON m.id = ${raw(personOfStream('e.stream'))} AND m.merged_into IS NOT NULL
      CROSS JOIN LATERAL (SELECT CASE WHEN ${isOfPlatform('e.stream')} THEN ${PLATFORM} ELSE coalesce(m.merged_into::text, e.stream) END AS id) p
    WHERE e.actor_id = ${actorId}::uuid AND e.occurred_at >= ${at(from)}::timestamptz
      AND e.occurred_at < ${at(to)}::timestamptz AND e.outcome <> 'failure' AND p.id <> ${actorId}`;
  return {
    statements: [
      sql`SELECT a.*, u.role, u.first_name, u.last_name, ${DATA_KEY_COLUMNS} FROM (
            SELECT p.id AS person, count(*) AS events, count(*) FILTER (WHERE e.phi_accessed) AS phi_events,
              count(*) FILTER (WHERE e.data_exported) AS exports, array_agg(DISTINCT e.event_type) AS event_types,
              min(e.occurred_at) AS first_at, max(e.occurred_at) AS last_at
            ${touched} AND p.id <> ${PLATFORM} AND (${after}::text IS NULL OR p.id > ${after})
            GROUP BY p.id ORDER BY p.id LIMIT ${limit + 1}::int
          ) a LEFT JOIN users u ON u.id = a.person::uuid AND u.status <> 'closed'
            LEFT JOIN data_keys k ON k.owner_id = u.id
          ORDER BY a.person`,
      sql`SELECT count(DISTINCT p.id) FILTER (WHERE p.id <> ${PLATFORM}) AS persons,
            count(*) FILTER (WHERE p.id <> ${PLATFORM}) AS events,
            count(*) FILTER (WHERE p.id = ${PLATFORM}) AS unattributed ${touched}`,
    ],
    read: ([persons = [], totalRows = []]) => {
      const [totals] = totalRows;
      return {
        persons: persons.map((found) => readPerson(found, cipher)),
        personCount: (totals?.persons ?? 0) as number,
        eventCount: (totals?.events ?? 0) as number,
        unattributed: (totals?.unattributed ?? 0) as number,
      };
    },
  };
}

function readPerson(found: Row, cipher: FieldCipher): AffectedPerson {
  const sealed =
    found.key_owner === null ? null : sealedRow(cipher, readDataKey(found), 'users', found.person as string);
  return {
    userId: found.person as UserId,
    name:
      sealed === null
        ? null
        : `${sealed.text('first_name', found.first_name)} ${sealed.text('last_name', found.last_name)}`.trim(),
    role: found.role as Role | null,
    events: found.events as number,
    phiEvents: found.phi_events as number,
    exports: found.exports as number,
    eventTypes: found.event_types as string[],
    firstAt: found.first_at as number,
    lastAt: found.last_at as number,
  };
}

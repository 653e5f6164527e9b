/** Deliveries that were given up, and messages that no channel has taken. */
import { SENDING_CHANNELS } from '../../../domain/notifications/categories.ts';
import { UNREACHED_REASONS } from '../../../domain/notifications/changes.ts';
import type { DeadLetter, DeadLetterFilter } from '../../../domain/notifications/lists.ts';
import type { NotificationLoads } from '../../../domain/notifications/ports.ts';
import type { NotificationStatus } from '../../../domain/notifications/states.ts';
import type { NotificationId, UserId } from '../../../domain/shared/ids.ts';
import type { MessageCategory } from '../../../domain/shared/messages.ts';
import type { Row } from '../driver/driver.ts';
import { at, raw, row, rows, type Sql, type SqlRecordedLoad, sql } from '../driver/sql.ts';

const COLUMNS = sql`d.id, d.notification_id, n.user_id, d.channel, n.category, n.template, d.state, d.reason, d.provider, d.attempts,
  d.outcome_unknown, n.key_owner IS NOT NULL AS is_gone, d.created_at`;

/** Of `notifications n`: no channel has taken it. As in the index `notifications_unreached`. */
export const UNREACHED = sql`((n.status = 'dead' AND n.routed_at IS NULL) OR (n.status = 'skipped' AND n.routed_at IS NOT NULL
  AND n.last_error IN (${raw(UNREACHED_REASONS.map((reason) => `'${reason}'`).join(', '))})))`;
const MAY_HAVE_ARRIVED = sql`EXISTS (SELECT FROM deliveries e WHERE e.notification_id = n.id AND e.outcome_unknown)`;
const MESSAGE_COLUMNS = sql`n.id, n.id AS notification_id, n.user_id, NULL::text AS channel, n.category, n.template,
  CASE WHEN ${UNREACHED} THEN 'dead' ELSE n.status END AS state, n.last_error AS reason, NULL::text AS provider, n.attempts,
  ${MAY_HAVE_ARRIVED} AS outcome_unknown, n.key_owner IS NOT NULL AS is_gone, n.created_at`;

export const deadLetterLoads: Pick<
  NotificationLoads,
  'deadLettersRead' | 'deadLetter' | 'redrivable' | 'deadLetterCounts'
> = {
  deadLetterCounts: (most) => {
    const some = sql`LIMIT ${most}::int`;
    const counts = sql`SELECT c.channel, d.n FROM unnest(${[...SENDING_CHANNELS]}::text[]) c (channel), LATERAL (SELECT count(*)::int AS n
          FROM (SELECT 1 FROM deliveries e WHERE e.channel = c.channel AND e.state = 'dead' ${some}) f) d
        UNION ALL SELECT 'none', count(*)::int FROM (SELECT 1 FROM notifications n WHERE ${UNREACHED} ${some}) f`;
    return rows(counts, (found) => ({ channel: found.channel as string, count: found.n as number }));
  },
  deadLettersRead: ({ channel, after, limit }): SqlRecordedLoad<DeadLetter[]> => {
    const most = sql`LIMIT ${limit + 1}::int`;
    const isNext = (id: Sql) => (after === null ? sql`true` : sql`${id} < ${after}::uuid`);
    const channels = channel === null ? SENDING_CHANNELS : channel === 'none' ? [] : [channel];
    // A page of each channel, and of these the newest: one list by time would leave out what other channels have given up.
    const deliveries = sql`SELECT ${COLUMNS} FROM unnest(${[...channels]}::text[]) c (channel),
        LATERAL (SELECT * FROM deliveries e WHERE e.channel = c.channel AND e.state = 'dead' AND ${isNext(sql`e.id`)}
          ORDER BY e.id DESC ${most}) d
        JOIN notifications n ON n.id = d.notification_id`;
    const messages = sql`(SELECT ${MESSAGE_COLUMNS} FROM notifications n WHERE ${UNREACHED} AND ${isNext(sql`n.id`)}
        ORDER BY n.id DESC ${most})`;
    const both =
      channel === 'none' ? messages : channel === null ? sql`${deliveries} UNION ALL ${messages}` : deliveries;
    const page = sql`SELECT * FROM (${both}) b ORDER BY b.id DESC ${most}`;
    return {
      load: rows(page, readLetter),
      streams: sql`SELECT DISTINCT p.user_id::text AS stream FROM (${page}) p ORDER BY 1`,
    };
  },
  deadLetter: (id) =>
    row(
      sql`SELECT ${COLUMNS} FROM deliveries d JOIN notifications n ON n.id = d.notification_id WHERE d.id = ${id}::uuid
          UNION ALL SELECT ${MESSAGE_COLUMNS} FROM notifications n WHERE n.id = ${id}::uuid`,
      readLetter,
    ),
  redrivable: (filter, limit) => {
    const most = sql`LIMIT ${limit}::int`;
    const deliveries = sql`(SELECT ${COLUMNS} FROM deliveries d JOIN notifications n ON n.id = d.notification_id
        WHERE d.state = 'dead' AND NOT d.outcome_unknown AND n.key_owner IS NULL AND ${isWantedDelivery(filter)}
        ORDER BY d.id ${most})`;
    const messages = sql`(SELECT ${MESSAGE_COLUMNS} FROM notifications n WHERE ${redrivableMessage(filter)} ORDER BY n.id ${most})`;
    return rows(sql`SELECT * FROM (${deliveries} UNION ALL ${messages}) b ORDER BY b.id ${most}`, readLetter);
  },
};

/** Of `notifications n`. */
export function redrivableMessage({ channel, provider, since, after }: DeadLetterFilter): Sql {
  if ((channel !== null && channel !== 'none') || provider !== null) return sql`false`;
  return sql`${UNREACHED} AND n.key_owner IS NULL AND NOT ${MAY_HAVE_ARRIVED}
    AND ${after === null ? sql`true` : sql`n.id > ${after}::uuid`}
    AND ${since === null ? sql`true` : sql`n.created_at >= ${at(since)}::timestamptz`}`;
}

function isWantedDelivery({ channel, provider, since, after }: DeadLetterFilter): Sql {
  if (channel === 'none') return sql`false`;
  return sql`${channel === null ? sql`true` : sql`d.channel = ${channel}`}
    AND ${provider === null ? sql`true` : sql`d.provider = ${provider}`}
    AND ${after === null ? sql`true` : sql`d.id > ${after}::uuid`}
    AND ${since === null ? sql`true` : sql`d.created_at >= ${at(since)}::timestamptz`}`;
}

function readLetter(found: Row): DeadLetter {
  return {
    id: found.id as DeadLetter['id'],
    notificationId: found.notification_id as NotificationId,
    userId: found.user_id as UserId,
    channel: found.channel as DeadLetter['channel'],
    category: found.category as MessageCategory,
    template: found.template as string,
    state: found.state as NotificationStatus,
    reason: found.reason as string | null,
    provider: found.provider as string | null,
    attempts: found.attempts as number,
    isOutcomeUnknown: found.outcome_unknown as boolean,
    isGone: found.is_gone as boolean,
    createdAt: found.created_at as number,
  };
}

/** Deliveries that were given up. */
import { SENDING_CHANNELS, type SendingChannel } from '../../../domain/notifications/categories.ts';
import type { DeadLetter, DeadLetterFilter } from '../../../domain/notifications/lists.ts';
import type { NotificationLoads } from '../../../domain/notifications/ports.ts';
import type { DeliveryId, NotificationStatus } from '../../../domain/notifications/states.ts';
import type { NotificationId, UserId } from '../../../domain/shared/ids.ts';
import type { MessageCategory } from '../../../domain/shared/messages.ts';
import type { Row } from '../driver/driver.ts';
import { at, row, rows, type Sql, type SqlRecordedLoad, sql } from '../driver/sql.ts';

const COLUMNS = sql`d.id, d.notification_id, n.user_id, d.channel, n.category, n.template, d.state, d.reason, d.provider, d.attempts,
  d.outcome_unknown, n.key_owner IS NOT NULL AS is_gone, d.created_at`;
const LETTERS = sql`deliveries d JOIN notifications n ON n.id = d.notification_id`;

export const deadLetterLoads: Pick<NotificationLoads, 'deadLettersRead' | 'deadLetter' | 'redrivable'> = {
  deadLettersRead: ({ channel, after, limit }): SqlRecordedLoad<DeadLetter[]> => {
    // A page of each channel, and of these the newest: one list by time would leave out what other channels have given up.
    const page = sql`FROM unnest(${channel === null ? SENDING_CHANNELS : [channel]}::text[]) c (channel),
        LATERAL (SELECT * FROM deliveries e WHERE e.channel = c.channel AND e.state = 'dead'
          AND ${after === null ? sql`true` : sql`e.id < ${after}::uuid`} ORDER BY e.id DESC LIMIT ${limit + 1}::int) d
        JOIN notifications n ON n.id = d.notification_id
      ORDER BY d.id DESC LIMIT ${limit + 1}::int`;
    return {
      load: rows(sql`SELECT ${COLUMNS} ${page}`, readLetter),
      streams: sql`SELECT DISTINCT p.user_id::text AS stream FROM (SELECT n.user_id ${page}) p ORDER BY 1`,
    };
  },
  deadLetter: (id) => row(sql`SELECT ${COLUMNS} FROM ${LETTERS} WHERE d.id = ${id}::uuid`, readLetter),
  redrivable: (filter, limit) =>
    rows(
      sql`SELECT ${COLUMNS} FROM ${LETTERS} WHERE d.state = 'dead' AND NOT d.outcome_unknown AND n.key_owner IS NULL
            AND ${isWanted(filter)}
          ORDER BY d.id LIMIT ${limit}::int`,
      readLetter,
    ),
};

function isWanted({ channel, provider, since }: DeadLetterFilter): Sql {
  return sql`${channel === null ? sql`true` : sql`d.channel = ${channel}`}
    AND ${provider === null ? sql`true` : sql`d.provider = ${provider}`}
    AND ${since === null ? sql`true` : sql`d.created_at >= ${at(since)}::timestamptz`}`;
}

function readLetter(found: Row): DeadLetter {
  return {
    id: found.id as DeliveryId,
    notificationId: found.notification_id as NotificationId,
    userId: found.user_id as UserId,
    channel: found.channel as SendingChannel,
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

/** Changes of many messages in a few statements, with the same effect as one after another. */
import type { NotificationChange } from '../../../domain/notifications/changes.ts';
import { toHex } from '../../../domain/shared/bytes.ts';
import type { BlindIndex, FieldCipher } from '../../../domain/shared/ports.ts';
import { at, type Sql, sql } from '../driver/sql.ts';
import { suppressionIndex } from '../sealed/sealed-row.ts';
import { GONE_OUT, OPEN, routedState, stateOf, whyUnreached } from './deliveries.ts';

type Of<T extends NotificationChange['type']> = readonly Extract<NotificationChange, { readonly type: T }>[];
type Grouped = 'notification.routed' | 'delivery.begun' | 'delivery.sent' | 'push_subscription.used';

/** For two and more changes of one type in a batch. */
export const manyDeliveryWriters: {
  readonly [T in Grouped]: (changes: Of<T>, cipher: FieldCipher, index: BlindIndex) => Sql[];
} = {
  'notification.routed': manyRouted,
  'delivery.begun': (changes) => [
    allApplied(
      sql`UPDATE deliveries d SET provider = s.provider, outcome_unknown = true
          FROM ${table(changes.map(({ id, provider, freedBy }) => ({ id, provider, freed_by: freedBy })))}
            s (id uuid, provider text, freed_by text)
          WHERE d.id = s.id AND d.${OPEN} AND (NOT d.outcome_unknown OR d.provider IN (s.provider, s.freed_by)) RETURNING 1`,
      changes.length,
      'delivery',
    ),
  ],
  'delivery.sent': manySent,
  'push_subscription.used': manyUsed,
};

function table(rows: readonly object[]): Sql {
  return sql`json_to_recordset(${JSON.stringify(rows)}::json)`;
}

/** The whole batch fails unless each was changed. */
function allApplied(update: Sql, count: number, what: string): Sql {
  return sql`WITH touched AS (${update})
    SELECT require_applied((count(*) = ${count}::int)::int::bigint, ${what}) FROM touched`;
}

function manySent(changes: Of<'delivery.sent'>, _cipher: FieldCipher, index: BlindIndex): Sql[] {
  const ids = [...new Set(changes.map(({ notificationId }) => notificationId))];
  const rows = changes.map(({ id, notificationId, provider, providerId, number, at: now }) => ({
    ...{ id, notification_id: notificationId, at: at(now), provider, provider_id: providerId },
    address: number === null ? null : toHex(suppressionIndex(index, 'sms', number)),
  }));
  const sent = sql`${table(rows)} s (id uuid, notification_id uuid, at timestamptz, provider text, provider_id text, address text)`;
  return [
    // Its provider may have told already what became of it.
    sql`UPDATE deliveries d SET state = CASE WHEN d.reported_at IS NULL THEN 'sent' ELSE state END,
          reason = CASE WHEN d.reported_at IS NULL THEN NULL ELSE d.reason END, sent_at = s.at,
          provider = coalesce(s.provider, d.provider), provider_id = s.provider_id, attempts = d.attempts + 1,
          next_attempt_at = NULL, outcome_unknown = false, address_index = decode(s.address, 'hex')
        FROM ${sent} WHERE d.id = s.id`,
    sql`UPDATE notifications n SET status = CASE WHEN n.${GONE_OUT} THEN n.status ELSE b.state END,
          sent_at = coalesce(n.sent_at, g.at), provider_id = coalesce(n.provider_id, g.provider_id),
          attempts = n.attempts + g.count, next_attempt_at = NULL
        FROM (SELECT s.notification_id, min(s.at) AS at, min(s.provider_id) AS provider_id, count(*)::int AS count
              FROM ${sent} GROUP BY s.notification_id) g,
          LATERAL (SELECT d.state FROM deliveries d WHERE d.notification_id = g.notification_id
            ORDER BY array_position(ARRAY['read', 'delivered', 'sent', 'pending', 'scheduled', 'failed', 'dead', 'skipped'], d.state)
            LIMIT 1) b
        WHERE n.id = g.notification_id`,
    destroyOwnKeys(ids),
  ];
}

/** In id order: two batches can push to the same devices. */
function manyUsed(changes: Of<'push_subscription.used'>): Sql[] {
  const ids = [...new Set(changes.map(({ id }) => id))];
  return [
    sql`SELECT 1 FROM push_subscriptions WHERE id = ANY(${ids}::uuid[]) ORDER BY id FOR NO KEY UPDATE`,
    sql`UPDATE push_subscriptions p SET last_used_at = u.at
        FROM (SELECT s.id, max(s.at) AS at FROM ${table(changes.map(({ id, at: now }) => ({ id, at: at(now) })))}
          s (id uuid, at timestamptz) GROUP BY s.id) u
        WHERE p.id = u.id`,
  ];
}

function manyRouted(changes: Of<'notification.routed'>): Sql[] {
  const rows = changes.map(({ id, deliveries, isListed, at: now }) => {
    const isSent = deliveries.some(({ reason }) => reason === null);
    const why = isSent ? null : whyUnreached(deliveries);
    return { id, at: at(now), is_listed: isListed, status: routedState(deliveries, now), why };
  });
  const made = changes.flatMap(({ id: notificationId, deliveries, at: now }) =>
    deliveries.map(({ id, channel, subscriptionId, reason, sendAt }) => ({
      ...{ id, notification_id: notificationId, channel, state: stateOf(reason, sendAt, now), reason },
      ...{ subscription_id: subscriptionId, send_at: at(sendAt), created_at: at(now) },
    })),
  );
  const unsent = rows.filter(({ why }) => why !== null).map(({ id }) => id);
  return [
    allApplied(
      sql`UPDATE notifications n SET routed_at = s.at, is_listed = s.is_listed, status = s.status, last_error = s.why,
            next_attempt_at = NULL
          FROM ${table(rows)} s (id uuid, at timestamptz, is_listed boolean, status text, why text)
          WHERE n.id = s.id AND n.routed_at IS NULL AND n.status IN ('pending', 'scheduled', 'failed') RETURNING 1`,
      changes.length,
      'notification',
    ),
    sql`INSERT INTO deliveries (id, notification_id, channel, subscription_id, state, reason, send_at, created_at)
        SELECT s.id, s.notification_id, s.channel, s.subscription_id, s.state, s.reason, s.send_at, s.created_at FROM ${table(made)}
          s (id uuid, notification_id uuid, channel text, subscription_id uuid, state text, reason text, send_at timestamptz, created_at timestamptz)`,
    ...(unsent.length === 0 ? [] : [destroyOwnKeys(unsent)]),
  ];
}

/** Those of messages of which nothing is to be sent any more. */
function destroyOwnKeys(ids: readonly string[]): Sql {
  return sql`DELETE FROM data_keys WHERE owner_id IN (SELECT n.key_owner FROM notifications n
    WHERE n.id = ANY(${[...ids]}::uuid[]) AND n.key_owner IS NOT NULL
      AND NOT EXISTS (SELECT FROM deliveries d WHERE d.notification_id = n.id AND d.${OPEN}))`;
}

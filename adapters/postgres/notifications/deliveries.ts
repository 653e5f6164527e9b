/** Deliveries as SQL. A message has the best state that one of its deliveries has reached. */
import type { DeliveryChange, NotificationChange } from '../../../domain/notifications/changes.ts';
import { deliveryTopic } from '../../../domain/notifications/routing.ts';
import type { NotificationId } from '../../../domain/shared/ids.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { at, atOrNull, guarded, join, type Sql, sql } from '../driver/sql.ts';
import { suppressionIndex } from '../sealed/sealed-row.ts';

type Routed = Extract<NotificationChange, { readonly type: 'notification.routed' }>;

export const OPEN = sql`state IN ('pending', 'scheduled', 'failed')`;
/** A message that has gone out by one channel stays so, whatever becomes of the others. */
export const GONE_OUT = sql`status IN ('sent', 'delivered', 'read')`;

export const deliveryWriters: ChangeWriters<DeliveryChange | Routed> = {
  'notification.routed': routedStatements,
  'delivery.begun': ({ id, provider, freedBy }) => [
    guarded(
      sql`UPDATE deliveries SET provider = ${provider}, outcome_unknown = true
          WHERE id = ${id}::uuid AND ${OPEN} AND (NOT outcome_unknown OR provider IN (${provider}, ${freedBy})) RETURNING 1`,
      'delivery',
    ),
  ],
  'delivery.sent': ({ id, notificationId, provider, providerId, number, at: now }, _cipher, index) => [
    // Its provider may have told already what became of it.
    sql`UPDATE deliveries SET state = CASE WHEN reported_at IS NULL THEN 'sent' ELSE state END,
          reason = CASE WHEN reported_at IS NULL THEN NULL ELSE reason END,
          sent_at = ${at(now)}, provider = coalesce(${provider}, provider),
          provider_id = ${providerId}, attempts = attempts + 1, next_attempt_at = NULL, outcome_unknown = false,
          address_index = ${number === null ? null : suppressionIndex(index, 'sms', number)}::bytea
        WHERE id = ${id}::uuid`,
    sql`UPDATE notifications SET status = CASE WHEN ${GONE_OUT} THEN status ELSE ${best(notificationId)} END,
          sent_at = coalesce(sent_at, ${at(now)}), provider_id = coalesce(provider_id, ${providerId}),
          attempts = attempts + 1, next_attempt_at = NULL
        WHERE id = ${notificationId}::uuid`,
    destroyOwnKey(notificationId),
  ],
  'delivery.reported': ({ id, notificationId, from, state, reason, at: told, now }) => [
    guarded(
      sql`UPDATE deliveries SET state = ${state}, reason = ${reason}, next_attempt_at = NULL, outcome_unknown = false,
            delivered_at = CASE WHEN ${state === 'delivered'} THEN ${at(told)}::timestamptz END, reported_at = ${at(now)}
          WHERE id = ${id}::uuid AND state = ${from.state} AND (reported_at IS NOT NULL) = ${from.isReported} RETURNING 1`,
      'delivery',
    ),
    sql`UPDATE notifications SET status = ${best(notificationId)}, last_error = ${reason},
          delivered_at = (SELECT min(d.delivered_at) FROM deliveries d WHERE d.notification_id = ${notificationId}::uuid)
        WHERE id = ${notificationId}::uuid`,
    destroyOwnKey(notificationId),
  ],
  'delivery.held': ({ id, sendAt, reason, at: now }) => [
    sql`UPDATE deliveries SET state = ${sendAt > now ? 'scheduled' : 'pending'}, send_at = ${at(sendAt)}, next_attempt_at = NULL,
          reason = coalesce(${reason}, reason)
        WHERE id = ${id}::uuid AND ${OPEN}`,
    // Two jobs would send it twice.
    sql`UPDATE outbox SET state = 'done', finished_at = ${at(now)}, leased_until = NULL
        WHERE payload->>'deliveryId' = ${id} AND state IN ('pending', 'published')`,
  ],
  'delivery.rerouted': ({ id, notificationId, reason, instead, jobId, priority, at: now }) => [
    // Another delivery of the message may have taken this way already: then there is one job.
    sql`WITH opened AS (
          UPDATE deliveries SET state = 'pending', reason = NULL, send_at = ${at(now)}, next_attempt_at = NULL,
            subscription_id = ${instead.subscriptionId}::uuid
          WHERE id = ${instead.id}::uuid AND state = 'skipped' RETURNING id)
        INSERT INTO outbox (id, topic, payload, not_before, priority, created_at)
        SELECT ${jobId}::uuid, ${deliveryTopic(instead.channel)}, json_build_object('deliveryId', o.id), ${at(now)}, ${priority}::smallint, ${at(now)}
        FROM opened o`,
    sql`UPDATE deliveries SET state = 'skipped', reason = ${reason}, next_attempt_at = NULL WHERE id = ${id}::uuid AND ${OPEN}`,
    // Each delivery is judged again when it is sent, also by the channels that were asked for.
    sql`UPDATE notifications SET channels = array_append(channels, ${instead.channel}::text)
        WHERE id = ${notificationId}::uuid AND channels IS NOT NULL AND ${instead.channel} <> ALL(channels)`,
    destroyOwnKey(notificationId),
  ],
  'delivery.redriven': ({ id, notificationId, at: now }) => [
    guarded(
      sql`UPDATE deliveries SET state = 'pending', reason = NULL, attempts = 0, send_at = ${at(now)}, reported_at = NULL,
            provider_id = NULL
          WHERE id = ${id}::uuid AND state = 'dead' RETURNING 1`,
      'delivery',
    ),
    sql`UPDATE notifications SET status = 'pending', last_error = NULL WHERE id = ${notificationId}::uuid AND status = 'dead'`,
  ],
  'delivery.skipped': ({ id, notificationId, reason }) => [
    sql`UPDATE deliveries SET state = 'skipped', reason = ${reason}, next_attempt_at = NULL WHERE id = ${id}::uuid AND ${OPEN}`,
    // Without a device there is no address: nothing has reached the receiver, and a device that is registered later may get it.
    sql`UPDATE notifications SET status = 'skipped', last_error = ${reason === 'subscription_ended' ? 'no_address' : reason},
          next_attempt_at = NULL
        WHERE id = ${notificationId}::uuid AND NOT ${GONE_OUT} AND status <> 'dead' AND ${nothingIsOpen(notificationId)}`,
    destroyOwnKey(notificationId),
  ],
  'delivery.failed': (change) => {
    const { id, notificationId, error, provider, isOutcomeUnknown, counted, retryAt } = change;
    const attempts = sql`attempts = attempts + ${counted ? 1 : 0}::int`;
    return [
      sql`UPDATE deliveries SET state = ${retryAt === null ? 'dead' : 'failed'}, ${attempts}, reason = ${error},
            provider = ${provider}, outcome_unknown = ${isOutcomeUnknown}, next_attempt_at = ${atOrNull(retryAt)}
          WHERE id = ${id}::uuid AND ${OPEN}`,
      sql`UPDATE notifications SET ${attempts}, last_error = ${error}, next_attempt_at = ${atOrNull(retryAt)},
            status = CASE WHEN ${GONE_OUT} OR (${retryAt === null} AND NOT ${nothingIsOpen(notificationId)}) THEN status
              ELSE ${retryAt === null ? 'dead' : 'failed'} END
          WHERE id = ${notificationId}::uuid`,
      ...(retryAt === null ? [destroyOwnKey(notificationId)] : []),
    ];
  },
};

function routedStatements({ id, deliveries, isListed, at: now }: Routed): Sql[] {
  const isSent = deliveries.some(({ reason }) => reason === null);
  const status = routedState(deliveries, now);
  const why = whyUnreached(deliveries);
  return [
    guarded(
      sql`UPDATE notifications SET routed_at = ${at(now)}, is_listed = ${isListed},
            status = ${status}, last_error = ${isSent ? null : why}, next_attempt_at = NULL
          WHERE id = ${id}::uuid AND routed_at IS NULL AND status IN ('pending', 'scheduled', 'failed') RETURNING 1`,
      'notification',
    ),
    ...(deliveries.length === 0 ? [] : [insertion(id, deliveries, now)]),
    ...(isSent ? [] : [destroyOwnKey(id)]),
  ];
}

export function routedState(deliveries: Routed['deliveries'], now: Instant): string {
  const taken = deliveries.filter(({ reason }) => reason === null);
  if (taken.length === 0) return 'skipped';
  return taken.every(({ sendAt }) => sendAt > now) ? 'scheduled' : 'pending';
}

/** The reason of the first channel that the message may take. */
export function whyUnreached(deliveries: Routed['deliveries']): string {
  const asked = deliveries.find(({ reason }) => reason !== 'not_asked' && reason !== 'other_channel');
  return asked?.reason ?? 'not_chosen';
}

function insertion(notificationId: NotificationId, deliveries: Routed['deliveries'], now: Instant): Sql {
  const values = deliveries.map(
    ({ id, channel, subscriptionId, reason, sendAt }) =>
      sql`(${id}::uuid, ${notificationId}::uuid, ${channel}, ${subscriptionId}::uuid, ${stateOf(reason, sendAt, now)}, ${reason}, ${at(sendAt)}::timestamptz, ${at(now)}::timestamptz)`,
  );
  return sql`INSERT INTO deliveries (id, notification_id, channel, subscription_id, state, reason, send_at, created_at) VALUES ${join(values)}`;
}

export function stateOf(reason: string | null, sendAt: Instant, now: Instant): string {
  if (reason !== null) return 'skipped';
  return sendAt > now ? 'scheduled' : 'pending';
}

/** The best state that one of its deliveries has reached. */
function best(notificationId: NotificationId): Sql {
  return sql`(SELECT d.state FROM deliveries d WHERE d.notification_id = ${notificationId}::uuid
    ORDER BY array_position(ARRAY['read', 'delivered', 'sent', 'pending', 'scheduled', 'failed', 'dead', 'skipped'], d.state) LIMIT 1)`;
}

function nothingIsOpen(notificationId: NotificationId): Sql {
  return sql`NOT EXISTS (SELECT FROM deliveries d WHERE d.notification_id = ${notificationId}::uuid AND d.${OPEN})`;
}

/** Once nothing is to be sent any more, destroys the message's own key, if it has one: its variables can no longer be decrypted. */
export function destroyOwnKey(id: NotificationId): Sql {
  return sql`DELETE FROM data_keys
    WHERE owner_id = (SELECT key_owner FROM notifications WHERE id = ${id}::uuid) AND ${nothingIsOpen(id)}`;
}

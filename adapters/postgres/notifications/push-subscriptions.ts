/** Devices that get push messages, as SQL. */
import type { NotificationChange } from '../../../domain/notifications/changes.ts';
import type { NotificationLoads } from '../../../domain/notifications/ports.ts';
import type {
  PushDevice,
  PushKind,
  PushSubscription,
  PushSubscriptionChange,
  PushSubscriptionId,
  PushTarget,
} from '../../../domain/notifications/push-subscription.ts';
import type { SessionId } from '../../../domain/shared/ids.ts';
import type { BlindIndex, DataKey, FieldCipher } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { fewerThan } from '../commit/per-owner-limit.ts';
import type { Row } from '../driver/driver.ts';
import { at, atOrNull, DATA_KEY_COLUMNS, empty, guarded, readDataKey, row, rows, sql } from '../driver/sql.ts';
import { pushIndex, pushIndexes, sealedRow, sealingRow } from '../sealed/sealed-row.ts';

export const pushSubscriptionWriters: ChangeWriters<Extract<NotificationChange, PushSubscriptionChange>> = {
  'push_subscription.registered': (change, cipher, index) => {
    const { subscription, userId, dataKey, target, isNew, atMost } = change;
    const { id, kind, sessionId, createdAt, registeredAt, expiresAt } = subscription;
    const seal = sealingRow(cipher, dataKey, 'push_subscriptions', id);
    const [sealedTarget, label] = [seal.text('target', JSON.stringify(target)), seal.text('label', subscription.label)];
    return [
      ...fewerThan(
        atMost,
        userId,
        sql`SELECT count(*) FROM push_subscriptions WHERE user_id = ${userId}::uuid AND id <> ${id}::uuid`,
        'push_subscriptions',
      ),
      // Whoever registered the device at the same moment has renewed it, and was told of it then.
      ...(isNew
        ? [
            guarded(
              sql`SELECT 1 WHERE NOT EXISTS (SELECT FROM push_subscriptions
                WHERE user_id = ${userId}::uuid AND target_index ${pushIndexes(index, target)})`,
              'push_subscription',
            ),
          ]
        : []),
      sql`DELETE FROM push_subscriptions WHERE target_index ${pushIndexes(index, target)} AND id <> ${id}::uuid`,
      guarded(
        isNew
          ? sql`INSERT INTO push_subscriptions (id, user_id, session_id, kind, target, target_index, label, created_at, registered_at, expires_at)
                VALUES (${id}::uuid, ${userId}::uuid, ${sessionId}::uuid, ${kind}, ${sealedTarget}::bytea, ${pushIndex(index, target)}::bytea,
                  ${label}::bytea, ${at(createdAt)}::timestamptz, ${at(registeredAt)}::timestamptz, ${atOrNull(expiresAt)}::timestamptz)
                ON CONFLICT (target_index) DO NOTHING RETURNING 1`
          : // The address is the same, and with it the hash, unless that is to be made anew: that is not done here.
            sql`UPDATE push_subscriptions SET session_id = ${sessionId}::uuid, target = ${sealedTarget}::bytea, label = ${label}::bytea,
                  registered_at = ${at(registeredAt)}::timestamptz, expires_at = ${atOrNull(expiresAt)}::timestamptz
                WHERE id = ${id}::uuid AND user_id = ${userId}::uuid RETURNING 1`,
        'push_subscription',
      ),
    ];
  },
  'push_subscription.used': ({ id, at: now }) => [
    sql`UPDATE push_subscriptions SET last_used_at = ${at(now)}::timestamptz WHERE id = ${id}::uuid`,
  ],
  'push_subscription.ended': ({ id, registeredAt }) => [
    sql`DELETE FROM push_subscriptions WHERE id = ${id}::uuid
        ${registeredAt === null ? empty : sql`AND registered_at = ${at(registeredAt)}::timestamptz`}`,
  ],
};

type Loads = Pick<NotificationLoads, 'pushSubscriptions' | 'pushSubscriptionAt'>;

export function pushSubscriptionLoads(cipher: FieldCipher, index: BlindIndex): Loads {
  return {
    pushSubscriptions: (userId) =>
      rows(
        sql`SELECT p.id, p.kind, p.label, p.session_id, p.created_at, p.registered_at, p.last_used_at, p.expires_at, ${DATA_KEY_COLUMNS}
            FROM push_subscriptions p JOIN data_keys k ON k.owner_id = p.user_id
            WHERE p.user_id = ${userId}::uuid ORDER BY p.id`,
        (found): PushSubscription => ({
          id: found.id as PushSubscriptionId,
          kind: found.kind as PushKind,
          label: sealedRow(cipher, readDataKey(found), 'push_subscriptions', found.id as string).text(
            'label',
            found.label,
          ),
          sessionId: found.session_id as SessionId,
          createdAt: found.created_at as Instant,
          registeredAt: found.registered_at as Instant,
          lastUsedAt: found.last_used_at as Instant | null,
          expiresAt: found.expires_at as Instant | null,
        }),
      ),
    pushSubscriptionAt: (userId, target) =>
      row(
        sql`SELECT id FROM push_subscriptions WHERE user_id = ${userId}::uuid AND target_index ${pushIndexes(index, target)} LIMIT 1`,
        ({ id }) => id as PushSubscriptionId,
      ),
  };
}

/** The ids of the devices of the receiver `u`, the oldest first. */
export const DEVICES_COLUMN = sql`ARRAY(SELECT p.id::text FROM push_subscriptions p WHERE p.user_id = u.id ORDER BY p.id) AS devices`;

/** The device `p` of a delivery, with {@link DEVICE_JOIN}. */
export const DEVICE_COLUMNS = sql`p.id AS device_id, p.target AS device_target, p.registered_at AS device_registered_at`;
/** A message with a key of its own is pushed nowhere, and comes without the key of its receiver. */
export const DEVICE_JOIN = sql`LEFT JOIN push_subscriptions p
  ON p.id = d.subscription_id AND p.user_id = n.user_id AND n.key_owner IS NULL`;

export function readDevice(found: Row, key: DataKey, cipher: FieldCipher): PushDevice | null {
  if (found.device_id === null) return null;
  const id = found.device_id as PushSubscriptionId;
  const target = sealedRow(cipher, key, 'push_subscriptions', id).json<PushTarget>('target', found.device_target);
  return target === null ? null : { id, target, registeredAt: found.device_registered_at as Instant };
}

/** The changes of notifications as SQL, and their loads. */

import {
  announcementOf,
  type MessageDraft,
  type MessageVariables,
  type TemplateName,
} from '../../../domain/messages.ts';
import type { SendingChannel } from '../../../domain/notifications/categories.ts';
import type { NotificationChange } from '../../../domain/notifications/changes.ts';
import type {
  NotificationLoads,
  StoredDelivery,
  StoredNotification,
  UnsentNotification,
} from '../../../domain/notifications/ports.ts';
import { DEFAULT_PREFERENCES } from '../../../domain/notifications/preferences.ts';
import type { OtherDelivery } from '../../../domain/notifications/sending-day.ts';
import type { DeliveryId, NotificationStatus } from '../../../domain/notifications/states.ts';
import type { SuppressedChannel } from '../../../domain/notifications/suppression.ts';
import type { Clinic } from '../../../domain/scheduling/clinic-settings.ts';
import type { NotificationId, UserId } from '../../../domain/shared/ids.ts';
import type { BlindIndex, FieldCipher } from '../../../domain/shared/ports.ts';
import { UNREADABLE } from '../../../domain/shared/sealed-columns.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import type { Row } from '../driver/driver.ts';
import {
  at,
  atOrNull,
  DATA_KEY_COLUMNS,
  guarded,
  readDataKey,
  row,
  rows,
  type Sql,
  type SqlLoad,
  sql,
} from '../driver/sql.ts';
import { sealedRow, sealingRow } from '../sealed/sealed-row.ts';
import { alertWriters, createAlertLoads } from './alerts.ts';
import { deadLetterLoads, redrivableMessage, UNREACHED } from './dead-letter-loads.ts';
import { deliveryWriters, destroyOwnKey } from './deliveries.ts';
import { createListLoads } from './list-loads.ts';
import { preferenceLoads, preferenceWriters } from './preferences.ts';
import {
  DEVICE_COLUMNS,
  DEVICE_JOIN,
  pushSubscriptionLoads,
  pushSubscriptionWriters,
  readDevice,
} from './push-subscriptions.ts';
import { queueLoads } from './queue-loads.ts';
import { addressedLoad, RECEIVER_COLUMNS, RECEIVER_JOINS, readReceiver } from './receivers.ts';
import { remindersLoad, reminderWriters } from './reminders.ts';
import { sendingDayLoads, sendingDayWriters } from './sending-days.ts';
import { readSuppressed, SUPPRESSED_COLUMN } from './suppressed-addresses.ts';
import { suppressionLoads, suppressionWriters } from './suppressions.ts';
import { APPOINTMENT_COLUMNS, readAppointment } from './told-appointment.ts';
import { trackingLoads, trackingWriters } from './tracking.ts';

type Queued = Extract<NotificationChange, { readonly type: 'notification.queued' }>;

export const notificationWriters: ChangeWriters<NotificationChange> = {
  'notification.queued': (change, cipher) => {
    const { message } = change;
    const variables = sealingRow(cipher, message.dataKey, 'notifications', change.id).text(
      'variables',
      JSON.stringify(message.variables),
    );
    const { dataKey } = message;
    const isOwn = dataKey.ownerId !== message.userId;
    return [
      ...(isOwn
        ? [
            sql`INSERT INTO data_keys (owner_id, ring_key_id, wrapped, created_at)
                VALUES (${dataKey.ownerId}::uuid, ${dataKey.ringKeyId}, ${dataKey.wrapped}::bytea, ${at(change.createdAt)})`,
          ]
        : []),
      // Nobody can be told by mail who has no address: no message is made, and its job finds none.
      sql`INSERT INTO notifications (id, user_id, key_owner, channel, category, template, variables, status, send_at,
            useful_until, appointment_id, appointment_version, reminds_of, lead_minutes, channels, written_by, created_at)
          SELECT ${change.id}::uuid, ${message.userId}::uuid, ${isOwn ? dataKey.ownerId : null}::uuid, ${change.channel}, ${change.category},
            ${message.template}, ${variables}::bytea, ${change.sendAt > change.createdAt ? 'scheduled' : 'pending'},
            ${at(change.sendAt)}, ${atOrNull(message.usefulUntil ?? null)}, ${message.appointment?.id ?? null}::uuid,
            ${message.appointment?.version ?? null}::int, ${atOrNull(change.reminds?.start ?? null)}::timestamptz,
            ${change.reminds?.leadMinutes ?? null}::int,
            ${message.channels === undefined ? null : [...message.channels]}::text[], ${message.writtenBy ?? null}::uuid, ${at(change.createdAt)}
          WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = ${message.userId}::uuid AND u.status = 'no_account')`,
      ...(change.confirmation ? [newLink(change.id, change.confirmation)] : []),
    ];
  },
  'notification.skipped': ({ id, why }) => [
    sql`UPDATE notifications SET status = 'skipped', last_error = ${why}, next_attempt_at = NULL WHERE id = ${id}::uuid`,
    destroyOwnKey(id),
  ],
  'notification.redriven': ({ id }) => [
    guarded(
      sql`UPDATE notifications n SET status = 'pending', routed_at = NULL, last_error = NULL, attempts = 0
          WHERE n.id = ${id}::uuid AND ${UNREACHED} AND NOT EXISTS (SELECT FROM deliveries d
            WHERE d.notification_id = n.id AND (d.state <> 'skipped' OR d.outcome_unknown)) RETURNING 1`,
      'notification',
    ),
  ],
  'notification.abandoned': ({ id, error }) => [
    sql`UPDATE notifications SET status = 'dead', attempts = attempts + 1, last_error = ${error}, next_attempt_at = NULL
        WHERE id = ${id}::uuid`,
    destroyOwnKey(id),
  ],
  'notifications.read': ({ userId, ids, until, at: now }) => [
    sql`UPDATE notifications SET read_at = ${at(now)}
        WHERE user_id = ${userId}::uuid AND is_listed AND read_at IS NULL AND routed_at <= ${at(until)}::timestamptz
          AND ${ids === null ? sql`true` : sql`id = ANY(${[...ids]}::uuid[])`}`,
  ],
  ...deliveryWriters,
  ...trackingWriters,
  ...reminderWriters,
  ...alertWriters,
  ...preferenceWriters,
  ...suppressionWriters,
  ...sendingDayWriters,
  ...pushSubscriptionWriters,
};

function newLink(id: NotificationId, { hash, start, rescheduleCount }: NonNullable<Queued['confirmation']>): Sql {
  return sql`INSERT INTO confirmation_links (token_hash, notification_id, starts_at, reschedule_count)
    SELECT ${hash}::bytea, n.id, ${at(start)}, ${rescheduleCount}::int FROM notifications n WHERE n.id = ${id}::uuid`;
}

/** @param clinic loads who sends the messages */
export function createNotificationLoads(
  cipher: FieldCipher,
  index: BlindIndex,
  clinic: () => SqlLoad<Clinic>,
): NotificationLoads {
  return {
    ...createListLoads(cipher, clinic),
    ...deadLetterLoads,
    ...queueLoads(clinic),
    ...sendingDayLoads,
    reminders: remindersLoad,
    addressed: addressedLoad(cipher, index),
    ...trackingLoads,
    ...createAlertLoads(cipher, index),
    ...preferenceLoads(cipher, index),
    ...suppressionLoads(cipher, index),
    ...pushSubscriptionLoads(cipher, index),
    unsent: (id) =>
      row(
        sql`SELECT id, user_id, template, channel FROM notifications
            WHERE id = ${id}::uuid AND status IN ('pending', 'scheduled', 'failed') AND routed_at IS NULL`,
        readUnsent,
      ),
    unsentDelivery: (id) =>
      row(
        sql`SELECT n.id, n.user_id, n.template, d.channel, d.id AS delivery_id, d.provider, d.outcome_unknown
            FROM deliveries d JOIN notifications n ON n.id = d.notification_id
            WHERE d.id = ${id}::uuid AND d.state IN ('pending', 'scheduled', 'failed')`,
        (found) => ({
          ...readUnsent(found),
          deliveryId: found.delivery_id as DeliveryId,
          provider: found.provider as string | null,
          isOutcomeUnknown: found.outcome_unknown as boolean,
        }),
      ),
    notification: (id) =>
      row(sql`SELECT ${CONTENT} FROM notifications n ${RECEIVER} WHERE n.id = ${id}::uuid`, (found) =>
        readNotification(found, cipher, index),
      ),
    redrivableMessages: (filter, limit) =>
      rows(
        sql`SELECT ${CONTENT} FROM notifications n ${RECEIVER} WHERE ${redrivableMessage(filter)} ORDER BY n.id LIMIT ${limit}::int`,
        (found) => readNotification(found, cipher, index),
      ),
    notificationsOf: (ids) =>
      rows(sql`SELECT ${CONTENT} FROM notifications n ${RECEIVER} WHERE n.id = ANY(${[...ids]}::uuid[])`, (found) =>
        readNotification(found, cipher, index),
      ),
    delivery: (id) =>
      row(sql`SELECT ${DELIVERY} WHERE d.id = ${id}::uuid`, (found) => readDelivery(found, cipher, index)),
    deliveriesOf: (ids) =>
      rows(sql`SELECT ${DELIVERY} WHERE d.id = ANY(${[...ids]}::uuid[])`, (found) =>
        readDelivery(found, cipher, index),
      ),
  };
}

const CONTENT = sql`n.id, n.template, n.variables, n.category, n.status, n.routed_at, n.useful_until,
  n.key_owner AS own_key, n.channels,
  ${RECEIVER_COLUMNS},
  ${APPOINTMENT_COLUMNS},
  ${SUPPRESSED_COLUMN}, ${DATA_KEY_COLUMNS}`;
const RECEIVER = sql`JOIN users u ON u.id = n.user_id
  JOIN data_keys k ON k.owner_id = coalesce(n.key_owner, n.user_id)
  ${RECEIVER_JOINS}
  LEFT JOIN appointments a ON a.id = n.appointment_id`;

const DELIVERY = sql`${CONTENT}, d.id AS delivery_id, d.channel AS by_channel, d.state AS delivery_state,
  d.attempts AS delivery_attempts, d.send_at AS delivery_send_at, d.provider, d.outcome_unknown, ${DEVICE_COLUMNS},
  (SELECT json_agg(json_build_object('id', x.id, 'channel', x.channel, 'isSkipped', x.state = 'skipped') ORDER BY x.id)
    FROM deliveries x WHERE x.notification_id = n.id AND x.id <> d.id) AS others
  FROM deliveries d JOIN notifications n ON n.id = d.notification_id ${RECEIVER} ${DEVICE_JOIN}`;

function readDelivery(found: Row, cipher: FieldCipher, index: BlindIndex): StoredDelivery {
  return {
    id: found.delivery_id as DeliveryId,
    channel: found.by_channel as SendingChannel,
    state: found.delivery_state as NotificationStatus,
    attempts: found.delivery_attempts as number,
    sendAt: found.delivery_send_at as number,
    provider: found.provider as string | null,
    isOutcomeUnknown: found.outcome_unknown as boolean,
    others: (found.others as readonly OtherDelivery[] | null) ?? [],
    device: readDevice(found, readDataKey(found), cipher),
    notification: readNotification(found, cipher, index),
  };
}

function readUnsent(found: Row): UnsentNotification {
  return {
    id: found.id as NotificationId,
    receiverId: found.user_id as UserId,
    template: found.template as string,
    channel: found.channel as string,
  };
}

/** Where a message goes: to the one address that it names, or to those of its receiver. */
function addressesOf(
  variables: object,
  receiver: { readonly email: string; readonly phone: string | null },
): Readonly<Record<SuppressedChannel, string | null>> {
  const named = new Map<string, unknown>(Object.entries(variables));
  const [email, number] = [named.get('to'), named.get('phoneNumber')];
  return {
    email: typeof email === 'string' ? email : receiver.email,
    sms: typeof number === 'string' ? number : receiver.phone,
  };
}

/** Messages to accounts that are closed in the batch that makes the message, which holds address and name. */
const TO_CLOSED: ReadonlySet<string> = new Set(['account-closed', 'account-merged'] satisfies TemplateName[]);
type ToClosed = MessageVariables['account-closed'];

function readNotification(found: Row, cipher: FieldCipher, index: BlindIndex): StoredNotification {
  const key = readDataKey(found);
  const own = sealedRow(cipher, key, 'notifications', found.id as string);
  const variables = own.json<MessageDraft['variables']>('variables', found.variables);
  const isClosing = TO_CLOSED.has(found.template as string);
  const message = {
    template: found.template,
    variables: variables ?? {},
    category: found.category,
    announces: announcementOf(found.template as string),
    channels: found.channels,
  } as StoredNotification['message'];
  const id = found.user_id as UserId;
  const receiver: StoredNotification['receiver'] = isClosing
    ? {
        id,
        ...(message.variables as ToClosed),
        language: 'en',
        open: true,
        isProven: true,
        objects: false,
        phone: null,
        preferences: DEFAULT_PREFERENCES,
        devices: [],
      }
    : readReceiver(found, key, cipher);
  const hasOwnKey = found.own_key !== null;
  return {
    id: found.id as NotificationId,
    message,
    isDamaged: variables === null || receiver.email === UNREADABLE,
    status: found.status as NotificationStatus,
    isRouted: found.routed_at !== null,
    usefulUntil: found.useful_until as number | null,
    suppressed: readSuppressed(
      found,
      addressesOf(message.variables, { email: receiver.email, phone: receiver.phone?.number ?? null }),
      index,
    ),
    receiverKey: hasOwnKey ? null : key,
    // What is encrypted for a device needs the key of its owner.
    receiver: hasOwnKey ? { ...receiver, devices: [] } : receiver,
    appointment: readAppointment(found),
  };
}

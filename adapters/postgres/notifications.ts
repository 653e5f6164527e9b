/** Notifications: their changes as SQL, and what is read of them. */
import type { NotificationChange } from '../../domain/notifications/changes.ts';
import type { NotificationLoads, NotificationStatus, StoredNotification } from '../../domain/notifications/ports.ts';
import type { NotificationId, UserId } from '../../domain/shared/ids.ts';
import type { MessageDraft } from '../../domain/shared/messages.ts';
import type { FieldCipher } from '../../domain/shared/ports.ts';
import { at, atOrNull, DATA_KEY_COLUMNS, readDataKey, row, sql } from './sql.ts';
import type { Writers } from './writers.ts';

const VARIABLES = 'notifications.variables';

export const notificationWriters: Writers<NotificationChange> = {
  'notification.queued': (change, cipher) => {
    const { message } = change;
    const variables = cipher.seal(message.dataKey, VARIABLES, JSON.stringify(message.variables));
    return [
      sql`INSERT INTO notifications (id, user_id, channel, category, template, variables, status, send_at,
            appointment_id, appointment_version, created_at)
          VALUES (${change.id}::uuid, ${message.userId}::uuid, ${message.channel}, ${message.category},
            ${message.template}, ${variables}::bytea, ${change.sendAt > change.createdAt ? 'scheduled' : 'pending'},
            ${at(change.sendAt)}, ${message.appointment?.id ?? null}::uuid,
            ${message.appointment?.version ?? null}::int, ${at(change.createdAt)})`,
    ];
  },
  'notification.sent': (change) => [
    sql`UPDATE notifications SET status = 'sent', sent_at = ${at(change.at)}, provider_id = ${change.providerId},
          attempts = attempts + 1, next_attempt_at = NULL
        WHERE id = ${change.id}::uuid`,
  ],
  'notification.skipped': (change) => [
    sql`UPDATE notifications SET status = 'skipped', last_error = ${change.why} WHERE id = ${change.id}::uuid`,
  ],
  'notification.failed': (change) => [
    sql`UPDATE notifications SET status = ${change.retryAt === null ? 'dead' : 'failed'}, attempts = attempts + ${change.counted ? 1 : 0}::int,
          last_error = ${change.error}, next_attempt_at = ${atOrNull(change.retryAt)}
        WHERE id = ${change.id}::uuid`,
  ],
};

export function createNotificationLoads(cipher: FieldCipher): NotificationLoads {
  return {
    notification: (id) =>
      row(
        sql`SELECT n.id, n.template, n.variables, n.channel, n.category, n.status, n.attempts, n.send_at, n.appointment_version,
              u.id AS user_id, u.email, u.first_name, u.language, u.deleted_at IS NULL AND u.status <> 'closed' AS open,
              a.version, a.status AS appointment_status, a.starts_at, ${DATA_KEY_COLUMNS}
            FROM notifications n JOIN users u ON u.id = n.user_id JOIN data_keys k ON k.owner_id = u.id
              LEFT JOIN appointments a ON a.id = n.appointment_id
            WHERE n.id = ${id}::uuid`,
        (found): StoredNotification => ({
          id: found.id as NotificationId,
          message: {
            template: found.template,
            variables: JSON.parse(cipher.open(readDataKey(found), VARIABLES, found.variables as Uint8Array)),
            channel: found.channel,
            category: found.category,
          } as MessageDraft,
          status: found.status as NotificationStatus,
          attempts: found.attempts as number,
          sendAt: found.send_at as number,
          receiver: {
            id: found.user_id as UserId,
            email: found.email as string,
            firstName: found.first_name as string,
            language: found.language as string,
            open: found.open as boolean,
          },
          appointment:
            found.appointment_version === null
              ? null
              : {
                  writtenForVersion: found.appointment_version as number,
                  version: found.version as number,
                  status: found.appointment_status as string,
                  start: found.starts_at as number,
                },
        }),
      ),
  };
}

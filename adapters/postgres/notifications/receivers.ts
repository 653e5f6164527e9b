/** Who gets a message, with everything that decides which channels it takes. */

import type { NotificationLoads } from '../../../domain/notifications/ports.ts';
import type { PushSubscriptionId } from '../../../domain/notifications/push-subscription.ts';
import type { Addressed, MessageReceiver } from '../../../domain/notifications/receiver.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { BlindIndex, DataKey, FieldCipher } from '../../../domain/shared/ports.ts';
import { UNREADABLE } from '../../../domain/shared/sealed-columns.ts';
import { proxiesColumn, readProxies } from '../access/proxies-of.ts';
import { mayActFor } from '../access/record-access.ts';
import type { Row } from '../driver/driver.ts';
import { DATA_KEY_COLUMNS, readDataKey, row, sql } from '../driver/sql.ts';
import { openLanguage, sealedRow } from '../sealed/sealed-row.ts';
import { PREFERENCES_COLUMN, readPhone, readPreferences } from './preferences.ts';
import { DEVICES_COLUMN } from './push-subscriptions.ts';
import { readSuppressed, SUPPRESSED_COLUMN } from './suppressed-addresses.ts';

/** Of `users u` with {@link RECEIVER_JOINS}. */
export const RECEIVER_COLUMNS = sql`u.id AS user_id, u.email, u.email_verified_at, u.first_name, u.language,
  u.deleted_at IS NULL AND u.status <> 'closed' AS open,
  EXISTS (SELECT 1 FROM processing_limits l
    WHERE l.user_id = u.id AND l.kind = 'objection' AND l.lifted_at IS NULL) AS objects,
  u.phone_number IS NOT NULL AS has_number, m.phone, m.phone_verified_at, ${PREFERENCES_COLUMN}, ${DEVICES_COLUMN}`;
export const RECEIVER_JOINS = sql`LEFT JOIN mfa_enrolments m ON m.user_id = u.id
  LEFT JOIN notification_preferences f ON f.user_id = u.id`;

/** @returns an address that is {@link UNREADABLE} if it cannot be opened */
export function readReceiver(found: Row, key: DataKey, cipher: FieldCipher): MessageReceiver {
  const sealed = sealedRow(cipher, key, 'users', found.user_id as string);
  const isProven = found.email_verified_at !== null;
  const firstName = isProven ? sealed.text('first_name', found.first_name) : null;
  return {
    id: found.user_id as UserId,
    email: found.email === null ? '' : sealed.text('email', found.email),
    firstName: firstName === UNREADABLE ? null : firstName,
    language: openLanguage(sealed, found.language),
    open: found.open as boolean,
    isProven,
    objects: found.objects as boolean,
    phone: readPhone(found, key, cipher),
    preferences: readPreferences(found),
    devices: found.devices as readonly PushSubscriptionId[],
  };
}

export function addressedLoad(cipher: FieldCipher, index: BlindIndex): NotificationLoads['addressed'] {
  return (personId, viewer, now) =>
    row(
      sql`SELECT ${RECEIVER_COLUMNS}, u.status IN ('active', 'invited') AS has_account, ${proxiesColumn(sql`u.id`, now)}, ${SUPPRESSED_COLUMN}, ${DATA_KEY_COLUMNS}
          FROM users u JOIN data_keys k ON k.owner_id = u.id ${RECEIVER_JOINS}
          WHERE u.id = ${personId}::uuid AND u.deleted_at IS NULL AND u.status <> 'closed' AND u.merged_into IS NULL
            AND ${mayActFor(sql`u.id`, viewer)}`,
      (found): Addressed => {
        const dataKey = readDataKey(found);
        const receiver = readReceiver(found, dataKey, cipher);
        return {
          receiver,
          suppressed: readSuppressed(found, { email: receiver.email, sms: receiver.phone?.number ?? null }, index),
          dataKey,
          hasAccount: found.has_account as boolean,
          proxies: readProxies(found),
        };
      },
    );
}

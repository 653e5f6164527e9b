/** Who gets a message, with everything that decides which channels it takes. */

import type { NotificationLoads } from '../../../domain/notifications/ports.ts';
import type { Addressed, MessageReceiver } from '../../../domain/notifications/receiver.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { DataKey, FieldCipher } from '../../../domain/shared/ports.ts';
import { UNREADABLE } from '../../../domain/shared/sealed-columns.ts';
import { proxiesColumn, readProxies } from '../access/proxies-of.ts';
import { mayActFor } from '../access/record-access.ts';
import type { Row } from '../driver/driver.ts';
import { DATA_KEY_COLUMNS, readDataKey, row, sql } from '../driver/sql.ts';
import { sealedRow } from '../sealed/sealed-row.ts';

/** Of `users u`. */
export const RECEIVER_COLUMNS = sql`u.id AS user_id, u.email, u.email_verified_at, u.first_name, u.language,
  u.deleted_at IS NULL AND u.status <> 'closed' AS open,
  EXISTS (SELECT 1 FROM processing_limits l
    WHERE l.user_id = u.id AND l.kind = 'objection' AND l.lifted_at IS NULL) AS objects,
  (SELECT e.phone FROM mfa_enrolments e WHERE e.user_id = u.id AND e.phone_verified_at IS NOT NULL) AS proven_phone`;

/** @returns an address that is {@link UNREADABLE} if it cannot be opened */
export function readReceiver(found: Row, key: DataKey, cipher: FieldCipher): MessageReceiver {
  const sealed = sealedRow(cipher, key, 'users', found.user_id as string);
  const isProven = found.email_verified_at !== null;
  const firstName = isProven ? sealed.text('first_name', found.first_name) : null;
  const language = sealed.text('language', found.language);
  const phone = sealedRow(cipher, key, 'mfa_enrolments', found.user_id as string).optional('phone', found.proven_phone);
  return {
    id: found.user_id as UserId,
    email: found.email === null ? '' : sealed.text('email', found.email),
    firstName: firstName === UNREADABLE ? null : firstName,
    language: language === UNREADABLE ? 'en' : language,
    open: found.open as boolean,
    isProven,
    objects: found.objects as boolean,
    phone: phone === UNREADABLE ? null : phone,
  };
}

export function addressedLoad(cipher: FieldCipher): NotificationLoads['addressed'] {
  return (personId, viewer, now) =>
    row(
      sql`SELECT ${RECEIVER_COLUMNS}, u.status IN ('active', 'invited') AS has_account, ${proxiesColumn(sql`u.id`, now)}, ${DATA_KEY_COLUMNS}
          FROM users u JOIN data_keys k ON k.owner_id = u.id
          WHERE u.id = ${personId}::uuid AND u.deleted_at IS NULL AND u.status <> 'closed' AND u.merged_into IS NULL
            AND ${mayActFor(sql`u.id`, viewer)}`,
      (found): Addressed => {
        const dataKey = readDataKey(found);
        return {
          receiver: readReceiver(found, dataKey, cipher),
          dataKey,
          hasAccount: found.has_account as boolean,
          proxies: readProxies(found),
        };
      },
    );
}

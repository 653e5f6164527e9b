/** Links that confirm appointments, as SQL. */
import type { ConfirmationChange, ConfirmationLink } from '../../../domain/scheduling/confirmation.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import { UNREADABLE } from '../../../domain/shared/sealed-columns.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { isRestricted } from '../access/record-access.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import type { Row } from '../driver/driver.ts';
import { at, DATA_KEY_COLUMNS, guarded, readDataKey, row, type Sql, type SqlLoad, sql } from '../driver/sql.ts';
import { sealedRow } from '../sealed/sealed-row.ts';

export const confirmationWriters: ChangeWriters<ConfirmationChange> = {
  'confirmation_link.used': ({ hash, at: now }) => [
    guarded(
      sql`UPDATE confirmation_links SET used_at = ${at(now)}
          WHERE token_hash = ${hash}::bytea AND used_at IS NULL RETURNING 1`,
      'confirmation_link',
    ),
  ],
};

/** The appointment in `appointments a` that a link is for. */
export function linkedAppointment(hash: Uint8Array): Sql {
  return sql`a.id = (SELECT n.appointment_id FROM confirmation_links l JOIN notifications n ON n.id = l.notification_id
    WHERE l.token_hash = ${hash}::bytea)`;
}

export function linkLoad(hash: Uint8Array, now: Instant, cipher: FieldCipher): SqlLoad<ConfirmationLink | undefined> {
  const actsForPatient = sql`EXISTS (SELECT FROM proxies y WHERE y.patient_id = a.patient_id AND y.person_id = u.id
    AND y.accepted_at IS NOT NULL AND y.revoked_at IS NULL AND (y.ends_at IS NULL OR y.ends_at > ${at(now)}::timestamptz))`;
  return row(
    sql`SELECT l.token_hash, l.starts_at AS link_starts_at, l.reschedule_count AS link_moves, l.used_at, u.id AS user_id, u.language,
          u.deleted_at IS NULL AND u.status <> 'closed'
            AND (a.patient_id = u.id OR (${actsForPatient} AND NOT ${isRestricted(sql`a.patient_id`)})) AS is_concerned,
          ${DATA_KEY_COLUMNS}
        FROM confirmation_links l JOIN notifications n ON n.id = l.notification_id
          JOIN appointments a ON a.id = n.appointment_id
          JOIN users u ON u.id = n.user_id JOIN data_keys k ON k.owner_id = n.user_id
        WHERE l.token_hash = ${hash}::bytea`,
    (found) => readLink(found, cipher),
  );
}

function readLink(found: Row, cipher: FieldCipher): ConfirmationLink {
  const dataKey = readDataKey(found);
  const id = found.user_id as UserId;
  const language = sealedRow(cipher, dataKey, 'users', id).text('language', found.language);
  return {
    hash: found.token_hash as Uint8Array,
    start: found.link_starts_at as number,
    rescheduleCount: found.link_moves as number,
    usedAt: found.used_at as number | null,
    receiver: {
      id,
      dataKey,
      language: language === UNREADABLE ? 'en' : language,
      isConcerned: found.is_concerned as boolean,
    },
  };
}

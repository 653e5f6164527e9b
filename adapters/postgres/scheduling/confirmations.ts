/** Links that confirm appointments, as SQL. */
import type { ConfirmationChange, ConfirmationLink } from '../../../domain/scheduling/confirmation.ts';
import type { AppointmentLoads, ConfirmationRecord, ToldAppointment } from '../../../domain/scheduling/ports.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { BlindIndex, FieldCipher } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { isRestricted } from '../access/record-access.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import type { Row } from '../driver/driver.ts';
import {
  at,
  DATA_KEY_COLUMNS,
  guarded,
  readDataKey,
  row,
  type Sql,
  type SqlLoad,
  sql,
  together,
} from '../driver/sql.ts';
import { openLanguage, sealedRow, suppressionIndexes } from '../sealed/sealed-row.ts';

/** Text messages to one number, the last first, among which the one that asked to confirm is looked for. */
const TEXTS_LOOKED_AT = 100;

export const confirmationWriters: ChangeWriters<ConfirmationChange> = {
  'confirmation_link.used': ({ hash, at: now }) => [
    guarded(
      sql`UPDATE confirmation_links SET used_at = ${at(now)}
          WHERE token_hash = ${hash}::bytea AND used_at IS NULL RETURNING 1`,
      'confirmation_link',
    ),
  ],
};

type Loads = Pick<AppointmentLoads, 'confirmation' | 'confirmationAskedAt'>;

/** @param one an appointment under a condition, for a decision about it */
export function confirmationLoads(
  one: (condition: Sql, now: Instant) => SqlLoad<ToldAppointment | undefined>,
  cipher: FieldCipher,
  index: BlindIndex,
): Loads {
  const linked = (hash: Sql, now: Instant) =>
    confirmationLoad(one(sql`${linkedAppointment(hash)} AND a.status <> 'held'`, now), linkLoad(hash, now, cipher));
  return {
    confirmation: (hash, now) => linked(sql`${hash}::bytea`, now),
    confirmationAskedAt: (number, now) => linked(hashAskedAt(index, number, now), now),
  };
}

function confirmationLoad(
  appointment: SqlLoad<ToldAppointment | undefined>,
  link: SqlLoad<ConfirmationLink | undefined>,
): SqlLoad<ConfirmationRecord | undefined> {
  const parts = together({ told: appointment, link });
  return {
    statements: parts.statements,
    read(results) {
      const found = parts.read(results);
      return found.told === undefined || found.link === undefined ? undefined : { told: found.told, link: found.link };
    },
  };
}

/**
 * The hash of the link in the text message that was sent last to a number, of those that asked to confirm an appointment that is still
 * to come as they say; of several at one time, of the appointment that comes first. What was confirmed after it was asked for is
 * found too: a text that comes again must confirm no other one.
 */
function hashAskedAt(index: BlindIndex, number: string, now: Instant): Sql {
  return sql`(SELECT l.token_hash FROM (
      SELECT d.notification_id, d.sent_at FROM deliveries d
      WHERE d.address_index ${suppressionIndexes(index, 'sms', number)} AND d.channel = 'sms'
        AND d.state IN ('sent', 'delivered', 'read')
      ORDER BY d.id DESC LIMIT ${TEXTS_LOOKED_AT}::int) t
    JOIN confirmation_links l ON l.notification_id = t.notification_id
    JOIN notifications n ON n.id = t.notification_id JOIN users u ON u.id = n.user_id
    JOIN appointments a ON a.id = n.appointment_id AND a.starts_at = l.starts_at AND a.reschedule_count = l.reschedule_count
    WHERE a.starts_at > ${at(now)}::timestamptz AND ${isConcerned(now)}
      AND ((a.status = 'scheduled' AND l.used_at IS NULL) OR (a.status = 'confirmed' AND ${CONFIRMED_AT} >= t.sent_at))
    ORDER BY t.sent_at DESC, a.starts_at, a.id LIMIT 1)`;
}

/** Of an appointment `a` that is confirmed. */
const CONFIRMED_AT = sql`(SELECT max(s.at) FROM appointment_steps s WHERE s.appointment_id = a.id)`;

/** Whether the receiver `u` of a message about the appointment `a` may confirm it. */
function isConcerned(now: Instant): Sql {
  const actsForPatient = sql`EXISTS (SELECT FROM proxies y WHERE y.patient_id = a.patient_id AND y.person_id = u.id
    AND y.accepted_at IS NOT NULL AND y.revoked_at IS NULL AND (y.ends_at IS NULL OR y.ends_at > ${at(now)}::timestamptz))`;
  return sql`(u.deleted_at IS NULL AND u.status <> 'closed'
    AND (a.patient_id = u.id OR (${actsForPatient} AND NOT ${isRestricted(sql`a.patient_id`)})))`;
}

/** The appointment in `appointments a` that a link is for. @param hash of its token, as SQL */
function linkedAppointment(hash: Sql): Sql {
  return sql`a.id = (SELECT n.appointment_id FROM confirmation_links l JOIN notifications n ON n.id = l.notification_id
    WHERE l.token_hash = ${hash})`;
}

/** @param hash of its token, as SQL */
function linkLoad(hash: Sql, now: Instant, cipher: FieldCipher): SqlLoad<ConfirmationLink | undefined> {
  return row(
    sql`SELECT l.token_hash, l.starts_at AS link_starts_at, l.reschedule_count AS link_moves, l.used_at, u.id AS user_id, u.language,
          ${isConcerned(now)} AS is_concerned,
          ${DATA_KEY_COLUMNS}
        FROM confirmation_links l JOIN notifications n ON n.id = l.notification_id
          JOIN appointments a ON a.id = n.appointment_id
          JOIN users u ON u.id = n.user_id JOIN data_keys k ON k.owner_id = n.user_id
        WHERE l.token_hash = ${hash}`,
    (found) => readLink(found, cipher),
  );
}

function readLink(found: Row, cipher: FieldCipher): ConfirmationLink {
  const dataKey = readDataKey(found);
  const id = found.user_id as UserId;
  return {
    hash: found.token_hash as Uint8Array,
    start: found.link_starts_at as number,
    rescheduleCount: found.link_moves as number,
    usedAt: found.used_at as number | null,
    receiver: {
      id,
      dataKey,
      language: openLanguage(sealedRow(cipher, dataKey, 'users', id), found.language),
      isConcerned: found.is_concerned as boolean,
    },
  };
}

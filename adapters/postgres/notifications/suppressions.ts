/** Addresses that get nothing more, as SQL. */
import type { NotificationChange } from '../../../domain/notifications/changes.ts';
import type { NotificationLoads } from '../../../domain/notifications/ports.ts';
import type {
  SuppressedChannel,
  Suppression,
  SuppressionChange,
  SuppressionId,
  SuppressionReason,
} from '../../../domain/notifications/suppression.ts';
import { normalisedAddress } from '../../../domain/notifications/suppressions.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { BlindIndex, FieldCipher } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import type { Row } from '../driver/driver.ts';
import { at, DATA_KEY_COLUMNS, guarded, readDataKey, row, rows, type SqlRecordedLoad, sql } from '../driver/sql.ts';
import { openLanguage, sealedRow, sealingRow, suppressionIndex, suppressionIndexes } from '../sealed/sealed-row.ts';
import { PREFERENCES_COLUMN, readPhone, readPreferences } from './preferences.ts';
import { RECEIVER_JOINS } from './receivers.ts';

export const suppressionWriters: ChangeWriters<Extract<NotificationChange, SuppressionChange>> = {
  'suppression.added': (change, cipher, index) => {
    const { id, userId, channel, address, reason, provider, dataKey, at: now } = change;
    const sealed = sealingRow(cipher, dataKey, 'suppressions', id).text('address', address);
    return [
      // Also of what was stored under another key of the ring.
      sql`INSERT INTO suppressions (id, user_id, channel, address, address_index, reason, provider, since)
          SELECT ${id}::uuid, ${userId}::uuid, ${channel}, ${sealed}::bytea, ${suppressionIndex(index, channel, address)}::bytea,
            ${reason}, ${provider}, ${at(now)}::timestamptz
          WHERE NOT EXISTS (SELECT FROM suppressions s WHERE s.user_id = ${userId}::uuid AND s.channel = ${channel}
            AND s.address_index ${suppressionIndexes(index, channel, address)})
          ON CONFLICT (user_id, channel, address_index) DO NOTHING`,
    ];
  },
  'suppression.lifted': ({ id }) => [
    guarded(sql`DELETE FROM suppressions WHERE id = ${id}::uuid RETURNING 1`, 'suppression'),
  ],
  'suppressions.told': ({ ids, at: now }) => [
    sql`WITH told AS (UPDATE suppressions SET told_at = ${at(now)}::timestamptz
          WHERE id = ANY(${[...ids]}::uuid[]) AND told_at IS NULL RETURNING 1)
        SELECT require_applied((count(*) = ${ids.length}::int)::int::bigint, 'suppression') FROM told`,
  ],
};

/** Of how many administrators are told at once. */
const TOLD_AT_ONCE = 1000;

type Loads = Pick<
  NotificationLoads,
  'suppressionsRead' | 'suppression' | 'suppressionsOf' | 'untoldSuppressions' | 'receiversAt'
>;

export function suppressionLoads(cipher: FieldCipher, index: BlindIndex): Loads {
  const read = (found: Row) => readSuppression(found, cipher);
  const columns = sql`s.id, s.user_id, s.channel, s.address, s.reason, s.provider, s.since, ${DATA_KEY_COLUMNS}`;
  const table = sql`suppressions s JOIN data_keys k ON k.owner_id = s.user_id`;
  return {
    suppressionsRead: ({ channel, userId, after, limit }): SqlRecordedLoad<Suppression[]> => {
      const page = sql`WHERE ${channel === null ? sql`true` : sql`s.channel = ${channel}`}
          AND ${userId === null ? sql`true` : sql`s.user_id = ${userId}::uuid`}
          AND ${after === null ? sql`true` : sql`s.id < ${after}::uuid`}
        ORDER BY s.id DESC LIMIT ${limit + 1}::int`;
      return {
        load: rows(sql`SELECT ${columns} FROM ${table} ${page}`, read),
        streams: sql`SELECT DISTINCT p.user_id::text AS stream FROM (SELECT s.user_id FROM ${table} ${page}) p ORDER BY 1`,
      };
    },
    suppression: (id) => row(sql`SELECT ${columns} FROM ${table} WHERE s.id = ${id}::uuid`, read),
    suppressionsOf: (channel, address) =>
      rows(
        sql`SELECT ${columns} FROM ${table} WHERE s.channel = ${channel} AND s.address_index ${suppressionIndexes(index, channel, address)}
            ORDER BY s.id LIMIT 100`,
        read,
      ),
    untoldSuppressions: () =>
      row(
        sql`SELECT ARRAY(SELECT s.id::text FROM suppressions s WHERE s.told_at IS NULL ORDER BY s.id LIMIT ${TOLD_AT_ONCE}::int) AS ids,
              (SELECT t.told_at FROM suppressions t WHERE t.told_at IS NOT NULL ORDER BY t.told_at DESC LIMIT 1) AS told_at`,
        (found) => ({ ids: found.ids as readonly SuppressionId[], toldAt: found.told_at as Instant | null }),
      ),
    receiversAt: (number) =>
      rows(
        sql`SELECT r.user_id, u.language, u.phone_number IS NOT NULL AS has_number, m.phone, m.phone_verified_at, ${PREFERENCES_COLUMN}, ${DATA_KEY_COLUMNS} FROM (
              SELECT DISTINCT n.user_id FROM (SELECT d.notification_id FROM deliveries d
                WHERE d.address_index ${suppressionIndexes(index, 'sms', number)} ORDER BY d.id DESC LIMIT 500) l
              JOIN notifications n ON n.id = l.notification_id) r
            JOIN users u ON u.id = r.user_id JOIN data_keys k ON k.owner_id = r.user_id ${RECEIVER_JOINS}
            ORDER BY r.user_id LIMIT 100`,
        (found) => {
          const dataKey = readDataKey(found);
          const userId = found.user_id as UserId;
          const phone = readPhone(found, dataKey, cipher)?.number ?? '';
          return {
            userId,
            dataKey,
            language: openLanguage(sealedRow(cipher, dataKey, 'users', userId), found.language),
            isCurrent: normalisedAddress('sms', phone) === normalisedAddress('sms', number),
            preferences: readPreferences(found),
          };
        },
      ),
  };
}

function readSuppression(found: Row, cipher: FieldCipher): Suppression {
  return {
    id: found.id as SuppressionId,
    userId: found.user_id as UserId,
    channel: found.channel as SuppressedChannel,
    address: sealedRow(cipher, readDataKey(found), 'suppressions', found.id as string).optional(
      'address',
      found.address,
    ),
    reason: found.reason as SuppressionReason,
    provider: found.provider as string,
    since: found.since as Instant,
  };
}

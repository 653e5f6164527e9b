/** Preferences as SQL. */
import type { SendingChannel } from '../../../domain/notifications/categories.ts';
import type { NotificationChange } from '../../../domain/notifications/changes.ts';
import type { NotificationLoads, StoredNotification } from '../../../domain/notifications/ports.ts';
import {
  type Choices,
  DEFAULT_PREFERENCES,
  type HeldDelivery,
  type MailedCategory,
  type OwnPreferences,
  type Preferences,
} from '../../../domain/notifications/preferences.ts';
import type { DeliveryId } from '../../../domain/notifications/states.ts';
import type { NotificationId, UserId } from '../../../domain/shared/ids.ts';
import type { MessageCategory } from '../../../domain/shared/messages.ts';
import type { BlindIndex, DataKey, FieldCipher } from '../../../domain/shared/ports.ts';
import { UNREADABLE } from '../../../domain/shared/sealed-columns.ts';
import type { LocalTime } from '../../../domain/shared/time.ts';
import type { ZoneId } from '../../../domain/shared/zone.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import type { Row } from '../driver/driver.ts';
import { at, atOrNull, DATA_KEY_COLUMNS, guarded, readDataKey, row, rows, sql } from '../driver/sql.ts';
import { openLanguage, sealedRow } from '../sealed/sealed-row.ts';
import { readSuppressed, SUPPRESSED_COLUMN } from './suppressed-addresses.ts';

type PreferenceChange = Extract<NotificationChange, { readonly type: 'preferences.changed' }>;

export const preferenceWriters: ChangeWriters<PreferenceChange> = {
  'preferences.changed': ({ userId, preferences, at: now }) => {
    const { choices, quietHours, reminderMinutes, smsConsentedAt, version } = preferences;
    return [
      guarded(
        sql`INSERT INTO notification_preferences AS f (user_id, choices, quiet_from, quiet_to, quiet_zone, reminder_minutes,
              sms_consented_at, created_at, updated_at, version)
            VALUES (${userId}::uuid, ${JSON.stringify(choices)}::jsonb, ${quietHours?.from ?? null}, ${quietHours?.to ?? null},
              ${quietHours?.zone ?? null}, ${JSON.stringify(reminderMinutes)}::jsonb, ${atOrNull(smsConsentedAt)}::timestamptz,
              ${at(now)}::timestamptz, ${at(now)}::timestamptz, ${version}::int)
            ON CONFLICT (user_id) DO UPDATE SET choices = excluded.choices, quiet_from = excluded.quiet_from,
              quiet_to = excluded.quiet_to, quiet_zone = excluded.quiet_zone, reminder_minutes = excluded.reminder_minutes,
              sms_consented_at = excluded.sms_consented_at, updated_at = excluded.updated_at, version = excluded.version
            WHERE f.version = ${version - 1}::int RETURNING 1`,
        'notification_preferences',
      ),
    ];
  },
};

/** The column `preferences` of a row of `notification_preferences` under the alias `f`. */
export const PREFERENCES_COLUMN = sql`CASE WHEN f.user_id IS NULL THEN NULL ELSE json_build_array(f.choices, f.quiet_from, f.quiet_to,
  f.quiet_zone, f.reminder_minutes, (extract(epoch FROM f.sms_consented_at) * 1000)::bigint, f.version)::text END AS preferences`;

type Stored = [Choices, LocalTime | null, LocalTime | null, ZoneId | null, number[], number | null, number];

/** Of {@link PREFERENCES_COLUMN}; the defaults if there is no row. */
export function readPreferences(found: Row): Preferences {
  const stored = found.preferences as string | null;
  if (stored === null) return DEFAULT_PREFERENCES;
  const [choices, from, to, zone, reminderMinutes, smsConsentedAt, version] = JSON.parse(stored) as Stored;
  const quietHours = from === null || to === null || zone === null ? null : { from, to, zone };
  return { choices, quietHours, reminderMinutes, smsConsentedAt, version };
}

/** @param found with `phone` and `phone_verified_at` of the second factor, and `has_number` of the profile */
export function readPhone(found: Row, key: DataKey, cipher: FieldCipher): StoredNotification['receiver']['phone'] {
  const sealed = sealedRow(cipher, key, 'mfa_enrolments', found.user_id as string);
  const number = sealed.optional('phone', found.phone);
  if (number !== null && number !== UNREADABLE) return { number, provenAt: found.phone_verified_at as number };
  // Whoever typed the number of the profile need not have that phone.
  return found.has_number === true ? { number: '', provenAt: null } : null;
}

function languageOf(found: Row, cipher: FieldCipher): string {
  const sealed = sealedRow(cipher, readDataKey(found), 'users', found.user_id as string);
  return openLanguage(sealed, found.language);
}

type PreferenceLoads = Pick<NotificationLoads, 'preferences' | 'held' | 'mailedCategory'>;

export function preferenceLoads(cipher: FieldCipher, index: BlindIndex): PreferenceLoads {
  return {
    preferences: (userId) =>
      row(
        sql`SELECT u.id AS user_id, u.email, u.email_verified_at, u.language, u.timezone,
              u.phone_number IS NOT NULL AS has_number, m.phone, m.phone_verified_at, ${PREFERENCES_COLUMN}, ${DATA_KEY_COLUMNS},
              EXISTS (SELECT FROM push_subscriptions p WHERE p.user_id = u.id) AS has_device, ${SUPPRESSED_COLUMN}
            FROM users u JOIN data_keys k ON k.owner_id = u.id
              LEFT JOIN mfa_enrolments m ON m.user_id = u.id
              LEFT JOIN notification_preferences f ON f.user_id = u.id
            WHERE u.id = ${userId}::uuid AND u.deleted_at IS NULL AND u.status <> 'closed'`,
        (found): OwnPreferences => {
          const key = readDataKey(found);
          const email = sealedRow(cipher, key, 'users', userId).optional('email', found.email);
          const phone = readPhone(found, key, cipher);
          return {
            preferences: readPreferences(found),
            suppressed: readSuppressed(found, { email, sms: phone?.number ?? null }, index),
            reach: {
              hasEmail: email !== null,
              isProven: found.email_verified_at !== null,
              phone,
              hasDevice: found.has_device as boolean,
            },
            language: languageOf(found, cipher),
            zone: found.timezone as ZoneId,
          };
        },
      ),
    mailedCategory: (id) =>
      row(
        // The mail of a record that was merged is for the person who has the other one now.
        sql`SELECT n.category, u.id AS user_id, u.language, ${PREFERENCES_COLUMN}, ${DATA_KEY_COLUMNS}
            FROM deliveries d JOIN notifications n ON n.id = d.notification_id
              JOIN users r ON r.id = n.user_id JOIN users u ON u.id = coalesce(r.merged_into, r.id)
              JOIN data_keys k ON k.owner_id = u.id
              LEFT JOIN notification_preferences f ON f.user_id = u.id
            WHERE d.id = ${id}::uuid AND d.channel = 'email' AND u.deleted_at IS NULL AND u.status <> 'closed'`,
        (found): MailedCategory => ({
          userId: found.user_id as UserId,
          category: found.category as MessageCategory,
          language: languageOf(found, cipher),
          preferences: readPreferences(found),
        }),
      ),
    held: (userId, after) =>
      rows(
        sql`SELECT d.id, d.notification_id, d.channel, d.send_at, n.category,
              least(n.useful_until, CASE n.category WHEN 'reminder' THEN a.starts_at END) AS useless_from
            FROM notifications n JOIN deliveries d ON d.notification_id = n.id LEFT JOIN appointments a ON a.id = n.appointment_id
            WHERE n.user_id = ${userId}::uuid AND n.routed_at > ${at(after)}::timestamptz - interval '2 days'
              AND d.state = 'scheduled' AND d.send_at > ${at(after)}::timestamptz
            ORDER BY d.id LIMIT 100`,
        (found): HeldDelivery => ({
          id: found.id as DeliveryId,
          notificationId: found.notification_id as NotificationId,
          channel: found.channel as SendingChannel,
          category: found.category as MessageCategory,
          sendAt: found.send_at as number,
          uselessFrom: found.useless_from as number | null,
        }),
      ),
  };
}

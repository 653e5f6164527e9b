/** The reminders of an appointment, as SQL. */
import type { Preferences } from '../../../domain/notifications/preferences.ts';
import type { RemindersPlanned, StoredReminders, WrittenReminder } from '../../../domain/notifications/reminders.ts';
import type { AppointmentId, NotificationId, UserId } from '../../../domain/shared/ids.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import type { Row } from '../driver/driver.ts';
import { guarded, type SqlLoad, sql } from '../driver/sql.ts';
import { PREFERENCES_COLUMN, readPreferences } from './preferences.ts';

export const reminderWriters: ChangeWriters<RemindersPlanned> = {
  // The lock comes in a statement of its own, so that the next one sees what was committed before the lock was taken.
  'reminders.planned': ({ appointmentId, version, loaded, drop }) => [
    sql`SELECT 1 FROM appointments WHERE id = ${appointmentId}::uuid FOR NO KEY UPDATE`,
    guarded(
      sql`SELECT 1 FROM appointments a WHERE a.id = ${appointmentId}::uuid AND a.version = ${version}::int
            AND (SELECT count(*) FROM notifications n WHERE n.appointment_id = a.id
              AND n.template = 'appointment-reminder') = ${loaded}::int`,
      'reminders',
    ),
    ...(drop.length === 0
      ? []
      : [
          sql`UPDATE notifications SET status = 'skipped', last_error = 'not_wanted', next_attempt_at = NULL
              WHERE id = ANY(${[...drop]}::uuid[]) AND routed_at IS NULL AND status IN ('pending', 'scheduled')`,
        ]),
  ],
};

/** Those of the version before say neither when the appointment was to begin nor how long before they remind: it follows from their version. */
export function remindersLoad(id: AppointmentId): SqlLoad<StoredReminders> {
  return {
    statements: [
      sql`SELECT n.id, n.user_id, n.appointment_version, n.send_at, n.status, n.last_error, n.routed_at IS NOT NULL AS is_routed,
            coalesce(n.reminds_of, CASE WHEN n.appointment_version = a.version THEN a.starts_at END) AS start,
            coalesce(n.lead_minutes, CASE WHEN n.appointment_version = a.version
              THEN round(extract(epoch FROM a.starts_at - n.send_at) / 60)::int END) AS lead
          FROM notifications n JOIN appointments a ON a.id = n.appointment_id
          WHERE n.appointment_id = ${id}::uuid AND n.template = 'appointment-reminder' ORDER BY n.id`,
      sql`SELECT f.user_id, ${PREFERENCES_COLUMN} FROM appointments a JOIN notification_preferences f
            ON f.user_id = a.patient_id OR f.user_id IN (SELECT y.person_id FROM proxies y
              WHERE y.patient_id = a.patient_id AND y.accepted_at IS NOT NULL AND y.revoked_at IS NULL)
          WHERE a.id = ${id}::uuid`,
    ],
    read: ([written = [], preferences = []]) => ({
      written: written.map(readWritten),
      preferences: new Map(
        preferences.map((found): [UserId, Preferences] => [found.user_id as UserId, readPreferences(found)]),
      ),
    }),
  };
}

function readWritten(found: Row): WrittenReminder {
  return {
    id: found.id as NotificationId,
    userId: found.user_id as UserId,
    version: found.appointment_version as number,
    start: (found.start as number | null) ?? 0,
    leadMinutes: (found.lead as number | null) ?? 0,
    sendAt: found.send_at as number,
    state: stateOf(found),
  };
}

function stateOf({ status, is_routed: isRouted, last_error: why }: Row): WrittenReminder['state'] {
  if (status === 'skipped' && why === 'appointment_changed') return 'lapsed';
  if (isRouted === true) return 'gone';
  return status === 'pending' || status === 'scheduled' || status === 'failed' ? 'open' : 'dropped';
}

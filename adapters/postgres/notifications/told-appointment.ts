/** The appointment that a message is about, as SQL. */
import { OF_SERIES, REPLACING } from '../../../domain/messages.ts';
import type { StoredNotification } from '../../../domain/notifications/ports.ts';
import type { AppointmentId } from '../../../domain/shared/ids.ts';
import type { SeriesDate } from '../../../domain/shared/series-dates.ts';
import { isRestricted } from '../access/record-access.ts';
import type { Row } from '../driver/driver.ts';
import { join, sql } from '../driver/sql.ts';

/** A reminder is made weeks before: whoever acted for the patient then may have no right to it any more. */
const CONCERNS_RECEIVER = sql`(a.patient_id = n.user_id OR (EXISTS (SELECT 1 FROM proxies y
  WHERE y.patient_id = a.patient_id AND y.person_id = n.user_id AND y.accepted_at IS NOT NULL AND y.revoked_at IS NULL
    AND (y.ends_at IS NULL OR y.ends_at > n.send_at)) AND NOT ${isRestricted(sql`a.patient_id`)}))`;

/** A later message of the same kind tells the receiver of the same appointment. */
const IS_REPLACED = sql`(n.appointment_id IS NOT NULL AND EXISTS (SELECT FROM notifications r
  WHERE r.appointment_id = n.appointment_id AND r.user_id = n.user_id
    AND (r.appointment_version, r.created_at, r.id) > (n.appointment_version, n.created_at, n.id)
    AND (${join(
      REPLACING.map(
        (templates) =>
          sql`(n.template = ANY(${[...templates]}::text[]) AND r.template = ANY(${[...templates]}::text[]))`,
      ),
      ' OR ',
    )})))`;

/** Instants are in milliseconds. */
const SERIES = sql`CASE WHEN n.template = ANY(${[...OF_SERIES]}::text[]) THEN (SELECT coalesce(jsonb_agg(jsonb_build_object(
    'id', s.id, 'status', s.status, 'start', (extract(epoch FROM s.starts_at) * 1000)::bigint,
    'end', (extract(epoch FROM s.ends_at) * 1000)::bigint, 'version', s.version,
    'updatedAt', (extract(epoch FROM s.updated_at) * 1000)::bigint, 'isWithItsDoctor', s.doctor_id = q.doctor_id,
    'place', CASE WHEN l.id IS NOT NULL THEN jsonb_build_object('name', l.name, 'street', l.street, 'city', l.city,
      'state', l.state, 'postalCode', l.postal_code, 'country', l.country) END)), '[]')
  FROM appointments s JOIN appointment_series q ON q.id = s.series_id LEFT JOIN locations l ON l.id = s.location_id
  WHERE s.series_id = a.series_id) END`;

/** Of `notifications n` and its `appointments a`. */
export const APPOINTMENT_COLUMNS = sql`n.appointment_id, n.appointment_version, a.version, a.status AS appointment_status, a.starts_at,
  ${CONCERNS_RECEIVER} AS concerns_receiver, ${IS_REPLACED} AS is_replaced, ${SERIES} AS series`;

export function readAppointment(found: Row): StoredNotification['appointment'] {
  if (found.appointment_version === null) return null;
  return {
    id: found.appointment_id as AppointmentId,
    writtenForVersion: found.appointment_version as number,
    version: found.version as number,
    status: found.appointment_status as string,
    start: found.starts_at as number,
    concernsReceiver: found.concerns_receiver as boolean,
    isReplaced: found.is_replaced as boolean,
    series: found.series as readonly SeriesDate[] | null,
  };
}

/** Appointments of which somebody is reminded, as SQL. */
import type { RemindedOf, SchedulingLoads, ToldAppointment } from '../../../domain/scheduling/ports.ts';
import type { AppointmentId } from '../../../domain/shared/ids.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { at, rows, type Sql, type SqlLoad, sql } from '../driver/sql.ts';

/** @param one loads the appointment that meets a condition */
export function remindedLoads(
  one: (condition: Sql, now: Instant) => SqlLoad<ToldAppointment | undefined>,
): Pick<SchedulingLoads, 'remindable' | 'remindedOf'> {
  return {
    remindable: (id, now) => one(sql`a.id = ${id}::uuid AND ${isReminded(now)}`, now),
    remindedOf: (of, now, after, limit) =>
      rows(
        sql`SELECT a.id FROM appointments a WHERE a.patient_id IN (${patientsOf(of)}) AND ${isReminded(now)}
              AND (${after}::uuid IS NULL OR a.id > ${after}::uuid)
            ORDER BY a.id LIMIT ${limit}::int`,
        ({ id }) => id as AppointmentId,
      ),
  };
}

function patientsOf(of: RemindedOf): Sql {
  return 'proxyId' in of
    ? sql`SELECT y.patient_id FROM proxies y WHERE y.id = ${of.proxyId}::uuid`
    : sql`SELECT ${of.personId}::uuid UNION SELECT y.patient_id FROM proxies y WHERE y.person_id = ${of.personId}::uuid
        AND y.accepted_at IS NOT NULL AND y.revoked_at IS NULL`;
}

/** Of `appointments a`. */
function isReminded(now: Instant): Sql {
  return sql`a.status IN ('scheduled', 'confirmed') AND a.starts_at > ${at(now)}::timestamptz`;
}

/** Delays of doctors: loads and changes. */
import {
  type Delay,
  type DelayChange,
  MAXIMUM_DELAY_MINUTES,
  STEP_MINUTES,
  type WaitingPatient,
} from '../../../domain/scheduling/delay.ts';
import type { DelayLoads } from '../../../domain/scheduling/ports.ts';
import type { AppointmentId, UserId } from '../../../domain/shared/ids.ts';
import type { ZoneId } from '../../../domain/shared/zone.ts';
import { proxiesColumn, readProxies } from '../access/proxies-of.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import type { Row } from '../driver/driver.ts';
import { at, DATA_KEY_COLUMNS, guarded, raw, readDataKey, row, rows, type Sql, sql } from '../driver/sql.ts';
import { accompaniedBy } from './busy-statements.ts';
import { doctorName } from './rows.ts';

export const delayLoads: DelayLoads = {
  delay: (doctorId) => row(sql`SELECT * FROM doctor_delays WHERE doctor_id = ${doctorId}::uuid`, readDelay),
  waiting: ({ doctorId, endsAt }, now, limit) => {
    const isTheirs = (doctor: Sql) => sql`${doctor} = ${doctorId}::uuid`;
    // The longest delay of the visit's doctors. If all of them are on time again, the doctor whose delay this job tells.
    const longest = sql`SELECT x.minutes, ${NAME} FROM doctor_delays x JOIN doctors du ON du.user_id = x.doctor_id
      WHERE x.ends_at > ${at(now)}::timestamptz AND a.starts_at < x.ends_at
        AND (x.doctor_id = a.doctor_id OR x.doctor_id IN (
          SELECT p.participant_id FROM appointment_participants p WHERE p.appointment_id = a.id AND p.additional))
      ORDER BY x.minutes DESC, ${isTheirs(sql`x.doctor_id`)} DESC LIMIT 1`;
    const told = sql`l.minutes - l.minutes % ${STEP_MINUTES}::int`;
    return rows(
      sql`SELECT a.id, a.version, a.patient_id, a.doctor_id, a.starts_at, a.timezone, ${told} AS told_minutes,
            l.doctor_first_name, l.doctor_last_name, ${DATA_KEY_COLUMNS}, ${proxiesColumn(sql`a.patient_id`, now)}
          FROM appointments a JOIN data_keys k ON k.owner_id = a.patient_id CROSS JOIN LATERAL (${longest}) l
          LEFT JOIN delay_notices n
            ON n.appointment_id = a.id AND n.starts_at = a.starts_at AND n.doctor_id = a.doctor_id
          WHERE (${isTheirs(sql`a.doctor_id`)} OR ${accompaniedBy(isTheirs)}) AND a.status <> 'held'
            AND a.status IN ('scheduled', 'confirmed', 'arrived', 'roomed')
            AND a.starts_at > ${at(now)}::timestamptz - make_interval(mins => ${MAXIMUM_DELAY_MINUTES}::int)
            AND a.starts_at > ${at(now)}::timestamptz - make_interval(mins => l.minutes)
            AND a.starts_at < ${at(endsAt)}::timestamptz AND coalesce(n.minutes, 0) <> ${told}
          ORDER BY a.starts_at, a.id LIMIT ${limit}::int`,
      readWaiting,
    );
  },
};

const NAME = raw('du.first_name AS doctor_first_name, du.last_name AS doctor_last_name');

export const delayWriters: ChangeWriters<DelayChange> = {
  'delay.set': ({ delay: d }) => [
    sql`INSERT INTO doctor_delays (doctor_id, minutes, set_at, ends_at)
        VALUES (${d.doctorId}::uuid, ${d.minutes}::int, ${at(d.setAt)}, ${at(d.endsAt)})
        ON CONFLICT (doctor_id) DO UPDATE
          SET minutes = excluded.minutes, set_at = excluded.set_at, ends_at = excluded.ends_at`,
  ],
  'delay.told': ({ notice: n }) => [
    guarded(
      sql`INSERT INTO delay_notices AS n (appointment_id, doctor_id, starts_at, minutes, told_at)
          VALUES (${n.appointmentId}::uuid, ${n.doctorId}::uuid, ${at(n.start)}, ${n.minutes}::int, ${at(n.at)})
          ON CONFLICT (appointment_id) DO UPDATE
            SET doctor_id = excluded.doctor_id, starts_at = excluded.starts_at, minutes = excluded.minutes, told_at = excluded.told_at
            WHERE (n.doctor_id, n.starts_at, n.minutes) IS DISTINCT FROM (excluded.doctor_id, excluded.starts_at, excluded.minutes)
          RETURNING 1`,
      'delay_notice',
    ),
  ],
};

function readDelay(found: Row): Delay {
  return {
    doctorId: found.doctor_id as UserId,
    minutes: found.minutes as number,
    setAt: found.set_at as number,
    endsAt: found.ends_at as number,
  };
}

function readWaiting(found: Row): WaitingPatient {
  return {
    appointmentId: found.id as AppointmentId,
    doctorId: found.doctor_id as UserId,
    minutes: found.told_minutes as number,
    lateDoctorName: doctorName(found, 'doctor_'),
    version: found.version as number,
    patientId: found.patient_id as UserId,
    patientKey: readDataKey(found),
    proxies: readProxies(found),
    start: found.starts_at as number,
    timezone: found.timezone as ZoneId,
  };
}

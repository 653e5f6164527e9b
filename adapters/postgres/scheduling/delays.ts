/** Delays of doctors: loads and changes. */
import { type Delay, type DelayChange, toldMinutes, type WaitingPatient } from '../../../domain/scheduling/delay.ts';
import type { DelayLoads } from '../../../domain/scheduling/ports.ts';
import type { AppointmentId, UserId } from '../../../domain/shared/ids.ts';
import type { ZoneId } from '../../../domain/shared/zone.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import type { Row } from '../driver/driver.ts';
import { at, DATA_KEY_COLUMNS, guarded, readDataKey, row, rows, sql } from '../driver/sql.ts';

export const delayLoads: DelayLoads = {
  delay: (doctorId) => row(sql`SELECT * FROM doctor_delays WHERE doctor_id = ${doctorId}::uuid`, readDelay),
  waiting: ({ doctorId, minutes, endsAt }, now, limit) =>
    rows(
      sql`SELECT a.id, a.version, a.patient_id, a.starts_at, a.timezone, ${DATA_KEY_COLUMNS}
          FROM appointments a JOIN data_keys k ON k.owner_id = a.patient_id
          LEFT JOIN delay_notices n
            ON n.appointment_id = a.id AND n.starts_at = a.starts_at AND n.doctor_id = a.doctor_id
          WHERE a.doctor_id = ${doctorId}::uuid AND a.status <> 'held'
            AND a.status IN ('scheduled', 'confirmed', 'arrived', 'roomed')
            AND a.starts_at > ${at(now)}::timestamptz - make_interval(mins => ${minutes}::int)
            AND a.starts_at < ${at(endsAt)}::timestamptz AND coalesce(n.minutes, 0) <> ${toldMinutes(minutes)}::int
          ORDER BY a.starts_at, a.id LIMIT ${limit}::int`,
      readWaiting,
    ),
};

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
    version: found.version as number,
    patientId: found.patient_id as UserId,
    patientKey: readDataKey(found),
    start: found.starts_at as number,
    timezone: found.timezone as ZoneId,
  };
}

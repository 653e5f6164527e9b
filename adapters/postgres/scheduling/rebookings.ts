/** Rebookings: loads and changes. */
import type { KeyedPersonalChange } from '../../../domain/changes.ts';
import type { ActorKind } from '../../../domain/scheduling/appointment.ts';
import type { ClinicAppointment } from '../../../domain/scheduling/front-desk-ports.ts';
import type { RebookingId } from '../../../domain/scheduling/ids.ts';
import type {
  Rebooking,
  RebookingBegun,
  RebookingChange,
  RebookingOutcome,
} from '../../../domain/scheduling/rebooking.ts';
import type { PendingRebooking, RebookingLoads } from '../../../domain/scheduling/rebooking-ports.ts';
import type { AppointmentId, UserId } from '../../../domain/shared/ids.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import type { Row } from '../driver/driver.ts';
import {
  at,
  DATA_KEY_COLUMNS,
  guarded,
  readDataKey,
  row,
  rows,
  type SqlLoad,
  type SqlRecordedLoad,
  sql,
} from '../driver/sql.ts';
import { sealedRow, sealingRow } from '../sealed/sealed-row.ts';
import { RECORD_COLUMNS, RECORD_TABLES, visibleTo } from './appointment-loads.ts';
import { bookedHoursLoad } from './booked-hours.ts';
import { readWithPatient, TABLES_WITH_PATIENT, WITH_PATIENT } from './front-desk-loads.ts';
import { readAppointmentRecord } from './rows.ts';

type KeyedBegun = Extract<KeyedPersonalChange, RebookingBegun>;

export const rebookingWriters: ChangeWriters<KeyedBegun | Exclude<RebookingChange, RebookingBegun>> = {
  'rebooking.begun': ({ rebooking: r, appointmentIds, dataKey }, cipher) => [
    sql`INSERT INTO rebookings (id, doctor_id, action, to_doctor_id, message, by_kind, created_at)
        VALUES (${r.id}::uuid, ${r.doctorId}::uuid, ${r.action}, ${r.toDoctorId}::uuid,
          ${sealingRow(cipher, dataKey, 'rebookings', r.id).optional('message', r.message)}::bytea, ${r.byKind}, ${at(r.createdAt)})`,
    sql`INSERT INTO rebooked_appointments (rebooking_id, appointment_id, state)
        SELECT ${r.id}::uuid, its.id, 'pending' FROM unnest(${[...appointmentIds]}::uuid[]) AS its (id)`,
  ],
  'rebooking.settled': ({ rebookingId, appointmentId, outcome }) => {
    const statement = sql`UPDATE rebooked_appointments SET state = ${outcome}
      WHERE rebooking_id = ${rebookingId}::uuid AND appointment_id = ${appointmentId}::uuid AND state = 'pending' RETURNING 1`;
    return [outcome === 'unchanged' ? statement : guarded(statement, 'rebooked_appointment')];
  },
};

export function createRebookingLoads(cipher: FieldCipher): RebookingLoads {
  return {
    bookedHours: (query) => bookedHoursLoad(query, cipher),
    rebooking: (id) =>
      row(
        sql`SELECT r.*, ${DATA_KEY_COLUMNS} FROM rebookings r JOIN data_keys k ON k.owner_id = r.doctor_id
            WHERE r.id = ${id}::uuid`,
        (found) => readRebooking(found, cipher),
      ),
    counts: (id): SqlLoad<ReadonlyMap<RebookingOutcome | 'pending', number>> => ({
      statements: [
        sql`SELECT state, count(*)::int AS total FROM rebooked_appointments WHERE rebooking_id = ${id}::uuid GROUP BY state`,
      ],
      read: ([found = []]) =>
        new Map(found.map(({ state, total }) => [state as RebookingOutcome | 'pending', total as number])),
    }),
    pending: (id, limit) =>
      rows(
        sql`SELECT r.appointment_id, a.patient_id, a.starts_at FROM rebooked_appointments r
              JOIN appointments a ON a.id = r.appointment_id
            WHERE r.rebooking_id = ${id}::uuid AND r.state = 'pending'
            ORDER BY a.starts_at, a.id LIMIT ${limit}::int`,
        readPending,
      ),
    rebooked: (id, appointmentId) =>
      row(
        sql`SELECT ${RECORD_COLUMNS} FROM ${RECORD_TABLES}
            WHERE a.id = (SELECT r.appointment_id FROM rebooked_appointments r
                          WHERE r.rebooking_id = ${id}::uuid AND r.appointment_id = ${appointmentId}::uuid AND r.state = 'pending')
              AND a.status <> 'held'`,
        (found) => readAppointmentRecord(found, cipher),
      ),
    offeredBefore: (appointmentId, doctorId) =>
      rows(
        sql`SELECT x.starts_at FROM appointments a
              JOIN waitlist_offers x ON x.patient_id = a.patient_id AND x.doctor_id = coalesce(${doctorId}::uuid, a.doctor_id)
            WHERE a.id = ${appointmentId}::uuid AND a.status <> 'held' AND x.starts_at >= a.starts_at`,
        (found) => found.starts_at as number,
      ),
    affectedRead: (ids, viewer): SqlRecordedLoad<ClinicAppointment[]> => {
      const visible = sql`a.id = ANY(${[...ids]}::uuid[]) AND a.status <> 'held' AND ${visibleTo(viewer)}`;
      return {
        load: rows(
          sql`SELECT ${WITH_PATIENT} FROM ${TABLES_WITH_PATIENT} WHERE ${visible} ORDER BY a.starts_at, a.id`,
          (found) => readWithPatient(found, cipher),
        ),
        streams: sql`SELECT a.patient_id AS stream FROM appointments a WHERE ${visible}`,
      };
    },
  };
}

function readPending(found: Row): PendingRebooking {
  return {
    appointmentId: found.appointment_id as AppointmentId,
    patientId: found.patient_id as UserId,
    start: found.starts_at as number,
  };
}

function readRebooking(found: Row, cipher: FieldCipher): Rebooking {
  const id = found.id as RebookingId;
  return {
    id,
    doctorId: found.doctor_id as UserId,
    action: found.action as Rebooking['action'],
    toDoctorId: found.to_doctor_id as UserId | null,
    message: sealedRow(cipher, readDataKey(found), 'rebookings', id).optional('message', found.message),
    byKind: found.by_kind as ActorKind,
    createdAt: found.created_at as number,
  };
}

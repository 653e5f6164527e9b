/** The loads and conditions for closing an account or changing the role of a doctor. */
import type { OffboardingRecord } from '../../../domain/scheduling/ports.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { at, DATA_KEY_COLUMNS, raw, type Sql, type SqlLoad, sql } from '../driver/sql.ts';
import { withOneOf } from './appointment-loads.ts';
import { APPOINTMENT_COLUMNS, doctorName, readAppointmentRecord, readHold } from './rows.ts';
import { readReceivers, receiverColumns } from './waitlist-match.ts';
import { ENTRY_RECORD, ENTRY_TABLES, readEntryRecord } from './waitlist-rows.ts';

/** The open future appointments of a person, as patient, doctor or additional doctor. */
function stillToCome(person: string, now: Instant): Sql {
  return sql`(a.patient_id = ${person}::uuid OR ${withOneOf([person])})
    AND a.status IN ('requested', 'scheduled', 'confirmed') AND a.status <> 'held' AND a.starts_at > ${at(now)}::timestamptz`;
}

/** Whether the person has no open future appointment, and nobody waits for or is offered the person's time as a doctor. */
export function isDone(person: string, now: Instant): Sql {
  return sql`(NOT EXISTS (SELECT 1 FROM appointments a WHERE ${stillToCome(person, now)}) AND ${isDoneAsDoctor(person, now)})`;
}

/** {@link isDone} for the appointments as a doctor alone: the same person may also be a patient, and stays one. */
export function isDoneAsDoctor(person: string, now: Instant): Sql {
  return sql`(NOT EXISTS (
      SELECT 1 FROM appointments a WHERE ${withOneOf([person])} AND ${stillToCome(person, now)})
    AND NOT EXISTS (SELECT 1 FROM waitlist_offers o WHERE o.doctor_id = ${person}::uuid AND o.state = 'open')
    AND NOT EXISTS (
      SELECT 1 FROM waitlist_entries e WHERE e.doctor_id = ${person}::uuid AND e.state IN ('waiting', 'offered')
    ))`;
}

const DOCTOR_NAME = raw(`du.first_name AS doctor_first_name, du.last_name AS doctor_last_name`);

export function offboardingLoad(
  person: UserId,
  now: Instant,
  atMost: number | null,
  cipher: FieldCipher,
): SqlLoad<OffboardingRecord> {
  const its = sql`${person}::uuid`;
  return {
    statements: [
      sql`SELECT ${APPOINTMENT_COLUMNS}, t.code AS type_code, ${DOCTOR_NAME}, ${DATA_KEY_COLUMNS}
          FROM appointments a JOIN appointment_types t ON t.id = a.appointment_type_id
            JOIN doctors du ON du.user_id = a.doctor_id JOIN data_keys k ON k.owner_id = a.patient_id
          WHERE ${stillToCome(person, now)} ORDER BY a.starts_at DESC, a.id LIMIT ${atMost}::int`,
      sql`SELECT ${APPOINTMENT_COLUMNS} FROM appointments a
          WHERE a.status = 'held' AND a.hold_expires_at > ${at(now)}::timestamptz
            AND (a.held_by = ${its} OR a.patient_id = ${its} OR a.doctor_id = ${its})`,
      sql`SELECT ${ENTRY_RECORD}, ${DOCTOR_NAME}, ${receiverColumns(sql`e.patient_id`, now)}
          FROM ${ENTRY_TABLES} LEFT JOIN doctors du ON du.user_id = e.doctor_id
          WHERE e.state IN ('waiting', 'offered')
            AND (e.patient_id = ${its} OR e.doctor_id = ${its} OR o.doctor_id = ${its}) ORDER BY e.id LIMIT ${atMost}::int`,
    ],
    read: ([appointments = [], holds = [], entries = []]) => ({
      appointments: appointments.map((found) => readAppointmentRecord(found, cipher)),
      holds: holds.map(readHold),
      entries: entries.map((found) => ({
        ...readEntryRecord(found, cipher),
        ...readReceivers(found),
        doctorName: found.doctor_first_name === null ? null : doctorName(found, 'doctor_'),
      })),
    }),
  };
}

/** The loads and conditions for closing an account or changing the role of a doctor. */
import type { OffboardingRecord, ResignationRecord } from '../../../domain/scheduling/ports.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { proxiesColumn } from '../access/proxies-of.ts';
import type { Row } from '../driver/driver.ts';
import { at, DATA_KEY_COLUMNS, join, raw, type Sql, type SqlLoad, sql } from '../driver/sql.ts';
import { OPEN, visitsOf } from './busy-statements.ts';
import { COMING_STATEMENTS, comingStatements, readComing } from './coming.ts';
import { readReceivers, receiverColumns } from './receivers.ts';
import { APPOINTMENT_COLUMNS, doctorName, readHold, readToldAppointment } from './rows.ts';
import { ENTRY_RECORD, ENTRY_TABLES, readEntryRecord } from './waitlist-rows.ts';

type Part = 'patient' | 'doctor';

/**
 * The open future appointments of a person as these, `FROM … WHERE …`. Each part is read from its own index: of alternatives in one
 * condition PostgreSQL may read all appointments to come.
 */
function stillToCome(person: string, as: readonly Part[], now: Instant): readonly Sql[] {
  const its = sql`${person}::uuid`;
  const open = sql`${OPEN} AND a.starts_at > ${at(now)}::timestamptz`;
  const { led, attended } = visitsOf(its);
  const parts: Readonly<Record<Part, readonly Sql[]>> = {
    patient: [sql`FROM appointments a WHERE a.patient_id = ${its} AND ${open}`],
    doctor: [sql`FROM ${led} AND ${open}`, sql`FROM ${attended} AND ${open}`],
  };
  return as.flatMap((each) => parts[each]);
}

/** Whether there is none. */
function hasNone(parts: readonly Sql[]): Sql {
  return join(
    parts.map((part) => sql`NOT EXISTS (SELECT 1 ${part})`),
    ' AND ',
  );
}

/** The ids of the last of them. */
function lastOf(parts: readonly Sql[], atMost: number | null): Sql {
  const part = (of: Sql) => sql`(SELECT a.id ${of} ORDER BY a.starts_at DESC, a.id LIMIT ${atMost}::int)`;
  return join(parts.map(part), ' UNION ');
}

/** Whether the person has no open future appointment, and nobody waits for or is offered the person's time as a doctor. */
export function isDone(person: string, now: Instant): Sql {
  return sql`(${hasNone(stillToCome(person, ['patient'], now))} AND ${isDoneAsDoctor(person, now)})`;
}

/** {@link isDone} for the appointments as a doctor alone: the same person may also be a patient, and stays one. */
export function isDoneAsDoctor(person: string, now: Instant): Sql {
  return sql`(${hasNone(stillToCome(person, ['doctor'], now))}
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
  return {
    statements: [
      sql`SELECT ${APPOINTMENT_COLUMNS}, t.code AS type_code, ${DOCTOR_NAME}, ${DATA_KEY_COLUMNS}, ${proxiesColumn(sql`a.patient_id`, now)}
          FROM appointments a JOIN appointment_types t ON t.id = a.appointment_type_id
            JOIN doctors du ON du.user_id = a.doctor_id JOIN data_keys k ON k.owner_id = a.patient_id
          WHERE a.id IN (${lastOf(stillToCome(person, ['patient', 'doctor'], now), atMost)})
          ORDER BY a.starts_at DESC, a.id LIMIT ${atMost}::int`,
      ...holdsAndEntries(person, now, atMost),
    ],
    read: ([appointments = [], ...others]) => ({
      appointments: appointments.map((found) => readToldAppointment(found, cipher)),
      ...readHoldsAndEntries(others, cipher),
    }),
  };
}

/** What stands in the way of another role for a doctor, in numbers, and what ends with the role. */
export function resignationLoad(doctor: UserId, now: Instant, cipher: FieldCipher): SqlLoad<ResignationRecord> {
  return {
    statements: [...comingStatements(stillToCome(doctor, ['doctor'], now)), ...holdsAndEntries(doctor, now, null)],
    read: (results) => ({
      coming: readComing(results),
      ...readHoldsAndEntries(results.slice(COMING_STATEMENTS), cipher),
    }),
  };
}

/** Of entries those of the person, those that name the person as doctor, and those with an open offer of the person's time. */
function holdsAndEntries(person: UserId, now: Instant, atMost: number | null): Sql[] {
  const its = sql`${person}::uuid`;
  const open = sql`e.state IN ('waiting', 'offered')`;
  return [
    sql`SELECT ${APPOINTMENT_COLUMNS} FROM appointments a
          WHERE a.status = 'held' AND a.hold_expires_at > ${at(now)}::timestamptz
            AND (a.held_by = ${its} OR a.patient_id = ${its} OR a.doctor_id = ${its})`,
    sql`SELECT ${ENTRY_RECORD}, ${DOCTOR_NAME}, ${receiverColumns(sql`e.patient_id`, now)}
          FROM ${ENTRY_TABLES} LEFT JOIN doctors du ON du.user_id = e.doctor_id
          WHERE e.id IN (SELECT e.id FROM waitlist_entries e WHERE e.patient_id = ${its} AND ${open}
              UNION SELECT e.id FROM waitlist_entries e WHERE e.doctor_id = ${its} AND ${open}
              UNION SELECT e.id FROM waitlist_offers f JOIN waitlist_entries e ON e.id = f.entry_id
                WHERE f.doctor_id = ${its} AND f.state = 'open' AND ${open})
          ORDER BY e.id LIMIT ${atMost}::int`,
  ];
}

function readHoldsAndEntries([holds = [], entries = []]: readonly (readonly Row[])[], cipher: FieldCipher) {
  return {
    holds: holds.map(readHold),
    entries: entries.map((found) => ({
      ...readEntryRecord(found, cipher),
      ...readReceivers(found),
      doctorName: found.doctor_first_name === null ? null : doctorName(found, 'doctor_'),
    })),
  };
}

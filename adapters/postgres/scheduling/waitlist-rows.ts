/** Reads rows of the waitlist tables into values of the domain. */
import type { WaitlistEntryId, WaitlistOfferId } from '../../../domain/scheduling/ids.ts';
import type { OfferState, WaitlistEntry, WaitlistOffer, WaitlistState } from '../../../domain/scheduling/waitlist.ts';
import type { EntryRecord, LaterAppointment } from '../../../domain/scheduling/waitlist-ports.ts';
import type { AppointmentId, AppointmentTypeId, HoldId, UserId } from '../../../domain/shared/ids.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { LocalDate, LocalTime } from '../../../domain/shared/time.ts';
import type { Row } from '../driver/driver.ts';
import { DATA_KEY_COLUMNS, raw, readDataKey, type Sql, sql } from '../driver/sql.ts';
import { sealedRow } from '../sealed/sealed-row.ts';

export const ENTRY_COLUMNS =
  raw(`e.id, e.patient_id, e.appointment_type_id, e.doctor_id, e.specialty, e.first_date, e.last_date,
  e.window_start, e.window_end, e.rank, e.missed, e.state, e.created_at, e.updated_at, e.version`);
export const OFFER_COLUMNS = raw(`o.id AS offer_id, o.entry_id, o.patient_id AS offer_patient_id, o.hold_id,
  o.doctor_id AS offer_doctor_id, o.starts_at AS offer_start, o.ends_at AS offer_end, o.state AS offer_state,
  o.created_at AS offer_created_at, o.expires_at AS offer_expires_at, o.version AS offer_version`);

/** An instant in epoch milliseconds, inside a JSON value. */
export const milliseconds = (instant: Sql) => sql`(extract(epoch FROM ${instant}) * 1000)::bigint`;

/** The next open appointment of the type of `e` that the patient of the offer `o` has after its time. */
export const LATER_COLUMN = sql`(SELECT json_build_array(a.id, a.doctor_id, ${milliseconds(sql`a.starts_at`)},
    ${milliseconds(sql`a.ends_at`)})::text FROM appointments a
  WHERE a.patient_id = o.patient_id AND a.starts_at > o.starts_at AND a.appointment_type_id = e.appointment_type_id
    AND a.status IN ('requested', 'scheduled', 'confirmed') ORDER BY a.starts_at LIMIT 1) AS later`;

export function readLater({ later }: Row): LaterAppointment | null {
  if (typeof later !== 'string') return null;
  const [id, doctorId, start, end] = JSON.parse(later) as [AppointmentId, UserId, number, number];
  return { id, doctorId, start, end };
}

/** Expects the patient's data key among the columns. Matching compares the blind index of the specialty, not this text. */
export function readEntry(found: Row, cipher: FieldCipher): WaitlistEntry {
  const sealed = sealedRow(cipher, readDataKey(found), 'waitlist_entries', found.id as string);
  return {
    id: found.id as WaitlistEntryId,
    patientId: found.patient_id as UserId,
    appointmentTypeId: found.appointment_type_id as AppointmentTypeId,
    doctorId: found.doctor_id as UserId | null,
    specialty: found.specialty === null ? null : sealed.text('specialty', found.specialty),
    from: found.first_date as LocalDate,
    to: found.last_date as LocalDate,
    dailyWindow:
      found.window_start === null
        ? null
        : { start: found.window_start as LocalTime, end: found.window_end as LocalTime },
    rank: found.rank as number,
    missed: found.missed as number,
    state: found.state as WaitlistState,
    createdAt: found.created_at as number,
    updatedAt: found.updated_at as number,
    version: found.version as number,
  };
}

export function readOffer(found: Row): WaitlistOffer {
  return {
    id: found.offer_id as WaitlistOfferId,
    entryId: found.entry_id as WaitlistEntryId,
    patientId: found.offer_patient_id as UserId,
    holdId: found.hold_id as HoldId,
    doctorId: found.offer_doctor_id as UserId,
    start: found.offer_start as number,
    end: found.offer_end as number,
    state: found.offer_state as OfferState,
    createdAt: found.offer_created_at as number,
    expiresAt: found.offer_expires_at as number,
    version: found.offer_version as number,
  };
}

export function readEntryRecord(found: Row, cipher: FieldCipher): EntryRecord {
  return {
    entry: readEntry(found, cipher),
    typeCode: found.type_code as string,
    openOffer: found.offer_id === null ? null : readOffer(found),
    later: readLater(found),
  };
}

export const ENTRY_TABLES = raw(`waitlist_entries e JOIN appointment_types t ON t.id = e.appointment_type_id
  JOIN data_keys k ON k.owner_id = e.patient_id LEFT JOIN waitlist_offers o ON o.entry_id = e.id AND o.state = 'open'`);
export const ENTRY_RECORD = sql`${ENTRY_COLUMNS}, t.code AS type_code, ${OFFER_COLUMNS}, ${LATER_COLUMN}, ${DATA_KEY_COLUMNS}`;

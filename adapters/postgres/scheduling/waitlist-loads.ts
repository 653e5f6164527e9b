/** The loads of the waitlist. */
import type { DeferredTime } from '../../../domain/scheduling/deferred-time.ts';
import type { PatientTimes } from '../../../domain/scheduling/free-now.ts';
import type { RolledHorizon } from '../../../domain/scheduling/horizon.ts';
import type { WaitlistOfferId } from '../../../domain/scheduling/ids.ts';
import type {
  EntryRecord,
  OfferRecord,
  UnservedEntry,
  WaitlistLoads,
} from '../../../domain/scheduling/waitlist-ports.ts';
import type { AppointmentTypeId, UserId } from '../../../domain/shared/ids.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import { type Instant, type LocalDate, parseLocalDate } from '../../../domain/shared/time.ts';
import type { ZoneId } from '../../../domain/shared/zone.ts';
import { knownPatient, mayActFor } from '../access/record-access.ts';
import type { Row } from '../driver/driver.ts';
import {
  at,
  DATA_KEY_COLUMNS,
  readDataKey,
  row,
  rows,
  type Sql,
  type SqlLoad,
  type SqlRecordedLoad,
  sql,
} from '../driver/sql.ts';
import { sealedRow } from '../sealed/sealed-row.ts';
import {
  bookingStateLoad,
  DOCTORS,
  isKnownTo,
  type LoadedState,
  OPEN_DOCTOR,
  patientStartsStatement,
  readPatientStart,
} from './booking-state.ts';
import { busyStatement, sqlDates } from './busy-statements.ts';
import { doctorCondition } from './directory-loads.ts';
import { offerReceiversLoad, readReceivers, receiverColumns } from './receivers.ts';
import { APPOINTMENT_COLUMNS, doctorName, readHold, readPatientBusy } from './rows.ts';
import { blockingOffersLoad, candidatesLoad, doctorTimesLoad } from './waitlist-match.ts';
import {
  ENTRY_COLUMNS,
  ENTRY_RECORD,
  ENTRY_TABLES,
  LATER_COLUMN,
  OFFER_COLUMNS,
  readEntry,
  readEntryRecord,
  readLater,
  readOffer,
} from './waitlist-rows.ts';

/** @param condition on `o` that at most one offer meets */
function offerLoad(condition: Sql, cipher: FieldCipher): SqlLoad<OfferRecord | undefined> {
  return {
    statements: [
      sql`SELECT ${ENTRY_COLUMNS}, ${OFFER_COLUMNS}, t.code AS type_code, du.first_name AS doctor_first_name,
            du.last_name AS doctor_last_name, pu.date_of_birth, ${LATER_COLUMN}, ${DATA_KEY_COLUMNS}
          FROM waitlist_offers o JOIN waitlist_entries e ON e.id = o.entry_id
            JOIN appointment_types t ON t.id = e.appointment_type_id JOIN doctors du ON du.user_id = o.doctor_id
            JOIN users pu ON pu.id = o.patient_id JOIN data_keys k ON k.owner_id = o.patient_id
          WHERE ${condition}`,
      sql`SELECT ${APPOINTMENT_COLUMNS} FROM appointments a
          WHERE a.id = (SELECT o.hold_id FROM waitlist_offers o WHERE ${condition}) AND a.status = 'held'`,
    ],
    read: ([offers, holds]) => {
      const found = offers?.[0];
      if (found === undefined) return undefined;
      const patientKey = readDataKey(found);
      const patient = sealedRow(cipher, patientKey, 'users', found.offer_patient_id as string);
      return {
        offer: readOffer(found),
        entry: readEntry(found, cipher),
        hold: holds?.[0] === undefined ? null : readHold(holds[0]),
        typeCode: found.type_code as string,
        doctorName: doctorName(found, 'doctor_'),
        patientKey,
        dateOfBirth: parseLocalDate(patient.optional('date_of_birth', found.date_of_birth) ?? '') ?? null,
        later: readLater(found),
      };
    },
  };
}

/** The booking state for the time, the type and the patient of an offer. */
function offerStateLoad(id: WaitlistOfferId, now: Instant): SqlLoad<LoadedState | undefined> {
  const its = (expression: Sql) =>
    sql`(SELECT ${expression} FROM waitlist_offers o JOIN waitlist_entries e ON e.id = o.entry_id WHERE o.id = ${id}::uuid)`;
  return bookingStateLoad({
    doctor: its(sql`o.doctor_id`),
    type: sql`t.id = ${its(sql`e.appointment_type_id`)}`,
    patient: its(sql`o.patient_id`),
    additional: null,
    dates: {
      from: its(sql`(o.starts_at AT TIME ZONE 'UTC')::date - 2`),
      to: its(sql`(o.starts_at AT TIME ZONE 'UTC')::date + 2`),
    },
    now,
  });
}

function zonesServingLoad(...[{ doctorId, specialty }, typeCode]: Parameters<WaitlistLoads['zonesServing']>) {
  const filter = { specialty, doctorIds: doctorId === null ? null : [doctorId], text: null };
  return rows(
    sql`SELECT DISTINCT d.timezone FROM ${DOCTORS} JOIN appointment_types t ON t.code = ${typeCode}
        WHERE ${doctorCondition(filter)} AND (t.doctor_ids IS NULL OR d.user_id = ANY(t.doctor_ids))`,
    (found) => found.timezone as ZoneId,
  );
}

/** The patient's busy times and counted appointments of a type. */
function patientTimesLoad(
  ...[patientId, typeCode, dates, now]: Parameters<WaitlistLoads['patientTimes']>
): SqlLoad<PatientTimes> {
  const patient = sql`${patientId}::uuid`;
  return {
    statements: [
      busyStatement('patient', (participant) => sql`${participant} = ${patient}`, sqlDates(dates), now),
      patientStartsStatement(sql`t.code = ${typeCode}`, patient, now),
    ],
    read: ([busy = [], starts = []]) => ({ busy: busy.map(readPatientBusy), starts: starts.map(readPatientStart) }),
  };
}

function unservedLoad(typeId: AppointmentTypeId, now: Instant, limit: number, cipher: FieldCipher) {
  return rows(
    sql`SELECT ${ENTRY_RECORD}, t.name AS type_name, ${receiverColumns(sql`e.patient_id`, now)},
          du.first_name AS doctor_first_name, du.last_name AS doctor_last_name
        FROM ${ENTRY_TABLES} LEFT JOIN doctors du ON du.user_id = e.doctor_id
        WHERE e.appointment_type_id = ${typeId}::uuid AND e.state IN ('waiting', 'offered')
          AND (NOT t.active OR NOT e.doctor_id = ANY(t.doctor_ids))
        ORDER BY e.id LIMIT ${limit}::int`,
    (found): UnservedEntry => ({
      ...readEntryRecord(found, cipher),
      ...readReceivers(found),
      doctorName: found.doctor_first_name === null ? null : doctorName(found, 'doctor_'),
      typeName: found.type_name as string,
    }),
  );
}

function readHorizon(found: Row): RolledHorizon {
  return {
    doctorId: found.user_id as UserId,
    timezone: found.timezone as ZoneId,
    active: found.is_active as boolean,
    day: found.horizon_day as LocalDate | null,
  };
}

function readDeferredTime(found: Row): DeferredTime {
  return {
    doctorId: found.doctor_id as UserId,
    start: found.starts_at as number,
    end: found.ends_at as number,
    openedAt: found.opened_at as number,
  };
}

export function createWaitlistLoads(cipher: FieldCipher): WaitlistLoads {
  const entryOf = (found: Row) => readEntry(found, cipher);
  const recordOf = (found: Row) => readEntryRecord(found, cipher);
  return {
    isKnownTo: (doctorId, patientId): SqlLoad<boolean> => ({
      statements: [sql`SELECT ${isKnownTo(sql`${doctorId}::uuid`, sql`${patientId}::uuid`)} AS is_known`],
      read: ([found]) => found?.[0]?.is_known === true,
    }),
    zonesServing: zonesServingLoad,
    patientTimes: patientTimesLoad,
    openEntries: (patientId) =>
      rows(
        sql`SELECT ${ENTRY_COLUMNS}, ${DATA_KEY_COLUMNS}
            FROM waitlist_entries e JOIN data_keys k ON k.owner_id = e.patient_id
            WHERE e.patient_id = ${patientId}::uuid AND e.state IN ('waiting', 'offered')`,
        entryOf,
      ),
    entry: (id, viewer) =>
      row(
        sql`SELECT ${ENTRY_RECORD} FROM ${ENTRY_TABLES}
            WHERE e.id = ${id}::uuid AND ${mayActFor(sql`e.patient_id`, viewer)}`,
        recordOf,
      ),
    entriesRead: (patientId, viewer, { after, limit }): SqlRecordedLoad<EntryRecord[] | undefined> => {
      const known = knownPatient(patientId, viewer);
      return {
        load: {
          statements: [
            known,
            sql`SELECT ${ENTRY_RECORD} FROM ${ENTRY_TABLES}
                WHERE e.patient_id = ${patientId}::uuid AND ${after === null ? sql`true` : sql`e.id > ${after}::uuid`}
                ORDER BY e.id LIMIT ${limit + 1}::int`,
          ],
          read: ([patient, found]) => (patient?.[0] === undefined ? undefined : (found ?? []).map(recordOf)),
        },
        streams: known,
      };
    },
    offer: (id, viewer) => {
      const isReached = viewer === null ? sql`true` : mayActFor(sql`o.patient_id`, viewer);
      return offerLoad(sql`o.id = ${id}::uuid AND ${isReached}`, cipher);
    },
    openOfferOf: (holdId, patientId) =>
      offerLoad(sql`o.patient_id = ${patientId}::uuid AND o.hold_id = ${holdId}::uuid AND o.state = 'open'`, cipher),
    offerState: offerStateLoad,
    doctorTimes: doctorTimesLoad,
    candidates: (query) => candidatesLoad(query, cipher),
    dueHorizons: (now, limit) =>
      rows(
        sql`SELECT d.user_id, d.timezone, d.horizon_day, (${OPEN_DOCTOR}) AS is_active
            FROM ${DOCTORS} WHERE d.horizon_next_at <= ${at(now)}::timestamptz
            ORDER BY d.horizon_next_at LIMIT ${limit}::int`,
        readHorizon,
      ),
    blockingOffers: blockingOffersLoad,
    offerReceivers: offerReceiversLoad,
    unserved: (typeId, now, limit) => unservedLoad(typeId, now, limit, cipher),
    deferredTimes: (offerId, limit) =>
      rows(
        sql`SELECT * FROM waitlist_deferred_times WHERE offer_id = ${offerId}::uuid
            ORDER BY doctor_id, starts_at, ends_at LIMIT ${limit}::int`,
        readDeferredTime,
      ),
  };
}

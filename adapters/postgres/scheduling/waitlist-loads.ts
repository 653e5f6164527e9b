/** The loads of the waitlist. */
import type { WaitlistEntryId, WaitlistOfferId } from '../../../domain/scheduling/ids.ts';
import type { EntryRecord, OfferRecord, WaitlistLoads, WaitlistMatchState } from '../../../domain/scheduling/ports.ts';
import type { OfferState, WaitlistEntry, WaitlistOffer, WaitlistState } from '../../../domain/scheduling/waitlist.ts';
import type { AppointmentTypeId, HoldId, UserId } from '../../../domain/shared/ids.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { LocalDate, LocalTime } from '../../../domain/shared/time.ts';
import { knownPatient } from '../access/record-access.ts';
import type { Row } from '../driver/driver.ts';
import {
  at,
  DATA_KEY_COLUMNS,
  raw,
  readDataKey,
  row,
  rows,
  type Sql,
  type SqlLoad,
  type SqlRecordedLoad,
  sql,
} from '../driver/sql.ts';
import { sealedRow } from '../sealed/sealed-row.ts';
import { bookingStateLoad, HOURS_STATEMENTS, hoursStatements, instants, readHours, standing } from './booking-state.ts';
import {
  APPOINTMENT_COLUMNS,
  BUSY_COLUMNS,
  doctorName,
  readBusy,
  readHold,
  readPatientBusy,
  readType,
  TYPE_COLUMNS,
} from './rows.ts';

const ENTRY_COLUMNS =
  raw(`e.id, e.patient_id, e.appointment_type_id, e.doctor_id, e.specialty, e.first_date, e.last_date,
  e.window_start, e.window_end, e.rank, e.state, e.created_at, e.updated_at, e.version`);
const OFFER_COLUMNS = raw(`o.id AS offer_id, o.entry_id, o.patient_id AS offer_patient_id, o.hold_id,
  o.doctor_id AS offer_doctor_id, o.starts_at AS offer_start, o.ends_at AS offer_end, o.state AS offer_state,
  o.created_at AS offer_created_at, o.expires_at AS offer_expires_at, o.version AS offer_version`);

/** Expects the patient's data key among the columns. Matching compares the blind index of the specialty, not this text. */
function readEntry(found: Row, cipher: FieldCipher): WaitlistEntry {
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
    state: found.state as WaitlistState,
    createdAt: found.created_at as number,
    updatedAt: found.updated_at as number,
    version: found.version as number,
  };
}

function readOffer(found: Row): WaitlistOffer {
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
  };
}

export const ENTRY_TABLES = raw(`waitlist_entries e JOIN appointment_types t ON t.id = e.appointment_type_id
  JOIN data_keys k ON k.owner_id = e.patient_id LEFT JOIN waitlist_offers o ON o.entry_id = e.id AND o.state = 'open'`);
export const ENTRY_RECORD = sql`${ENTRY_COLUMNS}, t.code AS type_code, ${OFFER_COLUMNS}, ${DATA_KEY_COLUMNS}`;

/** @param condition on `o` that at most one offer meets */
function offerLoad(condition: Sql, cipher: FieldCipher): SqlLoad<OfferRecord | undefined> {
  return {
    statements: [
      sql`SELECT ${ENTRY_COLUMNS}, ${OFFER_COLUMNS}, t.code AS type_code, du.first_name AS doctor_first_name,
            du.last_name AS doctor_last_name, ${DATA_KEY_COLUMNS}
          FROM waitlist_offers o JOIN waitlist_entries e ON e.id = o.entry_id
            JOIN appointment_types t ON t.id = e.appointment_type_id JOIN doctors du ON du.user_id = o.doctor_id
            JOIN data_keys k ON k.owner_id = o.patient_id
          WHERE ${condition}`,
      sql`SELECT ${APPOINTMENT_COLUMNS} FROM appointments a
          WHERE a.id = (SELECT o.hold_id FROM waitlist_offers o WHERE ${condition}) AND a.status = 'held'`,
    ],
    read: ([offers, holds]) => {
      const found = offers?.[0];
      if (found === undefined) return undefined;
      return {
        offer: readOffer(found),
        entry: readEntry(found, cipher),
        hold: holds?.[0] === undefined ? null : readHold(holds[0]),
        typeCode: found.type_code as string,
        doctorName: doctorName(found, 'doctor_'),
        patientKey: readDataKey(found),
      };
    },
  };
}

/** How many waiting entries are considered for one freed time, the best-ranked first. */
const CANDIDATES = 200;

export function createWaitlistLoads(cipher: FieldCipher): WaitlistLoads {
  const entryOf = (found: Row) => readEntry(found, cipher);
  const recordOf = (found: Row) => readEntryRecord(found, cipher);

  return {
    openEntries: (patientId) =>
      rows(
        sql`SELECT ${ENTRY_COLUMNS}, ${DATA_KEY_COLUMNS}
            FROM waitlist_entries e JOIN data_keys k ON k.owner_id = e.patient_id
            WHERE e.patient_id = ${patientId}::uuid AND e.state IN ('waiting', 'offered')`,
        entryOf,
      ),
    entry: (id, patientId) =>
      row(
        sql`SELECT ${ENTRY_RECORD} FROM ${ENTRY_TABLES}
            WHERE e.id = ${id}::uuid AND (${patientId}::uuid IS NULL OR e.patient_id = ${patientId}::uuid)`,
        recordOf,
      ),
    entriesRead: (patientId, viewer, { after, limit }): SqlRecordedLoad<EntryRecord[] | undefined> => {
      const known = knownPatient(patientId, viewer);
      return {
        load: {
          statements: [
            known,
            sql`SELECT ${ENTRY_RECORD} FROM ${ENTRY_TABLES}
                WHERE e.patient_id = ${patientId}::uuid AND (${after}::uuid IS NULL OR e.id > ${after}::uuid)
                ORDER BY e.id LIMIT ${limit + 1}::int`,
          ],
          read: ([patient, found]) => (patient?.[0] === undefined ? undefined : (found ?? []).map(recordOf)),
        },
        streams: known,
      };
    },
    offer: (id) => offerLoad(sql`o.id = ${id}::uuid`, cipher),
    openOfferOf: (holdId, patientId) =>
      offerLoad(sql`o.patient_id = ${patientId}::uuid AND o.hold_id = ${holdId}::uuid AND o.state = 'open'`, cipher),
    offerState: (id, now) => {
      const its = (expression: Sql) =>
        sql`(SELECT ${expression} FROM waitlist_offers o JOIN waitlist_entries e ON e.id = o.entry_id WHERE o.id = ${id}::uuid)`;
      return bookingStateLoad({
        doctor: its(sql`o.doctor_id`),
        type: sql`t.id = ${its(sql`e.appointment_type_id`)}`,
        patient: its(sql`o.patient_id`),
        dates: {
          from: its(sql`(o.starts_at AT TIME ZONE 'UTC')::date - 2`),
          to: its(sql`(o.starts_at AT TIME ZONE 'UTC')::date + 2`),
        },
        now,
      });
    },
    matchState: ({ doctorId, start, end, now }): SqlLoad<WaitlistMatchState | undefined> => {
      const dates = {
        from: sql`((${at(start)}::timestamptz AT TIME ZONE 'UTC')::date - 1)`,
        to: sql`((${at(end)}::timestamptz AT TIME ZONE 'UTC')::date + 1)`,
      };
      const waiting = sql`SELECT e.* FROM waitlist_entries e
        WHERE e.state = 'waiting' AND e.first_date <= ${dates.to} AND e.last_date >= ${dates.from}
          AND (e.doctor_id IS NULL OR e.doctor_id = ${doctorId}::uuid)
          AND (e.specialty_index IS NULL
            OR e.specialty_index = (SELECT d.specialty_index FROM doctors d WHERE d.user_id = ${doctorId}::uuid))
          AND EXISTS (SELECT 1 FROM users p WHERE p.id = e.patient_id AND p.deleted_at IS NULL AND p.status <> 'closed')
          AND NOT EXISTS (SELECT 1 FROM waitlist_offers x WHERE x.patient_id = e.patient_id AND x.state = 'open')
        ORDER BY e.rank DESC, e.created_at, e.id LIMIT ${CANDIDATES}::int`;
      return {
        statements: [
          ...hoursStatements(sql`d.user_id = ${doctorId}::uuid`, dates),
          sql`SELECT ${TYPE_COLUMNS} FROM appointment_types t`,
          sql`SELECT ${BUSY_COLUMNS} FROM appointments a
              WHERE a.doctor_id = ${doctorId}::uuid AND a.busy && ${instants(dates)} AND ${standing(now)}`,
          sql`SELECT ${ENTRY_COLUMNS}, ${DATA_KEY_COLUMNS} FROM (${waiting}) e JOIN data_keys k ON k.owner_id = e.patient_id`,
          sql`SELECT o.entry_id, o.doctor_id, o.starts_at FROM waitlist_offers o
              WHERE o.entry_id IN (SELECT w.id FROM (${waiting}) w) AND o.doctor_id = ${doctorId}::uuid`,
          sql`SELECT ${BUSY_COLUMNS}, a.patient_id FROM appointments a
              WHERE a.patient_id IN (SELECT w.patient_id FROM (${waiting}) w)
                AND tstzrange(a.starts_at, a.ends_at) && ${instants(dates)} AND ${standing(now)}`,
        ],
        read: (results) => {
          const [hours] = readHours(results);
          if (hours === undefined) return undefined;
          const [types = [], busy = [], entries = [], offers = [], occupied = []] = results.slice(HOURS_STATEMENTS);
          return {
            doctor: hours.doctor,
            doctorName: hours.name,
            availability: hours.availability,
            types: new Map(types.map(readType).map((type) => [type.id, type])),
            busy: busy.map(readBusy),
            freed: { start, end },
            entries: entries.map(entryOf),
            pastOffers: offers.map((found) => ({
              entryId: found.entry_id as WaitlistEntryId,
              doctorId: found.doctor_id as UserId,
              start: found.starts_at as number,
            })),
            patientBusy: new Map(
              [...Map.groupBy(occupied, ({ patient_id }) => patient_id as UserId)].map(([patientId, times]) => [
                patientId,
                times.map(readPatientBusy),
              ]),
            ),
            keys: new Map(entries.map((found) => [found.patient_id as UserId, readDataKey(found)])),
          };
        },
      };
    },
  };
}

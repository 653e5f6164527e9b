/** The loads of the front desk. */
import type {
  ClinicAppointment,
  ClinicEntry,
  DayQuery,
  DayRecord,
  EntryFilter,
  EntryPlace,
  FrontDeskLoads,
} from '../../../domain/scheduling/front-desk-ports.ts';
import type { Page } from '../../../domain/scheduling/ports.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { Viewer } from '../../../domain/shared/viewer.ts';
import { isPatientOf, isReachable } from '../access/record-access.ts';
import type { Row } from '../driver/driver.ts';
import { at, DATA_KEY_COLUMNS, rows, type Sql, type SqlRecordedLoad, sql } from '../driver/sql.ts';
import { READ_TABLES, RECORD_COLUMNS } from './appointment-loads.ts';
import { matching, pageStatements, visibleTo } from './appointment-pages.ts';
import { DOCTORS, HOURS_STATEMENTS, hoursStatements, readHours } from './booking-state.ts';
import { busyStatement, EACH_DOCTOR, eachOf, sqlDates } from './busy-statements.ts';
import { doctorCondition } from './directory-loads.ts';
import { CONTACT_COLUMNS, readContact } from './patient-contact.ts';
import { kindsOf, locationsOf, readResources, resourceStatements } from './resource-state.ts';
import { readAppointmentRecord, readBusy } from './rows.ts';
import { readType, TYPE_COLUMNS } from './type-rows.ts';
import { ENTRY_COLUMNS, ENTRY_RECORD, ENTRY_TABLES, readEntry, readEntryRecord } from './waitlist-rows.ts';

export const WITH_PATIENT = sql`${RECORD_COLUMNS}, ${CONTACT_COLUMNS}`;
export const TABLES_WITH_PATIENT = sql`${READ_TABLES} LEFT JOIN users pu ON pu.id = a.patient_id`;

/** How many waiting entries are counted for the hints of a day, the best-ranked first. */
const COUNTED_ENTRIES = 500;

export function createFrontDeskLoads(cipher: FieldCipher): FrontDeskLoads {
  const withPatient = (found: Row) => readWithPatient(found, cipher);
  return {
    appointmentsRead: (filter, viewer, page): SqlRecordedLoad<ClinicAppointment[]> => {
      const from = sql`${WITH_PATIENT} FROM ${TABLES_WITH_PATIENT}`;
      const { statement, shown } = pageStatements(filter, viewer, page, from);
      return { load: rows(statement, withPatient), streams: sql`SELECT s.patient_id AS stream FROM (${shown}) s` };
    },
    entriesRead: (filter, viewer, page) => entriesLoad(filter, viewer, page, cipher),
    dayRead: (query, viewer) => dayLoad(query, viewer, cipher),
  };
}

export function readWithPatient(found: Row, cipher: FieldCipher): ClinicAppointment {
  return { ...readAppointmentRecord(found, cipher), patient: readContact(found, cipher) };
}

/** The doctors of a sheet, as a condition on `d`. */
function doctorsOf({ doctorIds, after }: DayQuery, limit: number): Sql {
  const condition = doctorCondition({ specialty: null, doctorIds, text: null });
  return sql`d.user_id IN (SELECT d.user_id FROM ${DOCTORS}
    WHERE ${condition} AND (${after}::uuid IS NULL OR d.user_id > ${after}::uuid)
    ORDER BY d.user_id LIMIT ${limit}::int)`;
}

/** The appointments of the date that the viewer may see, numbered for each of their doctors. */
function numberedAppointments(query: DayQuery, viewer: Viewer): Sql {
  const { date, bounds } = query;
  const ofDate = {
    patientId: null,
    doctorIds: null,
    typeCode: null,
    locationId: null,
    from: date,
    to: date,
    statuses: null,
  };
  const isShown = (doctor: Sql) =>
    sql`${doctor} = ANY(ARRAY(SELECT d.user_id FROM ${DOCTORS} WHERE ${doctorsOf(query, bounds.doctors)}))`;
  return sql`SELECT a.id, a.patient_id, m.doctor_id, count(*) OVER (PARTITION BY m.doctor_id) AS total,
      row_number() OVER (PARTITION BY m.doctor_id ORDER BY a.starts_at, a.id) AS place
    FROM appointments a ${EACH_DOCTOR}
    WHERE ${eachOf(isShown)} AND ${matching(ofDate)} AND ${visibleTo(viewer)}`;
}

function dayLoad(query: DayQuery, viewer: Viewer, cipher: FieldCipher): SqlRecordedLoad<DayRecord> {
  const { date, now, bounds } = query;
  const dates = sqlDates({ from: date, to: date });
  const doctors = doctorsOf(query, bounds.doctors + 1);
  const numbered = numberedAppointments(query, viewer);
  const shown = sql`n.place <= ${bounds.appointmentsOfDoctor}::int`;
  const ids = sql`SELECT d.user_id FROM ${DOCTORS} WHERE ${doctors}`;
  const ofDoctors = (participant: Sql) => sql`${participant} IN (${ids})`;
  return {
    load: {
      statements: [
        ...hoursStatements(doctors, dates),
        busyStatement('provider', ofDoctors, dates, now),
        sql`SELECT ${WITH_PATIENT}, n.total, n.doctor_id AS of_doctor FROM ${TABLES_WITH_PATIENT} JOIN (${numbered}) n ON n.id = a.id
            WHERE ${shown} ORDER BY a.starts_at, a.id`,
        sql`SELECT ${TYPE_COLUMNS} FROM appointment_types t ORDER BY t.code`,
        sql`SELECT ${ENTRY_COLUMNS}, ${DATA_KEY_COLUMNS} FROM waitlist_entries e JOIN data_keys k ON k.owner_id = e.patient_id
            WHERE e.state = 'waiting' AND e.first_date <= ${date}::date AND e.last_date >= ${date}::date
            ORDER BY e.rank DESC, e.created_at, e.id LIMIT ${COUNTED_ENTRIES}::int`,
        ...resourceStatements(
          sql`r.kind IN ${kindsOf(sql`t.active`)} AND r.location_id IN ${locationsOf(ids, dates)}`,
          sql`t.active`,
          dates,
          now,
        ),
      ],
      read: (results) => readDay(results, cipher),
    },
    streams: sql`SELECT n.patient_id AS stream FROM (${numbered}) n WHERE ${shown}`,
  };
}

function readDay(results: readonly (readonly Row[])[], cipher: FieldCipher): DayRecord {
  const [busy = [], appointments = [], types = [], waiting = [], resources, resourceBusy] =
    results.slice(HOURS_STATEMENTS);
  const busyOf = Map.groupBy(busy, ({ participant_id }) => participant_id);
  return {
    schedules: readHours(results).map(({ doctor, name, availability }) => ({
      doctor,
      name,
      availability,
      busy: (busyOf.get(doctor.id) ?? []).map(readBusy),
    })),
    appointments: new Map(
      [...Map.groupBy(appointments, ({ of_doctor }) => of_doctor as UserId)].map(([doctorId, its]) => [
        doctorId,
        its.map((found) => readWithPatient(found, cipher)),
      ]),
    ),
    counts: new Map(appointments.map((found) => [found.of_doctor as UserId, found.total as number])),
    types: types.map(readType),
    resources: readResources([resources, resourceBusy]),
    waiting: waiting.map((found) => readEntry(found, cipher)),
  };
}

function entriesLoad(
  { doctorId, typeCode, state }: EntryFilter,
  viewer: Viewer,
  { after, limit }: Page<EntryPlace>,
  cipher: FieldCipher,
): SqlRecordedLoad<ClinicEntry[]> {
  const patient = sql`e.patient_id`;
  const isTheirs = viewer.role === 'doctor' ? isPatientOf(patient, viewer) : sql`true`;
  const wanted = sql` ${state === null ? sql`e.state IN ('waiting', 'offered')` : sql`e.state = ${state}`}
      AND ${doctorId === null ? sql`true` : sql`e.doctor_id = ${doctorId}::uuid`}
      AND ${
        typeCode === null
          ? sql`true`
          : sql`e.appointment_type_id = (SELECT f.id FROM appointment_types f WHERE f.code = ${typeCode})`
      }
      AND ${viewer.ofPatients}::boolean AND ${isTheirs} AND ${isReachable(patient, viewer)}`;
  const ordered = sql`ORDER BY e.rank DESC, e.created_at, e.id LIMIT ${limit + 1}::int`;
  const page = sql`WHERE ${after === null ? wanted : sql`e.id = ANY(ARRAY(${idsAfter(wanted, after, ordered)}))`} ${ordered}`;
  return {
    load: rows(
      sql`SELECT ${ENTRY_RECORD}, ${CONTACT_COLUMNS} FROM ${ENTRY_TABLES} JOIN users pu ON pu.id = e.patient_id ${page}`,
      (found) => ({ ...readEntryRecord(found, cipher), patient: readContact(found, cipher) }),
    ),
    streams: sql`SELECT s.patient_id AS stream FROM (SELECT e.patient_id FROM waitlist_entries e ${page}) s`,
  };
}

/** Ranks descend and the rest ascends, so no row comparison has the place: what has the same rank and what has a lower one are two ranges of the index. */
function idsAfter(wanted: Sql, { rank, createdAt, id }: EntryPlace, ordered: Sql): Sql {
  const range = (condition: Sql) =>
    sql`(SELECT e.id, e.rank, e.created_at FROM waitlist_entries e WHERE ${wanted} AND ${condition} ${ordered})`;
  const equal = range(
    sql`e.rank = ${rank}::int AND (e.created_at, e.id) > (${at(createdAt)}::timestamptz, ${id}::uuid)`,
  );
  return sql`SELECT e.id FROM (${equal} UNION ALL ${range(sql`e.rank < ${rank}::int`)}) e ${ordered}`;
}

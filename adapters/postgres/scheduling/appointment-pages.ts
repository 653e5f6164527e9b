/** Pages of appointments: which of them a viewer may see, and how PostgreSQL finds these in the order of their starts. */
import type { AppointmentStatus } from '../../../domain/scheduling/appointment.ts';
import type { AppointmentFilter, Page } from '../../../domain/scheduling/ports.ts';
import type { AppointmentId } from '../../../domain/shared/ids.ts';
import type { Instant, LocalDate } from '../../../domain/shared/time.ts';
import type { Viewer } from '../../../domain/shared/viewer.ts';
import { isPatientOf, isProxyOf, isReachable, NIL, patientsOf } from '../access/record-access.ts';
import { at, join, raw, type Sql, sql } from '../driver/sql.ts';
import { accompaniedBy } from './busy-statements.ts';

/**
 * The appointments that a viewer may see (R28). A patient: their own, and those of patients for whom they are a proxy. A
 * doctor: those as a patient or as the doctor; with `ofPatients` also the others of their own patients. Staff and
 * administrators: their own; with `ofPatients` all. Restricted records are left out unless `isReachable`.
 */
export function visibleTo(viewer: Viewer): Sql {
  const { userId, role, ofPatients } = viewer;
  const patient = sql`a.patient_id`;
  const asPatient = sql`${patient} = ${userId}::uuid`;
  if (role === 'patient') return sql`(${asPatient} OR ${isProxyOf(patient, viewer)})`;
  if (role !== 'doctor' && !ofPatients) return asPatient;
  const withDoctor = withOneOf([userId]);
  const others =
    role !== 'doctor' ? sql`true` : ofPatients ? sql`(${withDoctor} OR ${isPatientOf(patient, viewer)})` : withDoctor;
  return sql`(${asPatient} OR (${others} AND ${isReachable(patient, viewer)}))`;
}

/** Led by one of these doctors, or with one of them as an additional doctor. */
export function withOneOf(doctorIds: readonly string[]): Sql {
  const isOne = (doctor: Sql) => sql`${doctor} = ANY(${[...doctorIds]}::uuid[])`;
  return sql`(${isOne(sql`a.doctor_id`)} OR ${accompaniedBy(isOne)})`;
}

/** For a few minutes after an upgrade, rows that the version before wrote have no local date yet: the date in UTC counts. */
const LOCAL_DATE = raw(
  `CASE WHEN a.local_version = a.version THEN a.local_date ELSE (a.starts_at AT TIME ZONE 'UTC')::date END`,
);

// A local date begins and ends less than a day from the UTC date: the first condition uses the index, the second decides.
function startsFrom(from: Instant | LocalDate): Sql {
  return typeof from === 'string'
    ? sql`a.starts_at >= (${from}::date - 1)::timestamp AT TIME ZONE 'UTC' AND ${LOCAL_DATE} >= ${from}::date`
    : sql`a.starts_at >= ${at(from)}::timestamptz`;
}

function startsUntil(to: Instant | LocalDate): Sql {
  return typeof to === 'string'
    ? sql`a.starts_at < (${to}::date + 2)::timestamp AT TIME ZONE 'UTC' AND ${LOCAL_DATE} <= ${to}::date`
    : sql`a.starts_at < ${at(to)}::timestamptz`;
}

/** A filter that is not asked for is no condition, so that the plan for any value suits those that are. */
export function matching(filter: AppointmentFilter): Sql {
  const { patientId, doctorIds, locationId, typeCode, from, to, statuses } = filter;
  return join(
    [
      sql`a.status <> 'held'`,
      ...(patientId === null ? [] : [sql`a.patient_id = ${patientId}::uuid`]),
      ...(doctorIds === null ? [] : [withOneOf(doctorIds)]),
      ...(locationId === null ? [] : [sql`a.location_id = ${locationId}::uuid`]),
      ...(typeCode === null
        ? []
        : [sql`a.appointment_type_id = (SELECT f.id FROM appointment_types f WHERE f.code = ${typeCode})`]),
      ...(from === null ? [] : [startsFrom(from)]),
      ...(to === null ? [] : [startsUntil(to)]),
      ...(statuses === null ? [] : [sql`a.status = ANY(${[...statuses]}::text[])`]),
    ],
    ' AND ',
  );
}

/**
 * How many appointments of the clinic are looked at, in order, for the page of a doctor before the doctor's own lists are read: more where
 * these lists are long, since a doctor of many years has thousands of patients. 20,000 appointments are 800 pages of the database.
 */
function lookedAt(doctorId: string): Sql {
  return sql`(CASE WHEN (SELECT count(*) FROM (SELECT 1 FROM appointments m WHERE m.doctor_id = ${doctorId}::uuid
    AND m.status <> 'held' LIMIT 5000) m) < 5000 THEN 5000 ELSE 20000 END)`;
}
const LOOKED_AT_COLUMNS = raw('a.id, a.starts_at, a.patient_id, a.doctor_id');

/**
 * A page of appointments, and the same page with only id, patient and start.
 * @param from columns and tables of the page
 */
export function pageStatements(
  filter: AppointmentFilter,
  viewer: Viewer,
  { after, limit }: Page<{ readonly start: Instant; readonly id: AppointmentId }>,
  from: Sql,
): { readonly statement: Sql; readonly shown: Sql } {
  const place =
    after === null ? sql`true` : sql`(a.starts_at, a.id) > (${at(after.start)}::timestamptz, ${after.id}::uuid)`;
  const ids = idsOf(filter, viewer, place, limit + 1);
  const visible =
    ids === null ? sql`${matching(filter)} AND ${visibleTo(viewer)} AND ${place}` : sql`a.id = ANY(ARRAY(${ids}))`;
  const ordered = sql`ORDER BY a.starts_at, a.id LIMIT ${limit + 1}::int`;
  return {
    statement: sql`SELECT ${from} WHERE ${visible} ${ordered}`,
    shown: sql`SELECT a.id, a.patient_id, a.starts_at FROM appointments a WHERE ${visible} ${ordered}`,
  };
}

/**
 * The ids of a page for which no index has the order; `null` for other filters. Of several doctors or statuses a page is read of each,
 * in the order of its index: PostgreSQL would sort all that they have, or read the appointments of everybody by time.
 */
function idsOf(filter: AppointmentFilter, viewer: Viewer, place: Sql, atMost: number): Sql | null {
  const { doctorIds, statuses, patientId } = filter;
  const visible = sql`${visibleTo(viewer)} AND ${place}`;
  if (doctorIds !== null) {
    const rest = sql`${matching({ ...filter, doctorIds: null })} AND ${visible}`;
    return firstOf(withDoctors(sql`${[...doctorIds]}::uuid[]`, rest, atMost), atMost);
  }
  if (viewer.role === 'doctor' && patientId === null) return firstOf(ofDoctor(filter, viewer, place, atMost), atMost);
  return statuses === null ? null : firstOf(ofStatuses(filter, statuses, visible, sql`${atMost}::int`), atMost);
}

/**
 * The first of each status. PostgreSQL assumes that a rare status, such as `requested`, is spread evenly over time. It is not: most
 * are to come. So the index by time would be read from its beginning. `BETWEEN` the same value twice, ordered by status, leaves
 * the index by status as the only one that has the order.
 */
function ofStatuses(
  filter: AppointmentFilter,
  statuses: readonly AppointmentStatus[],
  condition: Sql,
  atMost: Sql,
): Sql {
  const { patientId, locationId, typeCode } = filter;
  const rest = sql`${matching({ ...filter, statuses: null })} AND ${condition}`;
  const isOnlyFilter = patientId === null && locationId === null && typeCode === null;
  const each = isOnlyFilter
    ? sql`a.status BETWEEN w.status AND w.status AND ${rest} ORDER BY a.status, a.starts_at, a.id`
    : sql`a.status = w.status AND ${rest} ORDER BY a.starts_at, a.id`;
  return sql`SELECT p.* FROM unnest(${[...statuses]}::text[]) w (status)
    CROSS JOIN LATERAL (SELECT ${LOOKED_AT_COLUMNS} FROM appointments a WHERE ${each} LIMIT ${atMost}) p`;
}

/** The first of these appointments that meet the condition. */
function first(these: Sql, condition: Sql, atMost: number): Sql {
  return sql`SELECT a.id, a.starts_at FROM ${these} AND ${condition} ORDER BY a.starts_at, a.id LIMIT ${atMost}::int`;
}

function firstOf(lists: Sql, atMost: number): Sql {
  return sql`SELECT c.id FROM (${lists}) c ORDER BY c.starts_at, c.id LIMIT ${atMost}::int`;
}

/** The first appointments that one of the doctors leads, and the first that one of them attends. */
function withDoctors(doctorIds: Sql, condition: Sql, atMost: number): Sql {
  const led = first(sql`appointments a WHERE a.doctor_id = d.id`, condition, atMost);
  const attended = first(
    sql`appointment_participants x JOIN appointments a ON a.id = x.appointment_id WHERE x.participant_id = ANY(${doctorIds}) AND x.additional`,
    condition,
    atMost,
  );
  return sql`SELECT p.* FROM unnest(${doctorIds}) d (id) CROSS JOIN LATERAL (${led}) p UNION (${attended})`;
}

/**
 * What a doctor may see, as {@link visibleTo} decides it. In most clinics a doctor's page is among the next few appointments of the
 * clinic, so these are looked at first, but only so many. If they do not fill the page, the doctor's own lists are read: the
 * appointments with the doctor, and those of each patient in relation with the doctor. So a page follows what the doctor has,
 * however much the clinic has.
 */
function ofDoctor(filter: AppointmentFilter, viewer: Viewer, place: Sql, atMost: number): Sql {
  const matches = sql`${matching(filter)} AND ${place}`;
  const most = lookedAt(viewer.userId);
  const own = ownLists(viewer, matches, atMost);
  if (!viewer.ofPatients) return own;
  const those =
    filter.statuses === null
      ? sql`SELECT ${LOOKED_AT_COLUMNS} FROM appointments a WHERE ${matches}`
      : sql`SELECT * FROM (${ofStatuses(filter, filter.statuses, place, most)}) a`;
  const near = sql`${those} ORDER BY a.starts_at, a.id LIMIT ${most}`;
  const seen = first(sql`(${near}) a WHERE true`, visibleTo(viewer), atMost);
  const isEnough = sql`CASE WHEN (SELECT count(*) FROM seen) = ${atMost}::int THEN true
    ELSE (SELECT count(*) FROM (${near}) n) < ${most} END`;
  return sql`WITH seen AS MATERIALIZED (${seen})
    SELECT s.* FROM seen s UNION SELECT o.* FROM (${own}) o WHERE NOT (${isEnough})`;
}

function ownLists(viewer: Viewer, matches: Sql, atMost: number): Sql {
  const its = sql`${viewer.userId}::uuid`;
  const reachable = sql`${matches} AND ${isReachable(sql`a.patient_id`, viewer)}`;
  const asPatient = first(sql`appointments a WHERE a.patient_id = ${its}`, matches, atMost);
  const withDoctor = sql`(${asPatient}) UNION (${withDoctors(sql`ARRAY[${its}]`, reachable, atMost)})`;
  if (!viewer.ofPatients) return withDoctor;
  const ofOne = first(sql`appointments a WHERE a.patient_id = r.id`, matches, atMost);
  return sql`${withDoctor} UNION SELECT p.* FROM (${patientsOf(viewer, NIL, null)}) r (id)
    CROSS JOIN LATERAL (${ofOne}) p WHERE ${isReachable(sql`r.id`, viewer)}`;
}

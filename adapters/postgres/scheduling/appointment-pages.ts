/** Pages of appointments: which of them a viewer may see, and how PostgreSQL finds these in the order of their starts. */
import type { AppointmentStatus } from '../../../domain/scheduling/appointment.ts';
import type { AppointmentFilter, Page } from '../../../domain/scheduling/ports.ts';
import type { AppointmentId } from '../../../domain/shared/ids.ts';
import type { Instant, LocalDate } from '../../../domain/shared/time.ts';
import type { Viewer } from '../../../domain/shared/viewer.ts';
import { isPatientOf, isProxyOf, isReachable, patientsByLast } from '../access/record-access.ts';
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
  const start = sql`a.starts_at >= ${earliest(from)}`;
  return typeof from === 'string' ? sql`${start} AND ${LOCAL_DATE} >= ${from}::date` : start;
}

/** No appointment from then on starts earlier. */
function earliest(from: Instant | LocalDate): Sql {
  return typeof from === 'string'
    ? sql`((${from}::date - 1)::timestamp AT TIME ZONE 'UTC')`
    : sql`${at(from)}::timestamptz`;
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

/** How many appointments of the clinic are looked at, in order, for the page of a doctor before the lists of the doctor's patients are read. */
const LOOKED_AT = raw('5000');
const LOOKED_AT_COLUMNS = raw('a.id, a.starts_at, a.patient_id, a.doctor_id');

interface Start {
  readonly start: Instant;
  readonly id: AppointmentId;
}

interface Place {
  readonly after: Start | null;
  /** What comes after it, as a condition. */
  readonly place: Sql;
}

/**
 * A page of appointments, and the same page with only id, patient and start.
 * @param from columns and tables of the page
 */
export function pageStatements(
  filter: AppointmentFilter,
  viewer: Viewer,
  { after, limit }: Page<Start>,
  from: Sql,
): { readonly statement: Sql; readonly shown: Sql } {
  const place =
    after === null ? sql`true` : sql`(a.starts_at, a.id) > (${at(after.start)}::timestamptz, ${after.id}::uuid)`;
  const ids = idsOf(filter, viewer, { place, after }, limit + 1);
  // A list finds appointments. Whether the viewer may see them is decided for each.
  const visible = sql`${ids === null ? sql`${matching(filter)} AND ${place}` : sql`a.id = ANY(ARRAY(${ids}))`} AND ${visibleTo(viewer)}`;
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
function idsOf(filter: AppointmentFilter, viewer: Viewer, at: Place, atMost: number): Sql | null {
  const { doctorIds, statuses, patientId } = filter;
  const visible = sql`${visibleTo(viewer)} AND ${at.place}`;
  if (doctorIds !== null) {
    const rest = sql`${matching({ ...filter, doctorIds: null })} AND ${visible}`;
    return firstOf(withDoctors(sql`${[...doctorIds]}::uuid[]`, rest, atMost), atMost);
  }
  if (viewer.role === 'doctor' && patientId === null) return firstOf(ofDoctor(filter, viewer, at, atMost), atMost);
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
 * clinic, so these are looked at first, but only so many. If they do not fill the page, the lists of the doctor's patients are read.
 * Whose last appointment comes before the page is left out, so the work follows the appointments from there on, not the doctor's past.
 */
function ofDoctor(filter: AppointmentFilter, viewer: Viewer, { place, after }: Place, atMost: number): Sql {
  const its = sql`${viewer.userId}::uuid`;
  const matches = sql`${matching(filter)} AND ${place}`;
  const asPatient = first(sql`appointments a WHERE a.patient_id = ${its}`, matches, atMost);
  const patient = sql`a.patient_id`;
  if (!viewer.ofPatients) {
    const reachable = sql`${matches} AND ${isReachable(patient, viewer)}`;
    return sql`(${asPatient}) UNION (${withDoctors(sql`ARRAY[${its}]`, reachable, atMost)})`;
  }
  const from = [
    ...(filter.from === null ? [] : [earliest(filter.from)]),
    ...(after === null ? [] : [earliest(after.start)]),
  ];
  const isLater = join([sql`true`, ...from.map((start) => sql`k.last_starts_at >= ${start}`)], ' AND ');
  const those =
    filter.statuses === null
      ? sql`SELECT ${LOOKED_AT_COLUMNS} FROM appointments a WHERE ${matches}`
      : sql`SELECT * FROM (${ofStatuses(filter, filter.statuses, place, LOOKED_AT)}) a`;
  const near = sql`${those} ORDER BY a.starts_at, a.id LIMIT ${LOOKED_AT}`;
  const isTheirs = sql`(${patient} = ${its} OR (${patient} IN (SELECT t.id FROM theirs t) AND ${isReachable(patient, viewer)}))`;
  const isEnough = sql`CASE WHEN (SELECT count(*) FROM seen) = ${atMost}::int THEN true
    ELSE (SELECT count(*) FROM (${near}) n) < ${LOOKED_AT} END`;
  const ofOne = first(sql`appointments a WHERE a.patient_id = t.id`, matches, atMost);
  return sql`WITH theirs AS MATERIALIZED (${patientsByLast(viewer, isLater)}),
      seen AS MATERIALIZED (${first(sql`(${near}) a WHERE true`, isTheirs, atMost)}),
      listed AS ((${asPatient}) UNION SELECT p.* FROM theirs t CROSS JOIN LATERAL (${ofOne}) p WHERE ${isReachable(sql`t.id`, viewer)})
    SELECT s.* FROM seen s UNION SELECT o.* FROM listed o WHERE NOT (${isEnough})`;
}

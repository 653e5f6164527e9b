/** Statements that read which resources there are and when they are taken, and those that take them. */
import type { DoctorTaking } from '../../../domain/scheduling/appointment.ts';
import type { OccupancyId } from '../../../domain/scheduling/busy-time.ts';
import type { ResourceState, Taking } from '../../../domain/scheduling/resource-choice.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { Row } from '../driver/driver.ts';
import { join, raw, type Sql, sql } from '../driver/sql.ts';
import { busyStatement, expiredHolds, instants, LONGEST_BUSY, type SqlDates } from './busy-statements.ts';
import { RESOURCE_COLUMNS, readResource } from './place-rows.ts';
import { readResourceBusy } from './rows.ts';

/** The locations of the hours of doctors, given as a `uuid` expression or as a query of one column. */
export function locationsOf(doctors: Sql, { from, to }: SqlDates): Sql {
  return sql`(SELECT w.location_id FROM availability_rules w WHERE w.doctor_id IN (${doctors}) AND w.location_id IS NOT NULL
    UNION SELECT (part ->> 'locationId')::uuid FROM availability_overrides v, jsonb_array_elements(v.available) part
      WHERE v.doctor_id IN (${doctors}) AND v.date BETWEEN ${from} - 2 AND ${to} + 2 AND part ->> 'locationId' IS NOT NULL)`;
}

/** The kinds that the types of a condition on `t` require. */
export function kindsOf(types: Sql): Sql {
  return sql`(SELECT kind FROM appointment_types t, unnest(t.requires) kind WHERE ${types})`;
}

/**
 * Resources, and when they are taken. Where no session can be joined, nothing of the appointments is read: the index of the busy times
 * tells all that is needed, at a twentieth of the pages.
 * @param condition on the resource `r`
 * @param types a condition on `t`: the types that are asked for
 */
export function resourceStatements(condition: Sql, types: Sql, dates: SqlDates, now: Instant): readonly [Sql, Sql] {
  const wanted = sql`r.active AND ${condition}`;
  const isJoinable = sql`EXISTS (SELECT FROM appointment_types t WHERE ${types} AND t.capacity > 1 AND t.requires <> '{}')`;
  const during = instants(dates);
  const all = busyStatement(
    'provider',
    (participant) => sql`${isJoinable} AND ${participant} IN (SELECT r.id FROM resources r WHERE ${wanted})`,
    dates,
    now,
  );
  return [
    sql`SELECT ${RESOURCE_COLUMNS} FROM resources r WHERE ${wanted} ORDER BY r.name, r.id`,
    sql`SELECT p.appointment_id AS id, p.participant_id, NULL::uuid AS doctor_id, NULL::uuid AS appointment_type_id,
        lower(p.busy) AS starts_at, upper(p.busy) AS ends_at, lower(p.busy) AS busy_start, upper(p.busy) AS busy_end,
        NULL::timestamptz AS hold_expires_at, NULL::uuid AS occupancy, 0 AS lane
      FROM appointment_participants p
      WHERE p.participant_id = ANY(ARRAY(SELECT r.id FROM resources r WHERE ${wanted})) AND NOT ${isJoinable} AND p.active AND ${raw(`p.role <> 'patient'`)}
        AND lower(p.busy) > lower(${during}) - ${LONGEST_BUSY} AND lower(p.busy) < upper(${during}) AND upper(p.busy) > lower(${during})
        AND p.appointment_id NOT IN (${expiredHolds(now)})
      UNION ALL ${all}`,
  ];
}

export function readResources([all, busy]: readonly (readonly Row[] | undefined)[]): ResourceState {
  return { all: (all ?? []).map(readResource), busy: (busy ?? []).map(readResourceBusy) };
}

/**
 * Takes the resources for an appointment or a hold, whose row is there.
 * @param own the occupancy of a resource that nobody shares: an expression of type `uuid`
 */
export function takeResources(id: string, busy: Sql, takings: readonly Taking[], own: Sql): Sql[] {
  if (takings.length === 0) return [];
  const taken = takings.map(
    ({ resource, occupancy, lane }) =>
      sql`(${id}::uuid, ${resource.kind}, ${resource.id}::uuid, ${busy}, true, coalesce(${occupancy as OccupancyId | null}::uuid, ${own}), ${lane}::smallint)`,
  );
  return [
    sql`INSERT INTO appointment_participants (appointment_id, role, resource_id, busy, active, occupancy, lane)
        VALUES ${join(taken)}`,
  ];
}

/**
 * Takes the time of additional doctors for an appointment, whose row is there.
 * @param own the occupancy of a doctor's time that nobody shares: an expression of type `uuid`
 */
export function takeDoctors(id: string, busy: Sql, doctors: readonly DoctorTaking[], own: Sql): Sql[] {
  if (doctors.length === 0) return [];
  const taken = doctors.map(
    ({ doctor, place: { occupancy, lane } }) =>
      sql`(${id}::uuid, 'doctor', ${doctor.id}::uuid, true, ${busy}, true, coalesce(${occupancy}::uuid, ${own}), ${lane}::smallint)`,
  );
  return [
    sql`INSERT INTO appointment_participants (appointment_id, role, user_id, additional, busy, active, occupancy, lane)
        VALUES ${join(taken)}`,
  ];
}

/** The ids of appointments and holds that take the resources of an appointment within a time. */
export function idsTakingThoseOf(id: string, during: Sql): Sql {
  return sql`SELECT p.appointment_id FROM appointment_participants p
    WHERE p.participant_id = ANY(ARRAY(SELECT x.participant_id FROM appointment_participants x
        WHERE x.appointment_id = ${id}::uuid AND x.role IN ('room', 'device')))
      AND p.busy && ${during} AND p.active AND p.role <> 'patient'`;
}

/** Before the appointment gets another time: what it took, and its additional doctors, may be taken by others then. */
export function leaveParticipants(id: string): Sql {
  return sql`DELETE FROM appointment_participants
    WHERE appointment_id = ${id}::uuid AND (role IN ('room', 'device') OR additional)`;
}

/** The ids of active appointments and holds that take one of these resources during `busy`; the caller filters expired holds. */
export function idsTakingResources(takings: readonly Taking[], busy: Sql): Sql {
  return sql`SELECT p.appointment_id FROM appointment_participants p
    WHERE p.participant_id = ANY(${takings.map(({ resource }) => resource.id)}::uuid[]) AND p.busy && ${busy}
      AND p.active AND ${raw(`p.role <> 'patient'`)}`;
}

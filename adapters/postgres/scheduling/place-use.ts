/** Which appointments and hours use a location or a resource from now on. */
import type { LocationId, PlaceUse } from '../../../domain/scheduling/location.ts';
import type { ResourceId } from '../../../domain/scheduling/resource.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { at, raw, type Sql, type SqlLoad, sql } from '../driver/sql.ts';
import { COMING_STATEMENTS, comingStatements, readComing } from './coming.ts';

const TO_COME = raw(`a.status NOT IN ('cancelled', 'no_show', 'held')`);

export function appointmentsAt(locationId: LocationId, now: Instant): Sql {
  return sql`FROM appointments a WHERE a.location_id = ${locationId}::uuid AND a.starts_at > ${at(now)}::timestamptz AND ${TO_COME}`;
}

export function appointmentsWith(resourceId: ResourceId, now: Instant): Sql {
  // The condition on the role is that of the exclusion constraints, so that PostgreSQL uses their index.
  return sql`FROM appointment_participants p JOIN appointments a ON a.id = p.appointment_id
    WHERE p.participant_id = ${resourceId}::uuid AND p.busy && tstzrange(${at(now)}::timestamptz, NULL) AND p.active
      AND p.role <> 'patient' AND a.starts_at > ${at(now)}::timestamptz AND ${TO_COME}`;
}

/** Rules and overrides that name the location, yesterday by UTC or later: in some zones that is today. */
export function hoursAt(locationId: LocationId, now: Instant): Sql {
  const since = sql`((${at(now)}::timestamptz AT TIME ZONE 'UTC')::date - 1)`;
  return sql`SELECT r.doctor_id FROM availability_rules r
      WHERE r.location_id = ${locationId}::uuid AND (r.valid_until IS NULL OR r.valid_until >= ${since})
    UNION SELECT o.doctor_id FROM availability_overrides o
      WHERE o.date >= ${since} AND o.available @> ${JSON.stringify([{ locationId }])}::jsonb`;
}

function useLoad(appointments: Sql, hours: Sql): SqlLoad<PlaceUse> {
  return {
    statements: [...comingStatements([appointments]), sql`${hours} ORDER BY 1`],
    read: (results) => ({
      ...readComing(results),
      doctorIds: (results[COMING_STATEMENTS] ?? []).map(({ doctor_id }) => doctor_id as UserId),
    }),
  };
}

export function locationUseLoad(locationId: LocationId, now: Instant): SqlLoad<PlaceUse> {
  return useLoad(appointmentsAt(locationId, now), hoursAt(locationId, now));
}

export function resourceUseLoad(resourceId: ResourceId, now: Instant): SqlLoad<PlaceUse> {
  return useLoad(appointmentsWith(resourceId, now), sql`SELECT NULL::uuid AS doctor_id WHERE false`);
}

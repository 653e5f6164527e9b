/** Changes of locations and resources as SQL. */
import type { LocationChange } from '../../../domain/scheduling/location.ts';
import type { ResourceChange } from '../../../domain/scheduling/resource.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { at, guarded, sql } from '../driver/sql.ts';
import { appointmentsAt, appointmentsWith, hoursAt } from './place-use.ts';

export const placeWriters: ChangeWriters<LocationChange | ResourceChange> = {
  'location.created': ({ location: l, at: now }) => [
    sql`INSERT INTO locations (id, name, timezone, street, city, state, postal_code, country, phone, directions, active,
          created_at, updated_at)
        VALUES (${l.id}::uuid, ${l.name}, ${l.timezone}, ${l.street}, ${l.city}, ${l.state}, ${l.postalCode}, ${l.country},
          ${l.phone}, ${l.directions}, ${l.active}::boolean, ${at(now)}, ${at(now)})`,
  ],
  'location.changed': ({ location: l, expectedVersion, unused, at: now }) => [
    guarded(
      sql`UPDATE locations SET name = ${l.name}, timezone = ${l.timezone}, street = ${l.street}, city = ${l.city},
            state = ${l.state}, postal_code = ${l.postalCode}, country = ${l.country}, phone = ${l.phone},
            directions = ${l.directions}, active = ${l.active}::boolean, updated_at = ${at(now)}, version = ${l.version}::int
          WHERE id = ${l.id}::uuid AND version = ${expectedVersion}::int RETURNING 1`,
      'location',
    ),
    // After the update, which waited for the batches that book there or set hours there: this statement sees what they did.
    ...(unused
      ? [
          guarded(
            sql`SELECT 1 WHERE NOT EXISTS (SELECT ${appointmentsAt(l.id, now)}) AND NOT EXISTS (${hoursAt(l.id, now)})`,
            'location',
          ),
        ]
      : []),
  ],
  'resource.created': ({ resource: r, at: now }) => [
    sql`INSERT INTO resources (id, kind, name, location_id, active, created_at, updated_at)
        VALUES (${r.id}::uuid, ${r.kind}, ${r.name}, ${r.locationId}::uuid, ${r.active}::boolean, ${at(now)}, ${at(now)})`,
  ],
  'resource.changed': ({ resource: r, expectedVersion, unused, at: now }) => [
    guarded(
      sql`UPDATE resources SET kind = ${r.kind}, name = ${r.name}, location_id = ${r.locationId}::uuid,
            active = ${r.active}::boolean, updated_at = ${at(now)}, version = ${r.version}::int
          WHERE id = ${r.id}::uuid AND version = ${expectedVersion}::int RETURNING 1`,
      'resource',
    ),
    ...(unused ? [guarded(sql`SELECT 1 WHERE NOT EXISTS (SELECT ${appointmentsWith(r.id, now)})`, 'resource')] : []),
  ],
};

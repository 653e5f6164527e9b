/** Reads rows of locations and resources. */
import type { Location, LocationId } from '../../../domain/scheduling/location.ts';
import type { Resource, ResourceId, ResourceKind } from '../../../domain/scheduling/resource.ts';
import type { ZoneId } from '../../../domain/shared/zone.ts';
import type { Row } from '../driver/driver.ts';
import { raw } from '../driver/sql.ts';

export const LOCATION_COLUMNS =
  raw(`l.id, l.name, l.timezone, l.street, l.city, l.state, l.postal_code, l.country, l.phone,
  l.directions, l.active, l.version`);

export function readLocation(found: Row): Location {
  return {
    id: found.id as LocationId,
    name: found.name as string,
    timezone: found.timezone as ZoneId,
    street: found.street as string | null,
    city: found.city as string | null,
    state: found.state as string | null,
    postalCode: found.postal_code as string | null,
    country: found.country as string | null,
    phone: found.phone as string | null,
    directions: found.directions as string | null,
    active: found.active as boolean,
    version: found.version as number,
  };
}

export const RESOURCE_COLUMNS = raw('r.id, r.kind, r.name, r.location_id, r.active, r.version');

export function readResource(found: Row): Resource {
  return {
    id: found.id as ResourceId,
    kind: found.kind as ResourceKind,
    name: found.name as string,
    locationId: found.location_id as LocationId,
    active: found.active as boolean,
    version: found.version as number,
  };
}

/** The loads of locations and resources. */
import type { PlaceLoads } from '../../../domain/scheduling/ports.ts';
import { rows, sql } from '../driver/sql.ts';
import { LOCATION_COLUMNS, RESOURCE_COLUMNS, readLocation, readResource } from './place-rows.ts';
import { locationUseLoad, resourceUseLoad } from './place-use.ts';

export const placeLoads: PlaceLoads = {
  locations: () => rows(sql`SELECT ${LOCATION_COLUMNS} FROM locations l ORDER BY l.name, l.id`, readLocation),
  resources: () => rows(sql`SELECT ${RESOURCE_COLUMNS} FROM resources r ORDER BY r.name, r.id`, readResource),
  locationUse: locationUseLoad,
  resourceUse: resourceUseLoad,
};

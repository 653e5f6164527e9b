/** Rooms and devices of a location, which appointments take for their time. */
import type { Id } from '../shared/ids.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import { type ExpectedVersion, type StaleVersion, staleness } from '../shared/version.ts';
import { isUsed, type Location, type LocationId, type LocationNotFound, type PlaceUse } from './location.ts';

export type ResourceId = Id<'resource'>;

export const RESOURCE_KINDS = ['room', 'device'] as const;
export type ResourceKind = (typeof RESOURCE_KINDS)[number];

export interface ResourceSettings {
  readonly kind: ResourceKind;
  /** 1 to 100 characters, unique at its location. */
  readonly name: string;
  readonly locationId: LocationId;
  /** Whether appointments may take it. */
  readonly active: boolean;
}

export interface Resource extends ResourceSettings {
  readonly id: ResourceId;
  readonly version: number;
}

export type ResourceChange =
  | { readonly type: 'resource.created'; readonly resource: Resource; readonly at: Instant }
  /**
   * `unused`: guarded, the batch fails when an appointment took it meanwhile. `opens`: guarded, the batch fails when its location was
   * closed meanwhile.
   */
  | {
      readonly type: 'resource.changed';
      readonly resource: Resource;
      readonly expectedVersion: number;
      readonly unused: boolean;
      readonly opens: boolean;
      readonly at: Instant;
    };

export type ResourceNotFound = { readonly code: 'resource_not_found' };
export type ResourceExists = { readonly code: 'resource_exists' };
/** Appointments that are to come take it. */
export type ResourceInUse = { readonly code: 'resource_in_use' } & PlaceUse;
export type ResourceRefusal = ResourceNotFound | ResourceExists | ResourceInUse;

/** A resource can be added to a location that is open. Guarded: the batch fails when the location was closed meanwhile. */
export function createResource(
  resource: Resource,
  locations: readonly Location[],
  now: Instant,
): Result<ResourceChange & { readonly type: 'resource.created' }, LocationNotFound> {
  return isOpenAt(locations, resource.locationId)
    ? ok({ type: 'resource.created', resource, at: now })
    : refuse({ code: 'location_not_found' });
}

/**
 * Taking a resource out of use, to another location or to another kind is refused while appointments are to take it. It comes to another
 * location, or into use again, only where the location is open.
 */
export function changeResource(
  current: Resource | undefined,
  settings: ResourceSettings,
  state: { readonly use: PlaceUse; readonly locations: readonly Location[] },
  expected: ExpectedVersion,
  now: Instant,
): Result<
  ResourceChange & { readonly type: 'resource.changed' },
  ResourceNotFound | ResourceInUse | LocationNotFound | StaleVersion
> {
  if (current === undefined) return refuse({ code: 'resource_not_found' });
  const stale = staleness(current, expected);
  if (stale !== undefined) return refuse(stale);
  const moves = current.locationId !== settings.locationId;
  const opens = moves || (settings.active && !current.active);
  if (opens && !isOpenAt(state.locations, settings.locationId)) return refuse({ code: 'location_not_found' });
  const unused = (current.active && !settings.active) || moves || current.kind !== settings.kind;
  if (unused && isUsed(state.use)) return refuse({ code: 'resource_in_use', ...state.use });
  const resource = { ...settings, id: current.id, version: current.version + 1 };
  return ok({ type: 'resource.changed', resource, expectedVersion: current.version, unused, opens, at: now });
}

function isOpenAt(locations: readonly Location[], locationId: LocationId): boolean {
  return locations.some(({ id, active }) => active && id === locationId);
}

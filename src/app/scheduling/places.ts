/** Locations of the clinic, and the rooms and devices there. */
import type { AuditDraft } from '../../../domain/audit-catalog.ts';
import type { Decision, StoredSchedulingChange } from '../../../domain/changes.ts';
import {
  changeLocation,
  type Location,
  type LocationExists,
  type LocationId,
  type LocationInUse,
  type LocationNotFound,
  type LocationSettings,
} from '../../../domain/scheduling/location.ts';
import {
  changeResource,
  createResource,
  type Resource,
  type ResourceExists,
  type ResourceId,
  type ResourceInUse,
  type ResourceNotFound,
  type ResourceSettings,
} from '../../../domain/scheduling/resource.ts';
import { decided } from '../../../domain/shared/changes.ts';
import { ok, type Result } from '../../../domain/shared/result.ts';
import type { ExpectedVersion, StaleVersion } from '../../../domain/shared/version.ts';
import { execute, executeOnce, onlyConflict, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { matchEverythingJob } from './opened-time-jobs.ts';

type Decided<T, E> = Result<Decision<StoredSchedulingChange, T>, E>;

function locationAudit(type: 'location.created' | 'location.updated', { id, active }: Location): AuditDraft {
  return { type, stream: 'system', outcome: 'success', resource: { type: 'location', id }, details: { active } };
}

function resourceAudit(type: 'resource.created' | 'resource.updated', of: Resource): AuditDraft {
  const { id, kind, locationId, active } = of;
  const details = { kind, locationId, active };
  return { type, stream: 'system', outcome: 'success', resource: { type: 'resource', id }, details };
}

export function addLocation(
  deps: Deps,
  context: Context,
  settings: LocationSettings,
  represent: (location: Location) => Representation,
) {
  const location: Location = { ...settings, id: newId<'location'>(deps, context.now), version: 1 };
  return executeOnce(
    deps,
    context,
    {
      loads: [],
      decide: (): Decided<Location, LocationExists> =>
        ok(
          decided({
            value: location,
            changes: [{ type: 'location.created', location, at: context.now }],
            audit: [locationAudit('location.created', location)],
          }),
        ),
      onConflict: onlyConflict('location_exists'),
      answerOf: 'caller',
    },
    represent,
  );
}

export function updateLocation(
  deps: Deps,
  context: Context,
  id: LocationId,
  settings: LocationSettings,
  expected: ExpectedVersion,
) {
  type Refusal = LocationNotFound | LocationExists | LocationInUse | StaleVersion;
  const { scheduling } = deps.loads;
  return execute(deps, context, {
    loads: [scheduling.locations(), scheduling.locationUse(id, context.now)],
    decide: (locations, use): Decided<Location, Refusal> => {
      const current = locations.find((location) => location.id === id);
      const changed = changeLocation(current, settings, use, expected, context.now);
      if (!changed.ok) return changed;
      const { location } = changed.value;
      const audit = [locationAudit('location.updated', location)];
      const jobs = location.active ? [matchEverythingJob(context.now)] : [];
      return ok(decided({ value: location, changes: [changed.value], audit, jobs }));
    },
    onConflict: onlyConflict('location_exists'),
  });
}

export function addResource(
  deps: Deps,
  context: Context,
  settings: ResourceSettings,
  represent: (resource: Resource) => Representation,
) {
  const resource: Resource = { ...settings, id: newId<'resource'>(deps, context.now), version: 1 };
  return executeOnce(
    deps,
    context,
    {
      loads: [deps.loads.scheduling.locations()],
      decide: (locations): Decided<Resource, LocationNotFound | ResourceExists> => {
        const created = createResource(resource, locations, context.now);
        if (!created.ok) return created;
        const audit = [resourceAudit('resource.created', resource)];
        const jobs = resource.active ? [matchEverythingJob(context.now)] : [];
        return ok(decided({ value: resource, changes: [created.value], audit, jobs }));
      },
      onConflict: onlyConflict('resource_exists'),
      answerOf: 'caller',
    },
    represent,
  );
}

export function updateResource(
  deps: Deps,
  context: Context,
  id: ResourceId,
  settings: ResourceSettings,
  expected: ExpectedVersion,
) {
  type Refusal = ResourceNotFound | ResourceExists | ResourceInUse | LocationNotFound | StaleVersion;
  const { scheduling } = deps.loads;
  return execute(deps, context, {
    loads: [scheduling.resources(), scheduling.locations(), scheduling.resourceUse(id, context.now)],
    decide: (resources, locations, use): Decided<Resource, Refusal> => {
      const current = resources.find((resource) => resource.id === id);
      const changed = changeResource(current, settings, { use, locations }, expected, context.now);
      if (!changed.ok) return changed;
      const { resource } = changed.value;
      const audit = [resourceAudit('resource.updated', resource)];
      const jobs = resource.active ? [matchEverythingJob(context.now)] : [];
      return ok(decided({ value: resource, changes: [changed.value], audit, jobs }));
    },
    onConflict: onlyConflict('resource_exists'),
  });
}

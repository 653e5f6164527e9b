/**
 * Which rooms and devices an appointment takes: one of each kind that its type requires, at the location of the hours it lies
 * in, free for its whole time with the buffers. The places of a group session share the resources of the session.
 */
import type { UserId } from '../shared/ids.ts';
import { type Interval, overlaps } from '../shared/interval.ts';
import type { Instant } from '../shared/time.ts';
import { type AppointmentType, busyRange } from './appointment-type.ts';
import { type BusyTime, isOver, type OccupancyId, type OccupiedTime } from './busy-time.ts';
import type { LocationId } from './location.ts';
import { around, freeLane } from './places.ts';
import type { Resource, ResourceId, ResourceKind } from './resource.ts';

/** The time in which a resource is taken by one appointment or hold, or by several. */
export interface ResourceTime extends OccupiedTime {
  readonly resourceId: ResourceId;
  /** Whose appointment it is; `null` for several, or where it cannot be joined. */
  readonly doctorId: UserId | null;
  /** Its id; absent where nobody asks for it. */
  readonly sourceId?: BusyTime['sourceId'];
}

/**
 * The time in which a resource is taken by an active appointment or a live hold. Whose it is, and of which type, is told only where a
 * session of the type may be joined.
 */
export interface ResourceBusyTime extends ResourceTime {
  readonly sourceId: BusyTime['sourceId'];
}

/** Resources in use, in the order in which they are chosen, and their busy times in any order. */
export interface ResourceState<Time extends ResourceTime = ResourceBusyTime> {
  readonly all: readonly Resource[];
  readonly busy: readonly Time[];
}

export const NO_RESOURCES: ResourceState = { all: [], busy: [] };

/** A resource that an appointment takes. */
export interface Taking {
  readonly resource: Pick<Resource, 'id' | 'kind' | 'name'>;
  /** `null`: an occupancy of its own. */
  readonly occupancy: OccupancyId | null;
  readonly lane: number;
}

export interface Choice {
  readonly taken: readonly Taking[];
  /** The kinds of which none is free. */
  readonly missing: readonly ResourceKind[];
}

/** Chooses at a start. */
export type Chooser = (start: Instant, locationId: LocationId | null) => Choice;

const NOTHING: Choice = { taken: [], missing: [] };

/**
 * @param ignore sources whose time does not count: the hold that is consumed, the appointment that is moved. What they take
 *   now is preferred.
 */
export function chooserFor(
  type: AppointmentType,
  doctorId: UserId,
  state: ResourceState<ResourceTime>,
  now: Instant,
  ignore: readonly string[] = [],
): Chooser {
  if (type.requires.length === 0) return () => NOTHING;
  const isIgnored = ({ sourceId }: ResourceTime) => sourceId !== undefined && ignore.includes(sourceId);
  const standing = ignore.length === 0 ? sharedTimes(state, now) : timesOf(state, now, isIgnored);
  const preferred = new Set(
    ignore.length === 0 ? [] : state.busy.filter(isIgnored).map(({ resourceId }) => resourceId),
  );
  const ordered = [
    ...state.all.filter(({ id }) => preferred.has(id)),
    ...state.all.filter(({ id }) => !preferred.has(id)),
  ];
  const takenBy = ({ id }: Resource, wanted: Interval) =>
    around(standing.get(id) ?? [], wanted).filter((time) => overlaps(time, wanted));

  function choose(kind: ResourceKind, start: Instant, locationId: LocationId | null): Taking | undefined {
    const wanted = busyRange(type, start);
    const isOfSession = (time: ResourceTime) =>
      type.capacity > 1 && time.doctorId === doctorId && time.appointmentTypeId === type.id && time.startsAt === start;
    let free: Resource | undefined;
    for (const resource of ordered) {
      if (resource.kind !== kind) continue;
      const overlapping = takenBy(resource, wanted);
      const [first] = overlapping;
      if (first !== undefined && overlapping.every((time) => isOfSession(time) && time.occupancy === first.occupancy)) {
        return { resource, occupancy: first.occupancy, lane: freeLane(overlapping) };
      }
      if (first === undefined && resource.locationId === locationId) free ??= resource;
    }
    return free && { resource: free, occupancy: null, lane: 0 };
  }

  return (start, locationId) => {
    const taken: Taking[] = [];
    const missing: ResourceKind[] = [];
    for (const kind of type.requires) {
      const taking = choose(kind, start, locationId);
      if (taking === undefined) missing.push(kind);
      else taken.push(taking);
    }
    return { taken, missing };
  };
}

type ResourceTimes = ReadonlyMap<ResourceId, readonly ResourceTime[]>;

/** The busy times of each resource, sorted by start. */
function timesOf(
  { busy }: ResourceState<ResourceTime>,
  now: Instant,
  isIgnored: (time: ResourceTime) => boolean,
): ResourceTimes {
  const times = Map.groupBy(
    busy.filter((time) => !isOver(time, now) && !isIgnored(time)),
    ({ resourceId }) => resourceId,
  );
  for (const each of times.values()) each.sort((a, b) => a.start - b.start);
  return times;
}

const shared = new WeakMap<ResourceState<ResourceTime>, { readonly now: Instant; readonly times: ResourceTimes }>();

/** {@link timesOf}, sorted once for all doctors of a search, who share the state. */
function sharedTimes(state: ResourceState<ResourceTime>, now: Instant): ResourceTimes {
  const known = shared.get(state);
  if (known?.now === now) return known.times;
  const times = timesOf(state, now, () => false);
  shared.set(state, { now, times });
  return times;
}

/** The busy times of what an appointment or a hold takes, for decisions that follow in the same batch. */
export function busyWith(
  source: BusyTime & { readonly doctorId: UserId },
  takings: readonly Taking[],
): ResourceBusyTime[] {
  return takings.map(({ resource, occupancy, lane }) => ({
    ...source,
    resourceId: resource.id,
    occupancy: occupancy ?? (source.sourceId as string as OccupancyId),
    lane,
  }));
}

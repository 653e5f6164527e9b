/** Random queries for slots with locations, rooms and devices. */
import fc from 'fast-check';
import type { LocatedRange } from '../../../domain/scheduling/availability.ts';
import type { LocationId } from '../../../domain/scheduling/location.ts';
import type { Resource, ResourceKind } from '../../../domain/scheduling/resource.ts';
import type { ResourceBusyTime } from '../../../domain/scheduling/resource-choice.ts';
import type { AppointmentId } from '../../../domain/shared/ids.ts';
import { availability, id } from './builders.ts';
import { anyQuery, type StoredQuery } from './slot-generators.ts';

const MINUTE = 60_000;

const AT: readonly (LocationId | null)[] = [null, id<'location'>('a'), id<'location'>('b')];

function resource(name: string, kind: ResourceKind, locationId: string): Resource {
  return { id: id(name), name, kind, locationId: id(locationId), active: true, version: 1 };
}

const RESOURCES = [
  resource('room 1', 'room', 'a'),
  resource('room 2', 'room', 'a'),
  resource('room 3', 'room', 'b'),
  resource('device 1', 'device', 'a'),
];

interface Taken {
  readonly which: number;
  readonly start: number;
  readonly minutes: number;
  readonly expires: number | null;
  readonly ofSession: boolean;
}

/** Any query, with hours at two locations and at none, with required rooms and devices, some taken, some by sessions. */
export function anyPlacedQuery(): fc.Arbitrary<StoredQuery> {
  const taken: fc.Arbitrary<Taken> = fc.record({
    which: fc.nat({ max: RESOURCES.length - 1 }),
    start: fc.integer({ min: -1440, max: 3 * 1440 }),
    minutes: fc.integer({ min: 5, max: 300 }),
    expires: fc.option(fc.integer({ min: -1440, max: 1440 }), { freq: 4 }),
    ofSession: fc.boolean(),
  });
  const extra = fc.record({
    at: fc.array(fc.nat({ max: 2 }), { minLength: 12, maxLength: 12 }),
    requires: fc.constantFrom<readonly ResourceKind[]>([], ['room'], ['room'], ['room', 'device']),
    taken: fc.array(taken, { maxLength: 12 }),
  });
  return fc.tuple(anyQuery(), extra).map(([asked, given]) => {
    const located = <R extends LocatedRange>(range: R, index: number): R => ({
      ...range,
      locationId: AT[given.at[index % given.at.length] ?? 0] ?? null,
    });
    const { availability: hours, type } = asked;
    return {
      ...asked,
      type: { ...type, requires: given.requires },
      availability: availability({
        ...hours,
        weekly: hours.weekly.rules.map(located),
        overrides: hours.overrides.map((override) => ({ ...override, available: override.available.map(located) })),
      }),
      resources: { all: RESOURCES, busy: given.taken.flatMap((time, index) => resourceBusy(asked, time, index)) },
    };
  });
}

/** A busy time of a resource: that of one of the doctor's own appointments, or of somebody's. */
function resourceBusy(
  { from, type, busy, availability: hours }: StoredQuery,
  time: Taken,
  index: number,
): ResourceBusyTime[] {
  const midnight = Date.parse(from);
  const session = time.ofSession ? busy[index] : undefined;
  const start = session?.start ?? midnight + time.start * MINUTE;
  const taken = RESOURCES[time.which];
  if (taken === undefined) return [];
  return [
    {
      start,
      end: session?.end ?? start + time.minutes * MINUTE,
      sourceId: id<'appointment'>(`takes ${index}`) as AppointmentId,
      appointmentTypeId: type.id,
      startsAt: session?.startsAt ?? start,
      expiresAt: time.expires === null ? null : midnight + time.expires * MINUTE,
      occupancy: session?.occupancy ?? id<'occupancy'>(`takes ${index}`),
      lane: 0,
      resourceId: taken.id,
      doctorId: hours.doctorId,
    },
  ];
}

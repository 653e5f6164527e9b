/** Locks the rows of persons, locations and resources, each in id order, to prevent deadlocks. */
import type { Change } from '../../../domain/changes.ts';
import { doctorsOf } from '../../../domain/scheduling/appointment.ts';
import type { AvailabilityOverride, Week } from '../../../domain/scheduling/availability.ts';
import type { Taking } from '../../../domain/scheduling/resource-choice.ts';
import { type Sql, sql } from '../driver/sql.ts';

interface TimeTaken {
  readonly doctors: readonly (string | null)[];
  readonly others: readonly (string | null)[];
}

/**
 * The persons whose time a change takes or waits for. They must still exist, and the doctors must still be doctors,
 * once locked.
 */
function timeTakenBy(change: Change): TimeTaken {
  switch (change.type) {
    case 'appointment.booked':
    case 'appointment.rescheduled':
    case 'appointment.restored':
      return { doctors: doctorsOf(change.appointment), others: [change.appointment.patientId] };
    case 'hold.placed':
      return { doctors: [change.hold.doctorId], others: [change.hold.patientId, change.hold.holderId] };
    case 'waitlist.entry_added':
      return { doctors: [change.entry.doctorId], others: [change.entry.patientId] };
    // The appointments of one become the other's.
    case 'patient.merged':
      return { doctors: [], others: [change.merge.survivorId, change.merge.aliasId] };
    case 'patient.unmerged':
      return { doctors: [], others: [change.merge.survivorId] };
    // An answer, and an offer without one, change all open entries of the patient.
    case 'waitlist.offer_closed':
      return { doctors: [], others: change.offer.state === 'withdrawn' ? [] : [change.offer.patientId] };
    default:
      return { doctors: [], others: [] };
  }
}

interface PlaceTaken {
  readonly locations: readonly (string | null)[];
  readonly takings: readonly Taking[];
}

const NO_PLACE: PlaceTaken = { locations: [], takings: [] };

/** Changes that take resources or hold hours: a new one does not compile until {@link placeTakenBy} lists it. */
type WithPlaces =
  | { readonly takings: readonly Taking[] }
  | { readonly weekly: Week }
  | { readonly override: AvailabilityOverride };

function withoutPlace(_change: Exclude<Change, WithPlaces>): PlaceTaken {
  return NO_PLACE;
}

/** The locations that a change comes to, and the resources that it takes. They must be open and in use once locked. */
function placeTakenBy(change: Change): PlaceTaken {
  switch (change.type) {
    case 'appointment.booked':
    case 'appointment.rescheduled':
    case 'appointment.restored':
      return { locations: [change.appointment.locationId], takings: change.takings };
    case 'hold.placed':
      return { locations: [change.hold.locationId], takings: change.takings };
    case 'availability.replaced':
      return { ...NO_PLACE, locations: change.weekly.rules.map(({ locationId }) => locationId) };
    case 'availability.override_added':
    case 'availability.override_replaced':
      return { ...NO_PLACE, locations: change.override.available.map(({ locationId }) => locationId) };
    default:
      return withoutPlace(change);
  }
}

/**
 * Locks locations `FOR SHARE`: bookings at one location run concurrently, but wait for a batch that closes it. Locks
 * resources exclusively, for the reason given at {@link lockPersons}.
 */
export function lockPlaces(changes: readonly Change[]): Sql[] {
  const taken = changes.map(placeTakenBy);
  const locations = new Set(taken.flatMap((place) => place.locations.flatMap((id) => id ?? [])));
  const resources = new Set(taken.flatMap((place) => place.takings.map(({ resource }) => resource.id)));
  return [
    ...locked(sql`locations`, locations, sql`FOR SHARE`, 'location'),
    ...locked(sql`resources`, resources, sql`FOR NO KEY UPDATE`, 'resource'),
  ];
}

function locked(table: Sql, ids: ReadonlySet<string>, how: Sql, what: string): Sql[] {
  if (ids.size === 0) return [];
  return [
    sql`WITH locked AS (SELECT 1 FROM ${table} WHERE id = ANY(${[...ids]}::uuid[]) AND active ORDER BY id ${how})
        SELECT require_applied((count(*) = ${ids.size}::int)::int, ${what}) FROM locked`,
  ];
}

/** Persons who are locked although their account may be closed: their time ends for good, or their record is opened again. */
function leavingBy(change: Change): readonly string[] {
  switch (change.type) {
    case 'user.erased':
      return [change.userId, ...change.aliases];
    // It is closed, and opened again.
    case 'patient.unmerged':
      return [change.merge.aliasId];
    case 'doctor.resigned':
      return [change.doctorId];
    default:
      return [];
  }
}

interface PersonsToLock {
  readonly persons: ReadonlySet<string>;
  readonly doctors: ReadonlySet<string>;
  readonly leaving: ReadonlySet<string>;
}

/** The persons whose rows a batch locks before its first change. */
export function personsToLock(changes: readonly Change[]): PersonsToLock {
  const taken = changes.map(timeTakenBy);
  const doctors = new Set(taken.flatMap((its) => its.doctors.flatMap((id) => id ?? [])));
  // A person who leaves waits for batches that still take their time, and then sees everything that has to be ended.
  const leaving = new Set(changes.flatMap(leavingBy));
  const persons = new Set([...doctors, ...taken.flatMap(({ others }) => others.flatMap((id) => id ?? [])), ...leaving]);
  return { persons, doctors, leaving };
}

/**
 * Serialises batches that want the time of the same persons. Two rows that violate one exclusion constraint, written at
 * once, would each wait for the other, until the server's deadlock detection aborts one of them a second later. So a
 * batch locks all persons it concerns before its first change, in id order: no circular wait is possible, however many
 * times one batch books, and batches without a person in common never wait for each other.
 *
 * Fails as stale if one of the persons has closed the account meanwhile, or a doctor is no longer a doctor: their
 * time cannot be booked.
 */
export function lockPersons(changes: readonly Change[]): Sql[] {
  const { persons, doctors, leaving } = personsToLock(changes);
  if (persons.size === 0) return [];
  return [
    sql`WITH locked AS (
          SELECT 1 FROM users
          WHERE id = ANY(${[...persons]}::uuid[])
            AND (id = ANY(${[...leaving]}::uuid[]) OR (deleted_at IS NULL AND status <> 'closed'))
            AND (role = 'doctor' OR id <> ALL(${[...doctors]}::uuid[]))
          ORDER BY id FOR NO KEY UPDATE
        )
        SELECT require_applied((count(*) = ${persons.size}::int)::int, 'person') FROM locked`,
  ];
}

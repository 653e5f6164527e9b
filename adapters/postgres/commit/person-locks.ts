/** Locks the rows of persons, locations and resources, each in id order, to prevent deadlocks. */
import type { Change } from '../../../domain/changes.ts';
import type { ShareParties } from '../../../domain/files/share.ts';
import { doctorsOf } from '../../../domain/scheduling/appointment.ts';
import type { AvailabilityOverride, Week } from '../../../domain/scheduling/availability.ts';
import type { DoctorResigned } from '../../../domain/scheduling/offboarding.ts';
import type { Resource } from '../../../domain/scheduling/resource.ts';
import type { Taking } from '../../../domain/scheduling/resource-choice.ts';
import { type Sql, sql } from '../driver/sql.ts';

interface PersonsOf {
  /** Who must still be doctors once locked. */
  readonly doctors: readonly (string | null)[];
  /** Who must still have an account once locked. */
  readonly others: readonly (string | null)[];
  /** Who are locked although their account may be closed. */
  readonly leaving: readonly string[];
}

const NOBODY: PersonsOf = { doctors: [], others: [], leaving: [] };

/** Changes of what takes, holds or waits for time, and of whose it is: a new one does not compile until {@link personsOf} lists it. */
type WithPersons =
  | { readonly appointment: unknown }
  | { readonly hold: unknown }
  | { readonly entry: unknown }
  | { readonly offer: unknown }
  | { readonly merge: unknown }
  | { readonly aliases: unknown }
  | { readonly parties: unknown }
  | DoctorResigned;

function withoutPersons(_change: Exclude<Change, WithPersons>): PersonsOf {
  return NOBODY;
}

function sharingPersons({ owner, receiver, isDoctor }: ShareParties): PersonsOf {
  return { ...NOBODY, doctors: isDoctor ? [receiver] : [], others: [owner, receiver] };
}

/** The persons whose time a change takes, waits for or ends. */
function personsOf(change: Change): PersonsOf {
  switch (change.type) {
    case 'appointment.booked':
    case 'appointment.rescheduled':
    case 'appointment.restored':
      return { ...NOBODY, doctors: doctorsOf(change.appointment), others: [change.appointment.patientId] };
    // It has their time already, also of a person whose account was closed and whose appointments are not ended yet.
    case 'appointment.wall_clock_kept':
      return { ...NOBODY, leaving: [...doctorsOf(change.appointment), change.appointment.patientId] };
    case 'hold.placed':
      return { ...NOBODY, doctors: [change.hold.doctorId], others: [change.hold.patientId, change.hold.holderId] };
    case 'waitlist.entry_added':
      return { ...NOBODY, doctors: [change.entry.doctorId], others: [change.entry.patientId] };
    // The appointments of one become the other's.
    case 'patient.merged':
      return { ...NOBODY, others: [change.merge.survivorId, change.merge.aliasId] };
    // The alias is closed, and opened again.
    case 'patient.unmerged':
      return { ...NOBODY, others: [change.merge.survivorId], leaving: [change.merge.aliasId] };
    // An answer, and an offer without one, change all open entries of the patient.
    case 'waitlist.offer_closed':
      return { ...NOBODY, others: change.offer.state === 'withdrawn' ? [] : [change.offer.patientId] };
    case 'file_share.made':
    case 'file_share.renewed':
      return sharingPersons(change.parties);
    case 'user.erased':
      return { ...NOBODY, leaving: [change.userId, ...change.aliases] };
    case 'doctor.resigned':
      return { ...NOBODY, leaving: [change.doctorId] };
    // These take no time, and the hold of an offer is placed by a change of its own.
    case 'appointment.edited':
    case 'appointment.cancelled':
    case 'appointment.status_changed':
    case 'waitlist.entry_changed':
    case 'waitlist.offer_made':
      return NOBODY;
    default:
      return withoutPersons(change);
  }
}

interface PlaceTaken {
  readonly locations: readonly (string | null)[];
  readonly takings: readonly Taking[];
}

const NO_PLACE: PlaceTaken = { locations: [], takings: [] };

/** Changes that take resources, hold hours or bring a resource to a location: a new one does not compile until {@link placeTakenBy} lists it. */
type WithPlaces =
  | { readonly takings: readonly Taking[] }
  | { readonly weekly: Week }
  | { readonly override: AvailabilityOverride }
  | { readonly resource: Resource };

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
    case 'resource.created':
      return { ...NO_PLACE, locations: [change.resource.locationId] };
    case 'resource.changed':
      return { ...NO_PLACE, locations: change.opens ? [change.resource.locationId] : [] };
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

interface PersonsToLock {
  readonly persons: ReadonlySet<string>;
  readonly doctors: ReadonlySet<string>;
  readonly leaving: ReadonlySet<string>;
}

/** The persons whose rows a batch locks before its first change. */
export function personsToLock(changes: readonly Change[]): PersonsToLock {
  const taken = changes.map(personsOf);
  const doctors = new Set(taken.flatMap((its) => its.doctors.flatMap((id) => id ?? [])));
  // A person who leaves waits for batches that still take their time, and then sees everything that has to be ended.
  const leaving = new Set(taken.flatMap((its) => its.leaving));
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

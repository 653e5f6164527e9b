/** Places where the clinic sees patients. */
import type { Id, UserId } from '../shared/ids.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import { type ExpectedVersion, type StaleVersion, staleness } from '../shared/version.ts';
import type { ZoneId } from '../shared/zone.ts';
import type { Coming } from './coming.ts';

export type LocationId = Id<'location'>;

export interface PostalAddress {
  readonly street: string | null;
  readonly city: string | null;
  readonly state: string | null;
  readonly postalCode: string | null;
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null;
}

export interface LocationSettings extends PostalAddress {
  /** Unique, 1 to 100 characters. */
  readonly name: string;
  /** The zone of the hours that doctors have there. */
  readonly timezone: ZoneId;
  /** E.164. */
  readonly phone: string | null;
  /** How to get there. */
  readonly directions: string | null;
  /** Whether doctors may have hours there. */
  readonly active: boolean;
}

export interface Location extends LocationSettings {
  readonly id: LocationId;
  readonly version: number;
}

/** Where the doctor's hours are and which appointments are to come, in a place or with a resource. */
export interface PlaceUse extends Coming {
  /** Doctors whose hours, today or later, name the location; of a resource always empty. */
  readonly doctorIds: readonly UserId[];
}

export type LocationChange =
  | { readonly type: 'location.created'; readonly location: Location; readonly at: Instant }
  /** `unused`: guarded, the batch fails when an appointment or hours came to it meanwhile. */
  | {
      readonly type: 'location.changed';
      readonly location: Location;
      readonly expectedVersion: number;
      readonly unused: boolean;
      readonly at: Instant;
    };

export type LocationNotFound = { readonly code: 'location_not_found' };
export type LocationExists = { readonly code: 'location_exists' };
/** Patients would go to a place that is closed, or doctors would have hours in another zone than their place. */
export type LocationInUse = { readonly code: 'location_in_use' } & PlaceUse;
export type LocationRefusal = LocationNotFound | LocationExists | LocationInUse;

export function isUsed({ appointments, doctorIds }: PlaceUse): boolean {
  return appointments > 0 || doctorIds.length > 0;
}

/** Closing a location, or moving it to another zone, is refused while appointments are to come or hours name it. */
export function changeLocation(
  current: Location | undefined,
  settings: LocationSettings,
  use: PlaceUse,
  expected: ExpectedVersion,
  now: Instant,
): Result<LocationChange & { readonly type: 'location.changed' }, LocationNotFound | LocationInUse | StaleVersion> {
  if (current === undefined) return refuse({ code: 'location_not_found' });
  const stale = staleness(current, expected);
  if (stale !== undefined) return refuse(stale);
  const unused = (current.active && !settings.active) || current.timezone !== settings.timezone;
  if (unused && isUsed(use)) return refuse({ code: 'location_in_use', ...use });
  const location = { ...settings, id: current.id, version: current.version + 1 };
  return ok({ type: 'location.changed', location, expectedVersion: current.version, unused, at: now });
}

/** The name and the address in one line, as in mails. */
export function placeInWords({ name, ...address }: Pick<Location, 'name' | keyof PostalAddress>): string {
  return inOneLine([name, addressInWords(address)]);
}

/** In one line; empty where nothing is known. Without the country, which those who read it live in. */
export function addressInWords({ street, city, state, postalCode }: Omit<PostalAddress, 'country'>): string {
  const town = [postalCode, city].filter((part) => part !== null).join(' ');
  return inOneLine([street, town, state]);
}

/** Leaves out what is missing. */
export function inOneLine(parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null && part !== '').join(', ');
}

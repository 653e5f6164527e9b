/**
 * What is cached: the kinds, how long each lives, and on what it depends. Medical records are none of them (R46): their loads
 * are recorded reads, which `cached` does not take, and a value must be of one of the types here.
 */
import type { LiveSession } from '../../../domain/identity/ports.ts';
import type { User } from '../../../domain/identity/user.ts';
import type { LegalText } from '../../../domain/privacy/legal-text.ts';
import type { AppointmentType } from '../../../domain/scheduling/appointment-type.ts';
import type { Location } from '../../../domain/scheduling/location.ts';
import type { ChosenLimits } from '../../../domain/scheduling/policy.ts';
import type { DirectoryEntry } from '../../../domain/scheduling/ports.ts';
import type { BookingState } from '../../../domain/scheduling/slot-check.ts';
import type { SessionId, UserId } from '../../../domain/shared/ids.ts';
import type { Instant, LocalDate } from '../../../domain/shared/time.ts';
import type { TaggedAddress } from '../../../domain/shared/versioned-cache.ts';

export interface CachedSession extends LiveSession {
  /** When the database confirmed it last. */
  readonly confirmedAt: Instant;
}

/** When a doctor works and is busy, without whose visits these are. */
export type CachedAvailability = Pick<BookingState, 'availability' | 'busy' | 'doctor' | 'resources' | 'type'> & {
  readonly locations: readonly Location[];
};

/** The type of each kind's values. */
export interface CachedValues {
  readonly sessions: CachedSession;
  readonly profiles: User;
  readonly unread_counts: number;
  readonly doctors: readonly DirectoryEntry[];
  readonly doctor_entries: DirectoryEntry;
  readonly appointment_types: { readonly types: readonly AppointmentType[]; readonly limits: ChosenLimits };
  readonly locations: readonly Location[];
  readonly legal_texts: readonly LegalText[];
  readonly availability: CachedAvailability;
}

export type CacheKind = keyof CachedValues;

interface KindRules {
  readonly ttlSeconds: number;
  /** For administrators. */
  readonly holds: string;
  /** The families of the tags that its values depend on, apart from its own. */
  readonly dependsOn: readonly Family[];
}

type Family = Exclude<Tag, `kind:${string}`> extends infer T ? (T extends `${infer F}:${string}` ? F : T) : never;

const MINUTES = 60;
const HOURS = 3_600;

export const CACHE_KINDS: Readonly<Record<CacheKind, KindRules>> = {
  sessions: {
    ttlSeconds: 30 * MINUTES,
    holds: 'Sessions with their role and factors',
    dependsOn: ['session', 'access'],
  },
  profiles: { ttlSeconds: HOURS, holds: 'Accounts, for the person alone', dependsOn: ['person'] },
  unread_counts: { ttlSeconds: 10 * MINUTES, holds: 'How many messages a person has not read', dependsOn: ['inbox'] },
  doctors: { ttlSeconds: HOURS, holds: 'Pages of the directory of doctors', dependsOn: ['directory'] },
  doctor_entries: { ttlSeconds: HOURS, holds: 'Single doctors of the directory', dependsOn: ['directory'] },
  appointment_types: {
    ttlSeconds: HOURS,
    holds: 'Appointment types and the limits of the clinic',
    dependsOn: ['types', 'clinic'],
  },
  locations: { ttlSeconds: HOURS, holds: 'Locations', dependsOn: ['locations'] },
  legal_texts: { ttlSeconds: HOURS, holds: 'Legal texts', dependsOn: ['legal'] },
  // A hold that expires frees its time without a change.
  availability: {
    ttlSeconds: MINUTES,
    holds: 'Hours and busy times of doctors',
    dependsOn: ['hours', 'directory', 'types', 'clinic', 'locations'],
  },
};

export const KIND_NAMES = Object.keys(CACHE_KINDS) as readonly CacheKind[];

/**
 * What a value depends on. `access:` is what a person may do and by which factors; `hours:` is when a doctor is free. Those
 * without an id stand for all of their kind.
 */
export type Tag =
  | `kind:${CacheKind}`
  | `session:${SessionId}`
  | `access:${UserId}`
  | `person:${UserId}`
  | `inbox:${UserId}`
  | `hours:${UserId}`
  | 'directory'
  | 'types'
  | 'clinic'
  | 'locations'
  | 'legal';

/** Where a value of a kind is, with what it depends on. */
export interface CacheRead<K extends CacheKind = CacheKind> extends TaggedAddress {
  readonly kind: K;
}

/** Every value depends on its kind, so that a kind can be dropped as a whole. */
function at<K extends CacheKind>(kind: K, key: string, ...tags: readonly Tag[]): CacheRead<K> {
  return { kind, key, tags: [`kind:${kind}`, ...tags] };
}

export const cacheReads = {
  session: (id: SessionId, userId: UserId) => at('sessions', id, `session:${id}`, `access:${userId}`),
  profile: (id: UserId) => at('profiles', id, `person:${id}`),
  unreadCount: (id: UserId) => at('unread_counts', id, `inbox:${id}`),
  doctors: (page: { readonly specialty: string | null; readonly after: UserId | null; readonly limit: number }) =>
    at('doctors', JSON.stringify([page.specialty, page.after, page.limit]), 'directory'),
  doctor: (id: UserId) => at('doctor_entries', id, 'directory'),
  appointmentTypes: () => at('appointment_types', 'all', 'types', 'clinic'),
  locations: () => at('locations', 'all', 'locations'),
  legalTexts: () => at('legal_texts', 'all', 'legal'),
  availability: (of: {
    readonly doctorId: UserId;
    readonly typeCode: string;
    readonly from: LocalDate;
    readonly to: LocalDate;
  }) =>
    at(
      'availability',
      JSON.stringify([of.doctorId, of.typeCode, of.from, of.to]),
      ...([`hours:${of.doctorId}`, 'directory', 'types', 'clinic', 'locations'] as const),
    ),
};

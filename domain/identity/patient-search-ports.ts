/** The loads and the change of the patient search. */
import type { Load } from '../shared/changes.ts';
import type { RecordedLoad } from '../shared/database.ts';
import type { AppointmentId, UserId } from '../shared/ids.ts';
import type { Instant } from '../shared/time.ts';
import type { Viewer } from '../shared/viewer.ts';
import type { SearchTerm } from './patient-search.ts';
import type { PersonFields, User } from './user.ts';

/** Stores the hashes of a person; without effect when the account has another version meanwhile. */
export type PersonIndexed = {
  readonly type: 'person.indexed';
  readonly userId: UserId;
  readonly person: PersonFields;
  readonly version: number;
};

export interface FoundPatient {
  readonly user: User;
  /** The next appointment that is to take place. */
  readonly next: {
    readonly id: AppointmentId;
    readonly start: Instant;
    readonly doctorId: UserId;
    readonly doctorName: string;
    readonly typeCode: string;
  } | null;
}

export interface FoundPage {
  /** Ordered by id; one more than `limit` when the page is full and there is a next one. */
  readonly found: FoundPatient[];
  /** Where the search goes on when the page is not full, and not everybody who has the terms was looked at. */
  readonly further: UserId | null;
}

export interface PatientSearchLoads {
  /**
   * Patients whom the viewer may see and who have one term of each list. Bounded: fewer than `limit` may be found while there are
   * more. Recorded in the stream of each.
   */
  patientsFound(
    search: { readonly lookups: readonly (readonly SearchTerm[])[]; readonly now: Instant },
    viewer: Viewer,
    page: { readonly after: UserId | null; readonly limit: number },
  ): RecordedLoad<FoundPage>;
  /**
   * Patients whom the viewer may see and who have one of the hashes or the address: more than are duplicates, and nothing that
   * may be shown before it is recorded. At most 200.
   */
  duplicateCandidates(
    of: { readonly terms: readonly SearchTerm[]; readonly email: string | null },
    viewer: Viewer,
  ): Load<User[]>;
  /** These patients, of those whom the viewer may see. Recorded in the stream of each. */
  patientsRead(ids: readonly UserId[], viewer: Viewer, now: Instant): RecordedLoad<FoundPatient[]>;
  /** People whose hashes are missing or outdated. */
  notIndexed(limit: number): Load<User[]>;
}

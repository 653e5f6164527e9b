/** The loads of the front desk: what the clinic reads to run its day. */
import type { RecordedLoad } from '../shared/database.ts';
import type { AppointmentId, UserId } from '../shared/ids.ts';
import type { Instant, LocalDate } from '../shared/time.ts';
import type { Viewer } from '../shared/viewer.ts';
import type { AppointmentType } from './appointment-type.ts';
import type { WaitlistEntryId } from './ids.ts';
import type { AppointmentFilter, AppointmentRecord, DoctorSchedule, Page } from './ports.ts';
import type { ResourceState } from './resource-choice.ts';
import type { WaitlistEntry, WaitlistState } from './waitlist.ts';
import type { EntryRecord } from './waitlist-ports.ts';

/** By what the clinic recognises a patient, and how it reaches them. */
export interface PatientContact {
  readonly id: UserId;
  readonly firstName: string;
  readonly lastName: string;
  /** `YYYY-MM-DD` */
  readonly dateOfBirth: string | null;
  /** E.164 */
  readonly phoneNumber: string | null;
  /** Fields that are stored but cannot be opened: a name reads as U+FFFD, anything else as `null`. */
  readonly damaged?: readonly string[];
}

export interface ClinicAppointment extends AppointmentRecord {
  /** `null` once the patient's account is erased. */
  readonly patient: PatientContact | null;
}

/** How much one day sheet shows. */
export interface DayBounds {
  readonly doctors: number;
  readonly appointmentsOfDoctor: number;
}

export interface DayRecord {
  /** Ordered by id; one more than the bound when there are further doctors. */
  readonly schedules: readonly DoctorSchedule[];
  /** Of each doctor those that the viewer may see, by start, at most as many as the bound says. */
  readonly appointments: ReadonlyMap<UserId, readonly ClinicAppointment[]>;
  /** How many there are of each doctor that the viewer may see. */
  readonly counts: ReadonlyMap<UserId, number>;
  readonly types: readonly AppointmentType[];
  /** The rooms and devices that active types require, at the locations of the doctors' hours, with their busy times. */
  readonly resources: ResourceState;
  /** The best-ranked entries that wait and whose dates include the date. */
  readonly waiting: readonly WaitlistEntry[];
}

export interface DayQuery {
  readonly date: LocalDate;
  readonly now: Instant;
  /** `null` for every doctor. */
  readonly doctorIds: readonly UserId[] | null;
  readonly after: UserId | null;
  readonly bounds: DayBounds;
}

export interface ClinicEntry extends EntryRecord {
  readonly patient: PatientContact | null;
}

export interface EntryFilter {
  /** Entries that name this doctor. */
  readonly doctorId: UserId | null;
  readonly typeCode: string | null;
  /** `null` for those that are waiting or offered. */
  readonly state: WaitlistState | null;
}

/** The place of an entry in the order of the waitlist: highest rank first, then the longest wait. */
export interface EntryPlace {
  readonly rank: number;
  readonly createdAt: Instant;
  readonly id: WaitlistEntryId;
}

export interface FrontDeskLoads {
  /**
   * Entries of the patients whom the viewer may see, in the order of the waitlist; one more than `limit` when there is a
   * next page. Recorded once for each patient.
   */
  entriesRead(filter: EntryFilter, viewer: Viewer, page: Page<EntryPlace>): RecordedLoad<ClinicEntry[]>;
  /** The state of a day sheet. Recorded once for each patient whose appointment it shows. */
  dayRead(query: DayQuery, viewer: Viewer): RecordedLoad<DayRecord>;
  /**
   * The appointments that the viewer may see, with their patients. Ordered by start, earliest first; one more than `limit`
   * when there is a next page. Recorded once for each patient.
   */
  appointmentsRead(
    filter: AppointmentFilter,
    viewer: Viewer,
    page: Page<{ readonly start: Instant; readonly id: AppointmentId }>,
  ): RecordedLoad<ClinicAppointment[]>;
}

/** What scheduling reads. Each load is one description; a use case runs those it needs in one round trip. */
import type { Load } from '../shared/changes.ts';
import type { RecordedLoad } from '../shared/database.ts';
import type { AppointmentId, AppointmentTypeId, HoldId, UserId } from '../shared/ids.ts';
import type { Role } from '../shared/permissions.ts';
import type { DataKey } from '../shared/ports.ts';
import type { Instant, LocalDate } from '../shared/time.ts';
import type { Viewer } from '../shared/viewer.ts';
import type { Appointment, AppointmentStatus } from './appointment.ts';
import type { AppointmentType } from './appointment-type.ts';
import type { Availability } from './availability.ts';
import type { CalendarFeed } from './calendar-feed.ts';
import type { ClinicHoliday } from './clinic-holiday.ts';
import type { Doctor } from './doctor.ts';
import type { Hold } from './hold.ts';
import type { WaitlistEntryId, WaitlistOfferId } from './ids.ts';
import type { BookingState } from './slot-check.ts';
import type { SlotQuery } from './slots.ts';
import type { WaitlistEntry, WaitlistOffer } from './waitlist.ts';
import type { MatchState } from './waitlist-matching.ts';

/** Local dates, both included. Zones differ: what is loaded reaches a day further on both sides. */
export interface DateRange {
  readonly from: LocalDate;
  readonly to: LocalDate;
}

export interface DoctorFilter {
  readonly specialty: string | null;
  readonly doctorIds: readonly UserId[] | null;
  /** Of name, specialty and languages. */
  readonly text: string | null;
}

/** A doctor as patients find them. */
export interface DirectoryEntry {
  readonly doctor: Doctor;
  readonly name: string;
}

/** An appointment with what showing it takes. */
export interface AppointmentRecord {
  readonly appointment: Appointment;
  readonly typeCode: string;
  readonly doctorName: string;
  /** Whose key seals its words. */
  readonly patientKey: DataKey;
}

export interface AppointmentFilter {
  readonly patientId: UserId | null;
  readonly doctorId: UserId | null;
  /** Of the start: instants are half-open, dates are the local ones in the appointment's own zone, both included. */
  readonly from: Instant | LocalDate | null;
  readonly to: Instant | LocalDate | null;
  readonly statuses: readonly AppointmentStatus[] | null;
}

/** A doctor with what finding slots takes. */
export type DoctorSchedule = DirectoryEntry & Pick<SlotQuery, 'availability' | 'busy'>;

export interface Page<Key> {
  readonly after: Key | null;
  readonly limit: number;
}

export interface SchedulingLoads {
  doctor(id: UserId): Load<DirectoryEntry | undefined>;
  /** In the order of their ids; one more than `limit` when there is a next page. */
  doctors(filter: DoctorFilter, page: Page<UserId>): Load<DirectoryEntry[]>;
  appointmentTypes(): Load<AppointmentType[]>;
  availability(doctorId: UserId, dates: DateRange): Load<Availability | undefined>;
  /** The same, recorded for the doctor. */
  availabilityRead(doctorId: UserId, dates: DateRange): RecordedLoad<Availability | undefined>;
  /** Active doctors who accept patients, each with availability and busy times over the dates. One range query. */
  schedules(filter: DoctorFilter, dates: DateRange, now: Instant): Load<DoctorSchedule[]>;
  /** `undefined` when doctor or type is not there. */
  bookingState(query: {
    readonly doctorId: UserId;
    readonly appointmentType: { readonly code: string } | { readonly id: AppointmentTypeId };
    readonly patientId: UserId | null;
    readonly dates: DateRange;
    readonly now: Instant;
  }): Load<(BookingState & { readonly doctorName: string }) | undefined>;
  hold(id: HoldId): Load<Hold | undefined>;
  /** How many the holder placed that still stand; those behind offers of the waitlist do not count. */
  liveHolds(holderId: UserId, now: Instant): Load<number>;
  /** For oneself; for others as far as their records are open: a doctor for own patients, nobody for restricted ones (R28). */
  mayActFor(viewer: Viewer, patientId: UserId): Load<boolean>;
  holidays(dates: DateRange): Load<ClinicHoliday[]>;
  /** Everything with a person, as patient or doctor, that is open and still to come. */
  offboarding(person: UserId, now: Instant): Load<OffboardingRecord>;
  /** What moving an appointment depends on, where the request names the new time and perhaps another doctor. */
  moveState(query: {
    readonly appointmentId: AppointmentId;
    /** `null` for the doctor it is with. */
    readonly doctorId: UserId | null;
    readonly dates: DateRange;
    readonly now: Instant;
  }): Load<(BookingState & { readonly doctorName: string }) | undefined>;
  /** The appointment and all others of its series, by start; it alone when it is in none. */
  seriesOf(id: AppointmentId, viewer: Viewer): Load<AppointmentRecord[]>;
  /** For a decision about it. */
  appointment(id: AppointmentId, viewer: Viewer): Load<AppointmentRecord | undefined>;
  /** To be shown: recorded in the patient's stream (R46). */
  appointmentRead(id: AppointmentId, viewer: Viewer): RecordedLoad<AppointmentRecord | undefined>;
  /** By start, earliest first; one more than `limit` when there is a next page. */
  appointmentsRead(
    filter: AppointmentFilter,
    viewer: Viewer,
    page: Page<{ readonly start: Instant; readonly id: AppointmentId }>,
  ): RecordedLoad<AppointmentRecord[]>;
  /** As {@link appointmentsRead}, of one patient; `undefined` when there is no such patient that the viewer may know of. */
  patientAppointmentsRead(
    patientId: UserId,
    filter: AppointmentFilter,
    viewer: Viewer,
    page: Page<{ readonly start: Instant; readonly id: AppointmentId }>,
  ): RecordedLoad<AppointmentRecord[] | undefined>;
}

/** An offer with all that accepting, declining or ending it depends on. */
export interface OfferRecord {
  readonly offer: WaitlistOffer;
  readonly entry: WaitlistEntry;
  readonly hold: Hold | null;
  readonly typeCode: string;
  readonly doctorName: string;
  readonly patientKey: DataKey;
}

/** An entry as its patient sees it. */
export interface EntryRecord {
  readonly entry: WaitlistEntry;
  readonly typeCode: string;
  /** What stands open for it now. */
  readonly openOffer: WaitlistOffer | null;
}

export interface WaitlistLoads {
  /** The patient's that are waiting or offered. */
  openEntries(patientId: UserId): Load<WaitlistEntry[]>;
  /** `patientId` is `null` for whoever sees everybody's. */
  entry(id: WaitlistEntryId, patientId: UserId | null): Load<EntryRecord | undefined>;
  /**
   * By id, which is the order of joining; one more than `limit` when there is a next page. `undefined` when there is no
   * such patient that the viewer may know of.
   */
  entriesRead(patientId: UserId, viewer: Viewer, page: Page<WaitlistEntryId>): RecordedLoad<EntryRecord[] | undefined>;
  offer(id: WaitlistOfferId): Load<OfferRecord | undefined>;
  /** The open offer behind a hold of the patient's. */
  openOfferOf(holdId: HoldId, patientId: UserId): Load<OfferRecord | undefined>;
  /** What booking the offered time depends on. */
  offerState(id: WaitlistOfferId, now: Instant): Load<(BookingState & { readonly doctorName: string }) | undefined>;
  /** Everything an offer of freed time depends on. `undefined` when the doctor is gone. */
  matchState(freed: {
    readonly doctorId: UserId;
    readonly start: Instant;
    readonly end: Instant;
    readonly now: Instant;
  }): Load<WaitlistMatchState | undefined>;
}

export interface WaitlistMatchState extends MatchState {
  readonly doctorName: string;
  /** Of those who wait, by patient. */
  readonly keys: ReadonlyMap<UserId, DataKey>;
}

/** What closing a person's account ends, with what telling those concerned takes. */
export interface OffboardingRecord {
  readonly appointments: readonly AppointmentRecord[];
  readonly holds: readonly Hold[];
  readonly entries: readonly (EntryRecord & {
    /** Of the doctor the entry names. */
    readonly doctorName: string | null;
    readonly patientKey: DataKey;
  })[];
}

/** What a calendar shows. */
export interface FeedContent {
  readonly feed: CalendarFeed;
  /** Whether its owner is the patient or the doctor of the appointments. */
  readonly ownerRole: Role;
  readonly appointments: readonly Pick<AppointmentRecord, 'appointment' | 'typeCode' | 'doctorName'>[];
}

export interface CalendarLoads {
  liveFeeds(userId: UserId): Load<CalendarFeed[]>;
  /** Recorded in the stream of the feed's owner. The words of the appointments are left out. */
  feedRead(secretHash: Uint8Array, from: Instant, limit: number): RecordedLoad<FeedContent | undefined>;
}

/** The loads of scheduling. A use case runs the loads it needs in one round trip. */

import type { Load } from '../shared/changes.ts';
import type { RecordedLoad } from '../shared/database.ts';
import type { AppointmentId, AppointmentTypeId, HoldId, UserId } from '../shared/ids.ts';
import type { Interval } from '../shared/interval.ts';
import type { DataKey } from '../shared/ports.ts';
import type { Instant, LocalDate } from '../shared/time.ts';
import type { Viewer } from '../shared/viewer.ts';
import type { Appointment, AppointmentStatus, DoctorTaking } from './appointment.ts';
import type { AppointmentType } from './appointment-type.ts';
import type { Availability } from './availability.ts';
import type { BusyTime } from './busy-time.ts';
import type { ClinicHoliday } from './clinic-holiday.ts';
import type { ClinicLoads } from './clinic-ports.ts';
import type { Clinic } from './clinic-settings.ts';
import type { Coming } from './coming.ts';
import type { ConfirmationLink } from './confirmation.ts';
import type { Delay, WaitingPatient } from './delay.ts';
import type { Doctor } from './doctor.ts';
import type { SearchWindow } from './earliest-search.ts';
import type { Hold } from './hold.ts';
import type { Location, LocationId, PlaceUse } from './location.ts';
import type { ChosenLimits } from './policy.ts';
import type { ProxyId } from './proxy.ts';
import type { Receiver } from './receivers.ts';
import type { Resource, ResourceId } from './resource.ts';
import type { BookingState } from './slot-check.ts';
import type { SlotQuery } from './slots.ts';
import type { AppointmentStep } from './steps.ts';
import type { OfferReceivers, WaitlistEntry, WaitlistOffer } from './waitlist.ts';

/** Local dates, first and last included. Zones differ, so loads read a day more on both sides. */
export interface DateRange {
  readonly from: LocalDate;
  readonly to: LocalDate;
}

export interface DoctorFilter {
  readonly specialty: string | null;
  readonly doctorIds: readonly UserId[] | null;
  /** Part of a name, a specialty or a language. */
  readonly text: string | null;
}

/** A doctor as shown in the directory. */
export interface DirectoryEntry {
  readonly doctor: Doctor;
  readonly name: string;
}

/** Where an appointment takes place, and who and what takes part besides its patient and its leading doctor. */
export interface Venue {
  readonly location: Location | null;
  /** Of the doctor, or else of the clinic, for visits by video. */
  readonly videoLink: string | null;
  readonly resources: readonly Pick<Resource, 'id' | 'kind' | 'name'>[];
  readonly additionalDoctors: readonly DoctorTaking['doctor'][];
}

/** An appointment with what is needed to show it. */
export interface AppointmentRecord {
  readonly appointment: Appointment;
  readonly typeCode: string;
  readonly doctorName: string;
  readonly venue: Venue;
  /** The limits that the clinic has chosen, which tell what may be done with it now. */
  readonly limits: ChosenLimits;
  /** The patient's data key, which encrypts reason, symptoms and notes. */
  readonly patientKey: DataKey;
}

/** An appointment for a decision about it, with who is told what becomes of it beside its patient. */
export interface ToldAppointment extends AppointmentRecord {
  readonly proxies: readonly Receiver[];
}

/** A person, as the patient or as who acts for the patient; or the patient of a proxy, who acts, did or will act. */
export type RemindedOf = { readonly personId: UserId } | { readonly proxyId: ProxyId };

export interface ConfirmationRecord {
  readonly told: ToldAppointment;
  readonly link: ConfirmationLink;
}

export interface AppointmentFilter {
  readonly patientId: UserId | null;
  readonly doctorIds: readonly UserId[] | null;
  readonly typeCode: string | null;
  readonly locationId: LocationId | null;
  /** Bounds of the start. Instants are half-open; dates are local in the zone of the appointment, first and last included. */
  readonly from: Instant | LocalDate | null;
  readonly to: Instant | LocalDate | null;
  readonly statuses: readonly AppointmentStatus[] | null;
}

/** A doctor with the state that slots are computed from. */
export interface DoctorSchedule extends DirectoryEntry {
  readonly availability: Availability;
  readonly busy: readonly BusyTime[];
}

export interface Page<Key> {
  readonly after: Key | null;
  readonly limit: number;
}

/** Doctors, appointment types and clinic holidays. */
export interface DirectoryLoads {
  doctor(id: UserId): Load<DirectoryEntry | undefined>;
  /** Ordered by id; one more than `limit` when there is a next page. */
  doctors(filter: DoctorFilter, page: Page<UserId>): Load<DirectoryEntry[]>;
  appointmentTypes(): Load<AppointmentType[]>;
  /** The types with the limits of the clinic, which stand where a type has none. */
  typesWithLimits(): Load<{ readonly types: readonly AppointmentType[]; readonly limits: ChosenLimits }>;
  holidays(dates: DateRange): Load<ClinicHoliday[]>;
}

/** Locations and resources. */
export interface PlaceLoads {
  /** All, by name. */
  locations(): Load<Location[]>;
  /** All, by name. */
  resources(): Load<Resource[]>;
  locationUse(id: LocationId, now: Instant): Load<PlaceUse>;
  resourceUse(id: ResourceId, now: Instant): Load<PlaceUse>;
}

export interface AvailabilityLoads {
  availability(doctorId: UserId, dates: DateRange): Load<Availability | undefined>;
  /** As {@link availability}, recorded in the doctor's stream. */
  availabilityRead(doctorId: UserId, dates: DateRange): RecordedLoad<Availability | undefined>;
  /** What the slots of a window are computed from. */
  searched(query: SearchQuery): Load<SearchedDoctors>;
}

/** Some doctors, and a window in which slots of a type are looked for. */
export interface SearchQuery {
  readonly typeCode: string;
  readonly filter: DoctorFilter;
  readonly window: SearchWindow;
  /** The last doctor of the page before, by id; `null` for the first page. */
  readonly after: UserId | null;
  readonly doctors: number;
  /** Doctors who accept no new patients are left out, unless they treat this one. */
  readonly patientId: UserId | null;
  readonly now: Instant;
}

/** A doctor with the state that the slots of a window are computed from. */
export interface SearchedDoctor extends Required<Pick<SlotQuery, 'availability' | 'busy' | 'taken'>> {
  readonly name: string;
}

export interface SearchedDoctors {
  /** `undefined` when there is none with the code. */
  readonly type: AppointmentType | undefined;
  /** When the slots of the window start; empty when the type cannot be booked in it. */
  readonly time: Interval;
  /** Ordered by id, without those who have no hours for the type on the dates of the window. */
  readonly found: readonly SearchedDoctor[];
  readonly resources: SlotQuery['resources'];
  /** Whether there are doctors after these. */
  readonly continues: boolean;
}

/** What a decision and its answer need besides the state of the time. */
export interface BookingNames {
  readonly doctorName: string;
  /** Of the doctor, or else of the clinic. */
  readonly videoLink: string | null;
  /** The limits that the clinic has chosen. */
  readonly limits: ChosenLimits;
  /** The locations of the doctor's hours. */
  readonly locations: readonly Location[];
  /** Who acts for the patient, and is told of the booking too. */
  readonly proxies: readonly Receiver[];
}

/** What a booking, a hold or a move is decided on. */
export interface BookingLoads {
  /** `undefined` when the doctor or the type does not exist. */
  bookingState(query: {
    readonly doctorId: UserId;
    readonly appointmentType: { readonly code: string } | { readonly id: AppointmentTypeId };
    readonly patientId: UserId | null;
    /** Those who do not exist are left out of the state. Default: none. */
    readonly additionalDoctorIds?: readonly UserId[];
    readonly dates: DateRange;
    readonly now: Instant;
  }): Load<(BookingState & BookingNames) | undefined>;
  /** The booking state for moving an appointment, with its own type, patient and additional doctors. */
  moveState(query: {
    readonly appointmentId: AppointmentId;
    /** `null` for the doctor of the appointment. */
    readonly doctorId: UserId | null;
    readonly dates: DateRange;
    /** Whether later appointments of its series are moved by as many days: then up to the last of them. */
    readonly following: boolean;
    readonly now: Instant;
  }): Load<(BookingState & BookingNames) | undefined>;
  hold(id: HoldId): Load<Hold | undefined>;
  /** How many live holds the holder has placed. The holds behind waitlist offers do not count. */
  liveHolds(holderId: UserId, now: Instant): Load<number>;
  /** `true` for oneself, and for patients whose record the viewer may see: a doctor's own patients, never restricted ones (R28). */
  mayActFor(viewer: Viewer, patientId: UserId): Load<boolean>;
}

export interface AppointmentLoads {
  /** The appointment and all others of its series, ordered by start; the appointment alone when it has no series. */
  seriesOf(id: AppointmentId, viewer: Viewer, now: Instant): Load<ToldAppointment[]>;
  /** For a decision about the appointment. */
  appointment(id: AppointmentId, viewer: Viewer, now: Instant): Load<ToldAppointment | undefined>;
  /** An appointment that waits for approval, for the portal itself. */
  request(id: AppointmentId, now: Instant): Load<ToldAppointment | undefined>;
  /** An appointment that is booked and still to come. */
  remindable(id: AppointmentId, now: Instant): Load<ToldAppointment | undefined>;
  /** The appointments to come of which somebody is reminded, ordered by id. */
  remindedOf(of: RemindedOf, now: Instant, after: AppointmentId | null, limit: number): Load<AppointmentId[]>;
  /** An appointment with a link that confirms it. `undefined` for an unknown link. */
  confirmation(hash: Uint8Array, now: Instant): Load<ConfirmationRecord | undefined>;
  /** As `confirmation`, by the last text message to the number that asked to confirm, among the last 100. @param number E.164 */
  confirmationAskedAt(number: string, now: Instant): Load<ConfirmationRecord | undefined>;
  /** For showing the appointment: recorded in the patient's stream (R46). */
  appointmentRead(id: AppointmentId, viewer: Viewer): RecordedLoad<AppointmentRecord | undefined>;
  /** As `appointmentRead`, with the clinic. */
  appointmentFileRead(id: AppointmentId, viewer: Viewer): RecordedLoad<AppointmentFile | undefined>;
  /** The history of its status, for a decision about the appointment. */
  steps(id: AppointmentId): Load<AppointmentStep[]>;
  /** The history of its status, in the order of its versions. `undefined` as in {@link appointmentRead}. */
  stepsRead(id: AppointmentId, viewer: Viewer): RecordedLoad<AppointmentStep[] | undefined>;
  /** Ordered by start, earliest first; one more than `limit` when there is a next page. */
  appointmentsRead(
    filter: AppointmentFilter,
    viewer: Viewer,
    page: Page<{ readonly start: Instant; readonly id: AppointmentId }>,
  ): RecordedLoad<AppointmentRecord[]>;
  /** As {@link appointmentsRead}, of one patient; `undefined` when the patient does not exist or the viewer may not know of it. */
  patientAppointmentsRead(
    patientId: UserId,
    filter: AppointmentFilter,
    viewer: Viewer,
    page: Page<{ readonly start: Instant; readonly id: AppointmentId }>,
  ): RecordedLoad<AppointmentRecord[] | undefined>;
}

export interface DelayLoads {
  delay(doctorId: UserId): Load<Delay | undefined>;
  /**
   * Appointments in which the doctor takes part, whose patients have not been seen yet and were last told another delay than the
   * one in force; by start.
   */
  waiting(delay: Delay, now: Instant, limit: number): Load<WaitingPatient[]>;
}

export interface SchedulingLoads
  extends DirectoryLoads,
    ClinicLoads,
    PlaceLoads,
    AvailabilityLoads,
    BookingLoads,
    AppointmentLoads,
    DelayLoads {
  /**
   * Open appointments in the future, live holds and open waitlist entries of a person, as patient or doctor.
   * @param atMost so many appointments, the last ones, and so many entries; `null` for all
   */
  offboarding(person: UserId, now: Instant, atMost: number | null): Load<OffboardingRecord>;
  /** What stands in the way of another role for a doctor, and what ends with the role. */
  resignation(doctor: UserId, now: Instant): Load<ResignationRecord>;
}

/** Open appointments in the future in numbers, and the live holds and open waitlist entries themselves. */
export interface ResignationRecord extends Pick<OffboardingRecord, 'holds' | 'entries'> {
  readonly coming: Coming;
}

/** What ends when a person's account is closed, with what is needed to notify those concerned. */
export interface OffboardingRecord {
  readonly appointments: readonly ToldAppointment[];
  readonly holds: readonly Hold[];
  readonly entries: readonly (OfferReceivers & {
    readonly entry: WaitlistEntry;
    readonly typeCode: string;
    /** The open offer of the entry. */
    readonly openOffer: WaitlistOffer | null;
    /** The name of the doctor in the entry. */
    readonly doctorName: string | null;
  })[];
}

/** An appointment for a calendar file. */
export interface AppointmentFile {
  readonly record: AppointmentRecord;
  readonly clinic: Clinic;
  /** Of the reader's profile, BCP 47. */
  readonly language: string;
}

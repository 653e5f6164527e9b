/** What is read of the waitlist. */
import type { Load } from '../shared/changes.ts';
import type { RecordedLoad } from '../shared/database.ts';
import type { AppointmentId, AppointmentTypeId, HoldId, UserId } from '../shared/ids.ts';
import type { Interval } from '../shared/interval.ts';
import type { DataKey } from '../shared/ports.ts';
import type { Instant, LocalDate } from '../shared/time.ts';
import type { Viewer } from '../shared/viewer.ts';
import type { ZoneId } from '../shared/zone.ts';
import type { DoctorTimes, OpenTime } from './bookable-times.ts';
import type { BlockingOffer, DeferredTime } from './deferred-time.ts';
import type { PatientTimes } from './free-now.ts';
import type { Hold } from './hold.ts';
import type { RolledHorizon } from './horizon.ts';
import type { WaitlistEntryId, WaitlistOfferId } from './ids.ts';
import type { BookingNames, DateRange, Page } from './ports.ts';
import type { BookingState } from './slot-check.ts';
import type { OfferReceivers, WaitlistEntry, WaitlistOffer } from './waitlist.ts';
import type { WaitlistCriteria } from './waitlist-criteria.ts';
import type { Candidate, Turn } from './waitlist-matching.ts';

/** The next open appointment of the offered type that a patient has after the offered time. */
export interface LaterAppointment extends Interval {
  readonly id: AppointmentId;
  readonly doctorId: UserId;
}

/** An offer with the state for accepting, declining or closing it. */
export interface OfferRecord {
  readonly offer: WaitlistOffer;
  readonly entry: WaitlistEntry;
  readonly hold: Hold | null;
  readonly typeCode: string;
  readonly doctorName: string;
  readonly patientKey: DataKey;
  /** The patient’s; `null` when it is not known or cannot be read. */
  readonly dateOfBirth: LocalDate | null;
  readonly later: LaterAppointment | null;
}

/** An entry as shown to its patient. */
export interface EntryRecord {
  readonly entry: WaitlistEntry;
  readonly typeCode: string;
  /** The open offer of the entry. */
  readonly openOffer: WaitlistOffer | null;
  /** What the patient can give back when accepting it. */
  readonly later: LaterAppointment | null;
}

/** An entry that nobody can serve, with whom to tell. */
export interface UnservedEntry extends EntryRecord, OfferReceivers {
  /** Of the doctor whom the entry names; `null` when it names none. */
  readonly doctorName: string | null;
  readonly typeName: string;
}

export interface WaitlistLoads {
  /** Open entries for the type, if it cannot be booked, or for a doctor who does not offer it; by id. */
  unserved(typeId: AppointmentTypeId, now: Instant, limit: number): Load<UnservedEntry[]>;
  /** {@link BookingState.isKnownPatient} */
  isKnownTo(doctorId: UserId, patientId: UserId): Load<boolean>;
  /** The zones of the doctors who offer the type and meet the wish, each once. */
  zonesServing(wish: Pick<WaitlistCriteria, 'doctorId' | 'specialty'>, typeCode: string): Load<ZoneId[]>;
  /** What of the patient's stands against a time on the dates for the type. */
  patientTimes(patientId: UserId, typeCode: string, dates: DateRange, now: Instant): Load<PatientTimes>;
  /** The patient's entries that are waiting or offered. */
  openEntries(patientId: UserId): Load<WaitlistEntry[]>;
  /** `undefined` also when the viewer does not act for its patient. */
  entry(id: WaitlistEntryId, viewer: Viewer): Load<EntryRecord | undefined>;
  /**
   * Ordered by id, which is the order of joining; one more than `limit` when there is a next page. `undefined` when the
   * patient does not exist or the viewer may not know of it.
   */
  entriesRead(patientId: UserId, viewer: Viewer, page: Page<WaitlistEntryId>): RecordedLoad<EntryRecord[] | undefined>;
  /** `undefined` also when the viewer does not act for its patient; the viewer is `null` for a job. */
  offer(id: WaitlistOfferId, viewer: Viewer | null): Load<OfferRecord | undefined>;
  /** The open offer that a hold of the patient belongs to. */
  openOfferOf(holdId: HoldId, patientId: UserId): Load<OfferRecord | undefined>;
  /** The booking state for the offered time. */
  offerState(id: WaitlistOfferId, now: Instant): Load<(BookingState & BookingNames) | undefined>;
  /** The doctor's time in a period, for the types that somebody waits for. `undefined` when the doctor does not exist any more. */
  doctorTimes(query: {
    readonly doctorId: UserId;
    readonly start: Instant;
    readonly end: Instant;
    readonly now: Instant;
  }): Load<MatchTimes | undefined>;
  /** The entries that one of the times fits, in turn: none of these was offered to their patient, who is free then. */
  candidates(query: {
    readonly doctorId: UserId;
    /** By start; at least one. */
    readonly times: readonly OpenTime[];
    readonly timezone: ZoneId;
    /** The entry after which the page begins; `null` for the first. */
    readonly after: Turn | null;
    /** Patients who let an offer expire at this instant or later are left out. */
    readonly openedAt: Instant;
    readonly limit: number;
    readonly now: Instant;
  }): Load<MatchCandidate[]>;
  /** Whom an offer to the patient is told; `undefined` when the patient is erased. */
  offerReceivers(patientId: UserId, now: Instant): Load<OfferReceivers | undefined>;
  /** Doctors whose day has begun since the horizon was rolled, the longest overdue first. */
  dueHorizons(now: Instant, limit: number): Load<RolledHorizon[]>;
  /** Open offers of patients with an entry that one of the times fits. */
  blockingOffers(query: Parameters<WaitlistLoads['candidates']>[0]): Load<BlockingOffer[]>;
  /** The times that wait for the answer to an offer, ordered by doctor, start and end. */
  deferredTimes(offerId: WaitlistOfferId, limit: number): Load<DeferredTime[]>;
}

export type MatchTimes = DoctorTimes & Pick<BookingNames, 'doctorName' | 'limits'>;

export type MatchCandidate = Candidate & OfferReceivers;

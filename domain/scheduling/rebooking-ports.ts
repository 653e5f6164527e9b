/** The loads of rebookings. */
import type { Load } from '../shared/changes.ts';
import type { RecordedLoad } from '../shared/database.ts';
import type { AppointmentId, UserId } from '../shared/ids.ts';
import type { Instant } from '../shared/time.ts';
import type { Viewer } from '../shared/viewer.ts';
import type { BookedHours } from './affected.ts';
import type { ClinicAppointment } from './front-desk-ports.ts';
import type { RebookingId } from './ids.ts';
import type { DateRange, Page, ToldAppointment } from './ports.ts';
import type { Rebooking, RebookingOutcome } from './rebooking.ts';
import type { WaitlistOffer } from './waitlist.ts';

/** An appointment that is not settled yet. */
export interface PendingRebooking {
  readonly appointmentId: AppointmentId;
  readonly patientId: UserId;
  readonly start: Instant;
}

/**
 * Where an appointment of a rebooking stands now.
 *
 * - `pending`: the job has not settled it yet
 * - `cancelled`: cancelled, and no other time was promised
 * - `unchanged`: left as it is, because it was not open any more
 * - `unanswered`: cancelled; another time is offered, and the patient has not answered
 * - `waiting`: cancelled; the patient waits for another time
 * - `booked`: cancelled; the patient has accepted another time
 * - `ended`: cancelled; the patient does not wait any more
 */
export const REBOOKED_STATES = [
  'pending',
  'cancelled',
  'unchanged',
  'unanswered',
  'waiting',
  'booked',
  'ended',
] as const;
export type RebookedState = (typeof REBOOKED_STATES)[number];

export interface RebookingProgress {
  readonly rebooking: Rebooking;
  /** How many of its appointments were settled with each outcome, which does not change afterwards. */
  readonly outcomes: Readonly<Record<RebookingOutcome | 'pending', number>>;
  /** How many are in each state now. */
  readonly states: Readonly<Record<RebookedState, number>>;
}

export interface RebookedAppointment extends ClinicAppointment {
  readonly state: RebookedState;
  /** The offer without an answer. */
  readonly offer: Pick<WaitlistOffer, 'id' | 'doctorId' | 'start' | 'end' | 'expiresAt'> | null;
}

/** `running`: some are not settled yet. `open`: a patient has not answered, or waits. `done`: neither. */
export const REBOOKING_STATES = ['running', 'open', 'done'] as const;
export type RebookingState = (typeof REBOOKING_STATES)[number];

export interface RebookingFilter {
  readonly doctorId: UserId | null;
  readonly state: RebookingState | null;
}

export interface RebookingLoads {
  /** The hours of a doctor with the open appointments that start later; nothing for a doctor who works here no more. */
  bookedHours(query: {
    /** `null` for all doctors. */
    readonly doctorId: UserId | null;
    /** For which exceptions to the weekly hours are loaded. */
    readonly dates: DateRange;
    /** Only appointments near one of these dates; `null` for all. */
    readonly near: readonly DateRange[] | null;
    readonly now: Instant;
  }): Load<BookedHours[]>;
  rebooking(id: RebookingId): Load<Rebooking | undefined>;
  progress(id: RebookingId): Load<RebookingProgress | undefined>;
  /** By when they began; one more than `limit` when there is a next page. */
  rebookings(filter: RebookingFilter, page: Page<RebookingId> & { readonly order: 1 | -1 }): Load<RebookingProgress[]>;
  /**
   * The appointments of a rebooking that the viewer may see, by start; one more than `limit` when there is a next page.
   * `undefined` for a rebooking that does not exist or is, for a doctor, another doctor's. Recorded for each patient whom it shows.
   */
  rebookedRead(
    id: RebookingId,
    state: RebookedState | null,
    viewer: Viewer,
    page: Page<{ readonly start: Instant; readonly id: AppointmentId }>,
  ): RecordedLoad<RebookedAppointment[] | undefined>;
  /** By start. */
  pending(id: RebookingId, limit: number): Load<PendingRebooking[]>;
  /** `undefined` when it is settled, or when the patient was erased. */
  rebooked(id: RebookingId, appointmentId: AppointmentId, now: Instant): Load<ToldAppointment | undefined>;
  /**
   * The starts that the patient of the appointment was offered before.
   * @param doctorId whose times; `null` for the doctor of the appointment
   */
  offeredBefore(appointmentId: AppointmentId, doctorId: UserId | null): Load<Instant[]>;
  /** Those that the viewer may see, by start. Recorded for each patient whom it shows. */
  affectedRead(ids: readonly AppointmentId[], viewer: Viewer): RecordedLoad<ClinicAppointment[]>;
}

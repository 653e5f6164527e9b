/** The loads of rebookings. */
import type { Load } from '../shared/changes.ts';
import type { RecordedLoad } from '../shared/database.ts';
import type { AppointmentId, UserId } from '../shared/ids.ts';
import type { Instant } from '../shared/time.ts';
import type { Viewer } from '../shared/viewer.ts';
import type { BookedHours } from './affected.ts';
import type { ClinicAppointment } from './front-desk-ports.ts';
import type { RebookingId } from './ids.ts';
import type { AppointmentRecord, DateRange } from './ports.ts';
import type { Rebooking, RebookingOutcome } from './rebooking.ts';

/** An appointment that is not settled yet. */
export interface PendingRebooking {
  readonly appointmentId: AppointmentId;
  readonly patientId: UserId;
  readonly start: Instant;
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
  /** How many of its appointments are in each state. */
  counts(id: RebookingId): Load<ReadonlyMap<RebookingOutcome | 'pending', number>>;
  /** By start. */
  pending(id: RebookingId, limit: number): Load<PendingRebooking[]>;
  /** `undefined` when it is settled, or when the patient was erased. */
  rebooked(id: RebookingId, appointmentId: AppointmentId): Load<AppointmentRecord | undefined>;
  /**
   * The starts that the patient of the appointment was offered before.
   * @param doctorId whose times; `null` for the doctor of the appointment
   */
  offeredBefore(appointmentId: AppointmentId, doctorId: UserId | null): Load<Instant[]>;
  /** Those that the viewer may see, by start. Recorded for each patient whom it shows. */
  affectedRead(ids: readonly AppointmentId[], viewer: Viewer): RecordedLoad<ClinicAppointment[]>;
}

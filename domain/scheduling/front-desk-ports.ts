/** The loads of the front desk: what the clinic reads to run its day. */
import type { RecordedLoad } from '../shared/database.ts';
import type { AppointmentId, UserId } from '../shared/ids.ts';
import type { Instant } from '../shared/time.ts';
import type { Viewer } from '../shared/viewer.ts';
import type { AppointmentFilter, AppointmentRecord, Page } from './ports.ts';

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

export interface FrontDeskLoads {
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

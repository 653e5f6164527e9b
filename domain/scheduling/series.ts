/** Appointments that repeat in wall-clock time. */
import type { AppointmentTypeId, UserId } from '../shared/ids.ts';
import type { Instant, LocalDate, LocalTime } from '../shared/time.ts';
import type { SeriesId } from './ids.ts';

/** As in iCalendar's RRULE (RFC 5545 section 3.3.10): every `interval` days, weeks or months, `count` times. */
export interface Recurrence {
  readonly frequency: 'daily' | 'weekly' | 'monthly';
  /** 1 to 99. */
  readonly interval: number;
  /** 2 to 52, the first included. */
  readonly count: number;
}

export interface Series {
  readonly id: SeriesId;
  readonly patientId: UserId;
  readonly doctorId: UserId;
  readonly appointmentTypeId: AppointmentTypeId;
  readonly recurrence: Recurrence;
  readonly firstDate: LocalDate;
  readonly startTime: LocalTime;
  readonly createdAt: Instant;
}

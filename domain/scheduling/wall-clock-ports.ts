/** What is read of the wall clocks of appointments. */
import type { Load } from '../shared/changes.ts';
import type { AppointmentId, UserId } from '../shared/ids.ts';
import type { Instant } from '../shared/time.ts';
import type { ToldAppointment } from './ports.ts';
import type { AgreedStart, AppointmentStart, ComparedRules, WallClock } from './wall-clock.ts';

export interface WallClockLoads {
  /** Appointments whose wall clock is not written, or was written for another version. */
  without(limit: number): Load<AppointmentStart[]>;
  readonly comparedRules: Load<ComparedRules | undefined>;
  /** By id; `null` for the first. */
  doctorAfter(doctorId: UserId | null): Load<UserId | undefined>;
  /** The open appointments of a doctor that start at or after an instant and have a wall clock, ordered by start. */
  agreedStarts(doctorId: UserId, from: Instant): Load<AgreedStart[]>;
  agreed(
    id: AppointmentId,
    now: Instant,
  ): Load<{ readonly record: ToldAppointment; readonly agreed: WallClock } | undefined>;
}

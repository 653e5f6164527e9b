/** Time kept for one holder while they decide. A hold ends by itself: after `expiresAt` it stands against nothing. */
import type { AppointmentTypeId, HoldId, UserId } from '../shared/ids.ts';
import type { Interval } from '../shared/interval.ts';
import type { Instant } from '../shared/time.ts';

export interface Hold {
  readonly id: HoldId;
  /** Who may consume or release it. */
  readonly holderId: UserId;
  /** For whom the time is kept; `null` when staff has not said yet. */
  readonly patientId: UserId | null;
  readonly doctorId: UserId;
  readonly appointmentTypeId: AppointmentTypeId;
  readonly start: Instant;
  readonly end: Instant;
  /** `[start, end)` and the buffers around it. */
  readonly busy: Interval;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
}

/** Whether it still stands against others. */
export function isLive(hold: Hold, now: Instant): boolean {
  return now < hold.expiresAt;
}

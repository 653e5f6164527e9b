/** Regular removal of rows that no decision counts any more. */
import { addDays, type Instant, type LocalDate, MILLISECONDS_PER_DAY } from '../shared/time.ts';
import { localDateAt, UTC } from '../shared/zone.ts';

export type TidyingChange = {
  readonly type: 'scheduling.tidied';
  /** Holds that expired before this instant are deleted. */
  readonly holdsBefore: Instant;
  /** Open waitlist entries whose last date is before this one expire. */
  readonly entriesBefore: LocalDate;
  readonly at: Instant;
};

/** Keeps holds for a day after their expiry, and entries until their last date has passed in every zone. */
export function tidy(now: Instant): TidyingChange {
  return {
    type: 'scheduling.tidied',
    holdsBefore: now - MILLISECONDS_PER_DAY,
    entriesBefore: addDays(localDateAt(UTC, now), -1),
    at: now,
  };
}

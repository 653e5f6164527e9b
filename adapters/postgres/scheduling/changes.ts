/** The scheduling context's changes as SQL. */
import type { StoredSchedulingChange } from '../../../domain/changes.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { appointmentWriters } from './appointment-changes.ts';
import { availabilityWriters } from './availability-changes.ts';
import { calendarWriters } from './calendar-changes.ts';
import { catalogueWriters } from './catalogue-changes.ts';
import { clinicWriters } from './clinic-settings.ts';
import { confirmationWriters } from './confirmations.ts';
import { delayWriters } from './delays.ts';
import { digestWriters } from './digests.ts';
import { holdWriters } from './hold-changes.ts';
import { placeWriters } from './place-changes.ts';
import { proxyWriters } from './proxies.ts';
import { rebookingWriters } from './rebookings.ts';
import { waitlistWriters } from './waitlist-changes.ts';
import { wallClockWriters } from './wall-clocks.ts';

export const schedulingWriters: ChangeWriters<StoredSchedulingChange> = {
  ...appointmentWriters,
  ...confirmationWriters,
  ...holdWriters,
  ...availabilityWriters,
  ...catalogueWriters,
  ...placeWriters,
  ...clinicWriters,
  ...proxyWriters,
  ...waitlistWriters,
  ...calendarWriters,
  ...wallClockWriters,
  ...delayWriters,
  ...digestWriters,
  ...rebookingWriters,
};

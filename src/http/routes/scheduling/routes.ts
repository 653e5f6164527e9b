/** All routes of scheduling. */
import type { Routes } from '../../router.ts';
import { appointmentTypeRoutes } from './appointment-types.ts';
import { appointmentRoutes } from './appointments.ts';
import { availabilityRoutes } from './availability.ts';
import { calendarRoutes } from './calendar.ts';
import { clinicLogoRoutes } from './clinic-logo.ts';
import { clinicSettingsRoutes } from './clinic-settings.ts';
import { confirmationRoutes } from './confirmations.ts';
import { daySheetRoutes } from './day-sheet.ts';
import { delayRoutes } from './delays.ts';
import { doctorRoutes } from './doctors.ts';
import { frontDeskRoutes } from './front-desk.ts';
import { holidayImportRoutes } from './holiday-import.ts';
import { holidayRoutes } from './holidays.ts';
import { intakeRoutes } from './intake.ts';
import { lifecycleRoutes } from './lifecycle.ts';
import { locationRoutes } from './locations.ts';
import { overrideRemovalRoutes } from './override-removal.ts';
import { overrideRoutes } from './overrides.ts';
import { proxyRoutes } from './proxies.ts';
import { rebookingRoutes } from './rebookings.ts';
import { resourceRoutes } from './resources.ts';
import { seriesRoutes } from './series.ts';
import { slotRoutes } from './slots.ts';
import { stepRoutes } from './steps.ts';
import { timeOffRoutes } from './time-off.ts';
import { transferRoutes } from './transfer.ts';
import { visitStepRoutes } from './visit-steps.ts';
import { waitlistRoutes } from './waitlist.ts';
import { waitlistOfferRoutes } from './waitlist-offers.ts';

export const schedulingRoutes: Routes = [
  ...calendarRoutes,
  ...confirmationRoutes,
  ...doctorRoutes,
  ...delayRoutes,
  ...appointmentTypeRoutes,
  ...clinicSettingsRoutes,
  ...clinicLogoRoutes,
  ...locationRoutes,
  ...resourceRoutes,
  ...availabilityRoutes,
  ...holidayRoutes,
  ...holidayImportRoutes,
  ...overrideRoutes,
  ...overrideRemovalRoutes,
  ...timeOffRoutes,
  ...transferRoutes,
  ...rebookingRoutes,
  // Register fixed paths under /appointments before `/appointments/{id}`, which would match them.
  ...slotRoutes,
  ...seriesRoutes,
  ...frontDeskRoutes,
  ...daySheetRoutes,
  ...appointmentRoutes,
  ...lifecycleRoutes,
  ...visitStepRoutes,
  ...stepRoutes,
  ...intakeRoutes,
  ...proxyRoutes,
  ...waitlistRoutes,
  ...waitlistOfferRoutes,
];

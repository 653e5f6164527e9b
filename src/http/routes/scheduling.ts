/** Doctors, their hours, free times and appointments. */
import type { App } from '../router.ts';
import { appointmentRoutes } from './scheduling-appointments.ts';
import { availabilityRoutes } from './scheduling-availability.ts';
import { calendarRoutes } from './scheduling-calendar.ts';
import { directoryRoutes } from './scheduling-directory.ts';
import { exceptionRoutes } from './scheduling-exceptions.ts';
import { lifecycleRoutes } from './scheduling-lifecycle.ts';
import { seriesRoutes } from './scheduling-series.ts';
import { slotRoutes } from './scheduling-slots.ts';
import { waitlistRoutes } from './scheduling-waitlist.ts';

export function schedulingRoutes(app: App): void {
  calendarRoutes(app);
  directoryRoutes(app);
  availabilityRoutes(app);
  exceptionRoutes(app);
  // Fixed names under /appointments before those that are ids.
  slotRoutes(app);
  seriesRoutes(app);
  appointmentRoutes(app);
  lifecycleRoutes(app);
  waitlistRoutes(app);
}

/** All routes of scheduling. */
import type { App } from '../../router.ts';
import { appointmentRoutes } from './appointments.ts';
import { availabilityRoutes } from './availability.ts';
import { exceptionRoutes } from './availability-exceptions.ts';
import { calendarRoutes } from './calendar.ts';
import { directoryRoutes } from './directory.ts';
import { lifecycleRoutes } from './lifecycle.ts';
import { seriesRoutes } from './series.ts';
import { slotRoutes } from './slots.ts';
import { waitlistRoutes } from './waitlist.ts';

export function schedulingRoutes(app: App): void {
  calendarRoutes(app);
  directoryRoutes(app);
  availabilityRoutes(app);
  exceptionRoutes(app);
  // Register fixed paths under /appointments before `/appointments/{id}`, which would match them.
  slotRoutes(app);
  seriesRoutes(app);
  appointmentRoutes(app);
  lifecycleRoutes(app);
  waitlistRoutes(app);
}

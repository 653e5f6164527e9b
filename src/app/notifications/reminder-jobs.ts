/** The jobs that plan reminders, which follow from the changes of a commit: no command can forget them (ADR 0236). */
import type { Change } from '../../../domain/changes.ts';
import type { RemindedOf } from '../../../domain/scheduling/ports.ts';
import type { JobDraft } from '../../../domain/shared/changes.ts';
import type { AppointmentId } from '../../../domain/shared/ids.ts';
import type { Instant } from '../../../domain/shared/time.ts';

/** Plans the reminders of one appointment. */
export const PLAN_REMINDERS = 'reminders.plan';
/** Plans those of all appointments that a person is reminded of, or of a patient for whom somebody acts, or acts no more, in portions. */
export const PLAN_REMINDERS_OF = 'reminders.plan_of';

export function planJob(appointmentId: AppointmentId, since: Instant): JobDraft {
  return { topic: PLAN_REMINDERS, payload: { appointmentId, since: String(since) } };
}

export function planAllJob(of: RemindedOf, since: Instant, after?: AppointmentId): JobDraft {
  const payload = { ...of, since: String(since), ...(after === undefined ? {} : { after }) };
  return { topic: PLAN_REMINDERS_OF, payload };
}

export function reminderJobs(changes: readonly Change[], now: Instant): JobDraft[] {
  return changes.flatMap((change) => {
    switch (change.type) {
      case 'appointment.booked':
      case 'appointment.rescheduled':
      case 'appointment.status_changed':
      case 'appointment.restored':
      case 'appointment.wall_clock_kept':
      case 'appointment.edited':
        return isReminded(change.appointment, now) ? [planJob(change.appointment.id, now)] : [];
      case 'delivery.skipped':
        // When the appointment changed, the reminder that waited was still to be sent, so that none was planned in its place.
        return change.lapsed === null ? [] : [planJob(change.lapsed, now)];
      case 'preferences.changed':
        return [planAllJob({ personId: change.userId }, now)];
      case 'proxy.created':
        return [planAllJob({ proxyId: change.proxy.id }, now)];
      case 'proxy.accepted':
      case 'proxy.revoked':
        return [planAllJob({ proxyId: change.id }, now)];
      default:
        return [];
    }
  });
}

/** A request has none before it is approved. */
function isReminded({ status, start }: { readonly status: string; readonly start: Instant }, now: Instant): boolean {
  return (status === 'scheduled' || status === 'confirmed') && start > now;
}

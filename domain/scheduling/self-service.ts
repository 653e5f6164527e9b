/** Until when patients may cancel and move appointments themselves. The clinic is not bound. */
import { type Instant, MILLISECONDS_PER_MINUTE } from '../shared/time.ts';
import type { Appointment } from './appointment.ts';
import type { SchedulingPolicy } from './policy.ts';

export type SelfServiceRefusal =
  | { readonly code: 'action_not_permitted' }
  | { readonly code: 'too_late_to_cancel'; readonly until: Instant }
  | { readonly code: 'too_late_to_reschedule'; readonly until: Instant }
  | { readonly code: 'too_many_reschedules'; readonly limit: number };

export function cancelLimit(
  appointment: Appointment,
  now: Instant,
  policy: SchedulingPolicy,
): SelfServiceRefusal | undefined {
  const minutes = appointment.selfService.cancelNoticeMinutes ?? policy.cancelNoticeMinutes;
  return noticeLimit('too_late_to_cancel', appointment, minutes, now);
}

export function rescheduleLimit(
  appointment: Appointment,
  now: Instant,
  policy: SchedulingPolicy,
): SelfServiceRefusal | undefined {
  if (appointment.selfService.clinicOnly) return { code: 'action_not_permitted' };
  if (appointment.rescheduleCount >= policy.maximumReschedules) {
    return { code: 'too_many_reschedules', limit: policy.maximumReschedules };
  }
  const minutes = appointment.selfService.rescheduleNoticeMinutes ?? policy.rescheduleNoticeMinutes;
  return noticeLimit('too_late_to_reschedule', appointment, minutes, now);
}

function noticeLimit(
  code: 'too_late_to_cancel' | 'too_late_to_reschedule',
  { start }: Appointment,
  noticeMinutes: number,
  now: Instant,
): SelfServiceRefusal | undefined {
  const until = start - noticeMinutes * MILLISECONDS_PER_MINUTE;
  return now > until || now >= start ? { code, until } : undefined;
}

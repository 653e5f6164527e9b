/** How those who act for a patient are told of appointments and wishes. */
import type { ToldToProxies } from '../../shared/wording/copies.ts';
import type { SchedulingVariables } from '../messages.ts';

export const TOLD_TO_PROXIES = {
  'appointment-confirmation': 'copy',
  'appointment-reminder': 'copy',
  'appointment-requested': 'copy',
  'appointment-declined': 'copy',
  'appointment-request-expired': 'copy',
  'appointment-cancelled': 'copy',
  'appointment-restored': 'copy',
  'appointment-given-up': 'own',
  'appointment-rescheduled': 'copy',
  'appointment-zone-changed': 'copy',
  'appointment-series-booked': 'copy',
  'doctor-running-late': 'copy',
  'waitlist-offer': 'own',
  'waitlist-ended': 'own',
} as const satisfies ToldToProxies<SchedulingVariables>;

/** Metrics of what the clinic and its patients do. They are counted from what commits have written (business-counts.ts). */
import type { MetricTable } from '../../../domain/shared/metrics.ts';

export const BUSINESS_METRICS = {
  portal_registrations_total: {
    kind: 'counter',
    help: 'Accounts that were made, by the person or by the clinic.',
    labels: ['by'],
  },
  portal_sign_ins_total: {
    kind: 'counter',
    help: 'Sign-ins by outcome: succeeded, failed, blocked, unusual, factor_failed, factor_blocked. Of those that are blocked, a few for each account are recorded.',
    labels: ['outcome'],
  },
  portal_refusals_total: {
    kind: 'counter',
    help: 'Refused access: of a request of a known caller, an API key, a refresh token, a refresh token that was used twice.',
    labels: ['what'],
  },
  portal_bookings_total: {
    kind: 'counter',
    help: 'Appointments that were booked or requested, by who did it.',
    labels: ['by'],
  },
  portal_reschedulings_total: { kind: 'counter', help: 'Appointments that were moved.', labels: ['by'] },
  portal_cancellations_total: { kind: 'counter', help: 'Appointments that were cancelled.', labels: ['by'] },
  portal_no_shows_total: { kind: 'counter', help: 'Appointments that were marked as missed.', labels: [] },
  portal_active_people: {
    kind: 'gauge',
    help: 'People who signed in or renewed their session in the last 15 minutes.',
    labels: [],
  },
  portal_session_duration_seconds: {
    kind: 'gauge',
    help: 'From sign-in to sign-out or last activity, of the sessions that ended in the last hour: 0.5 and 0.95.',
    labels: ['quantile'],
  },
} as const satisfies MetricTable;

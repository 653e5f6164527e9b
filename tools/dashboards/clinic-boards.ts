/** Dashboards of what the portal does for the clinic: queues, audit log, security, appointments. */
import type { Panel } from './panels.ts';
import { inWindow, known, lastDay, perSecond, requests } from './queries.ts';

export const QUEUES: readonly Panel[] = [
  {
    title: 'Due jobs',
    queries: { '{{topic}}': known('portal_queue_jobs{state="due"}', 'topic') },
    alarm: 10_000,
    about: 'Each topic is counted up to 10,000.',
  },
  {
    title: 'Age of the oldest due job',
    unit: 's',
    queries: { '{{topic}}': known('portal_queue_oldest_age_seconds', 'topic') },
    alarm: 600,
  },
  { title: 'Scheduled jobs', queries: { '{{topic}}': known('portal_queue_jobs{state="scheduled"}', 'topic') } },
  { title: 'Retried jobs', queries: { '{{topic}}': known('portal_queue_jobs{state="retrying"}', 'topic') } },
  {
    title: 'Jobs done in the last five minutes',
    queries: { '{{topic}}': known('portal_queue_finished_jobs{outcome="done"}', 'topic') },
  },
  {
    title: 'Jobs given up in the last five minutes',
    queries: { '{{topic}}': known('portal_queue_finished_jobs{outcome="given_up"}', 'topic') },
    alarm: 1,
  },
  { title: 'Dead letters', queries: { '{{channel}}': known('portal_dead_letters', 'channel') } },
];

export const AUDIT: readonly Panel[] = [
  { title: 'Sealing stopped', as: 'stat', queries: { '1 = yes': 'max(portal_audit_sealing_stopped)' }, alarm: 1 },
  { title: 'Fault found', as: 'stat', queries: { '1 = yes': 'max(portal_audit_verification_failed)' }, alarm: 1 },
  {
    title: 'Verified',
    as: 'stat',
    unit: 'dateTimeFromNow',
    queries: { ended: 'max(portal_audit_verification_time_seconds) * 1000' },
  },
  {
    title: 'Age of the oldest event without a seal',
    unit: 's',
    queries: { age: 'max(portal_audit_sealing_lag_seconds)' },
    alarm: 300,
  },
  { title: 'Events without a seal', queries: { events: 'max(portal_audit_unsealed_events)' } },
];

export const SECURITY: readonly Panel[] = [
  { title: 'Sign-ins', queries: { '{{outcome}}': `sum by (outcome) (${inWindow('portal_sign_ins_total')})` } },
  { title: 'Refused access', queries: { '{{what}}': `sum by (what) (${inWindow('portal_refusals_total')})` } },
  {
    title: 'Uses of limits',
    unit: 'ops',
    queries: {
      '{{limit}}': `sum by (limit) (${perSecond('portal_rate_limit_uses_total{outcome="allowed"}')})`,
    },
  },
  {
    title: 'Refused by limits',
    unit: 'ops',
    queries: {
      '{{limit}}': `sum by (limit) (${perSecond('portal_rate_limit_uses_total{outcome="refused"}')}) > 0`,
    },
  },
  {
    title: 'Addresses blocked',
    queries: { '{{reason}}': `sum by (reason) (${inWindow('portal_address_blocks_total')})` },
  },
  {
    title: 'Findings of the detection',
    queries: {
      '{{rule}}, {{severity}}': `sum by (rule, severity) (${inWindow('portal_security_findings_total')})`,
    },
    about: 'Each is listed at `/api/v1/admin/security-findings`, where it is closed with a note.',
  },
  {
    title: 'Refusals by status',
    unit: 'reqps',
    queries: { '{{route}}': `topk(10, sum by (route) (${perSecond(requests(', status="4xx"'))}))` },
  },
];

export const BUSINESS: readonly Panel[] = [
  { title: 'Registrations, 24 h', as: 'stat', queries: { new: lastDay('portal_registrations_total') } },
  {
    title: 'Sign-ins, 24 h',
    as: 'stat',
    queries: { 'sign-ins': lastDay('portal_sign_ins_total{outcome="succeeded"}') },
  },
  { title: 'Bookings, 24 h', as: 'stat', queries: { bookings: lastDay('portal_bookings_total') } },
  { title: 'Cancellations, 24 h', as: 'stat', queries: { cancelled: lastDay('portal_cancellations_total') } },
  { title: 'Missed, 24 h', as: 'stat', queries: { missed: lastDay('portal_no_shows_total') } },
  { title: 'People active', as: 'stat', queries: { people: 'max(portal_active_people)' } },
  { title: 'Bookings', queries: { '{{by}}': `sum by (by) (${inWindow('portal_bookings_total')})` } },
  {
    title: 'Moved and cancelled',
    queries: {
      'moved by {{by}}': `sum by (by) (${inWindow('portal_reschedulings_total')})`,
      'cancelled by {{by}}': `sum by (by) (${inWindow('portal_cancellations_total')})`,
    },
  },
  { title: 'Registrations', queries: { '{{by}}': `sum by (by) (${inWindow('portal_registrations_total')})` } },
  { title: 'People active in 15 minutes', queries: { people: 'max(portal_active_people)' } },
  {
    title: 'Length of sessions',
    unit: 's',
    queries: { '{{quantile}}': known('portal_session_duration_seconds', 'quantile') },
  },
  { title: 'Missed appointments', queries: { missed: `sum(${inWindow('portal_no_shows_total')})` } },
];

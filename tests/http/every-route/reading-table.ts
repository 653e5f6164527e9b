/**
 * What each GET route that is not public shows to each caller of things that belong to one patient, Maria. The table repeats
 * the access rules of the operations and the conditions of the queries, so that a mistake in either fails a test.
 */

import { FILE_READING } from './reading-files.ts';
import { ABSENT, FORBIDDEN, OWN, type Rule } from './reading-rules.ts';
import { SCHEDULING_READING } from './reading-scheduling.ts';

const sessionOnly: Rule = { persons: { ...OWN, maria: 'shown' } };

export const READING: Readonly<Record<string, Rule>> = {
  'GET /api/v1/auth/sessions': sessionOnly,
  'GET /api/v1/api-keys': sessionOnly,
  'GET /api/v1/mfa/status': sessionOnly,
  'GET /api/v1/mfa/trusted-devices': sessionOnly,
  'GET /api/v1/users/me': {
    persons: { ...OWN, maria: 'shown' },
    keys: { 'read:own_profile': { ...OWN, maria: 'shown' } },
  },
  'GET /api/v1/users/{id}': {
    persons: { ...ABSENT, maria: 'shown', admin: 'shown' },
    keys: { 'read:own_profile': { ...ABSENT, maria: 'shown' } },
  },
  'GET /api/v1/users/{id}/preferences': {
    persons: { ...ABSENT, maria: 'shown' },
    keys: { 'read:own_profile': { ...ABSENT, maria: 'shown' } },
  },
  'GET /api/v1/users/{id}/profile': {
    persons: {
      maria: 'shown',
      paul: 'absent',
      herDoctor: 'shown',
      otherDoctor: 'absent',
      staff: 'shown',
      admin: 'shown',
    },
    keys: { 'read:own_profile': { ...ABSENT, maria: 'shown' } },
  },
  'GET /api/v1/users/{id}/email': {
    persons: { ...ABSENT, maria: 'shown', admin: 'shown' },
    keys: { 'read:own_profile': { ...ABSENT, maria: 'shown' } },
  },
  'GET /api/v1/users/{id}/avatar': {
    persons: {
      maria: 'shown',
      paul: 'absent',
      herDoctor: 'shown',
      otherDoctor: 'absent',
      staff: 'shown',
      admin: 'shown',
    },
    keys: { 'read:own_profile': { ...ABSENT, maria: 'shown' } },
  },
  'GET /api/v1/patients': {
    path: '/patients?q=maria',
    persons: { ...FORBIDDEN, herDoctor: 'shown', otherDoctor: 'own', staff: 'shown', admin: 'shown' },
    keys: { 'read:patient_records': { herDoctor: 'shown', otherDoctor: 'own', staff: 'shown', admin: 'shown' } },
  },
  'GET /api/v1/patients/{id}/duplicates': {
    persons: { ...FORBIDDEN, herDoctor: 'shown', otherDoctor: 'absent', staff: 'shown', admin: 'shown' },
    keys: { 'read:patient_records': { herDoctor: 'shown', otherDoctor: 'absent', staff: 'shown', admin: 'shown' } },
  },
  'GET /api/v1/patients/{id}/merges': {
    persons: { ...FORBIDDEN, herDoctor: 'shown', otherDoctor: 'absent', staff: 'shown', admin: 'shown' },
    keys: { 'read:patient_records': { herDoctor: 'shown', otherDoctor: 'absent', staff: 'shown', admin: 'shown' } },
  },
  'GET /api/v1/users': { persons: { ...FORBIDDEN, admin: 'shown' } },
  ...SCHEDULING_READING,
  ...FILE_READING,
  'GET /api/v1/audit/me': {
    path: '/audit/me?limit=100',
    // The history of the callers names Maria's things that they requested, so only an event of hers counts.
    trace: 'entry',
    persons: { ...OWN, maria: 'shown' },
    keys: { 'read:own_audit': { ...OWN, maria: 'shown' } },
  },
  'GET /api/v1/audit/me/export': {
    path: '/audit/me/export',
    trace: 'entry',
    persons: { ...OWN, maria: 'shown' },
    keys: { 'read:own_audit': { ...OWN, maria: 'shown' } },
  },
  'GET /api/v1/audit/affected': {
    path: '/audit/affected?actor={id}&from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z',
    persons: { ...FORBIDDEN, admin: 'shown' },
    keys: { 'read:audit': { admin: 'shown' } },
  },
  // Maria affected nobody else.
  'GET /api/v1/audit/affected/export': {
    path: '/audit/affected/export?actor={id}&from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z',
    persons: { ...FORBIDDEN, admin: 'own' },
    keys: { 'read:audit': { admin: 'own' } },
  },
  'GET /api/v1/audit/events': {
    path: '/audit/events?user={id}',
    persons: { ...FORBIDDEN, admin: 'shown' },
    keys: { 'read:audit': { admin: 'shown' } },
  },
  'GET /api/v1/audit/events/export': {
    path: '/audit/events/export?subject={id}',
    persons: { ...FORBIDDEN, admin: 'shown' },
    keys: { 'read:audit': { admin: 'shown' } },
  },
  'GET /api/v1/audit/events/{id}': {
    path: '/audit/events/{event}',
    persons: { ...FORBIDDEN, admin: 'shown' },
    keys: { 'read:audit': { admin: 'shown' } },
  },
  'GET /api/v1/audit/events/{id}/proof': {
    path: '/audit/events/{event}/proof',
    persons: { ...ABSENT, maria: 'shown', admin: 'shown' },
    keys: { 'read:own_audit': { ...ABSENT, maria: 'shown' } },
  },
  'GET /api/v1/audit/checkpoint': { persons: OWN, keys: { 'read:own_audit': OWN } },
  'GET /api/v1/audit/consistency': {
    path: '/audit/consistency?from=1&to=2',
    persons: OWN,
    keys: { 'read:own_audit': OWN },
  },
  'GET /api/v1/audit/export': { persons: { ...FORBIDDEN, admin: 'shown' }, keys: { 'read:audit': { admin: 'shown' } } },
  'GET /api/v1/notifications': {
    persons: { ...OWN, maria: 'shown' },
    keys: { 'manage:own_messages': { ...OWN, maria: 'shown' } },
  },
  'GET /api/v1/notifications/unread-count': { persons: OWN, keys: { 'manage:own_messages': OWN } },
  'GET /api/v1/notifications/user/{userId}': {
    persons: { ...FORBIDDEN, herDoctor: 'shown', otherDoctor: 'absent', staff: 'shown', admin: 'shown' },
    keys: { 'read:patient_records': { herDoctor: 'shown', otherDoctor: 'absent', staff: 'shown', admin: 'shown' } },
  },
  'GET /api/v1/admin/alerts': {
    persons: { ...FORBIDDEN, admin: 'shown' },
    keys: { 'manage:clinic': { admin: 'shown' } },
    trace: 'alert',
  },
  'GET /api/v1/admin/alerts/{id}': {
    path: '/admin/alerts/{alert}',
    persons: { ...FORBIDDEN, admin: 'shown' },
    keys: { 'manage:clinic': { admin: 'shown' } },
    trace: 'alert',
  },
  'GET /api/v1/notifications/preferences': {
    persons: { ...OWN, maria: 'shown' },
    keys: { 'manage:own_messages': { ...OWN, maria: 'shown' } },
  },
  'GET /api/v1/notifications/push-key': { persons: OWN, keys: { 'manage:own_messages': OWN } },
  'GET /api/v1/notifications/push-subscriptions': {
    persons: { ...OWN, maria: 'shown' },
    keys: { 'manage:own_messages': { ...OWN, maria: 'shown' } },
    trace: 'device',
  },
  'GET /api/v1/admin/notifications': {
    path: '/admin/notifications?userId={id}',
    persons: { ...FORBIDDEN, admin: 'shown' },
    keys: { 'manage:clinic': { admin: 'shown' } },
  },
  'GET /api/v1/admin/notifications/dead-letters': {
    persons: { ...FORBIDDEN, admin: 'shown' },
    keys: { 'manage:clinic': { admin: 'shown' } },
  },
  'GET /metrics': {
    persons: { ...FORBIDDEN, admin: 'own' },
    keys: { 'manage:clinic': { admin: 'own' } },
  },
  'GET /api/v1/admin/overview': {
    persons: { ...FORBIDDEN, admin: 'own' },
    keys: { 'manage:clinic': { admin: 'own' } },
  },
  'GET /api/v1/admin/queues': {
    persons: { ...FORBIDDEN, admin: 'own' },
    keys: { 'manage:clinic': { admin: 'own' } },
  },
  'GET /api/v1/admin/suppressions': {
    persons: { ...FORBIDDEN, admin: 'shown' },
    keys: { 'manage:clinic': { admin: 'shown' } },
  },
  'GET /api/v1/admin/templates': {
    persons: { ...FORBIDDEN, admin: 'own' },
    keys: { 'manage:clinic': { admin: 'own' } },
  },
  'GET /api/v1/admin/templates/{name}/preview': {
    path: '/admin/templates/appointment-reminder/preview',
    persons: { ...FORBIDDEN, admin: 'own' },
    keys: { 'manage:clinic': { admin: 'own' } },
  },
  'GET /api/v1/admin/rate-limits': {
    persons: { ...FORBIDDEN, admin: 'own' },
    keys: { 'manage:protection': { admin: 'own' } },
  },
  'GET /api/v1/admin/cache': {
    persons: { ...FORBIDDEN, admin: 'own' },
    keys: { 'manage:protection': { admin: 'own' } },
  },
  'GET /api/v1/admin/ip-blocks': {
    persons: { ...FORBIDDEN, admin: 'own' },
    keys: { 'manage:protection': { admin: 'own' } },
  },
  'GET /api/v1/admin/ip-blocks/{id}': {
    path: '/admin/ip-blocks/{block}',
    persons: { ...FORBIDDEN, admin: 'own' },
    keys: { 'manage:protection': { admin: 'own' } },
  },
  'GET /api/v1/admin/security-findings': {
    persons: { ...FORBIDDEN, admin: 'shown' },
    keys: { 'manage:protection': { admin: 'shown' } },
  },
  'GET /api/v1/admin/security-findings/{id}': {
    path: '/admin/security-findings/{finding}',
    persons: { ...FORBIDDEN, admin: 'shown' },
    keys: { 'manage:protection': { admin: 'shown' } },
  },
  'GET /api/v1/admin/trusted-addresses': {
    persons: { ...FORBIDDEN, admin: 'own' },
    keys: { 'manage:protection': { admin: 'own' } },
  },
  'GET /api/v1/admin/webhooks': { persons: { ...FORBIDDEN, admin: 'own' } },
  'GET /api/v1/admin/webhooks/{id}': { path: '/admin/webhooks/{webhook}', persons: { ...FORBIDDEN, admin: 'own' } },
  'GET /api/v1/admin/webhooks/{id}/deliveries': {
    path: '/admin/webhooks/{webhook}/deliveries',
    persons: { ...FORBIDDEN, admin: 'shown' },
  },
  'GET /api/v1/admin/webhooks/{id}/deliveries/{deliveryId}': {
    path: '/admin/webhooks/{webhook}/deliveries/{delivery}',
    persons: { ...FORBIDDEN, admin: 'shown' },
  },
  'GET /api/v1/audit/verifications': {
    persons: { ...FORBIDDEN, admin: 'own' },
    keys: { 'read:audit': { admin: 'own' } },
  },
  'GET /api/v1/audit/verifications/{id}': {
    path: '/audit/verifications/{verification}',
    persons: { ...FORBIDDEN, admin: 'own' },
    keys: { 'read:audit': { admin: 'own' } },
  },
  'GET /api/v1/audit/status': { persons: { ...FORBIDDEN, admin: 'own' }, keys: { 'read:audit': { admin: 'own' } } },
  'GET /api/v1/audit/verify': { persons: { ...FORBIDDEN, admin: 'own' }, keys: { 'read:audit': { admin: 'own' } } },
  'GET /api/v1/privacy/exports': sessionOnly,
  'GET /api/v1/privacy/exports/{id}': { path: '/privacy/exports/{export}', persons: { ...ABSENT, maria: 'shown' } },
  // The copy is requested, and not ready yet.
  'GET /api/v1/privacy/exports/{id}/download': {
    path: '/privacy/exports/{export}/download',
    persons: { ...ABSENT, maria: 'not_ready' },
  },
  'GET /api/v1/users/{id}/exports/{exportId}': {
    path: '/users/{id}/exports/{export}',
    persons: { ...FORBIDDEN, admin: 'shown' },
  },
  'GET /api/v1/users/{id}/exports/{exportId}/download': {
    path: '/users/{id}/exports/{export}/download',
    persons: { ...FORBIDDEN, admin: 'not_ready' },
  },
  // Maria has no clinical record that is retained.
  'GET /api/v1/clinical-records': {
    path: '/clinical-records?purpose=legal_claim',
    persons: { ...FORBIDDEN, admin: 'own' },
  },
  'GET /api/v1/clinical-records/{patientId}': {
    path: '/clinical-records/{id}?purpose=legal_claim',
    persons: { ...FORBIDDEN, admin: 'absent' },
  },
  'GET /api/v1/break-glass': { persons: { ...FORBIDDEN, admin: 'own' } },
  'GET /api/v1/users/{id}/processing-limits': { persons: { ...ABSENT, maria: 'shown', admin: 'shown' } },
  'GET /api/v1/legal/{kind}/acceptances': {
    path: '/legal/cookies/acceptances',
    persons: { ...FORBIDDEN, admin: 'shown' },
  },
  'GET /api/v1/consents': {
    persons: { ...OWN, maria: 'shown' },
    keys: { 'manage:own_consents': { ...OWN, maria: 'shown' } },
  },
};

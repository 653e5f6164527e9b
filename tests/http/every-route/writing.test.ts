/**
 * Who may call each route that writes (R25, R29). The table repeats the access rules of the operations, so that a mistake in one
 * of them fails a test; `authorization.test.ts` shows that each route enforces its rule.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAXIMUM_API_KEYS, scopesFor } from '../../../domain/identity/api-key.ts';
import { type Permission, ROLES, type Role } from '../../../domain/shared/permissions.ts';
import type { Access } from '../../../src/http/access.ts';
import { ACCESS } from '../../support/operations.ts';
import { ABSENT, type Callers, expected, seen, startCallers } from './callers.ts';

const EVERYBODY = ROLES;
const CLINIC = ['doctor', 'staff', 'admin'] as const;

/**
 * - `public`: no credentials are required, and the route has checks of its own
 * - `session`: persons of any role; API keys are refused
 * - `roles` and `scopes`: persons of these roles, and API keys that have any one of these scopes
 */
type Rule = 'public' | 'session' | { readonly roles: readonly Role[]; readonly scopes: readonly Permission[] };

const WRITING: Readonly<Record<string, Rule>> = {
  'POST /api/v1/auth/register': 'public',
  'POST /api/v1/auth/verify-email': 'public',
  'POST /api/v1/auth/resend-verification': 'public',
  'POST /api/v1/auth/login': 'public',
  'POST /api/v1/auth/refresh-token': 'public',
  'POST /api/v1/auth/accept-invitation': 'public',
  'POST /api/v1/auth/forgot-password': 'public',
  'POST /api/v1/auth/reset-password': 'public',
  'POST /api/v1/auth/confirm-email-change': 'public',
  'POST /api/v1/auth/restore-email': 'public',
  'POST /api/v1/auth/change-password': 'session',
  'POST /api/v1/auth/step-up': 'session',
  'POST /api/v1/auth/logout': 'session',
  'POST /api/v1/auth/logout-all': 'session',
  'DELETE /api/v1/auth/sessions/{id}': { roles: EVERYBODY, scopes: ['manage:own_sessions'] },
  'POST /api/v1/api-keys': 'session',
  'DELETE /api/v1/api-keys/{id}': 'session',
  'POST /api/v1/mfa/setup': 'session',
  'POST /api/v1/mfa/enable': 'session',
  'POST /api/v1/mfa/verify': 'public',
  'POST /api/v1/mfa/sms/send': 'public',
  'POST /api/v1/mfa/disable': 'session',
  'POST /api/v1/mfa/backup-codes/regenerate': 'session',
  'POST /api/v1/mfa/phone': 'session',
  'POST /api/v1/mfa/phone/verify': 'session',
  'DELETE /api/v1/mfa/phone': 'session',
  'DELETE /api/v1/mfa/trusted-devices/{deviceId}': 'session',
  'PUT /api/v1/users/{id}': { roles: EVERYBODY, scopes: ['write:own_profile'] },
  'DELETE /api/v1/users/{id}': { roles: EVERYBODY, scopes: ['close:own_account'] },
  'PUT /api/v1/users/{id}/role': { roles: ['admin'], scopes: ['manage:users'] },
  'POST /api/v1/users/{id}/email': 'session',
  'DELETE /api/v1/users/{id}/email': 'session',
  'POST /api/v1/users/{id}/invitation': { roles: ['admin'], scopes: ['manage:users'] },
  'POST /api/v1/users/{id}/unlock': { roles: ['admin'], scopes: ['manage:users'] },
  'DELETE /api/v1/users/{id}/mfa': { roles: ['admin'], scopes: ['manage:users'] },
  'PUT /api/v1/users/{id}/preferences': { roles: EVERYBODY, scopes: ['write:own_profile'] },
  'PUT /api/v1/users/{id}/profile': { roles: EVERYBODY, scopes: ['write:own_profile'] },
  'POST /api/v1/users/{id}/avatar': { roles: EVERYBODY, scopes: ['write:own_profile'] },
  'DELETE /api/v1/users/{id}/avatar': { roles: EVERYBODY, scopes: ['write:own_profile'] },
  'POST /api/v1/users': { roles: ['admin'], scopes: ['manage:users'] },
  'POST /api/v1/patients': { roles: CLINIC, scopes: ['register:patients'] },
  'PUT /api/v1/patients/{id}': { roles: CLINIC, scopes: ['register:patients'] },
  'POST /api/v1/patients/{id}/invite': { roles: CLINIC, scopes: ['register:patients'] },
  'POST /api/v1/patients/{id}/proxies': { roles: CLINIC, scopes: ['register:patients'] },
  'POST /api/v1/patients/{id}/merge': { roles: ['staff', 'admin'], scopes: ['merge:patients'] },
  'POST /api/v1/patients/{id}/unmerge': { roles: ['staff', 'admin'], scopes: ['merge:patients'] },
  'POST /api/v1/proxies': { roles: ['patient'], scopes: ['manage:own_proxies'] },
  'POST /api/v1/proxies/{id}/accept': { roles: ['patient'], scopes: ['manage:own_proxies'] },
  'DELETE /api/v1/proxies/{id}': { roles: EVERYBODY, scopes: ['manage:own_proxies', 'register:patients'] },
  'PUT /api/v1/doctors/{id}': { roles: CLINIC, scopes: ['manage:availability'] },
  'PUT /api/v1/doctors/{id}/delay': { roles: CLINIC, scopes: ['manage:availability'] },
  'POST /api/v1/appointment-types': { roles: ['admin'], scopes: ['manage:appointment_types'] },
  'PUT /api/v1/appointment-types/{id}': { roles: ['admin'], scopes: ['manage:appointment_types'] },
  'POST /api/v1/locations': { roles: ['admin'], scopes: ['manage:clinic'] },
  'PUT /api/v1/locations/{id}': { roles: ['admin'], scopes: ['manage:clinic'] },
  'PUT /api/v1/clinic/settings': { roles: ['admin'], scopes: ['manage:clinic'] },
  'PUT /api/v1/clinic/settings/logo': { roles: ['admin'], scopes: ['manage:clinic'] },
  'DELETE /api/v1/clinic/settings/logo': { roles: ['admin'], scopes: ['manage:clinic'] },
  'POST /api/v1/resources': { roles: ['admin'], scopes: ['manage:clinic'] },
  'PUT /api/v1/resources/{id}': { roles: ['admin'], scopes: ['manage:clinic'] },
  'PUT /api/v1/doctors/{id}/availability': { roles: CLINIC, scopes: ['manage:availability'] },
  'POST /api/v1/doctors/{id}/availability/overrides': { roles: CLINIC, scopes: ['manage:availability'] },
  'PUT /api/v1/doctors/{id}/availability/overrides/{overrideId}': { roles: CLINIC, scopes: ['manage:availability'] },
  'POST /api/v1/doctors/{id}/availability/overrides/{overrideId}/remove': {
    roles: CLINIC,
    scopes: ['manage:availability'],
  },
  'DELETE /api/v1/doctors/{id}/availability/overrides/{overrideId}': { roles: CLINIC, scopes: ['manage:availability'] },
  'POST /api/v1/doctors/{id}/time-off': { roles: CLINIC, scopes: ['manage:availability'] },
  'POST /api/v1/doctors/{id}/transfer': { roles: CLINIC, scopes: ['manage:availability'] },
  'DELETE /api/v1/doctors/{id}/time-off/{timeOffId}': { roles: CLINIC, scopes: ['manage:availability'] },
  'POST /api/v1/clinic/holidays/import': { roles: CLINIC, scopes: ['manage:availability'] },
  'POST /api/v1/clinic/holidays': { roles: CLINIC, scopes: ['manage:availability'] },
  'DELETE /api/v1/clinic/holidays/{id}': { roles: CLINIC, scopes: ['manage:availability'] },
  'POST /api/v1/appointments/holds': { roles: EVERYBODY, scopes: ['book:own_appointment', 'book:patient_appointment'] },
  'DELETE /api/v1/appointments/holds/{id}': {
    roles: EVERYBODY,
    scopes: ['book:own_appointment', 'book:patient_appointment'],
  },
  'POST /api/v1/appointments/series': {
    roles: EVERYBODY,
    scopes: ['book:own_appointment', 'book:patient_appointment'],
  },
  'POST /api/v1/appointments': { roles: EVERYBODY, scopes: ['book:own_appointment', 'book:patient_appointment'] },
  'POST /api/v1/appointments/{id}/cancel': { roles: EVERYBODY, scopes: ['change:own_appointment', 'run:appointments'] },
  'DELETE /api/v1/appointments/{id}': { roles: EVERYBODY, scopes: ['change:own_appointment', 'run:appointments'] },
  'PUT /api/v1/appointments/{id}': { roles: EVERYBODY, scopes: ['change:own_appointment', 'run:appointments'] },
  'POST /api/v1/appointments/{id}/reschedule': {
    roles: EVERYBODY,
    scopes: ['change:own_appointment', 'run:appointments'],
  },
  'PUT /api/v1/appointments/{id}/intake': { roles: EVERYBODY, scopes: ['change:own_appointment', 'run:appointments'] },
  'POST /api/v1/appointments/{id}/approve': { roles: CLINIC, scopes: ['run:appointments'] },
  'POST /api/v1/appointments/{id}/decline': { roles: CLINIC, scopes: ['run:appointments'] },
  'POST /api/v1/appointments/{id}/confirm': {
    roles: EVERYBODY,
    scopes: ['change:own_appointment', 'run:appointments'],
  },
  'POST /confirm/{token}': 'public',
  'POST /unsubscribe/{token}': 'public',
  'POST /api/v1/appointments/{id}/check-in': { roles: CLINIC, scopes: ['run:appointments'] },
  'POST /api/v1/appointments/{id}/complete': { roles: CLINIC, scopes: ['run:appointments'] },
  'POST /api/v1/appointments/{id}/arrived': { roles: CLINIC, scopes: ['run:appointments'] },
  'POST /api/v1/appointments/{id}/roomed': { roles: CLINIC, scopes: ['run:appointments'] },
  'POST /api/v1/appointments/{id}/left': { roles: CLINIC, scopes: ['run:appointments'] },
  'POST /api/v1/appointments/{id}/undo': { roles: CLINIC, scopes: ['run:appointments'] },
  'POST /api/v1/appointments/{id}/no-show': { roles: CLINIC, scopes: ['run:appointments'] },
  'POST /api/v1/waitlist': { roles: EVERYBODY, scopes: ['manage:own_waitlist', 'book:patient_appointment'] },
  'DELETE /api/v1/waitlist/{id}': { roles: EVERYBODY, scopes: ['manage:own_waitlist', 'book:patient_appointment'] },
  'POST /api/v1/waitlist/offers/{id}/accept': {
    roles: EVERYBODY,
    scopes: ['manage:own_waitlist', 'book:patient_appointment'],
  },
  'POST /api/v1/waitlist/offers/{id}/decline': {
    roles: EVERYBODY,
    scopes: ['manage:own_waitlist', 'book:patient_appointment'],
  },
  'POST /api/v1/calendar/feeds': { roles: ['patient', 'doctor'], scopes: ['manage:own_calendar_feeds'] },
  'POST /api/v1/clinic/calendar-feeds': { roles: ['staff', 'admin'], scopes: ['manage:clinic_calendar_feeds'] },
  'DELETE /api/v1/calendar/feeds': {
    roles: EVERYBODY,
    scopes: ['manage:own_calendar_feeds', 'manage:clinic_calendar_feeds'],
  },
  'DELETE /api/v1/calendar/feeds/{id}': {
    roles: EVERYBODY,
    scopes: ['manage:own_calendar_feeds', 'manage:clinic_calendar_feeds'],
  },
  'POST /api/v1/audit/verifications': { roles: ['admin'], scopes: ['manage:audit'] },
  'POST /api/v1/audit/origins': { roles: ['admin'], scopes: ['manage:audit'] },
  'POST /api/v1/privacy/exports': { roles: EVERYBODY, scopes: ['export:own_data'] },
  'POST /api/v1/users/{id}/exports': { roles: ['admin'], scopes: ['manage:privacy'] },
  'POST /api/v1/users/{id}/rectifications': { roles: ['admin'], scopes: ['manage:privacy'] },
  'POST /api/v1/break-glass': { roles: ['doctor'], scopes: ['open:emergency_access'] },
  'POST /api/v1/break-glass/{id}/end': { roles: ['admin'], scopes: ['manage:privacy'] },
  'POST /api/v1/break-glass/{id}/review': { roles: ['admin'], scopes: ['manage:privacy'] },
  'DELETE /api/v1/admin/suppressions/{id}': { roles: ['admin'], scopes: ['manage:clinic'] },
  'POST /api/v1/admin/notifications/dead-letters/{id}/redrive': { roles: ['admin'], scopes: ['manage:clinic'] },
  'POST /api/v1/admin/notifications/redrive': { roles: ['admin'], scopes: ['manage:clinic'] },
  'POST /api/v1/admin/alerts': { roles: ['admin'], scopes: ['manage:clinic'] },
  'POST /api/v1/notifications': { roles: CLINIC, scopes: ['write:messages'] },
  'POST /api/v1/notifications/email': { roles: CLINIC, scopes: ['write:messages'] },
  'POST /api/v1/notifications/sms': { roles: CLINIC, scopes: ['write:messages'] },
  'POST /api/v1/notifications/push': { roles: CLINIC, scopes: ['write:messages'] },
  'PUT /api/v1/notifications/preferences': { roles: EVERYBODY, scopes: ['manage:own_messages'] },
  'POST /api/v1/notifications/push-subscriptions': 'session',
  'DELETE /api/v1/notifications/push-subscriptions/{id}': { roles: EVERYBODY, scopes: ['manage:own_messages'] },
  'POST /api/v1/notifications/mark-read': { roles: EVERYBODY, scopes: ['manage:own_messages'] },
  'POST /api/v1/users/{id}/processing-limits': { roles: EVERYBODY, scopes: ['manage:own_limits'] },
  'DELETE /api/v1/users/{id}/processing-limits/{limitId}': { roles: EVERYBODY, scopes: ['manage:own_limits'] },
  'PUT /api/v1/legal/{kind}': { roles: ['admin'], scopes: ['manage:legal_texts'] },
  'PUT /api/v1/clinical-records/{patientId}/hold': { roles: ['admin'], scopes: ['manage:clinical_records'] },
  'DELETE /api/v1/clinical-records/{patientId}/hold': { roles: ['admin'], scopes: ['manage:clinical_records'] },
  'POST /api/v1/consents': { roles: EVERYBODY, scopes: ['manage:own_consents'] },
  'POST /api/v1/files/upload': { roles: EVERYBODY, scopes: ['manage:own_files', 'manage:patient_files'] },
  'POST /api/v1/files': { roles: EVERYBODY, scopes: ['manage:own_files', 'manage:patient_files'] },
  'PUT /api/v1/files/{id}/content': 'public',
  'POST /api/v1/files/{id}/complete': { roles: EVERYBODY, scopes: ['manage:own_files', 'manage:patient_files'] },
  'PATCH /api/v1/files/{id}/upload': { roles: EVERYBODY, scopes: ['manage:own_files', 'manage:patient_files'] },
  'DELETE /api/v1/files/{id}/upload': { roles: EVERYBODY, scopes: ['manage:own_files', 'manage:patient_files'] },
  'PUT /api/v1/files/{id}': { roles: EVERYBODY, scopes: ['manage:own_files', 'manage:patient_files'] },
  'DELETE /api/v1/files/{id}': { roles: EVERYBODY, scopes: ['manage:own_files', 'manage:patient_files'] },
  'POST /api/v1/files/{id}/download-link': 'session',
  'POST /shared/{secret}': 'public',
  'POST /api/v1/files/{id}/share': { roles: EVERYBODY, scopes: ['manage:own_files', 'manage:patient_files'] },
  'DELETE /api/v1/files/{id}/shares/{shareId}': {
    roles: EVERYBODY,
    scopes: ['manage:own_files', 'manage:patient_files'],
  },
  'POST /api/v1/files/{id}/restore': { roles: EVERYBODY, scopes: ['manage:own_files', 'manage:patient_files'] },
  'POST /api/v1/admin/files/{id}/rescan': { roles: ['admin'], scopes: ['manage:quarantine'] },
  'DELETE /api/v1/admin/cache': { roles: ['admin'], scopes: ['manage:protection'] },
  'POST /api/v1/admin/ip-blocks': { roles: ['admin'], scopes: ['manage:protection'] },
  'DELETE /api/v1/admin/ip-blocks': { roles: ['admin'], scopes: ['manage:protection'] },
  'DELETE /api/v1/admin/ip-blocks/{id}': { roles: ['admin'], scopes: ['manage:protection'] },
  'POST /api/v1/admin/security-findings/{id}/close': { roles: ['admin'], scopes: ['manage:protection'] },
  'PUT /api/v1/admin/trusted-addresses': { roles: ['admin'], scopes: ['manage:protection'] },
  'POST /api/v1/admin/webhooks': { roles: ['admin'], scopes: ['manage:webhooks'] },
  'PUT /api/v1/admin/webhooks/{id}': { roles: ['admin'], scopes: ['manage:webhooks'] },
  'DELETE /api/v1/admin/webhooks/{id}': { roles: ['admin'], scopes: ['manage:webhooks'] },
  'POST /api/v1/admin/webhooks/{id}/rotate-secret': { roles: ['admin'], scopes: ['manage:webhooks'] },
  'POST /api/v1/admin/webhooks/{id}/test': { roles: ['admin'], scopes: ['manage:webhooks'] },
  'POST /api/v1/admin/webhooks/{id}/replay': { roles: ['admin'], scopes: ['manage:webhooks'] },
  'POST /api/v1/admin/webhooks/{id}/deliveries/{deliveryId}/replay': { roles: ['admin'], scopes: ['manage:webhooks'] },
  'POST /api/v1/callbacks/qstash/{topic}': 'public',
  'POST /api/v1/webhooks/sendgrid': 'public',
  'POST /api/v1/webhooks/twilio/status': 'public',
  'POST /api/v1/webhooks/twilio/inbound': 'public',
};

let clinic: Callers;
beforeAll(async () => {
  clinic = await startCallers();
});
afterAll(() => clinic.portal.close());

/** The routes of the table that are not public, with the scopes that are enough for an API key. */
const GUARDED = Object.entries(WRITING).flatMap(([route, rule]) =>
  rule === 'public' ? [] : [{ route, scopes: rule === 'session' ? [] : rule.scopes }],
);

describe('the routes that write (R25)', () => {
  it('R25: the table has every operation that writes', () => {
    const writing = Object.keys(ACCESS).filter((route) => !route.startsWith('GET '));
    expect(writing.sort()).toEqual(Object.keys(WRITING).sort());
  });

  it.each(ROLES)(
    'R25: the declared access of each operation admits the role %s exactly where the table says so',
    (role) => {
      for (const [route, rule] of Object.entries(WRITING)) {
        const isLet = rule === 'public' || rule === 'session' || rule.roles.includes(role);
        expect([route, expected(ACCESS[route] as Access, role)]).toEqual([route, isLet ? 'through' : '403']);
      }
    },
  );

  it('R29: no scope for reading allows writing', () => {
    expect(GUARDED.flatMap(({ scopes }) => scopes).filter((scope) => scope.startsWith('read:'))).toEqual([]);
  });

  /** Any scope of a route suffices for it, so one key with all other scopes stands for a key with each of them. */
  it.each(['patient', 'admin'] as const)(
    'R29: a key of a %s with one scope of a route is let through, and a key with all other scopes is refused',
    async (role) => {
      let token = '';
      const keys = new Map<string, string>();
      const keyWith = async (scopes: readonly Permission[]) => {
        const name = scopes.join(' ');
        const known = keys.get(name);
        if (known !== undefined) return known;
        // A person has a limited number of keys.
        if (keys.size % MAXIMUM_API_KEYS === 0) {
          token = await clinic.portal.signIn((await clinic.portal.person(role, `single-${role}-${keys.size}`)).email);
        }
        const made = await clinic.portal.request('POST', '/api/v1/api-keys', { token, body: { name: 'key', scopes } });
        expect(made.status).toBe(201);
        keys.set(name, made.body.key);
        return made.body.key as string;
      };
      const all = scopesFor(role);
      for (const { route, scopes } of GUARDED) {
        const others = all.filter((scope) => !scopes.includes(scope));
        const tried = all.filter((scope) => scopes.includes(scope)).map((scope) => [scope]);
        for (const held of [...tried, others]) {
          const reply = await clinic.call('API key', route, ABSENT, {}, { 'X-API-Key': await keyWith(held) });
          const passage = held === others ? '403' : 'through';
          expect([route, held, seen(reply)]).toEqual([route, held, passage]);
        }
      }
    },
  );
});

/**
 * Who may call what: one line for each route (R25). A route that is not here cannot be registered. Ownership and the
 * relation between doctor and patient are decided where the object is loaded.
 */
import type { Permission } from '../../domain/shared/permissions.ts';

/**
 * - `public`: anybody
 * - `signed_in`: any person with a session; API keys are refused
 * - `queue`: a signed callback
 * - a permission: persons whose role has it, and API keys whose scopes have it
 * - several permissions: any one of them is enough
 */
export type Access = 'public' | 'signed_in' | 'queue' | Permission | readonly Permission[];

/** One's own, or a patient's on behalf of the clinic. */
const BOOK = ['book:own_appointment', 'book:patient_appointment'] as const;
const CHANGE = ['change:own_appointment', 'run:appointments'] as const;
const WAIT = ['manage:own_waitlist', 'book:patient_appointment'] as const;

export const ACCESS = {
  'GET /': 'public',
  'GET /api/v1': 'public',
  'GET /openapi.json': 'public',
  'GET /reference': 'public',
  'GET /reference/scalar.js': 'public',
  'GET /problems/{code}': 'public',
  'GET /schemas/patient-portal-export-2.json': 'public',
  'GET /health': 'public',
  'GET /health/traffic': 'public',
  'GET /ready': 'public',
  'GET /.well-known/jwks.json': 'public',
  'GET /dev/mailbox': 'public',

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
  'POST /api/v1/auth/change-password': 'signed_in',
  'POST /api/v1/auth/step-up': 'signed_in',
  'POST /api/v1/auth/logout': 'signed_in',
  'POST /api/v1/auth/logout-all': 'signed_in',
  'GET /api/v1/auth/sessions': 'manage:own_sessions',
  'DELETE /api/v1/auth/sessions/{id}': 'manage:own_sessions',
  'GET /api/v1/api-keys': 'signed_in',
  'POST /api/v1/api-keys': 'signed_in',
  'DELETE /api/v1/api-keys/{id}': 'signed_in',
  'GET /api/v1/mfa/status': 'signed_in',
  'POST /api/v1/mfa/setup': 'signed_in',
  'POST /api/v1/mfa/enable': 'signed_in',
  'POST /api/v1/mfa/verify': 'public',
  'POST /api/v1/mfa/sms/send': 'public',
  'POST /api/v1/mfa/disable': 'signed_in',
  'POST /api/v1/mfa/backup-codes/regenerate': 'signed_in',
  'POST /api/v1/mfa/phone': 'signed_in',
  'POST /api/v1/mfa/phone/verify': 'signed_in',
  'DELETE /api/v1/mfa/phone': 'signed_in',
  'GET /api/v1/mfa/trusted-devices': 'signed_in',
  'DELETE /api/v1/mfa/trusted-devices/{deviceId}': 'signed_in',
  'GET /api/v1/users/me': 'read:own_profile',
  'GET /api/v1/users/{id}': 'read:own_profile',
  'PUT /api/v1/users/{id}': 'write:own_profile',
  'DELETE /api/v1/users/{id}': 'close:own_account',
  'POST /api/v1/users/{id}/email': 'signed_in',
  'GET /api/v1/users/{id}/email': 'read:own_profile',
  'DELETE /api/v1/users/{id}/email': 'signed_in',
  'PUT /api/v1/users/{id}/role': 'manage:users',
  'POST /api/v1/users/{id}/invitation': 'manage:users',
  'POST /api/v1/users/{id}/unlock': 'manage:users',
  'DELETE /api/v1/users/{id}/mfa': 'manage:users',
  'GET /api/v1/users/{id}/preferences': 'read:own_profile',
  'PUT /api/v1/users/{id}/preferences': 'write:own_profile',
  'GET /api/v1/users/{id}/profile': 'read:own_profile',
  'PUT /api/v1/users/{id}/profile': 'write:own_profile',
  'POST /api/v1/users/{id}/avatar': 'write:own_profile',
  'GET /api/v1/users/{id}/avatar': 'read:own_profile',
  'POST /api/v1/users': 'manage:users',
  'GET /api/v1/users': 'manage:users',

  'GET /api/v1/doctors': 'read:directory',
  'GET /api/v1/doctors/{id}': 'read:directory',
  'PUT /api/v1/doctors/{id}': 'manage:availability',
  'GET /api/v1/appointment-types': 'read:directory',
  'POST /api/v1/appointment-types': 'manage:appointment_types',
  'GET /api/v1/appointment-types/{id}': 'read:directory',
  'PUT /api/v1/appointment-types/{id}': 'manage:appointment_types',
  'GET /api/v1/doctors/{id}/availability': 'read:directory',
  'PUT /api/v1/doctors/{id}/availability': 'manage:availability',
  'GET /api/v1/doctors/{id}/availability/overrides': 'read:directory',
  'POST /api/v1/doctors/{id}/availability/overrides': 'manage:availability',
  'DELETE /api/v1/doctors/{id}/availability/overrides/{overrideId}': 'manage:availability',
  'GET /api/v1/doctors/{id}/time-off': 'manage:availability',
  'POST /api/v1/doctors/{id}/time-off': 'manage:availability',
  'DELETE /api/v1/doctors/{id}/time-off/{timeOffId}': 'manage:availability',
  'GET /api/v1/clinic/holidays': 'read:directory',
  'POST /api/v1/clinic/holidays': 'manage:availability',
  'DELETE /api/v1/clinic/holidays/{id}': 'manage:availability',
  'GET /api/v1/appointments/available-slots': 'read:slots',
  'GET /api/v1/appointments/next-available': 'read:slots',
  'POST /api/v1/appointments/holds': BOOK,
  'DELETE /api/v1/appointments/holds/{id}': BOOK,
  'POST /api/v1/appointments/series': BOOK,
  'POST /api/v1/appointments': BOOK,
  'GET /api/v1/appointments/my': 'read:own_appointments',
  'GET /api/v1/appointments/upcoming': 'read:own_appointments',
  'GET /api/v1/appointments/user/{userId}': 'read:patient_records',
  'GET /api/v1/appointments/{id}.ics': 'read:own_appointments',
  'GET /api/v1/appointments/{id}': 'read:own_appointments',
  'POST /api/v1/appointments/{id}/cancel': CHANGE,
  'DELETE /api/v1/appointments/{id}': CHANGE,
  'PUT /api/v1/appointments/{id}': CHANGE,
  'POST /api/v1/appointments/{id}/reschedule': CHANGE,
  'POST /api/v1/appointments/{id}/confirm': 'run:appointments',
  'POST /api/v1/appointments/{id}/check-in': 'run:appointments',
  'POST /api/v1/appointments/{id}/complete': 'run:appointments',
  'POST /api/v1/appointments/{id}/no-show': 'run:appointments',
  'POST /api/v1/waitlist': WAIT,
  'GET /api/v1/waitlist': 'read:own_appointments',
  'DELETE /api/v1/waitlist/{id}': WAIT,
  'POST /api/v1/waitlist/offers/{id}/accept': 'manage:own_waitlist',
  'POST /api/v1/waitlist/offers/{id}/decline': 'manage:own_waitlist',
  'POST /api/v1/calendar/feeds': 'manage:own_calendar_feeds',
  'GET /api/v1/calendar/feeds': 'manage:own_calendar_feeds',
  'DELETE /api/v1/calendar/feeds': 'manage:own_calendar_feeds',
  'DELETE /api/v1/calendar/feeds/{id}': 'manage:own_calendar_feeds',
  'GET /api/v1/calendar/{secret}.ics': 'public',

  'GET /api/v1/audit/me': 'read:own_audit',
  'GET /api/v1/audit/me/export': 'read:own_audit',
  'GET /api/v1/audit/affected': 'read:audit',
  'GET /api/v1/audit/affected/export': 'read:audit',
  'GET /api/v1/audit/events': 'read:audit',
  'GET /api/v1/audit/events/export': 'read:audit',
  'GET /api/v1/audit/events/{id}': 'read:audit',
  'GET /api/v1/audit/events/{id}/proof': 'read:own_audit',
  'POST /api/v1/audit/verifications': 'manage:audit',
  'GET /api/v1/audit/verifications': 'read:audit',
  'GET /api/v1/audit/verifications/{id}': 'read:audit',
  'GET /api/v1/audit/status': 'read:audit',
  'POST /api/v1/audit/origins': 'manage:audit',
  'GET /api/v1/audit/checkpoint': 'read:own_audit',
  'GET /api/v1/audit/consistency': 'read:own_audit',
  'GET /api/v1/audit/export': 'read:audit',
  'GET /api/v1/audit/verify': 'read:audit',
  'GET /api/v1/privacy/exports': 'export:own_data',
  'POST /api/v1/privacy/exports': 'export:own_data',
  'GET /api/v1/privacy/exports/{id}': 'export:own_data',
  'GET /api/v1/privacy/exports/{id}/download': 'export:own_data',
  'POST /api/v1/users/{id}/exports': 'manage:privacy',
  'GET /api/v1/users/{id}/exports/{exportId}': 'manage:privacy',
  'GET /api/v1/users/{id}/exports/{exportId}/download': 'manage:privacy',
  'POST /api/v1/users/{id}/rectifications': 'manage:privacy',
  'POST /api/v1/break-glass': 'open:emergency_access',
  'GET /api/v1/break-glass': 'manage:privacy',
  'POST /api/v1/break-glass/{id}/review': 'manage:privacy',
  'GET /api/v1/users/{id}/processing-limits': 'manage:own_limits',
  'POST /api/v1/users/{id}/processing-limits': 'manage:own_limits',
  'DELETE /api/v1/users/{id}/processing-limits/{limitId}': 'manage:own_limits',
  'GET /api/v1/legal': 'public',
  'GET /api/v1/legal/{kind}': 'public',
  'GET /api/v1/legal/{kind}/versions': 'public',
  'PUT /api/v1/legal/{kind}': 'manage:legal_texts',
  'GET /api/v1/legal/{kind}/acceptances': 'manage:privacy',
  'GET /api/v1/clinical-records': 'manage:clinical_records',
  'GET /api/v1/clinical-records/{patientId}': 'manage:clinical_records',
  'PUT /api/v1/clinical-records/{patientId}/hold': 'manage:clinical_records',
  'DELETE /api/v1/clinical-records/{patientId}/hold': 'manage:clinical_records',
  'GET /api/v1/consents': 'manage:own_consents',
  'POST /api/v1/consents': 'manage:own_consents',
  'GET /audit/log/checkpoint': 'public',
  'GET /audit/log/key': 'public',
  'GET /audit/log/tile/{level}/{a}': 'public',
  'GET /audit/log/tile/{level}/{a}/{b}': 'public',
  'GET /audit/log/tile/{level}/{a}/{b}/{c}': 'public',
  'GET /audit/log/tile/{level}/{a}/{b}/{c}/{d}': 'public',
  'POST /api/v1/callbacks/qstash/{topic}': 'queue',
} as const satisfies Record<string, Access>;

export type RouteKey = keyof typeof ACCESS;

/** The permissions of which any opens a route. */
export function permissionsIn(access: Exclude<Access, 'public' | 'signed_in' | 'queue'>): readonly Permission[] {
  return typeof access === 'string' ? [access] : access;
}

/** What a session that has not passed the second factor of its account may do: prove it, or sign out (R61). */
export function openWithoutFactor(route: string): boolean {
  return route === 'POST /api/v1/auth/step-up' || route === 'POST /api/v1/auth/logout';
}

/** What somebody who must enrol a second factor first may still reach. */
export function openBeforeEnrolment(path: string): boolean {
  return /^\/api\/v1\/(mfa|auth)\//.test(path) || path === '/api/v1/users/me';
}

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
 */
export type Access = 'public' | 'signed_in' | 'queue' | Permission;

export const ACCESS = {
  'GET /': 'public',
  'GET /openapi.json': 'public',
  'GET /reference': 'public',
  'GET /reference/scalar.js': 'public',
  'GET /problems/{code}': 'public',
  'GET /health': 'public',
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
  'PUT /api/v1/users/{id}/role': 'manage:users',
  'POST /api/v1/users/{id}/invitation': 'manage:users',
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
  'GET /api/v1/appointment-types': 'read:directory',
  'GET /api/v1/doctors/{id}/availability': 'read:directory',
  'PUT /api/v1/doctors/{id}/availability': 'manage:availability',
  'GET /api/v1/appointments/available-slots': 'read:slots',
  'POST /api/v1/appointments': 'read:slots',
  'GET /api/v1/appointments/my': 'read:own_appointments',
  'GET /api/v1/appointments/{id}': 'read:own_appointments',
  'POST /api/v1/appointments/{id}/cancel': 'read:own_appointments',
  'DELETE /api/v1/appointments/{id}': 'read:own_appointments',

  'GET /api/v1/audit/verify': 'read:audit',
  'GET /api/v1/audit/me': 'read:own_audit',
  'GET /api/v1/audit/events': 'read:audit',
  'GET /api/v1/audit/events/{id}': 'read:audit',
  'GET /api/v1/audit/events/{id}/proof': 'read:own_audit',
  'GET /api/v1/audit/checkpoint': 'read:own_audit',
  'GET /api/v1/audit/consistency': 'read:own_audit',
  'GET /api/v1/audit/export': 'read:audit',
  'GET /audit/log/checkpoint': 'public',
  'GET /audit/log/tile/{level}/{a}': 'public',
  'GET /audit/log/tile/{level}/{a}/{b}': 'public',
  'GET /audit/log/tile/{level}/{a}/{b}/{c}': 'public',
  'GET /audit/log/tile/{level}/{a}/{b}/{c}/{d}': 'public',
  'POST /api/v1/callbacks/qstash/{topic}': 'queue',
} as const satisfies Record<string, Access>;

export type RouteKey = keyof typeof ACCESS;

/** What somebody who must enrol a second factor first may still reach. */
export function openBeforeEnrolment(path: string): boolean {
  return /^\/api\/v1\/(mfa|auth)\//.test(path) || path === '/api/v1/users/me';
}
  'GET /api/v1/audit/verify': 'read:audit',
  'POST /api/v1/privacy/exports': 'export:own_data',
  'GET /api/v1/privacy/exports/{id}': 'export:own_data',
  'GET /api/v1/privacy/exports/{id}/download': 'export:own_data',
  'GET /api/v1/consents': 'manage:own_consents',
  'POST /api/v1/consents': 'manage:own_consents',

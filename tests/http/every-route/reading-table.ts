/**
 * What each GET route that is not public shows to each caller of things that belong to one patient, Maria. The table repeats
 * the access rules of the operations and the conditions of the queries, so that a mistake in either fails a test.
 */
import type { Permission, Role } from '../../../domain/shared/permissions.ts';
import { WEDNESDAY } from '../scheduling/clinic.ts';

/** Maria, whose things are asked for, and those who ask. */
export const CALLERS = ['maria', 'paul', 'herDoctor', 'otherDoctor', 'staff', 'admin'] as const;
export type Caller = (typeof CALLERS)[number];

export const ROLES = {
  maria: 'patient',
  paul: 'patient',
  herDoctor: 'doctor',
  otherDoctor: 'doctor',
  staff: 'staff',
  admin: 'admin',
} as const satisfies Record<Caller, Role>;

/**
 * - `shown`: 200 with Maria's data
 * - `own`: 200 with the caller's data or public data, without a trace of Maria
 * - `forbidden`: 403
 * - `absent`: 404
 * - `not_ready`: 409
 */
export type Answer = 'shown' | 'own' | 'forbidden' | 'absent' | 'not_ready';
type Answers = Readonly<Record<Caller, Answer>>;

const same = (answer: Answer): Answers => ({
  maria: answer,
  paul: answer,
  herDoctor: answer,
  otherDoctor: answer,
  staff: answer,
  admin: answer,
});
const OWN = same('own');
const FORBIDDEN = same('forbidden');
const ABSENT = same('absent');

export interface Rule {
  /** The requested path, if it is not the route with its parameters replaced. */
  readonly path?: string;
  /** The thing that shows that the answer is Maria's. Default: any of several. */
  readonly trace?: string;
  readonly persons: Answers;
  /**
   * To API keys with this scope alone, by the owner of the key; a role that is left out does not have the scope. Keys without
   * any of the scopes are refused.
   */
  readonly keys?: Partial<Record<Permission, Partial<Answers>>>;
}

const directory = (path?: string): Rule => ({
  ...(path === undefined ? {} : { path }),
  persons: OWN,
  keys: { 'read:directory': OWN },
});
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
  'GET /api/v1/users': { persons: { ...FORBIDDEN, admin: 'shown' } },
  'GET /api/v1/doctors': directory(),
  'GET /api/v1/doctors/{id}': directory('/doctors/{doctor}'),
  'GET /api/v1/appointment-types': directory(),
  'GET /api/v1/appointment-types/{id}': directory('/appointment-types/{type}'),
  'GET /api/v1/locations': directory(),
  'GET /api/v1/locations/{id}': directory('/locations/{location}'),
  'GET /api/v1/resources': directory(),
  'GET /api/v1/resources/{id}': directory('/resources/{room}'),
  'GET /api/v1/doctors/{id}/availability': directory('/doctors/{doctor}/availability'),
  'GET /api/v1/doctors/{id}/availability/overrides': directory('/doctors/{doctor}/availability/overrides'),
  'GET /api/v1/clinic/holidays': directory(),
  'GET /api/v1/doctors/{id}/time-off': {
    path: '/doctors/{doctor}/time-off',
    persons: { ...OWN, maria: 'forbidden', paul: 'forbidden', otherDoctor: 'absent' },
    keys: { 'manage:availability': { herDoctor: 'own', otherDoctor: 'absent', staff: 'own', admin: 'own' } },
  },
  'GET /api/v1/appointments/available-slots': {
    path: `/appointments/available-slots?doctorId={doctor}&date=${WEDNESDAY}`,
    persons: OWN,
    keys: { 'read:slots': OWN },
  },
  'GET /api/v1/appointments/next-available': { persons: OWN, keys: { 'read:slots': OWN } },
  'GET /api/v1/appointments': {
    persons: {
      maria: 'forbidden',
      paul: 'forbidden',
      herDoctor: 'shown',
      otherDoctor: 'own',
      staff: 'shown',
      admin: 'shown',
    },
    keys: { 'read:patient_records': { herDoctor: 'shown', otherDoctor: 'own', staff: 'shown', admin: 'shown' } },
  },
  'GET /api/v1/appointments/my': {
    persons: { ...OWN, maria: 'shown', herDoctor: 'shown' },
    keys: { 'read:own_appointments': { ...OWN, maria: 'shown', herDoctor: 'shown' } },
  },
  'GET /api/v1/appointments/upcoming': {
    persons: { ...OWN, maria: 'shown', herDoctor: 'shown' },
    keys: { 'read:own_appointments': { ...OWN, maria: 'shown', herDoctor: 'shown' } },
  },
  'GET /api/v1/appointments/user/{userId}': {
    persons: {
      maria: 'forbidden',
      paul: 'forbidden',
      herDoctor: 'shown',
      otherDoctor: 'absent',
      staff: 'shown',
      admin: 'shown',
    },
    keys: { 'read:patient_records': { herDoctor: 'shown', otherDoctor: 'absent', staff: 'shown', admin: 'shown' } },
  },
  'GET /api/v1/appointments/{id}': {
    path: '/appointments/{appointment}',
    persons: {
      maria: 'shown',
      paul: 'absent',
      herDoctor: 'shown',
      otherDoctor: 'absent',
      staff: 'shown',
      admin: 'shown',
    },
    keys: { 'read:own_appointments': { ...ABSENT, maria: 'shown', herDoctor: 'shown' } },
  },
  'GET /api/v1/appointments/{id}.ics': {
    path: '/appointments/{appointment}.ics',
    persons: {
      maria: 'shown',
      paul: 'absent',
      herDoctor: 'shown',
      otherDoctor: 'absent',
      staff: 'shown',
      admin: 'shown',
    },
    keys: { 'read:own_appointments': { ...ABSENT, maria: 'shown', herDoctor: 'shown' } },
  },
  'GET /api/v1/waitlist': {
    path: '/waitlist?patientId={id}',
    persons: {
      maria: 'shown',
      paul: 'forbidden',
      herDoctor: 'shown',
      otherDoctor: 'absent',
      staff: 'shown',
      admin: 'shown',
    },
    keys: { 'read:own_appointments': { ...FORBIDDEN, maria: 'shown' } },
  },
  'GET /api/v1/calendar/feeds': {
    persons: { ...OWN, maria: 'shown', staff: 'forbidden', admin: 'forbidden' },
    keys: { 'manage:own_calendar_feeds': { maria: 'shown', paul: 'own', herDoctor: 'own', otherDoctor: 'own' } },
  },
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

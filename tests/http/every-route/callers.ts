/**
 * A portal with one signed-in person for each kind of caller. A request with ids that do not exist shows what the declared access
 * decides: it is refused, or let through to the route (R25).
 */
import { scopesFor } from '../../../domain/identity/api-key.ts';
import { type Permission, permissionsOf, type Role } from '../../../domain/shared/permissions.ts';
import { type Access, isSigned, permissionsIn } from '../../../src/http/access.ts';
import { type Portal, startPortal } from '../../support/portal.ts';

export const CALLERS = [
  'anonymous',
  'patient',
  'other patient',
  'doctor',
  'other doctor',
  'staff',
  'admin',
  'API key',
] as const;
export type Caller = (typeof CALLERS)[number];

export type SignedIn = Exclude<Caller, 'anonymous'>;

export const ROLES: Readonly<Record<SignedIn, Role>> = {
  patient: 'patient',
  'other patient': 'patient',
  doctor: 'doctor',
  'other doctor': 'doctor',
  staff: 'staff',
  admin: 'admin',
  'API key': 'patient',
};

/** An id that no resource has. */
export const ABSENT = '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f';

export interface Reply {
  readonly status: number;
  readonly body: { readonly code?: string };
}

export interface Callers {
  readonly portal: Portal;
  readonly people: Readonly<Record<SignedIn, { readonly id: string; readonly email: string }>>;
  readonly tokens: Readonly<Record<Exclude<SignedIn, 'API key'>, string>>;
  /**
   * @param route `METHOD /path`, each parameter of which becomes `id`. Default: {@link ABSENT}
   * @param headers replace those of the caller
   */
  call(caller: Caller, route: string, id?: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
}

async function signedIn(portal: Portal, caller: Exclude<SignedIn, 'API key'>) {
  const person = await portal.person(ROLES[caller], caller.replaceAll(' ', '-'));
  return { ...person, token: await portal.signIn(person.email) };
}

/** Starts a portal with one person for each caller. The API key is the patient's, with every scope that it may have. */
export async function startCallers(): Promise<Callers> {
  const portal = await startPortal();
  const patient = await signedIn(portal, 'patient');
  const otherPatient = await signedIn(portal, 'other patient');
  const doctor = await signedIn(portal, 'doctor');
  const otherDoctor = await signedIn(portal, 'other doctor');
  const staff = await signedIn(portal, 'staff');
  const admin = await signedIn(portal, 'admin');
  const people = { patient, 'other patient': otherPatient, doctor, 'other doctor': otherDoctor, staff, admin };
  const tokens = {
    patient: patient.token,
    'other patient': otherPatient.token,
    doctor: doctor.token,
    'other doctor': otherDoctor.token,
    staff: staff.token,
    admin: admin.token,
  };
  const made = await portal.request('POST', '/api/v1/api-keys', {
    token: patient.token,
    body: { name: 'Every scope', scopes: scopesFor('patient') },
  });
  const apiKey = made.body.key as string;
  let leavers = 0;

  /** Signing out ends the session, so it is tried with a session that no other test needs. */
  const credentials = async (caller: Caller, path: string): Promise<Record<string, string>> => {
    if (caller === 'anonymous') return {};
    if (caller === 'API key') return { 'X-API-Key': apiKey };
    if (!path.includes('/logout')) return { Authorization: `Bearer ${tokens[caller]}` };
    const { email } = await portal.person(ROLES[caller], `leaver${++leavers}`);
    return { Authorization: `Bearer ${await portal.signIn(email)}` };
  };
  await relate(portal, patient.token, doctor);
  return { portal, people: { ...people, 'API key': patient }, tokens, call: callWith(portal, credentials) };
}

/** @param credentials the headers of a caller for a path */
function callWith(
  portal: Portal,
  credentials: (caller: Caller, path: string) => Promise<Record<string, string>>,
): Callers['call'] {
  return async (caller, route, id = ABSENT, body = {}, headers = {}) => {
    const [method = '', template = ''] = route.split(' ');
    const hasBody = method !== 'GET' && method !== 'DELETE';
    const response = await portal.fetch(
      new Request(`https://portal.example${template.replace(/\{[^}]+\}/g, id)}`, {
        method,
        headers: {
          ...(await credentials(caller, template)),
          ...(hasBody ? { 'Content-Type': 'application/json' } : {}),
          ...headers,
        },
        ...(hasBody ? { body: JSON.stringify(body) } : {}),
      }),
    );
    const text = await response.text();
    // Exports and pictures are not JSON; problems are.
    const isJson = /^application\/(problem\+)?json\b/.test(response.headers.get('content-type') ?? '') && text !== '';
    return { status: response.status, body: isJson ? (JSON.parse(text) as Reply['body']) : {} };
  };
}

/** Books an appointment, which makes the patient one of the doctor's own (R28). */
async function relate(
  portal: Portal,
  patientToken: string,
  doctor: { readonly id: string; readonly token: string },
): Promise<void> {
  const weekly = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '00:00', end: '24:00' }));
  await portal.request('PUT', `/api/v1/doctors/${doctor.id}/availability`, {
    token: doctor.token,
    body: { timezone: 'UTC', weekly },
  });
  const booked = await portal.request('POST', '/api/v1/appointments', {
    token: patientToken,
    body: {
      doctorId: doctor.id,
      appointmentDate: '2026-03-05',
      startTime: '10:00',
      appointmentType: 'consultation',
    },
  });
  if (booked.status !== 201) throw new Error(`no appointment: ${JSON.stringify(booked.body)}`);
}

export type Passage = '401' | '403' | 'through';

/** What the access of an operation decides before it looks for the object: 401, 403, or through to the route. */
export function expected(access: Access, caller: Caller): Passage {
  if (access === 'public' || isSigned(access)) return 'through';
  if (caller === 'anonymous') return '401';
  if (access === 'signed_in') return caller === 'API key' ? '403' : 'through';
  const granted: readonly Permission[] = caller === 'API key' ? scopesFor('patient') : permissionsOf(ROLES[caller]);
  return permissionsIn(access).some((permission) => granted.includes(permission)) ? 'through' : '403';
}

export function seen(reply: Reply): Passage {
  if (reply.status === 401 && reply.body.code === 'unauthenticated') return '401';
  return reply.status === 403 && reply.body.code === 'forbidden' ? '403' : 'through';
}

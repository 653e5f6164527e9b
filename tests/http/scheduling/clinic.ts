/** A clinic for tests of scheduling: signed-in people, a doctor with hours, and shortcuts for common requests. */
import { type Sql, sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Portal, type PortalOptions, type Reply, startPortal } from '../../support/portal.ts';

/** Tuesday after the portal's noon. */
export const TUESDAY = '2026-03-03';
export const WEDNESDAY = '2026-03-04';
export const WEEK = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '09:00', end: '17:00' }));

export interface Person {
  readonly id: string;
  readonly email: string;
  readonly token: string;
}

export interface Clinic {
  readonly portal: Portal;
  readonly admin: Person;
  readonly staff: Person;
  readonly doctor: Person;
  readonly otherDoctor: Person;
  readonly maria: Person;
  readonly paul: Person;
  person(role: 'patient' | 'doctor' | 'staff' | 'admin', name: string): Promise<Person>;
  post(path: string, token: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  put(path: string, token: string, body: unknown, version?: number): Promise<Reply>;
  get(path: string, token: string, headers?: Record<string, string>): Promise<Reply>;
  delete(path: string, token: string, headers?: Record<string, string>): Promise<Reply>;
  book(token: string, startTime: string, extra?: Record<string, unknown>): Promise<Reply>;
  hours(doctorId: string, weekly?: readonly unknown[], timezone?: string): Promise<Reply>;
  /** Runs all due jobs, and those that they start. */
  runJobs(): Promise<void>;
}

/** Moves an appointment in the database, also to the past. Moving the clock that far would end the sessions. */
export function begunAt(id: string, start: string): Sql {
  return sql`UPDATE appointments SET starts_at = ${start}::timestamptz, ends_at = ${start}::timestamptz + interval '30 minutes',
      busy = tstzrange(${start}::timestamptz, ${start}::timestamptz + interval '30 minutes')
    WHERE id = ${id}::uuid`;
}

export async function startClinic(options: PortalOptions = {}): Promise<Clinic> {
  const portal = await startPortal(options);
  const person: Clinic['person'] = async (role, name) => {
    const { id, email } = await portal.person(role, name);
    return { id, email, token: await portal.signIn(email) };
  };
  const admin = await person('admin', 'admin');
  const staff = await person('staff', 'staff');
  const doctor = await person('doctor', 'doctor');
  const otherDoctor = await person('doctor', 'other-doctor');
  const maria = await person('patient', 'maria');
  const paul = await person('patient', 'paul');
  const clinic: Clinic = {
    ...{ portal, admin, staff, doctor, otherDoctor, maria, paul, person },
    ...callsOf(portal, doctor.id, admin.token),
    async runJobs() {
      while ((await portal.platform.jobs.runDue()) > 0);
    },
  };
  await clinic.hours(doctor.id);
  await clinic.hours(otherDoctor.id);
  return clinic;
}

type Calls = Pick<Clinic, 'post' | 'put' | 'get' | 'delete' | 'book' | 'hours'>;

/** @param doctorId whom bookings name unless they say otherwise */
function callsOf(portal: Portal, doctorId: string, adminToken: string): Calls {
  const send = (
    method: string,
    path: string,
    token: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply> => portal.request(method, `/api/v1${path}`, { token, body, headers });
  return {
    post: (path, token, body, headers) => send('POST', path, token, body, headers),
    put: (path, token, body, version) =>
      send('PUT', path, token, body, version === undefined ? {} : { 'If-Match': `"v${version}"` }),
    get: (path, token, headers) => send('GET', path, token, undefined, headers),
    delete: (path, token, headers) => send('DELETE', path, token, undefined, headers),
    book: (token, startTime, extra = {}) =>
      send('POST', '/appointments', token, {
        doctorId,
        appointmentDate: TUESDAY,
        startTime,
        appointmentType: 'consultation',
        ...extra,
      }),
    hours: (of, weekly = WEEK, timezone = 'UTC') =>
      send('PUT', `/doctors/${of}/availability`, adminToken, { timezone, weekly }),
  };
}

/** A portal whose detection runs, and what people and strangers do there. */
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import type { Location } from '../../../domain/identity/sign-in-risk.ts';
import { createApp } from '../../../src/http/app.ts';
import { PASSWORD, type Portal, type Reply, startPortal } from '../../support/portal.ts';

export const STRANGER = '198.51.100.66';
export const BERLIN = { country: 'DE', city: 'Berlin', latitude: 52.5, longitude: 13.4 };
export const SYDNEY = { country: 'AU', city: 'Sydney', latitude: -33.9, longitude: 151.2 };
export const PHONE = 'Firefox/140.0 (Android)';
const app = createApp();

export interface Person {
  readonly id: string;
  readonly email: string;
}

export interface Watched {
  readonly portal: Portal;
  readonly root: Person;
  /** A minute passes, and the detection runs. */
  minute(): Promise<void>;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into bodies of every shape
  findings(query?: string): Promise<any[]>;
  rules(query?: string): Promise<string[]>;
  /** As the administrator, signed in just now. */
  ask(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<Reply>;
  people(count: number, name?: string): Promise<Person[]>;
  signIn(email: string, from: string, password?: string): Promise<Reply>;
  fail(email: string, from: string): Promise<Reply>;
  /** A sign-in at a platform that knows places. @returns the access token */
  signInAt(location: Location | null, email: string, options?: { userAgent?: string; from?: string }): Promise<string>;
  isBlocked(from: string): Promise<boolean>;
  /** The code of the refusal of something that needs a recent proof; undefined if it is served. */
  refusalOf(token: string): Promise<string | undefined>;
  /** An appointment of each patient, tomorrow. */
  appointments(patients: readonly Person[], doctorId: string): Promise<void>;
}

/** @param environment settings. Limits are so wide that only the detection acts */
export async function startWatched(environment: Readonly<Record<string, string>> = {}): Promise<Watched> {
  const portal = await startPortal({ environment: { RATE_LIMIT_FACTOR: '100', ...environment } });
  const root = await portal.person('admin', 'root');
  const ask: Watched['ask'] = async (method, path, body, headers) => {
    const token = await portal.signIn(root.email);
    return portal.request(method, `/api/v1${path}`, { token, body, ...(headers === undefined ? {} : { headers }) });
  };
  const findings: Watched['findings'] = async (query = '') =>
    (await ask('GET', `/admin/security-findings${query}`)).body.data;
  const signIn: Watched['signIn'] = (email, from, password = PASSWORD) =>
    portal.request('POST', '/api/v1/auth/login', { body: { email, password }, from });
  return {
    ...{ portal, root, ask, findings, signIn },
    async minute() {
      portal.clock.advance(60);
      await portal.settled();
      await portal.platform.jobs.everyMinute();
    },
    rules: async (query) => (await findings(query)).map(({ rule }) => rule),
    async people(count, name = 'p') {
      const made: Person[] = [];
      for (let n = 0; n < count; n++) made.push(await portal.person('patient', `${name}${n}`));
      return made;
    },
    fail: (email, from) => signIn(email, from, 'not the password at all'),
    async signInAt(location, email, { userAgent = PHONE, from = '203.0.113.9' } = {}) {
      const request = new Request('https://portal.example/api/v1/auth/login', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'User-Agent': userAgent },
        body: JSON.stringify({ email, password: PASSWORD }),
      });
      const { platform } = portal;
      const response = await app.fetch(request, { platform, clientAddress: from, clientLocation: location });
      return ((await response.json()) as { accessToken: string }).accessToken;
    },
    isBlocked: async (from) => (await portal.request('GET', '/api/v1/clinic', { from })).status === 429,
    refusalOf: async (token) => (await portal.request('POST', '/api/v1/mfa/setup', { token })).body.code,
    appointments: (patients, doctorId) => insertAppointments(portal, patients, doctorId),
  };
}

async function insertAppointments(portal: Portal, patients: readonly Person[], doctorId: string): Promise<void> {
  const tomorrow = new Date(portal.clock.now() + 86_400_000).toISOString();
  const ids = patients.map(({ id }) => id);
  await portal.driver.run(
    [
      sql`INSERT INTO appointments (id, patient_id, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy, status,
            created_at, updated_at, local_date, local_time, local_version)
          SELECT gen_random_uuid(), p.id, ${doctorId}::uuid, (SELECT id FROM appointment_types LIMIT 1), s, s + interval '15 minutes', 'UTC',
            tstzrange(s, s + interval '15 minutes'), 'scheduled', now(), now(), s::date, to_char(s, 'HH24:MI'), 1
          FROM unnest(${ids}::uuid[]) WITH ORDINALITY p (id, n),
            LATERAL (SELECT ${tomorrow}::timestamptz + (p.n * interval '15 minutes') AS s) t`,
    ],
    'write',
  );
}

/**
 * Every refusal of every route is recorded for the caller, with the requested resource, and for the person whom it concerned
 * (R46, R75).
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sql, sql } from '../../../adapters/postgres/driver/sql.ts';
import { uuidv7 } from '../../../domain/shared/ids.ts';
import { DENIALS } from '../../../src/http/denials.ts';
import { type ErrorCode, PROBLEMS } from '../../../src/http/problems.ts';
import { ACCESS } from '../../support/operations.ts';
import { PASSWORD } from '../../support/portal.ts';
import { browserBody } from '../../support/push-devices.ts';
import { RECORDED, type Recorded, recorded } from '../audit/recorded.ts';
import { type Clinic, type Person, startClinic, TUESDAY } from '../scheduling/clinic.ts';

let clinic: Clinic;
/** What belongs to Maria or to the doctor, by the name that a route gives it. */
let things: Record<string, { readonly id: string; readonly owner: string }>;

beforeAll(async () => {
  clinic = await startClinic();
  const { maria, doctor } = clinic;
  const mine = (reply: { body: { id: string } }, owner = maria.id) => ({ id: reply.body.id, owner });
  things = {
    users: { id: maria.id, owner: maria.id },
    user: { id: maria.id, owner: maria.id },
    doctors: { id: doctor.id, owner: doctor.id },
    appointments: mine(await clinic.book(maria.token, '10:00')),
    sessions: {
      id: await idOf(sql`SELECT id FROM sessions WHERE user_id = ${maria.id}::uuid LIMIT 1`),
      owner: maria.id,
    },
    events: { id: await idOf(sql`SELECT id FROM audit_events WHERE stream = ${maria.id} LIMIT 1`), owner: maria.id },
    exports: mine(await clinic.post('/privacy/exports', maria.token)),
    feeds: mine(await clinic.post('/calendar/feeds', maria.token, {})),
    'push-subscriptions': mine(
      await clinic.post('/notifications/push-subscriptions', maria.token, browserBody('of-maria')),
    ),
    'api-keys': mine(await clinic.post('/api-keys', maria.token, { name: 'k', scopes: ['read:directory'] })),
    waitlist: mine(
      await clinic.post('/waitlist', maria.token, {
        doctorId: doctor.id,
        appointmentType: 'consultation',
        earliestDate: TUESDAY,
        latestDate: TUESDAY,
      }),
    ),
    holds: mine(
      await clinic.post('/appointments/holds', maria.token, {
        doctorId: doctor.id,
        appointmentDate: TUESDAY,
        startTime: '14:00',
        appointmentType: 'consultation',
      }),
    ),
    'time-off': mine(
      await clinic.post(`/doctors/${doctor.id}/time-off`, doctor.token, { from: '2026-05-04', until: '2026-05-05' }),
      doctor.id,
    ),
    overrides: mine(
      await clinic.post(`/doctors/${doctor.id}/availability/overrides`, doctor.token, {
        date: '2026-05-12',
        available: [],
      }),
      doctor.id,
    ),
  };
});
afterAll(() => clinic.portal.close());

async function idOf(query: Sql): Promise<string> {
  const [[row] = []] = await clinic.portal.driver.run([query], 'snapshot');
  return row?.id as string;
}

async function added(work: () => Promise<unknown>): Promise<Recorded[]> {
  const after = async () => {
    const [[last] = []] = await clinic.portal.driver.run(
      [sql`SELECT max(place) AS place FROM audit_unsealed`],
      'snapshot',
    );
    return (last?.place ?? 0) as number;
  };
  const before = await after();
  await work();
  const [found = []] = await clinic.portal.driver.run(
    [
      sql`SELECT ${RECORDED}
          FROM audit_unsealed q JOIN audit_events e USING (stream, sequence) WHERE q.place > ${before}::bigint ORDER BY q.place`,
    ],
    'snapshot',
  );
  return found.map(recorded);
}

/** Well-formed bodies, so that requests are not refused for their form. */
function bodyOf(route: string): unknown {
  const { doctor, maria } = clinic;
  const slot = { doctorId: doctor.id, appointmentDate: TUESDAY, startTime: '11:00', appointmentType: 'consultation' };
  const bodies: Readonly<Record<string, unknown>> = {
    'PUT /api/v1/doctors/{id}': { specialty: 'Surgery', languages: ['en'], bio: null, acceptingPatients: true },
    'PUT /api/v1/doctors/{id}/availability': { timezone: 'UTC', weekly: [] },
    'PUT /api/v1/doctors/{id}/delay': { minutes: 30 },
    'PUT /api/v1/doctors/{id}/availability/overrides/{overrideId}': { date: '2026-05-11', available: [] },
    'POST /api/v1/doctors/{id}/availability/overrides': { date: '2026-05-11', available: [] },
    'POST /api/v1/doctors/{id}/transfer': { affected: { action: 'cancel' } },
    'POST /api/v1/doctors/{id}/time-off': { from: '2026-05-11', until: '2026-05-12' },
    'POST /api/v1/appointments': { ...slot, patientId: maria.id },
    'POST /api/v1/appointments/holds': { ...slot, patientId: maria.id },
    'POST /api/v1/appointments/series': { ...slot, patientId: maria.id, every: 'week', times: 2 },
    'POST /api/v1/appointments/{id}/reschedule': { appointmentDate: TUESDAY, startTime: '12:00' },
    'POST /api/v1/notifications/push-subscriptions': browserBody('mine'),
    'PUT /api/v1/users/{id}/role': { role: 'admin' },
    'POST /api/v1/waitlist': {
      doctorId: doctor.id,
      appointmentType: 'consultation',
      earliestDate: TUESDAY,
      latestDate: TUESDAY,
      patientId: maria.id,
    },
  };
  return bodies[route] ?? {};
}

const NAMES: Readonly<Record<string, string>> = { overrideId: 'overrides', timeOffId: 'time-off', userId: 'user' };

/** The path with the ids of somebody else's things; undefined where the route has none, or nobody's. */
function aimed(route: string): { path: string; id: string; owner: string } | undefined {
  const [, template = ''] = route.split(' ');
  const parts = template.split('/');
  let last: { readonly id: string; readonly owner: string } | undefined;
  const path = parts.map((part, at) => {
    const [, name = ''] = /^\{(\w+)\}/.exec(part) ?? [];
    if (name === '') return part;
    const thing = things[name === 'id' ? (parts[at - 1] ?? '') : (NAMES[name] ?? '')];
    last = thing;
    return thing === undefined ? part : part.replace(/^\{\w+\}/, thing.id);
  });
  return last === undefined || path.some((part) => part.startsWith('{'))
    ? undefined
    : { path: path.join('/'), ...last };
}

async function ask(route: string, path: string, { token }: Person) {
  const [method = 'GET'] = route.split(' ');
  const body = method === 'GET' || method === 'DELETE' ? undefined : bodyOf(route);
  return clinic.portal.request(method, path, { token, body, headers: { 'If-Match': '"v1"' } });
}

describe('a recorded refusal', () => {
  it('R46: every code of 401, 403 and 404 says whether it is recorded', () => {
    const refusing = (Object.keys(PROBLEMS) as ErrorCode[]).filter((code) =>
      [401, 403, 404].includes(PROBLEMS[code].status),
    );
    expect(refusing.filter((code) => DENIALS[code] === undefined)).toEqual([]);
  });

  it('R46 R75: a refusal for a resource of somebody else is recorded for the caller and for the person concerned', async () => {
    const seen: string[] = [];
    for (const route of Object.keys(ACCESS) as string[]) {
      const target = aimed(route);
      if (target === undefined || ACCESS[route] === 'public' || route.startsWith('GET /audit/log')) continue;
      for (const caller of [clinic.paul, clinic.otherDoctor]) {
        const replies: Awaited<ReturnType<typeof ask>>[] = [];
        const events = await added(async () => replies.push(await ask(route, target.path, caller)));
        const { status, body } = replies[0] ?? { status: 0, body: {} };
        // The directory is public, and a request that was refused for its form was not processed.
        if (status !== 403 && status !== 404) continue;
        seen.push(route);
        const denials = events.filter(({ event_type }) => event_type === 'access.denied');
        const expected = [caller.id, target.owner].map((stream) =>
          expect.objectContaining({ stream, actor_id: caller.id, error: body.code, resource_id: target.id }),
        );
        expect([route, denials]).toEqual([route, expect.arrayContaining(expected)]);
        expect([route, denials.length]).toEqual([route, 2]);
      }
    }
    const acting = [...new Set(seen)].filter((route) => route.includes('/doctors/{id}'));
    expect(acting.sort()).toEqual([
      'DELETE /api/v1/doctors/{id}/availability/overrides/{overrideId}',
      'DELETE /api/v1/doctors/{id}/time-off/{timeOffId}',
      'GET /api/v1/doctors/{id}/time-off',
      'POST /api/v1/doctors/{id}/availability/overrides',
      'POST /api/v1/doctors/{id}/availability/overrides/{overrideId}/remove',
      'POST /api/v1/doctors/{id}/time-off',
      'POST /api/v1/doctors/{id}/transfer',
      'PUT /api/v1/doctors/{id}',
      'PUT /api/v1/doctors/{id}/availability',
      'PUT /api/v1/doctors/{id}/availability/overrides/{overrideId}',
      'PUT /api/v1/doctors/{id}/delay',
    ]);
    expect(new Set(seen).size).toBeGreaterThan(25);
  }, 120_000);

  it('R75: a refusal that names a person in the body or the query is recorded for that person', async () => {
    const { otherDoctor, maria, doctor } = clinic;
    const path = '/api/v1/appointments';
    const events = await added(() => ask('POST /api/v1/appointments', path, otherDoctor));
    expect(events).toEqual(
      expect.arrayContaining(
        [otherDoctor.id, maria.id].map((stream) =>
          expect.objectContaining({ event_type: 'access.denied', stream, actor_id: otherDoctor.id }),
        ),
      ),
    );
    expect(events[0]?.details).toMatchObject({ patient: maria.id });
    expect(events.map(({ stream }) => stream)).not.toContain(doctor.id);
    const query = `/api/v1/waitlist?patientId=${maria.id}`;
    const inQuery = await added(() => ask('GET /api/v1/waitlist', query, otherDoctor));
    expect(inQuery.map(({ stream, resource_type }) => [stream, resource_type]).sort()).toEqual(
      [
        [maria.id, 'patient'],
        [otherDoctor.id, 'patient'],
      ].sort(),
    );
  });

  it('R46: a refusal for an unknown id or an undeclared parameter names no other record', async () => {
    const absent = uuidv7(0, new Uint8Array(10));
    const events = await added(() => clinic.get(`/appointments/${absent}`, clinic.paul.token));
    expect(events).toMatchObject([{ stream: clinic.paul.id, resource_type: 'appointment', resource_id: absent }]);
    const undeclared = await added(() => clinic.post('/users', clinic.paul.token, { victim: clinic.maria.id }));
    expect(undeclared).toMatchObject([{ stream: clinic.paul.id, error: 'forbidden', resource_id: null }]);
  });
});

describe('an audit event', () => {
  it('R46: an event of a sign-in or of another proof of identity names that person as the actor', async () => {
    const events = await added(() =>
      clinic.portal.request('POST', '/api/v1/auth/login', { body: { email: clinic.maria.email, password: PASSWORD } }),
    );
    expect(events.filter(({ event_type }) => event_type === 'login.succeeded')).toMatchObject([
      { stream: clinic.maria.id, actor_kind: 'user', actor_id: clinic.maria.id },
    ]);
    const failed = await added(() =>
      clinic.portal.request('POST', '/api/v1/auth/login', {
        body: { email: clinic.maria.email, password: 'wrong wrong' },
      }),
    );
    expect(failed).toMatchObject([{ event_type: 'login.failed', actor_kind: 'anonymous', actor_id: null }]);
  });

  it('R46: reading the time off of another doctor is recorded in the stream of that doctor; reading one’s own is not', async () => {
    const path = `/doctors/${clinic.doctor.id}/time-off`;
    const events = await added(() => clinic.get(path, clinic.staff.token));
    expect(events).toMatchObject([
      { event_type: 'time_off.listed', stream: clinic.doctor.id, actor_id: clinic.staff.id },
    ]);
    expect(await added(() => clinic.get(path, clinic.doctor.token))).toEqual([]);
  });
});

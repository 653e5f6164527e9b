import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { scopesFor } from '../../../domain/identity/api-key.ts';
import { type Permission, permissionsOf, type Role } from '../../../domain/shared/permissions.ts';
import { type Access, permissionsIn } from '../../../src/http/operation.ts';
import { ACCESS } from '../../support/operations.ts';
import { type Portal, startPortal } from '../../support/portal.ts';

const CALLERS = [
  'anonymous',
  'patient',
  'other patient',
  'doctor',
  'other doctor',
  'staff',
  'admin',
  'API key',
] as const;
type Caller = (typeof CALLERS)[number];

const ROLES: Readonly<Record<Exclude<Caller, 'anonymous'>, Role>> = {
  patient: 'patient',
  'other patient': 'patient',
  doctor: 'doctor',
  'other doctor': 'doctor',
  staff: 'staff',
  admin: 'admin',
  'API key': 'patient',
};

const ROUTES = Object.keys(ACCESS) as string[];
/** Of nobody and nothing. */
const ABSENT = '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f';

let portal: Portal;
const people = {} as Record<Exclude<Caller, 'anonymous'>, { id: string; email: string }>;
const tokens = {} as Record<Exclude<Caller, 'anonymous'>, string>;
let apiKey: string;

beforeAll(async () => {
  portal = await startPortal();
  for (const caller of CALLERS) {
    if (caller === 'anonymous' || caller === 'API key') continue;
    people[caller] = await portal.person(ROLES[caller], caller.replaceAll(' ', '-'));
    tokens[caller] = await portal.signIn(people[caller].email);
  }
  // The key is the patient's own.
  people['API key'] = people.patient;
  tokens['API key'] = '';
  const made = await portal.request('POST', '/api/v1/api-keys', {
    token: tokens.patient,
    body: { name: 'All there is', scopes: scopesFor('patient') },
  });
  apiKey = made.body.key as string;
  await relate();
});
afterAll(() => portal.close());

/** An appointment makes the relation between the doctor and the patient (R28). */
async function relate(): Promise<void> {
  const weekly = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '00:00', end: '24:00' }));
  await portal.request('PUT', `/api/v1/doctors/${people.doctor.id}/availability`, {
    token: tokens.doctor,
    body: { timezone: 'UTC', weekly },
  });
  const booked = await portal.request('POST', '/api/v1/appointments', {
    token: tokens.patient,
    body: {
      doctorId: people.doctor.id,
      appointmentDate: '2026-03-05',
      startTime: '10:00',
      appointmentType: 'consultation',
    },
  });
  if (booked.status !== 201) throw new Error(`no appointment: ${JSON.stringify(booked.body)}`);
}

async function call(caller: Caller, route: string, id = ABSENT, body?: unknown, headers: Record<string, string> = {}) {
  const [method = '', template = ''] = route.split(' ');
  const path = template.replace(/\{[^}]+\}/g, id);
  const bare = method === 'GET' || method === 'DELETE';
  const token = caller === 'anonymous' || caller === 'API key' ? undefined : await tokenFor(caller, template);
  const response = await portal.fetch(
    new Request(`https://portal.example${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(caller === 'API key' ? { 'X-API-Key': apiKey } : {}),
        ...(bare ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(bare ? {} : { body: JSON.stringify(body ?? {}) }),
    }),
  );
  const text = await response.text();
  // Exports and pictures are no JSON documents; what refuses is.
  const isJson = /^application\/(problem\+)?json\b/.test(response.headers.get('content-type') ?? '') && text !== '';
  return { status: response.status, body: (isJson ? JSON.parse(text) : {}) as { code?: string } };
}

let leavers = 0;
/** Signing out ends sessions: those of somebody whom nothing else needs. */
async function tokenFor(caller: Exclude<Caller, 'anonymous'>, path: string): Promise<string> {
  if (!path.includes('/logout')) return tokens[caller];
  return portal.signIn((await portal.person(ROLES[caller], `leaver${++leavers}`)).email);
}

/** What the table says, before ownership: refused as nobody, refused, or let through to the route. */
function expected(access: Access, caller: Caller): '401' | '403' | 'through' {
  if (access === 'public' || access === 'queue') return 'through';
  if (caller === 'anonymous') return '401';
  if (access === 'signed_in') return caller === 'API key' ? '403' : 'through';
  const granted: readonly Permission[] = caller === 'API key' ? scopesFor('patient') : permissionsOf(ROLES[caller]);
  return permissionsIn(access).some((permission) => granted.includes(permission)) ? 'through' : '403';
}

function seen(reply: { status: number; body: { code?: string } }): '401' | '403' | 'through' {
  if (reply.status === 401 && reply.body.code === 'unauthenticated') return '401';
  return reply.status === 403 && reply.body.code === 'forbidden' ? '403' : 'through';
}

describe('the table of routes (R25)', () => {
  it('R25: each route answers each caller as its line says', async () => {
    const table: string[][] = [['route', 'access', ...CALLERS]];
    for (const route of ROUTES) {
      const cells: string[] = [];
      for (const caller of CALLERS) {
        const reply = await call(caller, route);
        const as = `${route} as ${caller}`;
        expect([as, seen(reply)]).toEqual([as, expected(ACCESS[route] as Access, caller)]);
        expect([as, reply.status < 500 || reply.body.code === 'unavailable']).toEqual([as, true]);
        cells.push(String(reply.status));
      }
      table.push([route, String(ACCESS[route]), ...cells]);
    }
    const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
    const lines = table.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
    console.log(`\n${lines.join('\n')}\n`);
  }, 120_000);
});

/**
 * Every route that writes, said a second time and in full, so that a line of the access table cannot be wrong unnoticed:
 * which roles pass (patient, doctor, staff, admin), and which scopes of an API key, each on its own. `public` ones have
 * checks of their own and no key; `session` ones refuse keys.
 */
const WRITING: Readonly<Record<string, 'public' | 'session' | readonly [roles: string, ...scopes: Permission[]]>> = {
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
  'DELETE /api/v1/auth/sessions/{id}': ['PDSA', 'manage:own_sessions'],
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
  'PUT /api/v1/users/{id}': ['PDSA', 'write:own_profile'],
  'DELETE /api/v1/users/{id}': ['PDSA', 'close:own_account'],
  'PUT /api/v1/users/{id}/role': ['A', 'manage:users'],
  'POST /api/v1/users/{id}/email': 'session',
  'DELETE /api/v1/users/{id}/email': 'session',
  'POST /api/v1/users/{id}/invitation': ['A', 'manage:users'],
  'POST /api/v1/users/{id}/unlock': ['A', 'manage:users'],
  'DELETE /api/v1/users/{id}/mfa': ['A', 'manage:users'],
  'PUT /api/v1/users/{id}/preferences': ['PDSA', 'write:own_profile'],
  'PUT /api/v1/users/{id}/profile': ['PDSA', 'write:own_profile'],
  'POST /api/v1/users/{id}/avatar': ['PDSA', 'write:own_profile'],
  'POST /api/v1/users': ['A', 'manage:users'],
  'PUT /api/v1/doctors/{id}': ['DSA', 'manage:availability'],
  'POST /api/v1/appointment-types': ['A', 'manage:appointment_types'],
  'PUT /api/v1/appointment-types/{id}': ['A', 'manage:appointment_types'],
  'PUT /api/v1/doctors/{id}/availability': ['DSA', 'manage:availability'],
  'POST /api/v1/doctors/{id}/availability/overrides': ['DSA', 'manage:availability'],
  'DELETE /api/v1/doctors/{id}/availability/overrides/{overrideId}': ['DSA', 'manage:availability'],
  'POST /api/v1/doctors/{id}/time-off': ['DSA', 'manage:availability'],
  'DELETE /api/v1/doctors/{id}/time-off/{timeOffId}': ['DSA', 'manage:availability'],
  'POST /api/v1/clinic/holidays': ['DSA', 'manage:availability'],
  'DELETE /api/v1/clinic/holidays/{id}': ['DSA', 'manage:availability'],
  'POST /api/v1/appointments/holds': ['PDSA', 'book:own_appointment', 'book:patient_appointment'],
  'DELETE /api/v1/appointments/holds/{id}': ['PDSA', 'book:own_appointment', 'book:patient_appointment'],
  'POST /api/v1/appointments/series': ['PDSA', 'book:own_appointment', 'book:patient_appointment'],
  'POST /api/v1/appointments': ['PDSA', 'book:own_appointment', 'book:patient_appointment'],
  'POST /api/v1/appointments/{id}/cancel': ['PDSA', 'change:own_appointment', 'run:appointments'],
  'DELETE /api/v1/appointments/{id}': ['PDSA', 'change:own_appointment', 'run:appointments'],
  'PUT /api/v1/appointments/{id}': ['PDSA', 'change:own_appointment', 'run:appointments'],
  'POST /api/v1/appointments/{id}/reschedule': ['PDSA', 'change:own_appointment', 'run:appointments'],
  'POST /api/v1/appointments/{id}/confirm': ['DSA', 'run:appointments'],
  'POST /api/v1/appointments/{id}/check-in': ['DSA', 'run:appointments'],
  'POST /api/v1/appointments/{id}/complete': ['DSA', 'run:appointments'],
  'POST /api/v1/appointments/{id}/no-show': ['DSA', 'run:appointments'],
  'POST /api/v1/waitlist': ['PDSA', 'manage:own_waitlist', 'book:patient_appointment'],
  'DELETE /api/v1/waitlist/{id}': ['PDSA', 'manage:own_waitlist', 'book:patient_appointment'],
  'POST /api/v1/waitlist/offers/{id}/accept': ['P', 'manage:own_waitlist'],
  'POST /api/v1/waitlist/offers/{id}/decline': ['P', 'manage:own_waitlist'],
  'POST /api/v1/calendar/feeds': ['PD', 'manage:own_calendar_feeds'],
  'DELETE /api/v1/calendar/feeds': ['PD', 'manage:own_calendar_feeds'],
  'DELETE /api/v1/calendar/feeds/{id}': ['PD', 'manage:own_calendar_feeds'],
  'POST /api/v1/audit/verifications': ['A', 'manage:audit'],
  'POST /api/v1/audit/origins': ['A', 'manage:audit'],
  'POST /api/v1/privacy/exports': ['PDSA', 'export:own_data'],
  'POST /api/v1/users/{id}/exports': ['A', 'manage:privacy'],
  'POST /api/v1/users/{id}/rectifications': ['A', 'manage:privacy'],
  'POST /api/v1/break-glass': ['D', 'open:emergency_access'],
  'POST /api/v1/break-glass/{id}/end': ['A', 'manage:privacy'],
  'POST /api/v1/break-glass/{id}/review': ['A', 'manage:privacy'],
  'POST /api/v1/users/{id}/processing-limits': ['PDSA', 'manage:own_limits'],
  'DELETE /api/v1/users/{id}/processing-limits/{limitId}': ['PDSA', 'manage:own_limits'],
  'PUT /api/v1/legal/{kind}': ['A', 'manage:legal_texts'],
  'PUT /api/v1/clinical-records/{patientId}/hold': ['A', 'manage:clinical_records'],
  'DELETE /api/v1/clinical-records/{patientId}/hold': ['A', 'manage:clinical_records'],
  'POST /api/v1/consents': ['PDSA', 'manage:own_consents'],
  'POST /api/v1/callbacks/qstash/{topic}': 'public',
};

describe('the routes that write (R25)', () => {
  it('are all of them said here', () => {
    expect(ROUTES.filter((route) => !route.startsWith('GET ')).sort()).toEqual(Object.keys(WRITING).sort());
  });

  it('let each role through as said here', async () => {
    for (const [route, rule] of Object.entries(WRITING)) {
      if (rule === 'public') continue;
      for (const [letter, caller] of [
        ['P', 'patient'],
        ['D', 'doctor'],
        ['S', 'staff'],
        ['A', 'admin'],
      ] as const) {
        const passes = rule === 'session' || rule[0].includes(letter);
        const reply = await call(caller, route);
        expect([route, caller, seen(reply)]).toEqual([route, caller, passes ? 'through' : '403']);
      }
      expect([route, seen(await call('anonymous', route))]).toEqual([route, '401']);
    }
  }, 60_000);

  it('R29: let a key with one scope through where that scope is said here, and one that reads nowhere', async () => {
    const owners: [Role, readonly Permission[]][] = [
      ['patient', scopesFor('patient')],
      ['admin', scopesFor('admin').filter((scope) => !scopesFor('patient').includes(scope))],
    ];
    const tried: Permission[] = [];
    for (const [role, scopes] of owners) {
      const token = await portal.signIn((await portal.person(role, `single-${role}`)).email);
      for (const scope of scopes) {
        const made = await portal.request('POST', '/api/v1/api-keys', {
          token,
          body: { name: scope, scopes: [scope] },
        });
        expect(made.status).toBe(201);
        tried.push(scope);
        for (const [route, rule] of Object.entries(WRITING)) {
          if (rule === 'public') continue;
          const passes = rule !== 'session' && rule.includes(scope);
          const reply = await call('API key', route, ABSENT, {}, { 'X-API-Key': made.body.key as string });
          expect([scope, route, seen(reply)]).toEqual([scope, route, passes ? 'through' : '403']);
          if (scope.startsWith('read:')) expect([scope, route, reply.status]).toEqual([scope, route, 403]);
        }
      }
    }
    expect(tried).toContain('read:slots');
    expect(tried).toContain('read:own_appointments');
  }, 120_000);
});

type Owned = [route: string, answers: Readonly<Record<Exclude<Caller, 'anonymous'>, number>>, body?: unknown];

/** What each caller is answered about the patient's own things. Other people's and absent ones are the same 404 (R26). */
const OWNED: Owned[] = [
  ['GET /api/v1/users/{id}', only({ patient: 200, admin: 200, 'API key': 200 })],
  ['GET /api/v1/users/{id}/profile', only({ patient: 200, doctor: 200, staff: 200, admin: 200, 'API key': 200 })],
  ['GET /api/v1/users/{id}/avatar', only({})],
  ['GET /api/v1/users/{id}/preferences', only({ patient: 200, 'API key': 200 })],
  ['PUT /api/v1/users/{id}/preferences', only({ patient: 200, 'API key': 200 }), { theme: 'dark' }],
  // Let through to the precondition, which only the owner is told of.
  ['PUT /api/v1/users/{id}/profile', only({ patient: 428, 'API key': 428 }), { bio: 'Hello' }],
  ['PUT /api/v1/users/{id}', only({ patient: 428, admin: 428, 'API key': 428 }), { firstName: 'New' }],
];

function only(allowed: Partial<Record<Exclude<Caller, 'anonymous'>, number>>) {
  const none = Object.fromEntries(CALLERS.map((caller) => [caller, 404]));
  return { ...none, ...allowed } as Record<Exclude<Caller, 'anonymous'>, number>;
}

describe('whose things they are (R26, R28)', () => {
  it.each(OWNED.map(([route, answers, body]) => ({ route, answers, body })))(
    'R26: $route',
    async ({ route, answers, body }) => {
      for (const caller of CALLERS) {
        if (caller === 'anonymous') continue;
        const reply = await call(caller, route, people.patient.id, body);
        expect([caller, reply.status]).toEqual([caller, answers[caller]]);
        const absent = await call(caller, route, ABSENT, body, { 'If-Match': '"v1"' });
        expect([caller, absent.status]).toEqual([caller, 404]);
        if (reply.status === 404) expect({ ...absent.body, requestId: '' }).toEqual({ ...reply.body, requestId: '' });
      }
    },
  );

  it('R26: a session, a key and a device of somebody else are as absent ones', async () => {
    const sessions = await portal.request('GET', '/api/v1/auth/sessions', { token: tokens.patient });
    const keys = await portal.request('GET', '/api/v1/api-keys', { token: tokens.patient });
    const own: [string, string][] = [
      ['DELETE /api/v1/auth/sessions/{id}', sessions.body.data[0].id],
      ['DELETE /api/v1/api-keys/{id}', keys.body.data[0].id],
    ];
    for (const [route, id] of own) {
      for (const caller of ['other patient', 'doctor', 'staff', 'admin'] as const) {
        expect([route, caller, (await call(caller, route, id)).status]).toEqual([route, caller, 404]);
      }
    }
    const closing = await call('other patient', 'DELETE /api/v1/users/{id}', people.patient.id);
    expect(closing.status).toBe(404);
  });

  it('R28: each reading of a patient’s profile is recorded in the patient’s stream, refused ones are not', async () => {
    const readings = async () => {
      const [found = []] = await portal.driver.run(
        [
          sql`SELECT actor_id FROM audit_events
              WHERE stream = ${people.patient.id} AND event_type = 'user.profile_read' ORDER BY sequence`,
        ],
        'snapshot',
      );
      return found.map(({ actor_id }) => actor_id);
    };
    const before = (await readings()).length;
    for (const caller of ['doctor', 'other doctor', 'other patient', 'staff', 'admin'] as const) {
      await call(caller, 'GET /api/v1/users/{id}/profile', people.patient.id);
    }
    expect((await readings()).slice(before)).toEqual([people.doctor.id, people.staff.id, people.admin.id]);
  });

  it('R28: a doctor sees no profile of staff, of another doctor or of an administrator', async () => {
    for (const other of ['other doctor', 'staff', 'admin'] as const) {
      const reply = await call('doctor', 'GET /api/v1/users/{id}/profile', people[other].id);
      expect([other, reply.status]).toEqual([other, 404]);
    }
  });

  it('R46: a refusal is recorded', async () => {
    await call('patient', 'GET /api/v1/users');
    const [found = []] = await portal.driver.run(
      [
        sql`SELECT details FROM audit_events WHERE stream = ${people.patient.id} AND event_type = 'access.denied'
            ORDER BY sequence DESC LIMIT 1`,
      ],
      'snapshot',
    );
    expect(found[0]?.details).toMatchObject({ method: 'GET', route: '/api/v1/users' });
  });
});

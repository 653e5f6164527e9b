/**
 * What each GET route shows to each caller of things that belong to one patient, Maria (R25, R26, R28). The table repeats
 * the access rules of the operations and the conditions of the queries, so that a mistake in either fails a test.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scopesFor } from '../../../domain/identity/api-key.ts';
import type { Permission, Role } from '../../../domain/shared/permissions.ts';
import { sealAuditLog } from '../../../src/app/audit/seal.ts';
import { ACCESS } from '../../support/operations.ts';
import { type Clinic, type Person, startClinic, WEDNESDAY } from '../scheduling/clinic.ts';

/** Public routes: they show no personal data, or require a secret of their own. */
const OPEN = Object.keys(ACCESS).filter((route) => route.startsWith('GET ') && ACCESS[route as string] === 'public');

/** Maria, whose things are asked for, and those who ask. */
const CALLERS = ['maria', 'paul', 'herDoctor', 'otherDoctor', 'staff', 'admin'] as const;
type Caller = (typeof CALLERS)[number];

const ROLES = {
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
type Answer = 'shown' | 'own' | 'forbidden' | 'absent' | 'not_ready';
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

interface Rule {
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

const READING: Readonly<Record<string, Rule>> = {
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

let clinic: Clinic;
let people: Readonly<Record<Caller, Person>>;
let things: Readonly<Record<string, string>>;

beforeAll(async () => {
  clinic = await startClinic();
  const { maria, paul, doctor, otherDoctor, staff, admin } = clinic;
  people = { maria, paul, herDoctor: doctor, otherDoctor, staff, admin };
  const booked = await clinic.book(maria.token, '10:00', { reason: 'a rash' });
  // Paul's doctor has no relation to Maria.
  await clinic.book(paul.token, '10:00', { doctorId: otherDoctor.id });
  const wish = { type: 'consultation', doctorId: doctor.id, from: WEDNESDAY, to: WEDNESDAY };
  await clinic.post('/waitlist', maria.token, wish);
  await clinic.post('/consents', maria.token, { kind: 'cookies', version: '1', given: true });
  await clinic.post('/calendar/feeds', maria.token);
  const form = new FormData();
  form.set('file', new File([Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)], 'me.png'));
  const picture = await clinic.portal.fetch(
    new Request(`https://portal.example/api/v1/users/${maria.id}/avatar`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${maria.token}` },
      body: form,
    }),
  );
  expect(picture.status).toBe(200);
  const copy = await clinic.post('/privacy/exports', maria.token);
  await clinic.post(`/users/${maria.id}/email`, maria.token, { email: 'maria.new@example.net' });
  const events = await clinic.get(`/audit/events?user=${maria.id}`, admin.token);
  const types = await clinic.get('/appointment-types', maria.token);
  const verification = await clinic.post('/audit/verifications', admin.token);
  await sealAuditLog(clinic.portal.deps);
  things = {
    id: maria.id,
    userId: maria.id,
    doctor: doctor.id,
    type: types.body.data[0].id,
    appointment: booked.body.id,
    event: events.body.data[0].id,
    entry: events.body.data[1].id,
    export: copy.body.id,
    verification: verification.body.id,
  };
});
afterAll(() => clinic.portal.close());

async function ask(route: string, rule: Rule, headers: Record<string, string>): Promise<Answer | string> {
  const template = rule.path === undefined ? route.slice('GET '.length) : `/api/v1${rule.path}`;
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => things[name] ?? `no ${name}`);
  const response = await clinic.portal.fetch(new Request(`https://portal.example${path}`, { headers }));
  const text = await response.text();
  if (response.status !== 200) {
    const answer = { 403: 'forbidden', 404: 'absent', 409: 'not_ready' }[response.status];
    return answer ?? `${response.status}`;
  }
  const all = [things.id, things.appointment, things.export, clinic.maria.email];
  const traces = rule.trace === undefined ? all : [things[rule.trace]];
  return traces.some((trace) => text.includes(trace ?? '')) ? 'shown' : 'own';
}

/** What is shown does not always name Maria: a picture does not. */
function agrees(got: string, expected: Answer | undefined): boolean {
  return got === expected || (got === 'own' && expected === 'shown');
}

/** A new key of the caller with exactly these scopes. */
async function keyOf(caller: Caller, scopes: readonly Permission[]): Promise<Record<string, string>> {
  const made = await clinic.post('/api-keys', people[caller].token, { name: scopes.join(' ').slice(0, 50), scopes });
  expect(made.status).toBe(201);
  return { 'X-API-Key': made.body.key };
}

describe('the routes that read (R25)', () => {
  it('R25: the table names each route that reads and is not public', () => {
    const reading = Object.keys(ACCESS).filter((route) => route.startsWith('GET '));
    expect([...OPEN, ...Object.keys(READING)].sort()).toEqual(reading.sort());
  });

  it('R28: the table says what a key shows to each role that has the scope, and to no other', () => {
    for (const [route, { keys = {} }] of Object.entries(READING)) {
      for (const [scope, answers] of Object.entries(keys)) {
        const having = CALLERS.filter((caller) => scopesFor(ROLES[caller]).some((each) => each === scope));
        expect([route, scope, Object.keys(answers).sort()]).toEqual([route, scope, [...having].sort()]);
      }
    }
  });

  it('R25, R26: each route refuses a request without credentials, and answers each person as the table says', async () => {
    const wrong: string[] = [];
    for (const [route, rule] of Object.entries(READING)) {
      const anonymous = await ask(route, rule, {});
      if (anonymous !== '401') wrong.push(`${route}: ${anonymous} without credentials`);
      for (const caller of CALLERS) {
        const got = await ask(route, rule, { Authorization: `Bearer ${people[caller].token}` });
        if (!agrees(got, rule.persons[caller])) wrong.push(`${route}: ${got} to ${caller}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it.each(CALLERS)('R25, R28: a key of %s with one scope gets what the table says for this scope', async (caller) => {
    const wrong: string[] = [];
    for (const scope of scopesFor(ROLES[caller])) {
      const routes = Object.entries(READING).filter(([, { keys }]) => keys?.[scope] !== undefined);
      if (routes.length === 0) continue;
      const headers = await keyOf(caller, [scope]);
      for (const [route, rule] of routes) {
        const got = await ask(route, rule, headers);
        if (!agrees(got, rule.keys?.[scope]?.[caller])) wrong.push(`${route}: ${got} with ${scope}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  /** Any scope of a route suffices for it, so one key with all other scopes stands for a key with each of them. */
  it.each(CALLERS)('R25, R28: a key of %s with every scope but those of a route is refused', async (caller) => {
    const wrong: string[] = [];
    const made = new Map<string, Record<string, string>>();
    for (const [route, rule] of Object.entries(READING)) {
      const others = scopesFor(ROLES[caller]).filter((scope) => rule.keys?.[scope] === undefined);
      const headers = made.get(others.join(' ')) ?? (await keyOf(caller, others));
      made.set(others.join(' '), headers);
      const got = await ask(route, rule, headers);
      if (got !== 'forbidden') wrong.push(`${route}: ${got}`);
    }
    expect(wrong).toEqual([]);
  });
});

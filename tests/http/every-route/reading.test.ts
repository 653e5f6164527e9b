/**
 * Who may read what, said a second time and in full, against things that exist and are somebody else's: a line of the
 * access table, or a condition of a query, cannot be wrong unnoticed (R25, R26, R28).
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scopesFor } from '../../../domain/identity/api-key.ts';
import type { Permission, Role } from '../../../domain/shared/permissions.ts';
import { sealAuditLog } from '../../../src/app/audit/seal.ts';
import { ACCESS } from '../../support/operations.ts';
import { type Clinic, type Person, startClinic, WEDNESDAY } from '../scheduling/clinic.ts';

/** Read by anybody: without a person in them, or behind a secret of their own. */
const OPEN = Object.keys(ACCESS).filter((route) => route.startsWith('GET ') && ACCESS[route as string] === 'public');

/**
 * Six letters: for Maria, whose things are asked for, then Paul, another patient; Maria's doctor; another doctor; staff; an
 * administrator.
 * - `s` shown: 200
 * - `o` their own, or nobody's: 200, without a trace of Maria
 * - `-` 403, `n` 404, `c` 409
 * - `.` cannot be: the role has no such scope
 */
type Answers = string;

interface Rule {
  /** What is asked for, where it is not the route itself. */
  readonly path?: string;
  /** The thing by which Maria is known in it. Default: any of hers. */
  readonly trace?: string;
  readonly persons: Answers;
  /** API keys with this one scope; one with any other is refused. Left out: keys are refused. */
  readonly keys?: Partial<Record<Permission, Answers>>;
}

const NOBODYS = 'oooooo';
const directory = (path?: string): Rule => ({
  ...(path === undefined ? {} : { path }),
  persons: NOBODYS,
  keys: { 'read:directory': NOBODYS },
});
const sessionOnly: Rule = { persons: 'sooooo' };

const READING: Readonly<Record<string, Rule>> = {
  'GET /api/v1/auth/sessions': sessionOnly,
  'GET /api/v1/api-keys': sessionOnly,
  'GET /api/v1/mfa/status': sessionOnly,
  'GET /api/v1/mfa/trusted-devices': sessionOnly,
  'GET /api/v1/users/me': { persons: 'sooooo', keys: { 'read:own_profile': 'sooooo' } },
  'GET /api/v1/users/{id}': { persons: 'snnnns', keys: { 'read:own_profile': 'snnnnn' } },
  'GET /api/v1/users/{id}/preferences': { persons: 'snnnnn', keys: { 'read:own_profile': 'snnnnn' } },
  'GET /api/v1/users/{id}/profile': { persons: 'snsnss', keys: { 'read:own_profile': 'snnnnn' } },
  'GET /api/v1/users/{id}/email': { persons: 'snnnns', keys: { 'read:own_profile': 'snnnnn' } },
  'GET /api/v1/users/{id}/avatar': { persons: 'snsnss', keys: { 'read:own_profile': 'snnnnn' } },
  'GET /api/v1/users': { persons: '-----s' },
  'GET /api/v1/doctors': directory(),
  'GET /api/v1/doctors/{id}': directory('/doctors/{doctor}'),
  'GET /api/v1/appointment-types': directory(),
  'GET /api/v1/appointment-types/{id}': directory('/appointment-types/{type}'),
  'GET /api/v1/doctors/{id}/availability': directory('/doctors/{doctor}/availability'),
  'GET /api/v1/doctors/{id}/availability/overrides': directory('/doctors/{doctor}/availability/overrides'),
  'GET /api/v1/clinic/holidays': directory(),
  'GET /api/v1/doctors/{id}/time-off': {
    path: '/doctors/{doctor}/time-off',
    persons: '--onoo',
    keys: { 'manage:availability': '..onoo' },
  },
  'GET /api/v1/appointments/available-slots': {
    path: `/appointments/available-slots?doctorId={doctor}&date=${WEDNESDAY}`,
    persons: NOBODYS,
    keys: { 'read:slots': NOBODYS },
  },
  'GET /api/v1/appointments/next-available': { persons: NOBODYS, keys: { 'read:slots': NOBODYS } },
  'GET /api/v1/appointments/my': { persons: 'sosooo', keys: { 'read:own_appointments': 'sosooo' } },
  'GET /api/v1/appointments/upcoming': { persons: 'sosooo', keys: { 'read:own_appointments': 'sosooo' } },
  'GET /api/v1/appointments/user/{userId}': { persons: '--snss', keys: { 'read:patient_records': '..snss' } },
  'GET /api/v1/appointments/{id}': {
    path: '/appointments/{appointment}',
    persons: 'snsnss',
    keys: { 'read:own_appointments': 'snsnnn' },
  },
  'GET /api/v1/appointments/{id}.ics': {
    path: '/appointments/{appointment}.ics',
    persons: 'snsnss',
    keys: { 'read:own_appointments': 'snsnnn' },
  },
  'GET /api/v1/waitlist': {
    path: '/waitlist?patientId={id}',
    persons: 's-snss',
    keys: { 'read:own_appointments': 's-----' },
  },
  'GET /api/v1/calendar/feeds': { persons: 'sooo--', keys: { 'manage:own_calendar_feeds': 'sooo..' } },
  'GET /api/v1/audit/me': {
    path: '/audit/me?limit=100',
    // Whoever asked for Maria's things finds that in the own history, by their ids.
    trace: 'entry',
    persons: 'sooooo',
    keys: { 'read:own_audit': 'sooooo' },
  },
  'GET /api/v1/audit/me/export': {
    path: '/audit/me/export',
    trace: 'entry',
    persons: 'sooooo',
    keys: { 'read:own_audit': 'sooooo' },
  },
  'GET /api/v1/audit/affected': {
    path: '/audit/affected?actor={id}&from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z',
    persons: '-----s',
    keys: { 'read:audit': '.....s' },
  },
  // Maria did nothing to anybody.
  'GET /api/v1/audit/affected/export': {
    path: '/audit/affected/export?actor={id}&from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z',
    persons: '-----o',
    keys: { 'read:audit': '.....o' },
  },
  'GET /api/v1/audit/events': {
    path: '/audit/events?user={id}',
    persons: '-----s',
    keys: { 'read:audit': '.....s' },
  },
  'GET /api/v1/audit/events/export': {
    path: '/audit/events/export?subject={id}',
    persons: '-----s',
    keys: { 'read:audit': '.....s' },
  },
  'GET /api/v1/audit/events/{id}': {
    path: '/audit/events/{event}',
    persons: '-----s',
    keys: { 'read:audit': '.....s' },
  },
  'GET /api/v1/audit/events/{id}/proof': {
    path: '/audit/events/{event}/proof',
    persons: 'snnnns',
    keys: { 'read:own_audit': 'snnnnn' },
  },
  'GET /api/v1/audit/checkpoint': { persons: NOBODYS, keys: { 'read:own_audit': NOBODYS } },
  'GET /api/v1/audit/consistency': {
    path: '/audit/consistency?from=1&to=2',
    persons: NOBODYS,
    keys: { 'read:own_audit': NOBODYS },
  },
  'GET /api/v1/audit/export': { persons: '-----s', keys: { 'read:audit': '.....s' } },
  'GET /api/v1/audit/verifications': { persons: '-----o', keys: { 'read:audit': '.....o' } },
  'GET /api/v1/audit/verifications/{id}': {
    path: '/audit/verifications/{verification}',
    persons: '-----o',
    keys: { 'read:audit': '.....o' },
  },
  'GET /api/v1/audit/status': { persons: '-----o', keys: { 'read:audit': '.....o' } },
  'GET /api/v1/audit/verify': { persons: '-----o', keys: { 'read:audit': '.....o' } },
  'GET /api/v1/privacy/exports': sessionOnly,
  'GET /api/v1/privacy/exports/{id}': { path: '/privacy/exports/{export}', persons: 'snnnnn' },
  // Asked for, and not made yet.
  'GET /api/v1/privacy/exports/{id}/download': { path: '/privacy/exports/{export}/download', persons: 'cnnnnn' },
  'GET /api/v1/users/{id}/exports/{exportId}': { path: '/users/{id}/exports/{export}', persons: '-----s' },
  'GET /api/v1/users/{id}/exports/{exportId}/download': {
    path: '/users/{id}/exports/{export}/download',
    persons: '-----c',
  },
  // No record of hers is kept for the clinic: nothing was noted.
  'GET /api/v1/clinical-records': { path: '/clinical-records?purpose=legal_claim', persons: '-----o' },
  'GET /api/v1/clinical-records/{patientId}': { path: '/clinical-records/{id}?purpose=legal_claim', persons: '-----n' },
  'GET /api/v1/break-glass': { persons: '-----o' },
  'GET /api/v1/users/{id}/processing-limits': { persons: 'snnnns' },
  'GET /api/v1/legal/{kind}/acceptances': { path: '/legal/cookies/acceptances', persons: '-----s' },
  'GET /api/v1/consents': { persons: 'sooooo', keys: { 'manage:own_consents': 'sooooo' } },
};

let clinic: Clinic;
let callers: readonly (Person & { readonly role: Role })[];
let things: Readonly<Record<string, string>>;

beforeAll(async () => {
  clinic = await startClinic();
  const { maria, paul, doctor, otherDoctor, staff, admin } = clinic;
  callers = [
    { ...maria, role: 'patient' },
    { ...paul, role: 'patient' },
    { ...doctor, role: 'doctor' },
    { ...otherDoctor, role: 'doctor' },
    { ...staff, role: 'staff' },
    { ...admin, role: 'admin' },
  ];
  const booked = await clinic.book(maria.token, '10:00', { reason: 'a rash' });
  // Whoever is Paul's doctor is nobody to Maria.
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

async function ask(route: string, rule: Rule, headers: Record<string, string>): Promise<string> {
  const template = rule.path === undefined ? route.slice('GET '.length) : `/api/v1${rule.path}`;
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => things[name] ?? `no ${name}`);
  const response = await clinic.portal.fetch(new Request(`https://portal.example${path}`, { headers }));
  const text = await response.text();
  if (response.status !== 200) {
    const letter = { 403: '-', 404: 'n', 409: 'c' }[response.status];
    return letter ?? `${response.status}`;
  }
  const all = [things.id, things.appointment, things.export, clinic.maria.email];
  const traces = rule.trace === undefined ? all : [things[rule.trace]];
  return traces.some((trace) => text.includes(trace ?? '')) ? 's' : 'o';
}

/** What is shown need not name her: a picture does not. */
function agrees(got: string, expected: string | undefined): boolean {
  return got === expected || (got === 'o' && expected === 's');
}

describe('the routes that read (R25)', () => {
  it('are all of them said here', () => {
    const reading = Object.keys(ACCESS).filter((route) => route.startsWith('GET '));
    expect([...OPEN, ...Object.keys(READING)].sort()).toEqual(reading.sort());
  });

  it('R25, R26: show nothing to nobody, and to each person what is said here', async () => {
    const wrong: string[] = [];
    for (const [route, rule] of Object.entries(READING)) {
      const anonymous = await ask(route, rule, {});
      if (anonymous !== '401') wrong.push(`${route}: ${anonymous} to nobody`);
      for (const [place, { email, token }] of callers.entries()) {
        const got = await ask(route, rule, { Authorization: `Bearer ${token}` });
        if (!agrees(got, rule.persons[place])) wrong.push(`${route}: ${got} to ${email}`);
      }
    }
    expect(wrong).toEqual([]);
  }, 60_000);

  it('R25, R28: show to a key with one scope what is said here, whoever owns it', async () => {
    const wrong: string[] = [];
    for (const [place, { email, token, role }] of callers.entries()) {
      for (const scope of scopesFor(role)) {
        const made = await clinic.post('/api-keys', token, { name: scope, scopes: [scope] });
        expect(made.status).toBe(201);
        for (const [route, rule] of Object.entries(READING)) {
          const got = await ask(route, rule, { 'X-API-Key': made.body.key });
          const expected = rule.keys?.[scope]?.[place] ?? '-';
          if (!agrees(got, expected)) wrong.push(`${route}: ${got} to a key of ${email} with ${scope}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  }, 180_000);
});

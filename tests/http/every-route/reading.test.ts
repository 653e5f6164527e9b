/** What GET routes show, compared with `reading-table.ts` (R25, R26, R28). */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { scopesFor } from '../../../domain/identity/api-key.ts';
import type { Permission, Role } from '../../../domain/shared/permissions.ts';
import { sealAuditLog } from '../../../src/app/audit/seal.ts';
import { ACCESS } from '../../support/operations.ts';
import { PICTURE } from '../../support/pictures.ts';
import { browserBody } from '../../support/push-devices.ts';
import { uploadPicture, uploadText } from '../../support/upload.ts';
import { type Clinic, type Person, startClinic, WEDNESDAY } from '../scheduling/clinic.ts';
import { raiseFindings } from './made-findings.ts';
import { type Answer, CALLERS, type Caller, ROLES, type Rule } from './reading-rules.ts';
import { READING } from './reading-table.ts';
import { refusedLinks } from './refused-links.ts';

/** Public routes: they show no personal data, or require a secret of their own. */
const OPEN = Object.keys(ACCESS).filter((route) => route.startsWith('GET ') && ACCESS[route] === 'public');

let clinic: Clinic;
let people: Readonly<Record<Caller, Person>>;
let things: Readonly<Record<string, string>>;

beforeAll(async () => {
  clinic = await startClinic();
  const { maria, paul, doctor, otherDoctor, staff, admin } = clinic;
  people = { maria, paul, herDoctor: doctor, otherDoctor, staff, admin };
  const question = JSON.stringify([{ id: 'fever', text: 'Fever?', kind: 'yes_no', required: false, choices: [] }]);
  await clinic.portal.driver.run([sql`UPDATE appointment_types SET questions = ${question}::jsonb`], 'write');
  const { booked, ...hook } = await announcedBooking();
  const wish = { type: 'consultation', doctorId: doctor.id, from: WEDNESDAY, to: WEDNESDAY };
  await clinic.post('/waitlist', maria.token, wish);
  await clinic.post('/consents', maria.token, { kind: 'cookies', version: '1', given: true });
  await clinic.post('/calendar/feeds', maria.token);
  await takePicture(maria);
  const copy = await clinic.post('/privacy/exports', maria.token);
  await clinic.post(`/users/${maria.id}/email`, maria.token, { email: 'maria.new@example.net' });
  const events = await clinic.get(`/audit/events?user=${maria.id}`, admin.token);
  const types = await clinic.get('/appointment-types', maria.token);
  const location = await clinic.post('/locations', admin.token, { name: 'Park', timezone: 'UTC' });
  const override = await clinic.post(`/doctors/${clinic.doctor.id}/availability/overrides`, admin.token, {
    date: '2026-03-28',
    available: [],
  });
  // Far from the appointments: what leads to its removal is looked at.
  const closed = { from: '2026-03-29', until: '2026-03-29' };
  await clinic.post('/clinic/holidays', admin.token, { ...closed, name: 'Closed' });
  await clinic.post(`/doctors/${doctor.id}/time-off`, admin.token, closed);
  const rebooking = await clinic.post(`/doctors/${clinic.doctor.id}/transfer`, admin.token, {
    from: '2031-01-01T08:00:00Z',
    affected: { action: 'cancel' },
  });
  const room = await clinic.post('/resources', admin.token, { kind: 'room', name: '1', locationId: location.body.id });
  const verification = await clinic.post('/audit/verifications', admin.token);
  await sealAuditLog(clinic.portal.deps);
  things = {
    id: maria.id,
    userId: maria.id,
    doctor: doctor.id,
    type: types.body.data[0].id,
    location: location.body.id,
    room: room.body.id,
    override: override.body.id,
    rebooking: rebooking.body.rebookingIds[0],
    appointment: booked.body.id,
    event: events.body.data[0].id,
    entry: events.body.data[1].id,
    export: copy.body.id,
    verification: verification.body.id,
    ...hook,
  };
});
afterAll(() => clinic.portal.close());

/** An appointment of Maria that a webhook is told of, an alert to her, and a device of hers. */
async function announcedBooking() {
  const { maria, paul, otherDoctor, admin } = clinic;
  const url = 'https://practice.example.org/hooks';
  const webhook = await clinic.post('/admin/webhooks', admin.token, { url, eventTypes: ['appointment.booked'] });
  const booked = await clinic.book(maria.token, '10:00', { reason: 'a rash' });
  const endsAt = new Date(clinic.portal.clock.now() + 3_600_000).toISOString();
  const address = { address: '198.51.100.9', reason: 'read by administrators', endsAt };
  const block = await clinic.post('/admin/ip-blocks', admin.token, address);
  const [finding] = await raiseFindings(clinic.portal, [maria.id]);
  const deliveries = await clinic.get(`/admin/webhooks/${webhook.body.id}/deliveries`, admin.token);
  // Paul's doctor has no relation to Maria.
  await clinic.book(paul.token, '10:00', { doctorId: otherDoctor.id });
  const alert = await clinic.post('/admin/alerts', admin.token, { text: 'Closed', personIds: [maria.id] });
  const device = await clinic.post('/notifications/push-subscriptions', maria.token, browserBody('of-maria'));
  const [delivery] = deliveries.body.data;
  const file = await addFiles(maria);
  const picture = await uploadPicture(clinic.portal, maria.token);
  await clinic.runJobs();
  return {
    file,
    picture,
    booked,
    webhook: webhook.body.id,
    block: block.body.id,
    finding: finding ?? '',
    delivery: delivery.id,
    alert: alert.body.id,
    device: device.body.id,
  };
}

/** One that is clean, and one in quarantine. @returns the clean one */
async function addFiles({ token }: Person): Promise<string> {
  const file = await uploadText(clinic.portal, token);
  await clinic.runJobs();
  await uploadText(clinic.portal, token);
  return file;
}

async function takePicture({ id, token }: Person): Promise<void> {
  const form = new FormData();
  form.set('file', new File([PICTURE], 'me.png'));
  const picture = await clinic.portal.fetch(
    new Request(`https://portal.example/api/v1/users/${id}/avatar`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}` },
      body: form,
    }),
  );
  expect(picture.status).toBe(200);
  const asImage = { Authorization: `Bearer ${token}`, Accept: 'image/png' };
  const shown = new Request(`https://portal.example/api/v1/users/${id}/avatar`, { headers: asImage });
  expect((await clinic.portal.fetch(shown)).headers.get('Content-Type')).toBe('image/jpeg');
}

/** @param role of a signed-in person, whose links are compared with what the role may do */
async function ask(route: string, rule: Rule, headers: Record<string, string>, role?: Role): Promise<Answer | string> {
  const template = rule.path === undefined ? route.slice('GET '.length) : `/api/v1${rule.path}`;
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => things[name] ?? `no ${name}`);
  const response = await clinic.portal.fetch(new Request(`https://portal.example${path}`, { headers }));
  const text = await response.text();
  if (response.status !== 200) {
    const answer = { 403: 'forbidden', 404: 'absent', 409: 'not_ready' }[response.status];
    return answer ?? `${response.status}`;
  }
  if (role !== undefined && response.headers.get('content-type') === 'application/json') {
    const refused = refusedLinks(JSON.parse(text), role);
    if (refused.length > 0) return `links to refused operations (${refused.join(', ')})`;
  }
  const all = [things.id, things.appointment, things.export, clinic.maria.email];
  const traces = rule.trace === undefined ? all : [things[rule.trace]];
  return traces.some((trace) => text.includes(trace ?? '')) ? 'shown' : 'own';
}

/** What is shown does not always name Maria: a picture does not. */
function agrees(got: string, expected: Answer | undefined): boolean {
  return got === expected || (got === 'own' && expected === 'shown');
}

const keysMade: (readonly [Caller, string])[] = [];

/** A person has a limited number of keys. */
afterEach(async () => {
  for (const [caller, id] of keysMade.splice(0)) await clinic.delete(`/api-keys/${id}`, people[caller].token);
});

/** A new key of the caller with exactly these scopes, for one test. */
async function keyOf(caller: Caller, scopes: readonly Permission[]): Promise<Record<string, string>> {
  const made = await clinic.post('/api-keys', people[caller].token, { name: scopes.join(' ').slice(0, 50), scopes });
  expect(made.status).toBe(201);
  keysMade.push([caller, made.body.id]);
  return { 'X-API-Key': made.body.key };
}

describe('the routes that read (R25)', () => {
  it('R25: the table has every operation that reads and is not public', () => {
    const reading = Object.keys(ACCESS).filter((route) => route.startsWith('GET '));
    expect([...OPEN, ...Object.keys(READING)].sort()).toEqual(reading.sort());
  });

  it('R28: the table has an entry for an API key of each role that has the scope, and of no other role', () => {
    for (const [route, { keys = {} }] of Object.entries(READING)) {
      for (const [scope, answers] of Object.entries(keys)) {
        const having = CALLERS.filter((caller) => scopesFor(ROLES[caller]).some((each) => each === scope));
        expect([route, scope, Object.keys(answers).sort()]).toEqual([route, scope, [...having].sort()]);
      }
    }
  });

  it('R25, R26: each operation refuses a request without credentials, and answers each role as the table says, with links to what the role may do', async () => {
    const wrong: string[] = [];
    for (const [route, rule] of Object.entries(READING)) {
      const anonymous = await ask(route, rule, {});
      if (anonymous !== '401') wrong.push(`${route}: ${anonymous} without credentials`);
      await Promise.all(
        CALLERS.map(async (caller) => {
          const headers = { Authorization: `Bearer ${people[caller].token}` };
          const got = await ask(route, rule, headers, ROLES[caller]);
          if (!agrees(got, rule.persons[caller])) wrong.push(`${route}: ${got} to ${caller}`);
        }),
      );
    }
    expect(wrong).toEqual([]);
  });

  it.each(CALLERS)(
    'R25, R28: an API key of %s with one scope gets what the table says for that scope',
    async (caller) => {
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
    },
  );

  /** Any scope of a route suffices for it, so one key with all other scopes stands for a key with each of them. */
  it.each(CALLERS)('R25, R28: an API key of %s that lacks the scopes of an operation is refused', async (caller) => {
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

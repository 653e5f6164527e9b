/** What the copy of one's own data says, and in which form. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { browserBody } from '../../support/push-devices.ts';
import { unzip } from '../../support/unzip.ts';
import { type Clinic, startClinic, TUESDAY } from '../scheduling/clinic.ts';

let clinic: Clinic;
// biome-ignore lint/suspicious/noExplicitAny: chapters of every shape
let copy: any;
let files: Map<string, Uint8Array>;
let page: string;

/** Several pages of what is read at once. */
const LONG_HISTORY = 2_500;

async function fetchCopy(token: string): Promise<Map<string, Uint8Array>> {
  const { body } = await clinic.post('/privacy/exports', token);
  await clinic.runJobs();
  const request = new Request(`https://portal.example/api/v1/privacy/exports/${body.id}/download`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  return unzip(new Uint8Array(await (await clinic.portal.fetch(request)).arrayBuffer()));
}

const read = (name: string, from = files) => new TextDecoder().decode(from.get(name));

beforeAll(async () => {
  clinic = await startClinic();
  const { maria, doctor, staff } = clinic;
  const booked = await clinic.book(maria.token, '10:00');
  await clinic.post(`/appointments/${booked.body.id}/cancel`, maria.token, { reason: 'a planted excuse' });
  const kept = await clinic.book(maria.token, '11:00', { reason: '<b>my "own" words</b>' });
  await clinic.put(`/appointments/${kept.body.id}`, doctor.token, { notes: 'a note of the doctor' }, kept.body.version);
  await clinic.get(`/appointments/user/${maria.id}`, staff.token);
  await clinic.post('/calendar/feeds', maria.token);
  await clinic.post('/notifications/push-subscriptions', maria.token, {
    ...browserBody('of-maria'),
    label: 'My phone',
  });
  const wish = { type: 'consultation', doctorId: doctor.id, from: TUESDAY, to: TUESDAY };
  await clinic.post('/waitlist', maria.token, wish);
  await clinic.post('/mfa/setup', maria.token);
  await clinic.portal.request('POST', '/api/v1/auth/forgot-password', { body: { email: maria.email } });
  await clinic.runJobs();
  files = await fetchCopy(maria.token);
  copy = JSON.parse(read('personal-data.json'));
  page = read('index.html');
});
afterAll(() => clinic.portal.close());

describe('R55 the archive uses the formats of the API', () => {
  test('R55 names are in camelCase, instants are RFC 3339 in UTC', () => {
    const wrong: string[] = [];
    const visit = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [name, member] of Object.entries(value)) {
        const here = `${path}/${name}`;
        if (name.includes('_')) wrong.push(`${here} is not camelCase`);
        const isInstant = /^(at|start|end)$|At$/.test(name) && member !== null;
        if (isInstant && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(String(member))) {
          wrong.push(`${here} is ${String(member)}`);
        }
        visit(member, here);
      }
    };
    visit(copy, '');
    expect(wrong).toEqual([]);
    expect(copy.profile[0].createdAt).toMatch(/^2026-03-02T12:00:00/);
  });

  test('R55 it contains reasons of cancellations, series, offers, calendar links and the second factor', () => {
    const cancelled = copy.appointments.find(({ status }: { status: string }) => status === 'cancelled');
    expect(cancelled).toMatchObject({ cancellationReason: 'a planted excuse', cancelledBy: 'patient' });
    expect(copy.calendarFeeds).toMatchObject([{ createdAt: expect.any(String), revokedAt: null }]);
    expect(copy.pushDevices).toMatchObject([{ kind: 'web', label: 'My phone', createdAt: expect.any(String) }]);
    expect(read('personal-data.json')).not.toMatch(/push.services.mozilla|BTBZMqHH6r4Tts7J/);
    expect(copy.secondFactor).toMatchObject([{ enabledAt: null, phone: null }]);
    expect(copy).toMatchObject({ series: [], backupCodes: [], waitlist: [{ state: 'offered' }] });
    expect(copy.waitlistOffers).toMatchObject([{ doctorName: 'doctor Example', state: 'open' }]);
  });
});

describe('R79 the copy is complete', () => {
  test('R79 it contains the clinic’s notes and the names of doctors', () => {
    const kept = copy.appointments.find(({ status }: { status: string }) => status === 'scheduled');
    expect(kept).toMatchObject({
      notes: 'a note of the doctor',
      reason: '<b>my "own" words</b>',
      doctorName: 'doctor Example',
      type: 'consultation',
    });
  });

  test('R79 it contains messages as they were sent, without codes and secret links', async () => {
    const reset = copy.messages.find(({ template }: { template: string }) => template === 'password-reset');
    expect(reset).toMatchObject({ subject: 'Reset your password', text: expect.stringContaining('one hour') });
    const [mail] = (await clinic.portal.mails(clinic.maria.email)).filter(
      ({ template }) => template === 'password-reset',
    );
    expect(mail?.codes[0]).toMatch(/.{20}/);
    expect(read('personal-data.json') + page).not.toContain(mail?.codes[0]);
    const confirmed = copy.messages.find(
      ({ template }: { template: string }) => template === 'appointment-confirmation',
    );
    expect(confirmed.text).toContain('Your appointment with doctor Example is booked');
  });

  test('R79 its history names who acted, with the role', () => {
    const looked = copy.history.find(({ eventType }: { eventType: string }) => eventType === 'appointment.listed');
    expect(looked).toMatchObject({
      who: 'staff Example',
      role: 'staff',
      what: 'Your appointments were listed by staff Example.',
      occurredAt: expect.stringMatching(/Z$/),
    });
  });

  test('R79 it is valid against its schema, which is in the archive and public', async () => {
    const schema = JSON.parse(read('personal-data.schema.json'));
    expect(z.fromJSONSchema(schema).safeParse(copy).error?.issues ?? []).toEqual([]);
    const served = await clinic.portal.request('GET', new URL(copy.$schema).pathname);
    expect(served.headers.get('content-type')).toBe('application/schema+json');
    expect(served.body).toEqual(schema);
  });

  test('R79 its page is escaped, loads nothing, and describes each chapter', () => {
    expect(page).toContain('&lt;b&gt;my &quot;own&quot; words&lt;/b&gt;');
    expect(page).toContain('Your appointments were listed by staff Example.');
    expect(page).toMatch(/<html lang="en">/);
    for (const { name } of Object.keys(copy).map((name) => ({ name }))) {
      if (Array.isArray(copy[name])) expect(page, name).toContain(`<h2 id="${name}">`);
    }
    expect(page).not.toMatch(/<script|<link|<img|src=|url\(/i);
  });

  test('R79 it contains a long history completely, in stored parts of bounded size', async () => {
    const { portal, maria } = clinic;
    const stream = `SELECT audit_append('${maria.id}', (SELECT jsonb_build_object('id', gen_random_uuid(),
        'type', 'login.succeeded', 'category', 'auth', 'severity', 'low', 'action', 'execute', 'outcome', 'success',
        'actorKind', 'system', 'requestId', 'r', 'phiAccessed', false, 'dataExported', false, 'details', '{}'::jsonb,
        'salt', repeat('0', 32), 'occurredAt', '2026-03-02T12:00:00Z') WHERE n > 0), decode(repeat('00', 32), 'hex'))
      FROM generate_series(1, ${LONG_HISTORY}) n`;
    await portal.driver.run([sql([stream])], 'write');
    const put = vi.spyOn(portal.deps.files, 'put');
    const archive = await fetchCopy(maria.token);
    const { history } = JSON.parse(read('personal-data.json', archive));
    expect(history.length).toBeGreaterThan(LONG_HISTORY);
    expect(read('index.html', archive)).toContain(`These are the newest 1000 of ${history.length}.`);
    const largest = Math.max(...put.mock.calls.map(([, bytes]) => bytes.length));
    expect(largest).toBeLessThan(400_000);
    expect(put.mock.calls.length).toBeGreaterThan(6);
  });
});

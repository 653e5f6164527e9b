/** Every list takes the same page query, and can be read to its end. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { DEVICE_TOKEN_BYTES, trustDevice } from '../../../domain/mfa/trusted-device.ts';
import { newId } from '../../../src/app/context.ts';
import { systemContext } from '../../../src/app/identity/first-admin.ts';
import { LISTS } from '../../support/lists.ts';
import { browserBody } from '../../support/push-devices.ts';
import { type Clinic, type Person, startClinic, TUESDAY, WEDNESDAY } from '../scheduling/clinic.ts';
import { fillProtection } from './made-blocks.ts';
import { makeRebookings } from './made-rebookings.ts';
import { shareFiles } from './made-shares.ts';
import { suppressAddresses } from './made-suppressions.ts';

let clinic: Clinic;
let maria: Person;
/** An appointment whose status was changed. */
let visit: string;
let file: string;
/** With three deliveries. */
let webhook: string;
let rebooking: string;

beforeAll(async () => {
  clinic = await startClinic();
  maria = clinic.maria;
  const { portal, admin, doctor } = clinic;
  await mergeDuplicates();
  for (const startTime of ['09:00', '10:00', '11:00']) await clinic.book(maria.token, startTime);
  visit = (await clinic.book(maria.token, '12:00')).body.id;
  for (const step of ['confirm', 'cancel']) await clinic.post(`/appointments/${visit}/${step}`, admin.token, {});
  await heldRecord(maria, '15:00');
  await heldRecord(clinic.paul, '16:00');
  const keys = [1, 2, 3].map((n) => ({ name: `key ${n}`, scopes: ['read:own_profile'] }));
  await made('/api-keys', maria.token, keys);
  await made(
    '/consents',
    maria.token,
    [true, false, true].map((given) => ({ kind: 'cookies', version: '1', given })),
  );
  for (let n = 0; n < 3; n++) await fetchedExport();
  const emergency = { patientId: maria.id, reason: 'Brought in unconscious' };
  await made('/break-glass', clinic.otherDoctor.token, [emergency, emergency, emergency]);
  await made('/calendar/feeds', maria.token, [undefined, undefined, undefined]);
  await made('/notifications/push-subscriptions', maria.token, ['a', 'b', 'c'].map(browserBody));
  const wish = { type: 'consultation', from: TUESDAY, to: TUESDAY };
  await made('/waitlist', maria.token, [wish, { ...wish, to: WEDNESDAY }, { ...wish, doctorId: doctor.id }]);
  await setUpClinic();
  webhook = await makeWebhooks();
  rebooking = await makeRebookings(clinic);
  await makeProxies();
  for (let n = 0; n < 3; n++) {
    portal.clock.advance(1);
    const alert = { text: 'Closed today', personIds: [maria.id] };
    expect((await clinic.post('/admin/alerts', admin.token, alert)).status).toBe(202);
  }
  for (let n = 0; n < 3; n++) await addDevice(maria);
  await suppressAddresses(clinic, maria);
  await fillProtection(clinic);
  await clinic.runJobs();
  file = await shareFiles(clinic);
  await portal.driver.run([sql`UPDATE deliveries SET state = 'dead' WHERE state = 'sent'`], 'write');
  await portal.signIn(maria.email);
  await portal.signIn(maria.email);
});
afterAll(() => clinic.portal.close());

async function made(path: string, token: string, bodies: readonly unknown[]): Promise<void> {
  for (const body of bodies) {
    clinic.portal.clock.advance(1);
    const { status, body: answer } = await clinic.post(path, token, body);
    expect(status, `${path} ${JSON.stringify(answer)}`).toBe(201);
  }
}

async function mergeDuplicates(): Promise<void> {
  const { portal, admin } = clinic;
  for (const firstName of ['Mia', 'Mary', 'Marie']) {
    const { id } = (
      await clinic.post('/patients', clinic.staff.token, { firstName, lastName: 'Silva', channel: 'phone' })
    ).body;
    const merge = { aliasId: id, aliasVersion: 1 };
    portal.clock.advance(1);
    const merged = await clinic.post(`/patients/${maria.id}/merge`, admin.token, merge, { 'If-Match': '*' });
    expect(merged.status).toBe(201);
  }
}

/** Overrides, absences, locations and rooms. */
async function setUpClinic(): Promise<void> {
  const { admin, doctor } = clinic;
  const dates = ['2026-04-07', '2026-04-05', '2026-04-06'];
  await made(
    `/doctors/${doctor.id}/availability/overrides`,
    admin.token,
    dates.map((date) => ({ date, available: [] })),
  );
  // Two that begin on the same day.
  const ranges = [
    { from: '2026-04-07', until: '2026-04-20' },
    { from: '2026-04-05', until: '2026-04-20' },
    { from: '2026-04-05', until: '2026-04-21' },
  ];
  await made(`/doctors/${doctor.id}/time-off`, admin.token, ranges);
  await made(
    '/clinic/holidays',
    admin.token,
    ranges.map((range) => ({ ...range, name: 'Closed' })),
  );
  const places = ['Park', 'Lake', 'Hill'].map((name) => ({ name, timezone: 'UTC' }));
  await made('/locations', admin.token, places);
  const [place] = (await clinic.get('/locations', admin.token)).body.data;
  const rooms = ['3', '1', '2'].map((name) => ({ kind: 'room', name, locationId: place.id }));
  await made('/resources', admin.token, rooms);
}

/** Three webhooks; the last has three deliveries. */
async function makeWebhooks(): Promise<string> {
  const hook = { url: 'https://practice.example.org/hooks', eventTypes: ['patient.merged'] };
  await made('/admin/webhooks', clinic.admin.token, [hook, hook, hook]);
  const { data } = (await clinic.get('/admin/webhooks', clinic.admin.token)).body;
  for (let n = 0; n < 3; n++) {
    clinic.portal.clock.advance(1);
    expect((await clinic.post(`/admin/webhooks/${data[2].id}/test`, clinic.admin.token)).status).toBe(202);
  }
  return data[2].id;
}

async function makeProxies(): Promise<void> {
  for (const firstName of ['Ana', 'Tim', 'Lea']) {
    const child = { firstName, lastName: 'Silva', channel: 'phone', dateOfBirth: '2018-05-06' };
    const { id } = (await clinic.post('/patients', clinic.staff.token, { ...child, acknowledgeDuplicates: true })).body;
    const proxy = { personId: maria.id, ground: 'parent', proof: 'Birth certificate seen' };
    await made(`/patients/${id}/proxies`, clinic.staff.token, [proxy]);
  }
}

/** Notes under a legal hold, which the list of clinical records has. */
async function heldRecord({ id, token }: Person, startTime: string): Promise<void> {
  const { body } = await clinic.book(token, startTime);
  const noted = await clinic.put(`/appointments/${body.id}`, clinic.doctor.token, { notes: 'noted' }, body.version);
  const held = await clinic.put(`/clinical-records/${id}/hold`, clinic.admin.token, { reason: 'a claim' });
  expect([noted.status, held.status]).toEqual([200, 200]);
}

async function addDevice(owner: Person): Promise<string> {
  const { deps, clock } = clinic.portal;
  clock.advance(1);
  const [dataKey] = await deps.database.load(deps.loads.identity.dataKey(owner.id as never));
  if (dataKey === undefined) throw new Error('no data key');
  const made = {
    id: newId<'trusted_device'>(deps, clock.now()),
    userId: owner.id as never,
    name: 'A laptop',
    random: deps.random.bytes(DEVICE_TOKEN_BYTES),
  };
  const { device } = trustDevice(made, clock.now());
  await deps.database.commit({
    changes: [{ type: 'trusted_device.added', device, dataKey }],
    audit: [],
    jobs: [],
    idempotency: undefined,
    at: systemContext(deps).now,
  });
  return device.id;
}

async function fetchedExport(): Promise<void> {
  const { driver, deps, clock } = clinic.portal;
  clock.advance(1);
  const id = newId<'data_export'>(deps, clock.now());
  const at = new Date(clock.now()).toISOString();
  await driver.run(
    [
      sql`INSERT INTO data_exports (id, user_id, status, requested_at, completed_at, fetched_at)
          VALUES (${id}::uuid, ${maria.id}::uuid, 'fetched', ${at}, ${at}, ${at})`,
    ],
    'write',
  );
}

/** The list as this clinic has it, for somebody who may read it. */
function concrete(path: string): { readonly path: string; readonly token: string } {
  const forClinic =
    /\/doctors\/\{id\}\/time-off|\/users$|\/audit\/events$|\/user\/\{userId\}|v1\/(appointments|patients|rebookings)$|\/rebookings\/|\/(acceptances|affected|break-glass|clinical-records|merges|verifications|webhooks|deliveries)$|\/admin\//.test(
      path,
    );
  const needed: Readonly<Record<string, string>> = {
    affected: `?actor=${maria.id}&from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z`,
    'clinical-records': '?purpose=legal_claim',
    patients: '?q=example',
  };
  const asked = needed[path.split('/').at(-1) ?? ''] ?? '';
  return {
    path: `${path}${asked}`
      .replace('/api/v1', '')
      .replace('/webhooks/{id}', `/webhooks/${webhook}`)
      .replace('/rebookings/{id}', `/rebookings/${rebooking}`)
      .replace('/files/{id}', `/files/${file}`)
      .replace('/appointments/{id}', `/appointments/${visit}`)
      .replace('/patients/{id}', `/patients/${maria.id}`)
      .replace('{id}', clinic.doctor.id)
      .replace('{userId}', maria.id)
      .replace('{kind}', 'cookies'),
    token: forClinic ? clinic.admin.token : maria.token,
  };
}

/** Everything, a page at a time. */
async function walk<T extends { id: string }>(path: string, token: string, limit: number): Promise<T[]> {
  const all: T[] = [];
  let next = `${path}${path.includes('?') ? '&' : '?'}limit=${limit}`;
  for (let pages = 0; pages < 200; pages++) {
    const { status, body, headers } = await clinic.get(next, token);
    expect(status, `${next} ${JSON.stringify(body)}`).toBe(200);
    expect(body.data.length).toBeLessThanOrEqual(limit);
    all.push(...body.data);
    if (body.page.nextCursor === null) return all;
    expect(headers.get('link')).toBe(`<${body._links.next.href}>; rel="next"`);
    next = body._links.next.href.replace('/api/v1', '');
  }
  throw new Error(`${path} does not end`);
}

describe('every list of the OpenAPI document', () => {
  test('the document declares at least one list', () => {
    expect(LISTS.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['/api/v1/consents', '/api/v1/auth/sessions', '/api/v1/appointment-types']),
    );
    expect(LISTS.length).toBeGreaterThanOrEqual(15);
  });

  test.each(LISTS)('$path declares and accepts limit and cursor', async ({ path, query }) => {
    expect(query).toEqual(expect.arrayContaining(['limit', 'cursor']));
    const list = concrete(path);
    for (const query of ['limit=0', 'limit=101', 'limit=x', 'cursor=x', 'cursor=e30', 'cursor=W10']) {
      const { status, body } = await clinic.get(
        `${list.path}${list.path.includes('?') ? '&' : '?'}${query}`,
        list.token,
      );
      expect([query, status, body.code]).toEqual([query, 422, 'validation_failed']);
    }
  });

  test.each(LISTS)('$path read in pages of one equals the list read at once', async ({ path }) => {
    const list = concrete(path);
    // Reading is recorded, so this list grows with each request.
    if (path.includes('/audit/'))
      return void (await clinic.get(`${list.path}${list.path.includes('?') ? '&' : '?'}limit=1`, list.token));
    const whole = await walk(list.path, list.token, 100);
    expect(whole.length).toBeGreaterThanOrEqual(2);
    expect(await walk(list.path, list.token, 1)).toEqual(whole);
    expect(new Set(whole.map((entry) => JSON.stringify(entry))).size).toBe(whole.length);
  });
});

describe('lists of more than one page', () => {
  test('R24: all of 102 sessions are listed, and the least recently used can be ended', async () => {
    const { portal } = clinic;
    const many = await clinic.person('patient', 'many');
    const newest = await (async () => {
      let token = '';
      for (let n = 1; n < 102; n++) {
        portal.clock.advance(1);
        token = await portal.signIn(many.email);
      }
      return token;
    })();
    const sessions = await walk('/auth/sessions', newest, 100);
    expect(sessions).toHaveLength(102);
    expect((await clinic.delete(`/auth/sessions/${sessions[100]?.id}`, newest)).status).toBe(204);
    expect((await clinic.post('/auth/logout', many.token)).status).toBe(204);
    expect((await clinic.get('/users/me', many.token)).status).toBe(401);
    expect(await walk('/auth/sessions', newest, 7)).toHaveLength(100);
    // Devices of others are not listed.
    expect((await clinic.delete(`/auth/sessions/${sessions[0]?.id}`, maria.token)).status).toBe(404);
  });

  test('R18: all of 102 trusted devices are listed; the least recently used can be revoked, those of others cannot', async () => {
    const owner = await clinic.person('patient', 'devices');
    const oldest = await addDevice(owner);
    for (let n = 1; n < 102; n++) await addDevice(owner);
    expect(await walk('/mfa/trusted-devices', owner.token, 100)).toHaveLength(102);
    const path = `/mfa/trusted-devices/${oldest}`;
    expect((await clinic.delete(path, maria.token)).status).toBe(404);
    expect((await clinic.delete(path, owner.token)).status).toBe(204);
    expect((await clinic.delete(path, owner.token)).status).toBe(404);
    expect(await walk('/mfa/trusted-devices', owner.token, 100)).toHaveLength(101);
  });

  test('the newest consent of a kind is in force, on whichever page earlier ones are listed', async () => {
    const decisions = await walk<{ id: string; given: boolean; current: boolean }>('/consents', maria.token, 1);
    expect(decisions.map(({ given, current }) => [given, current])).toEqual([
      [true, true],
      [false, false],
      [true, false],
    ]);
  });
});

/** Consents, copies of one's own data, erasure, retention: R46, R55, R56. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { PgliteDriver } from '../../../adapters/postgres/driver/pglite.ts';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { entryHash } from '../../../domain/audit/chain.ts';
import { eventDigest } from '../../../domain/audit/event.ts';
import { verifyInclusion } from '../../../domain/audit/merkle.ts';
import type { DataExportId } from '../../../domain/privacy/changes.ts';
import { parseRetention } from '../../../domain/privacy/retention.ts';
import { fromHex } from '../../../domain/shared/bytes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { sealAuditLog } from '../../../src/app/audit/seal.ts';
import { systemContext } from '../../../src/app/identity/first-admin.ts';
import { makeExport } from '../../../src/app/privacy/exports.ts';
import { applyRetention } from '../../../src/app/privacy/retention.ts';
import { embeddedDriver } from '../../support/embedded-database.ts';
import { PASSWORD, type Portal, startPortal } from '../../support/portal.ts';

afterEach(() => vi.restoreAllMocks());

const WEEK = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '09:00', end: '17:00' }));

async function clinic() {
  const driver = await embeddedDriver();
  const portal = await startPortal({ driver });
  const admin = await portal.signIn((await portal.person('admin', 'ada')).email);
  const doctor = await portal.person('doctor', 'chidi');
  const hours = { timezone: 'UTC', weekly: WEEK };
  await portal.request('PUT', `/api/v1/doctors/${doctor.id}/availability`, { token: admin, body: hours });
  return { driver, portal, admin, doctor };
}

/** Everything that any table holds, as text. */
async function dump(driver: PgliteDriver): Promise<string> {
  await driver.pglite.exec('RESET ROLE');
  const { rows } = await driver.pglite.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
  );
  const texts: string[] = [];
  for (const { name } of rows) {
    const found = await driver.pglite.query<{ line: string }>(`SELECT to_jsonb(t)::text AS line FROM ${name} t`);
    texts.push(...found.rows.map(({ line }) => line));
  }
  await driver.pglite.exec('SET ROLE patient_portal_app');
  return texts.join('\n');
}

describe('privacy', () => {
  let driver: PgliteDriver;
  let portal: Portal;
  let admin: string;
  let doctor: { id: string; email: string };
  let token: string;

  const get = (path: string, who = token) => portal.request('GET', path, { token: who });
  const post = (path: string, body?: unknown, headers = {}) => portal.request('POST', path, { token, body, headers });

  beforeAll(async () => {
    ({ driver, portal, admin, doctor } = await clinic());
    token = await portal.signIn((await portal.person('patient', 'maria')).email);
  });
  afterAll(() => driver.close());

  test('consents keep version and time; the newest of a kind is in force; both ways are recorded', async () => {
    const given = { kind: 'cookies', version: '1', given: true };
    expect(await post('/api/v1/consents', given)).toMatchObject({ status: 201, body: { ...given, current: true } });
    portal.clock.advance(60);
    expect((await post('/api/v1/consents', { ...given, given: false })).status).toBe(201);
    const { data } = (await get('/api/v1/consents')).body;
    expect(data).toMatchObject([
      { kind: 'cookies', given: false, current: true, at: '2026-03-02T12:01:00.000Z' },
      { kind: 'cookies', given: true, current: false, at: '2026-03-02T12:00:00.000Z' },
    ]);
    const history = (await get('/api/v1/audit/me')).body.data.map(({ what }: { what: string }) => what);
    expect(history).toEqual(expect.arrayContaining(['You gave your consent.', 'You withdrew your consent.']));
    // They are kept in the audit log in clear: a code is all that they can be.
    for (const words of ['Ada Lovelace', 'a'.repeat(33), '<script>', 'ada@example.org']) {
      const named = { kind: 'cookies', version: words, given: true };
      expect([words, (await post('/api/v1/consents', named)).status]).toEqual([words, 422]);
      const kinds = { kind: words, version: '1', given: true };
      expect([words, (await post('/api/v1/consents', kinds)).status]).toEqual([words, 422]);
    }
    expect((await post('/api/v1/consents', { kind: 'Research', version: '', given: 'yes', extra: 1 })).status).toBe(
      422,
    );
  });

  test('a copy of everything about me is made in the background, lies sealed, and is fetched once', async () => {
    const booked = await post('/api/v1/appointments', {
      doctorId: doctor.id,
      appointmentDate: '2026-03-03',
      startTime: '10:00',
      appointmentType: 'consultation',
      reason: 'a planted reason',
    });
    expect(booked.status).toBe(201);
    const asked = await post('/api/v1/privacy/exports', undefined, { 'Idempotency-Key': 'copy-1' });
    expect(asked).toMatchObject({ status: 202, body: { status: 'preparing' } });
    const path = asked.headers.get('location') ?? '';
    expect((await post('/api/v1/privacy/exports', undefined, { 'Idempotency-Key': 'copy-1' })).body.id).toBe(
      asked.body.id,
    );
    expect((await get(`${path}/download`)).status).toBe(409);
    const put = vi.spyOn(portal.deps.files, 'put');
    await portal.platform.jobs.runDue();
    expect((await get(path)).body).toMatchObject({
      status: 'ready',
      _links: { download: { href: `${path}/download` } },
    });
    const userId = (await get('/api/v1/users/me')).body.id;
    const storedKeys = put.mock.calls.map(([key]) => key).filter((key) => key.startsWith(`exports/${userId}/`));
    expect(storedKeys.length).toBeGreaterThan(3);
    for (const key of storedKeys) {
      const stored = await portal.deps.files.get(key);
      expect(await new Response(stored?.body as ReadableStream).text()).not.toContain('planted');
    }

    const download = () =>
      portal.fetch(
        new Request(`https://portal.example${path}/download`, { headers: { Authorization: `Bearer ${token}` } }),
      );
    const both = await Promise.all([download(), download()]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 404]);
    const archive = new Uint8Array(
      (await both.find(({ status }) => status === 200)?.arrayBuffer()) ?? new ArrayBuffer(0),
    );
    const text = new TextDecoder().decode(archive);
    expect(text.startsWith('PK')).toBe(true);
    for (const part of ['personal-data.json', 'a planted reason', 'maria@example.org', '"consents"', '1990-04-23']) {
      expect(text).toContain(part);
    }
    for (const secret of ['password_hash', 'token_hash', 'scrypt']) expect(text).not.toContain(secret);
    expect((await download()).status).toBe(404);
    expect((await get(path)).body).toMatchObject({ status: 'fetched' });
    // Its parts stay while they may still be on their way.
    await portal.platform.jobs.runDue();
    expect(await portal.deps.files.get(storedKeys[0] ?? '')).toBeDefined();
    portal.clock.advance(3601);
    await portal.platform.jobs.runDue();
    for (const key of storedKeys) expect(await portal.deps.files.get(key)).toBeUndefined();
    token = await portal.signIn('maria@example.org');
    admin = await portal.signIn('ada@example.org');
  });

  test('nobody sees or fetches somebody else’s copy', async () => {
    const { body } = await post('/api/v1/privacy/exports');
    await portal.platform.jobs.runDue();
    const path = `/api/v1/privacy/exports/${body.id}`;
    expect((await get(path, admin)).status).toBe(404);
    expect((await get(`${path}/download`, admin)).status).toBe(404);
    expect((await get('/api/v1/privacy/exports/0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f')).status).toBe(404);
  });

  test('while a copy waits to be fetched it is the answer; afterwards a new one is made', async () => {
    const first = await post('/api/v1/privacy/exports');
    const path = first.headers.get('location') ?? '';
    const again = await post('/api/v1/privacy/exports');
    expect([again.status, again.body.id, again.headers.get('location')]).toEqual([202, first.body.id, path]);
    await portal.platform.jobs.runDue();
    expect((await post('/api/v1/privacy/exports')).body).toMatchObject({ id: first.body.id, status: 'ready' });
    expect((await get(`${path}/download`)).status).toBe(200);
    const next = await post('/api/v1/privacy/exports');
    expect([next.status, next.body.status]).toEqual([202, 'preparing']);
    expect(next.body.id).not.toBe(first.body.id);
  });

  test('a copy whose work was lost is begun again when it is asked for hours later', async () => {
    const other = await portal.signIn((await portal.person('patient', 'lost')).email);
    const ask = (who: string) => portal.request('POST', '/api/v1/privacy/exports', { token: who });
    const { id } = (await ask(other)).body;
    await driver.run([sql`DELETE FROM outbox`], 'write');
    portal.clock.advance(2 * 3600);
    const later = await portal.signIn('lost@example.org');
    expect((await ask(later)).body).toMatchObject({ id, status: 'preparing' });
    await portal.platform.jobs.runDue();
    expect((await get(`/api/v1/privacy/exports/${id}`, later)).body.status).toBe('ready');
  });

  test('a copy made twice is one copy', async () => {
    const other = await portal.signIn((await portal.person('patient', 'twice')).email);
    const { body } = await portal.request('POST', '/api/v1/privacy/exports', { token: other });
    const userId = (await get('/api/v1/users/me', other)).body.id as UserId;
    const job = { exportId: body.id as DataExportId, userId };
    await Promise.all([1, 2, 3].map(() => makeExport(portal.deps, systemContext(portal.deps), job)));
    expect((await get(`/api/v1/privacy/exports/${body.id}`, other)).body.status).toBe('ready');
  });

  test('retention: a dry run counts and changes nothing; a run deletes, and is recorded', async () => {
    await post('/api/v1/privacy/exports');
    await portal.platform.jobs.runDue();
    portal.clock.advance(100 * 86_400);
    const context = systemContext(portal.deps);
    const counted = await applyRetention(portal.deps, context, { dryRun: true });
    expect(counted.overdue.data_exports).toBeGreaterThan(1);
    expect(counted.overdue.notifications).toBe(0);
    expect(await applyRetention(portal.deps, context, { dryRun: true })).toEqual(counted);
    expect(await applyRetention(portal.deps, context)).toEqual({ overdue: counted.overdue, isDone: true });
    const after = await applyRetention(portal.deps, context, { dryRun: true });
    expect(Object.values(after.overdue).every((count) => count === 0)).toBe(true);
    expect(after.isDone).toBe(true);
    expect(await dump(driver)).toContain('"retention.applied"');
  });

  test('retention deletes much in batches, each recorded with what it deleted', async () => {
    await driver.pglite.exec(`INSERT INTO outbox (id, topic, payload, state, not_before, finished_at, created_at)
      SELECT gen_random_uuid(), 'delete_files', '{}', 'done', 'epoch', 'epoch', 'epoch' FROM generate_series(1, 12000)`);
    await applyRetention(portal.deps, systemContext(portal.deps));
    const { rows } = await driver.pglite.query(`SELECT (details->>'outbox')::int AS deleted FROM audit_events
      WHERE event_type = 'retention.applied' ORDER BY sequence DESC LIMIT 3`);
    expect(rows).toEqual([{ deleted: 2000 }, { deleted: 5000 }, { deleted: 5000 }]);
    const [left] = (await driver.pglite.query(`SELECT count(*)::int AS count FROM outbox WHERE finished_at = 'epoch'`))
      .rows;
    expect(left).toEqual({ count: 0 });
  });

  test('retention periods are read from one setting', () => {
    expect(parseRetention('')?.sessions).toBe(90);
    expect(parseRetention('sessions=30, notifications=7')).toMatchObject({
      sessions: 30,
      notifications: 7,
      outbox: 30,
    });
    for (const wrong of ['sessions', 'sessions=0', 'sessions=x', 'audit_events=1', 'sessions=99999']) {
      expect(parseRetention(wrong), wrong).toBeUndefined();
    }
  });
});

describe('erasure (R55)', () => {
  test('after the account is closed no planted word is found anywhere, what the law keeps is there, and every proof verifies', async () => {
    const { driver, portal, admin, doctor } = await clinic();
    const doctorToken = await portal.signIn(doctor.email);
    const person = await portal.person('patient', 'plantedname');
    const token = await portal.signIn(person.email);
    const send = (method: string, path: string, body?: unknown, headers = {}) =>
      portal.request(method, path, { token, body, headers, from: '198.51.100.77' });
    const profile = await send('GET', `/api/v1/users/${person.id}/profile`);
    const changed = await send(
      'PUT',
      `/api/v1/users/${person.id}/profile`,
      { bio: 'PLANTEDBIO', address: { street: 'PLANTEDSTREET 1' }, phoneNumber: '+4930901820' },
      { 'If-Match': profile.headers.get('etag') ?? '' },
    );
    expect(changed.status).toBe(200);
    const book = (date: string) =>
      send('POST', '/api/v1/appointments', {
        doctorId: doctor.id,
        appointmentDate: date,
        startTime: '10:00',
        appointmentType: 'consultation',
        reason: 'PLANTEDREASON',
        symptoms: 'PLANTEDSYMPTOMS',
      });
    const past = await book('2026-03-03');
    await portal.mails(person.email);
    portal.clock.advance(3 * 86_400);
    const again = await portal.signIn(person.email);
    const future = await portal.request('POST', '/api/v1/appointments', {
      token: again,
      body: {
        doctorId: doctor.id,
        appointmentDate: '2026-03-12',
        startTime: '11:00',
        appointmentType: 'consultation',
        reason: 'PLANTEDREASON',
      },
    });
    expect([past.status, future.status]).toEqual([201, 201]);
    const asked = await portal.request('POST', '/api/v1/privacy/exports', { token: again });
    const put = vi.spyOn(portal.deps.files, 'put');
    await portal.mails(person.email);
    const exported = put.mock.calls.map(([key]) => key).find((key) => key.includes(asked.body.id)) ?? '';
    await sealAuditLog(portal.deps);
    // The search finds what is there to be found: the directory is public.
    const before = await dump(driver);
    expect(before).toContain('chidi');
    const stored = () => portal.deps.files.get(exported);
    expect(await stored()).toBeDefined();
    const logged = vi.spyOn(console, 'error');

    const closed = await portal.request('DELETE', `/api/v1/users/${person.id}`, {
      token: again,
      headers: { 'If-Match': changed.headers.get('etag') ?? '' },
    });
    expect(closed.status).toBe(204);
    await portal.platform.jobs.runDue();

    const after = await dump(driver);
    for (const word of ['plantedname', 'PLANTED', '198.51.100.77', '+4930901820', '1990-04-23']) {
      expect(after.toLowerCase(), word).not.toContain(word.toLowerCase());
    }
    expect(await stored()).toBeUndefined();
    expect(JSON.stringify(logged.mock.calls)).not.toContain('planted');
    expect(after).not.toContain(`"owner_id": "${person.id}"`);

    const fresh = await portal.signIn('ada@example.org');
    const read = (path: string, who = fresh) => portal.request('GET', path, { token: who });
    expect((await read(`/api/v1/appointments/${past.body.id}`, await portal.signIn(doctor.email))).body).toMatchObject({
      status: 'scheduled',
      reason: null,
      symptoms: null,
    });
    expect((await read(`/api/v1/appointments/${future.body.id}`)).body).toMatchObject({ status: 'cancelled' });
    expect((await read(`/api/v1/users/${person.id}/profile`)).status).toBe(404);
    expect((await read('/api/v1/users/me', again)).status).toBe(401);
    const events = (await read(`/api/v1/audit/events?user=${person.id}&limit=100`)).body.data;
    expect(events.map(({ eventType }: { eventType: string }) => eventType)).toContain('user.erased');
    expect(events.every(({ ip }: { ip: string | null }) => ip !== '198.51.100.77')).toBe(true);
    await sealAuditLog(portal.deps);
    expect((await read('/api/v1/audit/verify')).body).toMatchObject({ ok: true, problems: [] });
    for (const { id } of events) {
      const { event, inclusion } = (await read(`/api/v1/audit/events/${id}/proof`)).body;
      const leafHash = entryHash(fromHex(event.previousHash), event.sequence, eventDigest(event.content));
      const { leafIndex: index, size, rootHash } = inclusion;
      const proof = inclusion.proof.map((node: string) => fromHex(node));
      expect(verifyInclusion({ leafHash, index, size, root: fromHex(rootHash), proof }), id).toBe(true);
    }
    expect(admin === '' || doctorToken === '').toBe(false);
    await driver.close();
  });
});

describe('planted secrets (R46, R56)', () => {
  test('passwords, tokens and codes appear in no event and in no log line', async () => {
    const { driver, portal } = await clinic();
    const lines: unknown[] = [];
    for (const level of ['log', 'info', 'warn', 'error'] as const) {
      vi.spyOn(console, level).mockImplementation((...parts) => void lines.push(parts));
    }
    const person = await portal.person('patient', 'maria');
    const wrong = 'PLANTED-wrong-password';
    await portal.request('POST', '/api/v1/auth/login', { body: { email: person.email, password: wrong } });
    const login = await portal.request('POST', '/api/v1/auth/login', {
      body: { email: person.email, password: PASSWORD },
    });
    const { accessToken, refreshToken } = login.body;
    const setup = await portal.request('POST', '/api/v1/mfa/setup', { token: accessToken });
    await portal.request('POST', '/api/v1/mfa/enable', { token: accessToken, body: { token: '123456' } });
    await portal.request('POST', '/api/v1/auth/forgot-password', { body: { email: person.email } });
    const mailed = (await portal.mails(person.email)).flatMap(({ codes }) => codes);
    await portal.request('POST', '/api/v1/auth/verify-email', { body: { token: 'PLANTED-bad-token' } });
    await portal.request('POST', '/api/v1/auth/refresh-token', { body: { refreshToken: 'PLANTED-refresh' } });
    await portal.request('GET', '/api/v1/users/me', { token: 'PLANTED.access.token' });
    const secrets = [wrong, PASSWORD, accessToken, refreshToken, setup.body.secret, 'PLANTED', ...mailed];
    await driver.pglite.exec('RESET ROLE');
    const { rows } = await driver.pglite.query<{ line: string }>(
      `SELECT to_jsonb(e)::text AS line FROM audit_events e`,
    );
    const written = [...rows.map(({ line }) => line), JSON.stringify(lines)].join('\n');
    for (const secret of secrets) if (typeof secret === 'string') expect(written).not.toContain(secret);
    await driver.close();
  });
});

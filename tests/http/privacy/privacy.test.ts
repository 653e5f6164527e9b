/** Consents, and how copies of one's own data are made and handed over (R46, R55). */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { PgliteDriver } from '../../../adapters/postgres/driver/pglite.ts';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import type { DataExportId } from '../../../domain/privacy/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { systemContext } from '../../../src/app/identity/first-admin.ts';
import { makeExport } from '../../../src/app/privacy/exports.ts';
import type { Portal } from '../../support/portal.ts';
import { startEmbeddedClinic } from './embedded-clinic.ts';

afterEach(() => vi.restoreAllMocks());

describe('consents and copies of one’s own data', () => {
  let driver: PgliteDriver;
  let portal: Portal;
  let admin: string;
  let doctor: { id: string; email: string };
  let token: string;

  const get = (path: string, who = token) => portal.request('GET', path, { token: who });
  const post = (path: string, body?: unknown, headers = {}) => portal.request('POST', path, { token, body, headers });

  beforeAll(async () => {
    ({ driver, portal, admin, doctor } = await startEmbeddedClinic());
    token = await portal.signIn((await portal.person('patient', 'maria')).email);
  });
  afterAll(() => driver.close());

  test('R46 a consent keeps version and time, the newest of a kind is in force, and giving and withdrawing are recorded', async () => {
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
    // The audit log stores kind and version unencrypted, so only codes are accepted.
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

  /** @param stored arguments of all calls that put a file */
  async function keysOfEncryptedParts(
    stored: readonly (readonly [key: string, ...rest: unknown[]])[],
  ): Promise<string[]> {
    const userId = (await get('/api/v1/users/me')).body.id;
    const keys = stored.map(([key]) => key).filter((key) => key.startsWith(`exports/${userId}/`));
    expect(keys.length).toBeGreaterThan(3);
    for (const key of keys) {
      const file = await portal.deps.files.get(key);
      expect(await new Response(file?.body as ReadableStream).text()).not.toContain('planted');
    }
    return keys;
  }

  async function expectWholeCopy(download: Response | undefined): Promise<void> {
    const archive = new Uint8Array((await download?.arrayBuffer()) ?? new ArrayBuffer(0));
    const text = new TextDecoder().decode(archive);
    expect(text.startsWith('PK')).toBe(true);
    for (const part of ['personal-data.json', 'a planted reason', 'maria@example.org', '"consents"', '1990-04-23']) {
      expect(text).toContain(part);
    }
    for (const secret of ['password_hash', 'token_hash', 'scrypt']) expect(text).not.toContain(secret);
  }

  test('R55 a copy is made by a job, stored encrypted, and downloaded once', async () => {
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
    const keys = await keysOfEncryptedParts(put.mock.calls);
    const download = () =>
      portal.fetch(
        new Request(`https://portal.example${path}/download`, { headers: { Authorization: `Bearer ${token}` } }),
      );
    const both = await Promise.all([download(), download()]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 404]);
    await expectWholeCopy(both.find(({ status }) => status === 200));
    expect((await download()).status).toBe(404);
    expect((await get(path)).body).toMatchObject({ status: 'fetched' });
    // The parts stay while a download may still be reading them.
    await portal.platform.jobs.runDue();
    expect(await portal.deps.files.get(keys[0] ?? '')).toBeDefined();
    portal.clock.advance(3601);
    await portal.platform.jobs.runDue();
    for (const key of keys) expect(await portal.deps.files.get(key)).toBeUndefined();
    token = await portal.signIn('maria@example.org');
    admin = await portal.signIn('ada@example.org');
  });

  test('R26 a copy of somebody else is not found', async () => {
    const { body } = await post('/api/v1/privacy/exports');
    await portal.platform.jobs.runDue();
    const path = `/api/v1/privacy/exports/${body.id}`;
    expect((await get(path, admin)).status).toBe(404);
    expect((await get(`${path}/download`, admin)).status).toBe(404);
    expect((await get('/api/v1/privacy/exports/0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f')).status).toBe(404);
  });

  test('while a copy can be downloaded, a request returns it; after the download a new one is made', async () => {
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

  test('a copy whose job was lost is queued again by a request hours later', async () => {
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

  test('two jobs for one copy make one copy', async () => {
    const other = await portal.signIn((await portal.person('patient', 'twice')).email);
    const { body } = await portal.request('POST', '/api/v1/privacy/exports', { token: other });
    const userId = (await get('/api/v1/users/me', other)).body.id as UserId;
    const job = { exportId: body.id as DataExportId, userId };
    await Promise.all([1, 2, 3].map(() => makeExport(portal.deps, systemContext(portal.deps), job)));
    expect((await get(`/api/v1/privacy/exports/${body.id}`, other)).body.status).toBe('ready');
  });
});

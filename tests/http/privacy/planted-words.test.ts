/** What a person typed, and secrets, searched for in every table and every log line (R46, R55, R56). */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { entryHash } from '../../../domain/audit/chain.ts';
import { eventDigest } from '../../../domain/audit/event.ts';
import { verifyInclusion } from '../../../domain/audit/merkle.ts';
import { fromHex } from '../../../domain/shared/bytes.ts';
import { sealAuditLog } from '../../../src/app/audit/seal.ts';
import { PASSWORD, type Portal, type Reply } from '../../support/portal.ts';
import { dump, startEmbeddedClinic } from './embedded-clinic.ts';

afterEach(() => vi.restoreAllMocks());

/** A patient with a past and a future appointment and a copy of the data, whose words occur nowhere else. */
async function plantPerson(portal: Portal, doctorId: string) {
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
      doctorId,
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
      doctorId,
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
  return { person, changed, past, future, token: again, exported };
}

/** Whether the proof of an event shows that its content is in the log. */
function isProven({ event, inclusion }: Reply['body']): boolean {
  const leafHash = entryHash(fromHex(event.previousHash), event.sequence, eventDigest(event.content));
  const { leafIndex: index, size, rootHash } = inclusion;
  const proof = inclusion.proof.map((node: string) => fromHex(node));
  return verifyInclusion({ leafHash, index, size, root: fromHex(rootHash), proof });
}

describe('R55 erasure', () => {
  test('R55 deletes every planted word, keeps the appointments that the law requires, and every proof verifies', async () => {
    const { driver, portal, doctor } = await startEmbeddedClinic();
    const { person, changed, past, future, token: again, exported } = await plantPerson(portal, doctor.id);
    await sealAuditLog(portal.deps);
    // The search works: it finds the doctor, who is listed publicly.
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
      expect(isProven((await read(`/api/v1/audit/events/${id}/proof`)).body), id).toBe(true);
    }
    await driver.close();
  });
});

describe('secrets', () => {
  test('R46 R56 passwords, tokens and codes are in no audit event and in no log line', async () => {
    const { driver, portal } = await startEmbeddedClinic();
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

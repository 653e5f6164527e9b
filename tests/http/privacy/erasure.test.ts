/** What closing an account leaves: of its messages, its pictures, in the cache; and what it takes to ask for a copy (R22, R55). */
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { generateIndexKey } from '../../../adapters/crypto/blind-index.ts';
import { generateFieldKey } from '../../../adapters/crypto/field-cipher.ts';
import { createOutbox } from '../../../adapters/postgres/commit/outbox.ts';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import type { MessageChannel } from '../../../domain/notifications/ports.ts';
import { ok, refuse } from '../../../domain/shared/result.ts';
import { createJobs } from '../../../src/jobs/jobs.ts';
import { PICTURE } from '../../support/pictures.ts';
import { type Portal, startPortal } from '../../support/portal.ts';
import { soleProvider } from '../../support/sole-provider.ts';
import { testDatabase } from '../../support/test-database.ts';

let portal: Portal;
const opened: Portal[] = [];
beforeEach(async () => {
  portal = await startPortal();
  opened.push(portal);
});
afterAll(async () => {
  for (const one of opened) await one.close();
});

async function patient() {
  const { id, email } = await portal.person('patient', 'leaving');
  return { id, email, token: await portal.signIn(email) };
}

const close = (id: string, token: string) => portal.request('DELETE', `/api/v1/users/${id}`, { token });
const rows = async (statement: ReturnType<typeof sql>) => (await portal.driver.run([statement], 'snapshot'))[0] ?? [];

describe('the message that an account is closed', () => {
  /** Closes an account and returns the id of what is to be told. */
  async function closed() {
    const { id, email, token } = await patient();
    expect((await close(id, token)).status).toBe(204);
    const [found] = await rows(sql`SELECT key_owner FROM notifications WHERE user_id = ${id}::uuid`);
    return { email, keyOwner: found?.key_owner as string };
  }
  const deliver = (channel: MessageChannel) =>
    createJobs({ ...portal.deps, channel: soleProvider(channel) }, createOutbox(portal.driver), null).runDue();
  const keys = async (owner: string) =>
    (await rows(sql`SELECT 1 FROM data_keys WHERE owner_id = ${owner}::uuid`)).length;

  test('reaches the owner once, and its key is destroyed when it is marked as sent', async () => {
    const { email, keyOwner } = await closed();
    expect(await keys(keyOwner)).toBe(1);
    const send = vi.fn<MessageChannel['send']>(async () => ok({ providerId: 'p' }));
    await deliver({ send });
    await deliver({ send });
    expect(send.mock.calls.map(([{ to, template, text }]) => ({ to, template, text }))).toEqual([
      { to: email, template: 'account-closed', text: expect.stringContaining('Hello leaving,') },
    ]);
    expect(await keys(keyOwner)).toBe(0);
  });

  test('is retried while the provider is down, and is deleted with its key when it is given up', async () => {
    const { keyOwner } = await closed();
    const down = { send: async () => refuse({ kind: 'unreachable', detail: 'down' } as const) };
    await deliver(down);
    expect(await keys(keyOwner)).toBe(1);
    const refusing = { send: async () => refuse({ kind: 'permanent', detail: 'no such box' } as const) };
    portal.clock.advance(61);
    await deliver(refusing);
    expect(await keys(keyOwner)).toBe(0);
  });

  test('is not sent to an address that was never verified', async () => {
    await portal.person('admin', 'admin');
    const admin = await portal.signIn('admin@example.org');
    const invited = { email: 'invited@example.org', firstName: 'In', lastName: 'Vited', role: 'staff' };
    const { body } = await portal.request('POST', '/api/v1/users', { token: admin, body: invited });
    expect((await close(body.id, admin)).status).toBe(204);
    expect((await portal.mails('invited@example.org')).length).toBe(0);
    expect(await rows(sql`SELECT 1 FROM notifications WHERE user_id = ${body.id}::uuid`)).toEqual([]);
  });
});

test('the development mailbox is stored encrypted, survives a restart, and is deleted with the account', async () => {
  const { driver } = await testDatabase();
  const environment = { FIELD_KEYS: JSON.stringify([generateFieldKey('1')]), INDEX_KEY: generateIndexKey() };
  portal = await startPortal({ driver, environment });
  const { id, email, token } = await patient();
  await portal.request('POST', '/api/v1/auth/forgot-password', { body: { email } });
  expect(await portal.mails(email)).toHaveLength(1);
  const [stored] = await rows(sql`SELECT encode(message, 'escape') AS message FROM dev_mailbox`);
  expect(stored?.message).toEqual(expect.not.stringContaining('leaving'));
  const restarted = await startPortal({ driver, environment });
  expect(await restarted.mails(email.toUpperCase())).toHaveLength(1);
  await close(id, token);
  expect((await portal.mails(email)).map(({ template }) => template)).toEqual(['account-closed']);
  expect(await rows(sql`SELECT 1 FROM dev_mailbox`)).toEqual([]);
  await driver.close();
});

test('the former picture is deleted when a new one is set, and all pictures when the account is closed', async () => {
  const { id, token } = await patient();
  const folder = `avatars/${id}`;
  const put = vi.spyOn(portal.deps.files, 'put');
  const upload = async () => {
    const body = new FormData();
    body.set('file', new Blob([PICTURE], { type: 'image/png' }), 'me.png');
    const headers = { Authorization: `Bearer ${token}` };
    const request = new Request(`https://portal.example/api/v1/users/${id}/avatar`, { method: 'POST', headers, body });
    return (await portal.fetch(request)).status;
  };
  expect(await upload()).toBe(200);
  expect(await upload()).toBe(200);
  await portal.platform.jobs.runDue();
  const [former = '', current = ''] = put.mock.calls.map(([key]) => key);
  expect(former).toMatch(new RegExp(`^${folder}/`));
  expect(await portal.deps.files.get(former)).toBeUndefined();
  expect(await portal.deps.files.get(current)).toBeDefined();
  // Pictures that nothing points to any more, from before former ones were deleted.
  await portal.deps.files.put(`${folder}/orphan`, PICTURE, 'image/png');
  expect((await close(id, token)).status).toBe(204);
  await portal.platform.jobs.runDue();
  for (const key of [current, `${folder}/orphan`]) expect(await portal.deps.files.get(key)).toBeUndefined();
});

test('a picture that arrives while the account is being closed is not kept', async () => {
  const { id, token } = await patient();
  const { files } = portal.deps;
  const original = files.put.bind(files);
  const kept: string[] = [];
  vi.spyOn(files, 'put').mockImplementation(async (key, bytes, type) => {
    await original(key, bytes, type);
    if (!key.startsWith('avatars/')) return;
    kept.push(key);
    expect((await close(id, token)).status).toBe(204);
    await portal.platform.jobs.runDue();
    await original(key, bytes, type);
  });
  const body = new FormData();
  body.set('file', new Blob([PICTURE], { type: 'image/png' }), 'me.png');
  const headers = { Authorization: `Bearer ${token}` };
  const late = await portal.fetch(
    new Request(`https://portal.example/api/v1/users/${id}/avatar`, { method: 'POST', headers, body }),
  );
  expect(late.status).toBe(404);
  expect(kept).toHaveLength(1);
  expect(await files.get(kept[0] ?? '')).toBeUndefined();
});

test('the cache holds no text of a person, and no entry of a closed account', async () => {
  const { id, token } = await patient();
  const set = vi.spyOn(portal.deps.cache, 'set');
  const wanted = { name: 'Script of mine', scopes: ['read:own_profile'] };
  const { body: made } = await portal.request('POST', '/api/v1/api-keys', { token, body: wanted });
  portal.clock.advance(10);
  const headers = { 'X-API-Key': made.key };
  expect((await portal.request('GET', '/api/v1/users/me', { headers })).status).toBe(200);
  await portal.request('GET', '/api/v1/users/me', { token });
  const cached = set.mock.calls.map(([key]) => key);
  expect(cached.map((key) => key.split(':')[0]).sort()).toEqual(['api-key']);
  expect(JSON.stringify(set.mock.calls)).not.toMatch(/leaving|Script of mine/);
  await close(id, token);
  for (const key of cached) expect(await portal.deps.cache.get(key), key).toBeUndefined();
  expect((await portal.request('GET', '/api/v1/users/me', { headers })).status).toBe(401);
});

test('R22 a copy of all data and closing the account need a step-up, and are refused to API keys', async () => {
  const { id, token } = await patient();
  const ask = (who: object) => portal.request('POST', '/api/v1/privacy/exports', who);
  expect((await ask({ token })).status).toBe(202);
  const scopes = { name: 'k', scopes: ['export:own_data'] };
  const key = await portal.request('POST', '/api/v1/api-keys', { token, body: scopes });
  expect(key).toMatchObject({ status: 422, body: { code: 'scopes_not_allowed' } });
  portal.clock.advance(301);
  expect(await ask({ token })).toMatchObject({ status: 403, body: { code: 'step_up_required' } });
  expect(await close(id, token)).toMatchObject({ status: 403, body: { code: 'step_up_required' } });
});

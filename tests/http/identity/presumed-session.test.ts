/**
 * A session that was confirmed more than five seconds ago is presumed: the first round trip of a request confirms it, and
 * if it has ended or changed on another instance, the request runs again for whoever the caller is now.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { generateIndexKey } from '../../../adapters/crypto/blind-index.ts';
import { generateFieldKey } from '../../../adapters/crypto/field-cipher.ts';
import { generateTokenKey } from '../../../adapters/crypto/token-keys.ts';
import type { SqlDriver } from '../../../adapters/postgres/driver/driver.ts';
import { type Sql, sql } from '../../../adapters/postgres/driver/sql.ts';
import { SESSION_CACHE_MS } from '../../../src/app/identity/authenticate.ts';
import { PASSWORD, type Portal, startPortal } from '../../support/portal.ts';
import { testDatabase } from '../../support/test-database.ts';
import { logIn } from './support.ts';

let driver: SqlDriver;
/** Two instances over one database, each with a cache of its own. */
let here: Portal;
let elsewhere: Portal;
let who: { readonly id: string; readonly token: string; readonly sessionId: string };
let count = 0;

beforeAll(async () => {
  ({ driver } = await testDatabase());
  const environment = {
    TOKEN_KEYS: JSON.stringify([await generateTokenKey()]),
    FIELD_KEYS: JSON.stringify([generateFieldKey('test')]),
    INDEX_KEY: generateIndexKey(),
  };
  const cacheParts = { alone: false };
  here = await startPortal({ driver, environment, cacheParts });
  elsewhere = await startPortal({ driver, environment, cacheParts });
});
afterAll(() => driver.close());

const pass = (milliseconds: number) => {
  for (const portal of [here, elsewhere]) portal.clock.advance(milliseconds / 1000);
};

beforeEach(async () => {
  const { id, email } = await here.person('patient', `patient${++count}`);
  const { accessToken: token, sessionId } = (await logIn(here, email)).body;
  who = { id, token, sessionId };
  await get('/users/me');
  pass(SESSION_CACHE_MS);
});

const call = (method: string, path: string, body?: unknown) =>
  here.request(method, `/api/v1${path}`, { token: who.token, body });
const get = (path: string) => call('GET', path);
const give = (version: string, headers: Record<string, string> = {}) =>
  here.request('POST', '/api/v1/consents', {
    token: who.token,
    body: { kind: 'cookies', version, given: true },
    headers,
  });
const counted = async (statement: Sql) => Number((await driver.run([statement], 'snapshot'))[0]?.[0]?.n);
const events = () => counted(sql`SELECT count(*) AS n FROM audit_events WHERE stream = ${who.id}`);
const consents = () => counted(sql`SELECT count(*) AS n FROM consents WHERE user_id = ${who.id}::uuid`);
const trips = async (work: () => Promise<unknown>) => {
  const before = here.database.roundTrips();
  await work();
  return here.database.roundTrips() - before;
};
const revoke = async () => {
  const path = `/api/v1/auth/sessions/${who.sessionId}`;
  expect((await elsewhere.request('DELETE', path, { token: who.token })).status).toBe(204);
};

describe('a session that has not changed', () => {
  test('a read takes one trip and a command two, as long as the access token lives', async () => {
    for (let minute = 0; minute < 14; minute += 2) {
      expect(await trips(() => get('/users/me'))).toBe(1);
      pass(60_000);
      expect(
        await trips(() => call('PUT', `/users/${who.id}/preferences`, { theme: minute % 4 === 0 ? 'dark' : 'light' })),
      ).toBe(2);
      pass(60_000);
    }
  });

  test('within five seconds of a confirmation nothing is confirmed', async () => {
    await get('/users/me');
    pass(SESSION_CACHE_MS - 1);
    // Revoked behind the cache: R21 allows these seconds.
    await driver.run([sql`UPDATE sessions SET revoked_at = created_at WHERE id = ${who.sessionId}::uuid`], 'write');
    expect((await get('/users/me')).status).toBe(200);
    pass(1);
    expect((await get('/users/me')).status).toBe(401);
  });
});

describe('R21 a session that was revoked on another instance', () => {
  test('reads nothing, and records no reading', async () => {
    await revoke();
    const before = await events();
    for (const path of ['/users/me', '/appointments/my', '/audit/me', `/users/${who.id}/profile`]) {
      expect([path, (await get(path)).status]).toEqual([path, 401]);
    }
    expect(await events()).toBe(before);
  });

  test('writes nothing', async () => {
    await revoke();
    const before = await consents();
    expect((await give('1')).body.code).toBe('unauthenticated');
    expect(await consents()).toBe(before);
  });

  test('stays ended', async () => {
    await revoke();
    for (let n = 0; n < 3; n++) expect((await get('/users/me')).status).toBe(401);
  });
});

describe('a session that has changed on another instance', () => {
  test('R21 a role that was taken away allows nothing', async () => {
    await driver.run([sql`UPDATE users SET role = 'admin' WHERE id = ${who.id}::uuid`], 'write');
    expect((await get('/users')).status).toBe(200);
    pass(SESSION_CACHE_MS);
    await driver.run([sql`UPDATE users SET role = 'patient' WHERE id = ${who.id}::uuid`], 'write');
    const refused = await get('/users');
    expect([refused.status, refused.body.code]).toEqual([403, 'forbidden']);
  });

  test('nobody is refused because of a former role', async () => {
    await driver.run([sql`UPDATE users SET role = 'admin' WHERE id = ${who.id}::uuid`], 'write');
    expect((await get('/users')).status).toBe(200);
  });

  test('a step-up on another instance counts, and the request that meets it is answered once', async () => {
    pass(1000);
    const stepped = await elsewhere.request('POST', '/api/v1/auth/step-up', {
      token: who.token,
      body: { password: PASSWORD },
    });
    expect(stepped.status).toBe(200);
    const given = await give('1', { 'X-Request-Id': 'a-request-of-mine' });
    expect([given.status, given.headers.get('x-request-id')]).toEqual([201, 'a-request-of-mine']);
    expect(await consents()).toBe(1);
  });
});

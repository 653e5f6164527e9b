/** What the cache answers, over two processes that share a Redis, and what it never answers. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { connectRedis, type RedisConnection } from '../../adapters/redis/connection.ts';
import { redisScripts } from '../../adapters/redis/versioned-cache.ts';
import { redisKeys } from '../contract/redis.ts';
import { PASSWORD } from '../support/portal.ts';
import { type Process, type SharedCache, startSharedCache } from '../support/shared-cache.ts';
import { needsRedis, redisUrl, required } from '../tools/services.ts';

describe.skipIf(redisUrl === undefined)(`over Redis${needsRedis}`, () => {
  let connection: RedisConnection;
  let keys: ReturnType<typeof redisKeys>;
  let shared: SharedCache;
  let here: Process;
  let there: Process;
  let who: { readonly id: string; readonly email: string; readonly token: string };
  let count = 0;

  beforeAll(async () => {
    connection = await connectRedis(required(redisUrl));
    keys = redisKeys(required(redisUrl));
    shared = await startSharedCache(redisScripts(connection), keys.prefix);
    [here, there] = shared.processes;
  });
  afterAll(async () => {
    await shared.close();
    connection.close();
    await keys.forget();
  });
  beforeEach(async () => {
    const { id, email } = await here.portal.person('patient', `cached${++count}`);
    who = { id, email, token: await here.portal.signIn(email) };
  });

  const settle = () => Promise.all([here.settle(), there.settle()]);
  const call = async (process: Process, method: string, path: string, body?: unknown) => {
    const answer = await process.portal.request(method, `/api/v1${path}`, {
      token: who.token,
      body,
      ...(method === 'PUT' ? { headers: { 'If-Match': '*' } } : {}),
    });
    await settle();
    return answer;
  };
  const me = async (process: Process) => (await call(process, 'GET', '/users/me')).body.firstName;
  const rename = async (process: Process, firstName: string) =>
    expect((await call(process, 'PUT', `/users/${who.id}`, { firstName })).status).toBe(200);
  const trips = async (process: Process, work: () => Promise<unknown>) => {
    const before = process.portal.database.roundTrips();
    await work();
    return process.portal.database.roundTrips() - before;
  };
  /** Makes the cache answer in both processes. */
  const warm = async () => {
    for (const process of [here, there, here]) await me(process);
  };
  const epoch = async () =>
    (await shared.driver.run([sql`SELECT sum(moves) AS n FROM cache_epochs`], 'read'))[0]?.[0]?.n;

  test('R46: an answer from the cache takes no trip to the database, also after a pause; a record always takes one', async () => {
    await warm();
    expect(await trips(there, () => me(there))).toBe(0);
    // The lease is over: one trip, for the answer and the lease.
    shared.pass(60);
    await call(here, 'GET', '/notifications/unread-count');
    expect(await trips(there, () => me(there))).toBe(0);
    for (const path of ['/appointments/my', '/notifications'])
      expect([path, await trips(there, () => call(there, 'GET', path))]).toEqual([path, 1]);
  });

  test('R21: a revoked session is refused at once by the other process, without a trip of the one that asks', async () => {
    await warm();
    expect((await call(here, 'POST', '/auth/logout')).status).toBe(204);
    expect((await call(there, 'GET', '/users/me')).status).toBe(401);
  });

  test('who has written reads it at once, in either process', async () => {
    await warm();
    for (const [process, name] of [
      [here, 'Ada'],
      [there, 'Bea'],
      [here, 'Cleo'],
    ] as const) {
      await rename(process, name);
      expect([await me(here), await me(there)]).toEqual([name, name]);
    }
  });

  test('a process that dies between commit and invalidation leaves nothing stale', async () => {
    await warm();
    // From the commit on, it reaches nobody any more.
    const { commit } = here.portal.database;
    const dying = here.portal.database as { commit: typeof commit };
    dying.commit = async (batch) => {
      const outcome = await commit(batch);
      here.isCut = true;
      return outcome;
    };
    try {
      await call(here, 'PUT', `/users/${who.id}`, { firstName: 'Last' });
    } finally {
      dying.commit = commit;
    }
    expect(await me(there)).toBe('Last');
    here.isCut = false;
  });

  test('R21: a change that could not be announced moves the epoch: the writer reads it, others within five seconds', async () => {
    await warm();
    const before = await epoch();
    here.isCut = true;
    await rename(here, 'Unheard');
    expect(await me(here)).toBe('Unheard');
    expect(Number(await epoch())).toBeGreaterThan(Number(before));
    shared.pass(5);
    expect(await me(there)).toBe('Unheard');
    here.isCut = false;
    shared.pass(2);
    await me(here);
    await me(here);
    expect(await me(here)).toBe('Unheard');
  });

  test('R57: after a failure the epoch moves before the cache is trusted again, and nothing stale of before returns', async () => {
    await warm();
    here.isCut = true;
    await me(here);
    here.isCut = false;
    const before = await epoch();
    // Redis came back as it was before a change.
    await shared.driver.run([sql`UPDATE users SET version = version + 1 WHERE id = ${who.id}::uuid`], 'write');
    shared.pass(2);
    await me(here);
    expect(Number(await epoch())).toBe(Number(before) + 1);
    const version = async (process: Process) => (await call(process, 'GET', '/users/me')).headers.get('etag');
    expect([await version(here), await version(there)]).toEqual(['"v2"', '"v2"']);
    expect(await trips(here, () => me(here))).toBe(0);
  });

  test('a flushed Redis costs a load', async () => {
    await warm();
    await keys.empty();
    expect(await trips(there, () => me(there))).toBeLessThanOrEqual(4);
    await rename(here, 'Flushed');
    await keys.empty();
    expect(await me(there)).toBe('Flushed');
  });

  test('R74: nothing in Redis is in clear, and after an erasure nothing of the person is left or can be opened', async () => {
    await warm();
    await call(here, 'GET', '/notifications/unread-count');
    const stored = await keys.dump();
    const texts = [...stored.values()].join('\n');
    for (const personal of [who.email, 'cached', 'firstName', 'wrapped']) expect(texts).not.toContain(personal);
    const own = [...stored.keys()].filter((key) => key.includes(who.id) && key.includes(':e:'));
    expect(own).toHaveLength(2);
    const fresh = await here.portal.request('POST', '/api/v1/auth/step-up', {
      token: who.token,
      body: { password: PASSWORD },
    });
    const { accessToken: token } = fresh.body;
    expect((await here.portal.request('DELETE', `/api/v1/users/${who.id}`, { token })).status).toBe(204);
    await settle();
    const left = await keys.dump();
    for (const key of own) expect(left.has(key), key).toBe(false);
    // The marks of before, which are part of the key of every copy, are gone.
    const marksOf = (all: Map<string, string>) => [...all].filter(([key]) => key.includes(`person:${who.id}`));
    expect(marksOf(left)).not.toEqual(marksOf(stored));
  });

  test('readers at the same time share one load of a process', async () => {
    await me(here);
    await rename(here, 'Many');
    await me(there);
    await rename(here, 'Crowd');
    const reads = () => Promise.all(Array.from({ length: 10 }, () => call(here, 'GET', '/users/me')));
    expect(await trips(here, reads)).toBeLessThanOrEqual(2);
  });
});

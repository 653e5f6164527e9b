/** Automatic blocks of addresses, and who is not refused by them. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { memoryCache } from '../../../adapters/memory/cache.ts';
import { type Cache, Unavailable } from '../../../domain/shared/ports.ts';
import { LIMITS } from '../../../src/app/limits.ts';
import { PASSWORD, type Portal, startPortal } from '../../support/portal.ts';

const STRANGER = '198.51.100.66';
const AT = LIMITS.strikes.limit;

let portal: Portal;
beforeEach(async () => {
  portal = await startPortal({ environment: { RATE_LIMIT_FACTOR: '1' } });
});
afterEach(() => portal.close());

const guess = async (n: number, from = STRANGER) => {
  const reply = await portal.request('GET', '/api/v1/users/me', {
    headers: { Authorization: `Bearer x.y.${n}` },
    from,
  });
  await portal.settled();
  return reply;
};
/** Wrong tokens until the address is blocked. */
async function guessUntilBlocked(from = STRANGER): Promise<void> {
  for (let n = 0; n < AT; n++) expect((await guess(n, from)).status).toBe(401);
}
const read = async (from = STRANGER, more = {}) => portal.request('GET', '/api/v1/clinic', { from, ...more });
const code = async (from = STRANGER) => (await read(from)).body.code;

describe('an address that goes on after it was refused', () => {
  test('is blocked, and the answer says until when', async () => {
    await guessUntilBlocked();
    const { status, body, headers } = await read();
    expect([status, body.code, body.until]).toEqual([429, 'address_blocked', '2026-03-02T12:05:00Z']);
    expect(headers.get('retry-after')).toBe('300');
    expect(headers.get('ratelimit-policy')).toContain('"anonymous"');
    expect((await read('198.51.100.67')).status).toBe(200);
    portal.clock.advance(301);
    expect((await read()).status).toBe(200);
  });

  test('is blocked for longer each time, and from the beginning after a calm week', async () => {
    const waits: string[] = [];
    const next = async () => {
      await guessUntilBlocked();
      const wait = (await read()).headers.get('retry-after') ?? '';
      portal.clock.advance(Number(wait) + 900);
      return wait;
    };
    for (let level = 0; level < 6; level++) waits.push(await next());
    expect(waits).toEqual(['300', '1800', '7200', '43200', '86400', '86400']);
    portal.clock.advance(8 * 86_400);
    expect(await next()).toBe('300');
  });

  test('is blocked for requests that a limit refused, too', async () => {
    for (let n = 0; n < LIMITS.anonymous.limit; n++) expect((await read()).status).toBe(200);
    for (let n = 0; n < AT; n++) {
      expect(await code()).toBe('too_many_requests');
      await portal.settled();
    }
    expect(await code()).toBe('address_blocked');
    // The limit of the address alone would let it in.
    portal.clock.advance(120);
    expect(await code()).toBe('address_blocked');
  });

  test('is blocked for wrong passwords of many accounts', async () => {
    for (let n = 0; n < AT; n++) {
      const body = { email: `n${n}@example.org`, password: 'not the password at all' };
      expect((await portal.request('POST', '/api/v1/auth/login', { body, from: STRANGER })).status).toBe(401);
      await portal.settled();
    }
    expect(await code()).toBe('address_blocked');
  });

  test('is not blocked while it goes on less often', async () => {
    for (let n = 0; n < 3 * AT; n++) {
      await guess(n);
      portal.clock.advance(60);
    }
    expect((await read()).status).toBe(200);
  });

  test('is its /64 of IPv6, and its /48 once four networks of that are blocked', async () => {
    for (const network of ['a', 'b', 'c']) await guessUntilBlocked(`2001:db8:7:${network}::1`);
    expect(await code('2001:db8:7:a:9::9')).toBe('address_blocked');
    expect((await read('2001:db8:7:ffff::1')).status).toBe(200);
    await guessUntilBlocked('2001:db8:7:d::1');
    expect(await code('2001:db8:7:ffff::1')).toBe('address_blocked');
    expect((await read('2001:db8:8:a::1')).status).toBe(200);
  });

  test.each(['10.0.0.7', '127.0.0.1', '192.168.3.4', 'fd00::1', '::1'])(
    'is not blocked if it is the private address %s, behind which a proxy may stand',
    async (from) => {
      await guessUntilBlocked(from);
      expect((await read(from)).status).toBe(200);
    },
  );

  test('is blocked once, however many strikes come at the same time', async () => {
    await Promise.all(Array.from({ length: 3 * AT }, (_, n) => guess(n)));
    await portal.settled();
    expect(await code()).toBe('address_blocked');
    const token = await portal.signIn((await portal.person('admin', 'root')).email);
    expect((await portal.request('GET', '/api/v1/admin/ip-blocks', { token })).body.data).toHaveLength(1);
  });

  test('R58: still reaches probes, and the queue its callbacks', async () => {
    await guessUntilBlocked();
    expect((await portal.request('GET', '/health', { from: STRANGER })).status).toBe(200);
    const callback = await portal.request('POST', '/api/v1/callbacks/qstash/notification.deliver', {
      body: { id: 'x' },
      from: STRANGER,
    });
    expect(callback.status).toBe(401);
    expect(callback.body.code).toBe('signature_invalid');
  });

  test('R57: stays blocked when the cache has lost everything, as soon as the database was asked', async () => {
    await guessUntilBlocked();
    // Another process than the one that made the block, with an empty cache.
    portal.deps.protection.blocks = new Map();
    Object.assign(portal.deps, { cache: memoryCache(portal.clock) });
    expect((await read()).status).toBe(200);
    portal.clock.advance(11);
    await read();
    await portal.settled();
    expect(await code()).toBe('address_blocked');
    // The cache knows it, and not this process alone.
    portal.deps.protection.blocks = new Map();
    expect(await code()).toBe('address_blocked');
  });
});

describe('R57: without Redis', () => {
  test('the process goes by what it knew, and learns the rest from the database', async () => {
    await guessUntilBlocked();
    const away: Cache = { get: async () => undefined, set: async () => {}, delete: async () => {} };
    Object.assign(portal.deps, { cache: away });
    expect(await code()).toBe('address_blocked');
    portal.deps.protection.blocks = new Map();
    portal.clock.advance(11);
    await read('198.51.100.1');
    await portal.settled();
    expect(await code()).toBe('address_blocked');
  });

  test('and the database, requests are answered, and limits hold', async () => {
    const away: Cache = { get: async () => undefined, set: async () => {}, delete: async () => {} };
    const unreachable = () => Promise.reject(new Unavailable('database'));
    Object.assign(portal.deps, { cache: away, database: { ...portal.deps.database, load: unreachable } });
    for (let n = 0; n < 3; n++) {
      portal.clock.advance(11);
      expect((await portal.request('GET', '/.well-known/jwks.json', { from: STRANGER })).status).toBe(200);
      await portal.settled();
    }
  });
});

describe('R65: whoever shares the address', () => {
  test('goes on with a session, refreshes it, and signs in from a known browser', async () => {
    const { email } = await portal.person('patient', 'neighbour');
    const signedIn = await portal.request('POST', '/api/v1/auth/login', {
      body: { email, password: PASSWORD },
      from: STRANGER,
    });
    const cookie = signedIn.headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; ');
    const { accessToken: token, refreshToken } = signedIn.body;
    await guessUntilBlocked();
    expect(await code()).toBe('address_blocked');
    expect((await portal.request('GET', '/api/v1/users/me', { token, from: STRANGER })).status).toBe(200);
    const refreshed = await portal.request('POST', '/api/v1/auth/refresh-token', {
      body: { refreshToken },
      from: STRANGER,
    });
    expect(refreshed.status).toBe(200);
    const logIn = (headers = {}) =>
      portal.request('POST', '/api/v1/auth/login', { body: { email, password: PASSWORD }, from: STRANGER, headers });
    expect((await logIn()).body.code).toBe('address_blocked');
    expect((await logIn({ Cookie: cookie })).status).toBe(200);
  });

  test('signs in from a known browser although strangers have used up the limits of the address', async () => {
    const { email } = await portal.person('patient', 'crowded');
    const signedIn = await portal.request('POST', '/api/v1/auth/login', {
      body: { email, password: PASSWORD },
      from: STRANGER,
    });
    const cookie = signedIn.headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; ');
    const logIn = (headers = {}) =>
      portal.request('POST', '/api/v1/auth/login', { body: { email, password: PASSWORD }, from: STRANGER, headers });
    const anybody = { email: 'anybody@example.org', password: 'not the password at all' };
    await Promise.all(
      Array.from({ length: LIMITS.returning.limit }, () =>
        portal.request('POST', '/api/v1/auth/login', { body: anybody, from: STRANGER }),
      ),
    );
    expect((await logIn()).status).toBe(429);
    expect((await logIn({ Cookie: cookie })).status).toBe(200);
  });

  test('strikes nobody by wrong passwords in a session, nor by a token that has expired', async () => {
    const { email } = await portal.person('patient', 'forgetful');
    const token = await portal.signIn(email);
    for (let n = 0; n < AT; n++) {
      await portal.request('POST', '/api/v1/auth/step-up', { token, body: { password: 'wrong' }, from: STRANGER });
    }
    await portal.settled();
    expect((await read()).status).toBe(200);
    portal.clock.advance(901);
    for (let n = 0; n < AT; n++) {
      expect((await portal.request('GET', '/api/v1/users/me', { token, from: STRANGER })).status).toBe(401);
    }
    await portal.settled();
    expect((await read()).status).toBe(200);
  });
});

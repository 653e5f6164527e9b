/** Where trust, blocks, the cache and limits meet. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cache } from '../../../domain/shared/ports.ts';
import { LIMITS } from '../../../src/app/limits.ts';
import { RULES_MS } from '../../../src/app/protection/standing.ts';
import { type Portal, startPortal } from '../../support/portal.ts';

let portal: Portal;
let admin: string;
beforeAll(async () => {
  portal = await startPortal({ environment: { RATE_LIMIT_FACTOR: '1' } });
  admin = await portal.signIn((await portal.person('admin', 'root')).email);
});
afterAll(() => portal.close());

const HOME = '203.0.113.7';
const ask = (method: string, path: string, body?: unknown, headers = {}) =>
  portal.request(method, `/api/v1/admin${path}`, { token: admin, body, headers, from: HOME });
const inAnHour = () => new Date(portal.clock.now() + 3_600_000).toISOString();
const block = async (address: string) => {
  const { status, body } = await ask('POST', '/ip-blocks', { address, reason: 'Scans', endsAt: inAnHour() });
  expect(status).toBe(201);
  return body.id as string;
};
const trust = async (addresses: readonly string[]) => {
  const { headers } = await ask('GET', '/trusted-addresses');
  const { status } = await ask('PUT', '/trusted-addresses', { addresses }, { 'If-Match': headers.get('etag') ?? '' });
  expect(status).toBe(200);
};
const read = async (from: string, token?: string) => {
  const path = token === undefined ? '/api/v1/clinic' : '/api/v1/users/me';
  const { status } = await portal.request('GET', path, { from, token });
  await portal.settled();
  return status;
};

describe('a trusted network', () => {
  test('has no block, whether its people are signed in or not, and whichever came first', async () => {
    const token = await portal.signIn((await portal.person('patient', 'trusted')).email);
    await block('2001:db8:5::/48');
    const from = '2001:db8:5:1::9';
    expect([await read(from), await read(from, token)]).toEqual([429, 429]);
    await trust(['2001:db8:5:1::/64']);
    expect([await read(from), await read(from, token)]).toEqual([200, 200]);
    expect([await read('2001:db8:5:2::9'), await read('2001:db8:5:2::9', token)]).toEqual([429, 429]);
  });

  test('is not counted among the refused', async () => {
    await trust(['198.18.0.0/15']);
    for (let n = 0; n < LIMITS.anonymous.limit + 20; n++) expect(await read('198.18.3.3')).toBe(200);
    portal.clock.advance(11);
    await read('198.18.3.3');
    const { body } = await ask('GET', '/rate-limits');
    const anonymous = body.data.find(({ name }: { name: string }) => name === 'anonymous');
    expect(anonymous.lastHour).toMatchObject({ refused: 0, subjectsRefused: 0 });
  });

  test('is counted among the uses where it counts: strikes are seen by administrators', async () => {
    const headers = { Authorization: 'Bearer x.y.z' };
    for (let n = 0; n < 3; n++) await portal.request('GET', '/api/v1/users/me', { headers, from: '198.51.100.70' });
    await portal.settled();
    portal.clock.advance(11);
    await read('198.51.100.70');
    const { body } = await ask('GET', '/rate-limits');
    const strikes = body.data.find(({ name }: { name: string }) => name === 'strikes');
    expect(strikes.lastHour).toMatchObject({ counted: 3, refused: 0 });
  });
});

test('a block that was lifted while the cache could not be reached does not come back with it', async () => {
  const { cache } = portal.deps;
  const id = await block('198.51.100.77');
  expect(await read('198.51.100.77')).toBe(429);
  const away: Cache = { get: async () => undefined, set: async () => {}, delete: async () => {} };
  Object.assign(portal.deps, { cache: away });
  expect((await ask('DELETE', `/ip-blocks/${id}`)).status).toBe(204);
  expect(await read('198.51.100.77')).toBe(200);
  Object.assign(portal.deps, { cache });
  portal.clock.advance(RULES_MS / 1000 + 1);
  await read('198.51.100.78');
  expect(await read('198.51.100.77')).toBe(200);
});

test('lifting the block of a site for an address forgets what was counted for that address', async () => {
  const from = '2001:db8:6:1::9';
  for (let n = 0; n < LIMITS.anonymous.limit; n++) await read(from);
  expect(await read(from)).toBe(429);
  await block('2001:db8:6::/48');
  expect((await ask('DELETE', `/ip-blocks?address=${from}`)).status).toBe(204);
  expect(await read(from)).toBe(200);
});

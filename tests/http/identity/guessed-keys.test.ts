import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LIMITS } from '../../../src/app/limits.ts';
import { type Portal, startPortal } from '../../support/portal.ts';

const FLOOD = 600;

describe('guessing at API keys', () => {
  let portal: Portal;
  let key: string;
  beforeEach(async () => {
    portal = await startPortal({ environment: { RATE_LIMIT_FACTOR: '1' } });
    const token = await portal.signIn((await portal.person('patient', 'owner')).email);
    const body = { name: 'k', scopes: ['read:own_profile'] };
    key = (await portal.request('POST', '/api/v1/api-keys', { token, body })).body.key;
  });
  afterEach(() => portal.close());

  const use = (secret: string, from = '198.51.100.9') =>
    portal.request('GET', '/api/v1/users/me', { headers: { 'X-API-Key': secret }, from });
  const guess = (n: number) => use(`ppk_${String(n).padStart(43, 'a')}`);

  test(`${FLOOD} guesses at once reach the database no more often than their address may guess`, async () => {
    const asked = { guesses: 0 };
    const { identity } = portal.deps.loads;
    const { apiKey } = identity;
    Object.assign(identity, {
      apiKey: (...args: Parameters<typeof apiKey>) => {
        asked.guesses += 1;
        return apiKey(...args);
      },
    });
    const replies = await Promise.all(Array.from({ length: FLOOD }, (_, n) => guess(n)));
    const { limit } = LIMITS.anonymous;
    expect(replies.filter(({ status }) => status === 401)).toHaveLength(limit);
    expect(replies.filter(({ status }) => status === 429)).toHaveLength(FLOOD - limit);
    expect(asked.guesses).toBe(limit);
    const before = portal.database.roundTrips();
    for (let n = 0; n < 20; n++) expect((await guess(1000 + n)).status).toBe(429);
    expect(portal.database.roundTrips()).toBe(before);
    // Other client addresses are not affected.
    expect((await use(key, '198.51.100.10')).status).toBe(200);
  });

  test('a valid key does not count against its address, and has its own limit', async () => {
    for (let n = 0; n < LIMITS.api_key.limit; n++) {
      // Each request looks the key up again.
      if (n % 20 === 0) portal.clock.advance(6);
      const { status, headers } = await use(key);
      expect([n, status]).toEqual([n, 200]);
      expect(headers.get('ratelimit-policy')).toBe('"api-key";q=300;w=60');
    }
    const guesses = await Promise.all(Array.from({ length: LIMITS.anonymous.limit }, (_, n) => guess(n)));
    expect(guesses.filter(({ status }) => status === 401).length).toBe(LIMITS.anonymous.limit);
  });
});

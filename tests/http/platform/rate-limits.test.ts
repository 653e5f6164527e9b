import { describe, expect, test } from 'vitest';
import { startPortal } from '../../support/portal.ts';

describe('R33: rate limits', () => {
  test('exactly N of 10 N parallel requests pass, and the refusal says when to come back', async () => {
    const limited = await startPortal({ environment: { RATE_LIMIT_FACTOR: '0.05' } });
    const replies = await Promise.all(
      Array.from({ length: 120 }, () => limited.request('GET', '/.well-known/jwks.json')),
    );
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(12);
    const refused = replies.find(({ status }) => status === 429);
    expect(refused?.body.code).toBe('too_many_requests');
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused?.headers.get('ratelimit-policy')).toBe('"anonymous";q=12;w=60');
    expect(refused?.headers.get('ratelimit')).toMatch(/^"anonymous";r=0;t=\d+$/);
    await limited.close();
  });

  test('guessing at tokens and keys ends in the same refusal, which says when to come back', async () => {
    const guesses = [{ Authorization: 'Bearer x.y.z' }, { 'X-API-Key': `ppk_${'a'.repeat(43)}` }];
    for (const headers of guesses) {
      const limited = await startPortal({ environment: { RATE_LIMIT_FACTOR: '0.005' } });
      const guess = () => limited.request('GET', '/api/v1/users/me', { headers });
      expect((await guess()).status).toBe(401);
      const refused = await guess();
      expect([refused.status, refused.body.code]).toEqual([429, 'too_many_requests']);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(refused.headers.get('ratelimit-policy')).toBe('"anonymous";q=1;w=60');
      expect(refused.headers.get('ratelimit')).toMatch(/^"anonymous";r=0;t=\d+$/);
      await limited.close();
    }
  });

  test('R58: probes are never limited, and the queue’s callbacks neither', async () => {
    const limited = await startPortal({ environment: { RATE_LIMIT_FACTOR: '0.005' } });
    for (let i = 0; i < 5; i++) {
      expect((await limited.request('GET', '/health')).status).toBe(200);
      const callback = await limited.request('POST', '/api/v1/callbacks/qstash/notification.deliver', {
        body: { id: 'x' },
      });
      expect(callback.status).toBe(401);
    }
    await limited.close();
  });

  test('R34: the address is the connection’s, whatever a header says; IPv6 counts by /64', async () => {
    const limited = await startPortal({ environment: { RATE_LIMIT_FACTOR: '0.005' } });
    const get = async (from: string, forged: string) =>
      (
        await limited.request('GET', '/.well-known/jwks.json', {
          from,
          headers: { 'X-Forwarded-For': forged, 'CF-Connecting-IP': forged },
        })
      ).status;
    expect(await get('2001:db8:1:2::1', '198.51.100.1')).toBe(200);
    expect(await get('2001:db8:1:2:ffff::9', '198.51.100.2')).toBe(429);
    expect(await get('2001:db8:1:3::1', '198.51.100.1')).toBe(200);
    await limited.close();
  });
});

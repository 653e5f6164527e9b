import { describe, expect, test } from 'vitest';
import { startPortal } from '../../support/portal.ts';

describe('R33: rate limits', () => {
  test('exactly N of 10 N parallel requests pass, and the refusal says when to come back', async () => {
    const limited = await startPortal({ environment: { RATE_LIMIT_FACTOR: '0.12' } });
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

  test('every answer that a limit counted tells the limit: refusals, absences and failures too', async () => {
    const limited = await startPortal({ environment: { RATE_LIMIT_FACTOR: '1' } });
    const told = async (...request: Parameters<typeof limited.request>) => {
      const { status, headers } = await limited.request(...request);
      return [status, headers.get('ratelimit-policy'), headers.get('ratelimit')?.replace(/t=\d+/g, 't')];
    };
    const { email, id } = await limited.person('patient', 'told');
    const token = await limited.signIn(email);
    const stranger = '198.51.100.7';
    expect(
      await told('GET', '/api/v1/users/me', { headers: { Authorization: 'Bearer x.y.z' }, from: stranger }),
    ).toEqual([401, '"anonymous";q=100;w=60', '"anonymous";r=99;t']);
    expect(await told('GET', '/api/v1/admin/webhooks', { token })).toEqual([
      403,
      '"patient";q=1000;w=3600',
      '"patient";r=999;t',
    ]);
    expect((await told('GET', `/api/v1/appointments/${id}`, { token }))[0]).toBe(404);
    expect(await told('PUT', '/api/v1/users/me', { token, body: { firstName: 1 } })).toEqual([
      422,
      '"patient";q=1000;w=3600',
      '"patient";r=997;t',
    ]);
    Object.assign(limited.deps.loads.identity, {
      user: () => {
        throw new Error('a bug');
      },
    });
    const [status, policy] = await told('GET', '/api/v1/users/me', { token });
    expect([status, policy]).toEqual([500, '"patient";q=1000;w=3600']);
    await limited.close();
  });

  test('of several limits the one that is nearest to its end comes first, and none that tells of others', async () => {
    const limited = await startPortal({ environment: { RATE_LIMIT_FACTOR: '1' } });
    const { headers } = await limited.request('POST', '/api/v1/auth/login', {
      body: { email: 'nobody@example.org', password: 'not the password at all' },
    });
    expect(headers.get('ratelimit-policy')).toBe('"login-address";q=30;w=900, "returning";q=100;w=60');
    expect(headers.get('ratelimit')).toMatch(/^"login-address";r=29;t=\d+, "returning";r=99;t=\d+$/);
    await limited.close();
  });

  test.each([
    ['patient', 1_000],
    ['doctor', 6_000],
    ['staff', 12_000],
    ['admin', 12_000],
  ] as const)('a %s has %i requests an hour', async (role, requests) => {
    const limited = await startPortal({ environment: { RATE_LIMIT_FACTOR: '1' } });
    const token = await limited.signIn((await limited.person(role, role)).email);
    const { headers } = await limited.request('GET', '/api/v1/users/me', { token });
    expect(headers.get('ratelimit-policy')).toBe(`"${role}";q=${requests};w=3600`);
    await limited.close();
  });

  test.each([
    ['patient', 10],
    ['staff', 300],
  ] as const)('a %s uploads %i files an hour', async (role, uploads) => {
    const limited = await startPortal({ environment: { RATE_LIMIT_FACTOR: '1' } });
    const { email, id } = await limited.person(role, role);
    const token = await limited.signIn(email);
    const begin = () =>
      limited.request('POST', '/api/v1/files', {
        token,
        body: { filename: 'a.txt', mimeType: 'text/plain', sizeBytes: 1, fileType: 'other', patientId: id },
      });
    const statuses = [];
    for (let n = 0; n < uploads + 1; n++) statuses.push((await begin()).status);
    expect(statuses.slice(0, uploads)).not.toContain(429);
    expect(statuses.at(-1)).toBe(429);
    await limited.close();
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

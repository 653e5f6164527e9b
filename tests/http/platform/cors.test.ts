import { expect, test } from 'vitest';
import { startPortal } from '../../support/portal.ts';

test('other origins are let in by an allow-list, never by a star', async () => {
  const open = await startPortal({ environment: { CORS_ORIGINS: 'https://app.example' } });
  const allowed = async (origin: string) =>
    (await open.request('GET', '/health', { headers: { Origin: origin } })).headers.get('access-control-allow-origin');
  expect(await allowed('https://app.example')).toBe('https://app.example');
  expect(await allowed('https://evil.example')).toBeNull();
  await open.close();
});

test('a page of an allowed origin may send its credentials and read the headers; caches keep origins apart', async () => {
  const open = await startPortal({ environment: { CORS_ORIGINS: 'https://app.example' } });
  const headersFor = async (method: string, path: string, headers: Record<string, string>) =>
    Object.fromEntries((await open.fetch(new Request(`https://portal.example${path}`, { method, headers }))).headers);
  const preflight = {
    'Access-Control-Request-Method': 'PUT',
    'Access-Control-Request-Headers': 'authorization,if-match',
  };
  const app = { Origin: 'https://app.example' };
  const readable = {
    'access-control-allow-origin': 'https://app.example',
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': expect.stringContaining('ETag'),
  };
  const [read, asked, refused, plain, ofLog, askedOfLog] = await Promise.all([
    headersFor('GET', '/health', app),
    headersFor('OPTIONS', '/api/v1/users/me', { ...app, ...preflight }),
    headersFor('OPTIONS', '/api/v1/users/me', { Origin: 'https://evil.example', ...preflight }),
    headersFor('GET', '/health', {}),
    headersFor('GET', '/audit/log/key', { Origin: 'https://evil.example' }),
    headersFor('OPTIONS', '/audit/log/key', { Origin: 'https://evil.example', ...preflight }),
  ]);
  await open.close();
  expect(read).toMatchObject({ ...readable, vary: 'Origin' });
  expect(asked).toMatchObject({
    ...readable,
    'access-control-allow-methods': 'GET,POST,PUT,PATCH,DELETE',
    'access-control-allow-headers': 'authorization,if-match',
    'access-control-max-age': '600',
    vary: 'Access-Control-Request-Headers, Origin',
  });
  for (const headers of [refused, plain]) {
    expect(headers.vary).toContain('Origin');
    expect(Object.keys(headers)).not.toContain('access-control-allow-origin');
    expect(Object.keys(headers)).not.toContain('access-control-allow-credentials');
  }
  for (const headers of [ofLog, askedOfLog]) {
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(Object.keys(headers)).not.toContain('access-control-allow-credentials');
  }
  expect(askedOfLog['access-control-allow-methods']).toBe('GET');
});

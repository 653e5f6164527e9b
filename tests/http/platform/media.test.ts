/** Methods, media types and codings that are not spoken here. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Portal, startPortal } from '../../support/portal.ts';

let portal: Portal;
beforeAll(async () => {
  portal = await startPortal();
});
afterAll(() => portal.close());

describe('R30: what is not spoken here is refused, and said', () => {
  test('an unknown method is told the methods of the path it asked', async () => {
    const allow = async (method: string, path: string) => {
      const { status, headers } = await portal.request(method, path);
      return [status, headers.get('allow')];
    };
    expect(await allow('PURGE', '/api/v1/auth/login')).toEqual([405, 'POST']);
    expect(await allow('PROPFIND', '/health')).toEqual([405, 'GET, HEAD']);
    expect((await portal.request('PURGE', '/nothing-here')).status).toBe(404);
  });

  test.each([
    { 'Content-Type': 'application/json;charset=utf-16' },
    { 'Content-Type': 'application/json; charset="iso-8859-1"' },
    { 'Content-Type': 'application/merge-patch+json' },
    { 'Content-Type': 'application/vnd.example+json' },
    { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' },
  ])('a body sent as %j is refused: 415', async (headers) => {
    const body = { email: 'a@b.example', password: 'whatever it is' };
    const { status, body: problem } = await portal.request('POST', '/api/v1/auth/login', { body, headers });
    expect([status, problem.code]).toEqual([415, 'unsupported_media_type']);
  });

  test.each([
    { 'Content-Type': 'application/json; charset=UTF-8' },
    { 'Content-Type': 'Application/JSON;charset="utf-8"' },
    { 'Content-Type': 'application/json', 'Content-Encoding': 'identity' },
  ])('a body sent as %j is read', async (headers) => {
    const body = { email: 'a@b.example', password: 'whatever it is' };
    expect((await portal.request('POST', '/api/v1/auth/login', { body, headers })).status).toBe(401);
  });
});

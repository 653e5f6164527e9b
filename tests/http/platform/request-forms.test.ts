/** R47, R69: what comes in a form that no client of ours uses. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Portal, startPortal } from '../../support/portal.ts';

let portal: Portal;
beforeAll(async () => {
  portal = await startPortal();
});
afterAll(() => portal.close());

/** A request as a server hands it over, which the constructor would refuse to make. */
function handedOver(path: string, given: { readonly method?: string; readonly url?: string }, init: RequestInit = {}) {
  const request = new Request(`https://portal.example${path}`, init);
  for (const [name, value] of Object.entries(given)) Object.defineProperty(request, name, { value });
  return request;
}

const JSON_BODY = { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } };

describe('R69 any method and any address is answered, never with a fault of ours', () => {
  test.each(['TRACE', 'TRACK', 'CONNECT', 'get', 'PROPFIND', 'M-SEARCH', 'x'.repeat(9000)])(
    'R69 method %.20s',
    async (method) => {
      for (const init of [{}, JSON_BODY]) {
        const known = await portal.fetch(handedOver('/api/v1/auth/login', { method }, init));
        expect([known.status, known.headers.get('allow')]).toEqual([405, 'POST']);
        expect((await portal.fetch(handedOver('/nowhere', { method }, init))).status).toBe(404);
      }
    },
  );

  test.each([
    'http://a b/api/v1/doctors',
    'http://[::1/api/v1/doctors',
    'http://me:secret@portal.example/api/v1/doctors',
    'http://x:99999/',
  ])('R69 address %s', async (url) => {
    for (const init of [{}, JSON_BODY]) {
      const response = await portal.fetch(handedOver('/api/v1/doctors', { url }, init));
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: 'malformed_target' });
    }
  });
});

describe('R47 a callback without the queue’s signature', () => {
  const call = (body: string | undefined, headers: Record<string, string> = {}) =>
    portal.request('POST', '/api/v1/callbacks/qstash/notification.deliver', { body, headers });

  test.each<[string, string | undefined, Record<string, string>]>([
    ['a body that is not valid', '{"wrong":1}', {}],
    ['a body that is not JSON', '{', {}],
    ['another media type', 'x', { 'Content-Type': 'text/plain' }],
    ['no body', undefined, {}],
    ['parameters of its own', '{}', { 'Upstash-Signature': 'forged' }],
  ])('R47 with %s is 401 before the body is looked at', async (_, body, headers) => {
    const { status, body: problem } = await call(body, headers);
    expect([status, problem.code]).toEqual([401, 'signature_invalid']);
  });
});

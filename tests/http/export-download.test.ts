/** The copy of one's own data is fetched once: only an answer that carries it uses it up. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Portal, startPortal } from '../support/portal.ts';

let portal: Portal;
let token: string;

beforeAll(async () => {
  portal = await startPortal();
  token = await portal.signIn((await portal.person('patient', 'maria')).email);
});
afterAll(() => portal.close());

async function readyExport(): Promise<string> {
  const { headers } = await portal.request('POST', '/api/v1/privacy/exports', { token });
  await portal.platform.jobs.runDue();
  return headers.get('location') ?? '';
}

const ask = (method: string, path: string, headers: Record<string, string> = {}) =>
  portal.request(method, path, { token, headers });

describe('R55: a copy is used up by the answer that carries it, and by nothing else', () => {
  test('HEAD tells its headers as often as it is asked (RFC 9110 section 9.2.1)', async () => {
    const { headers } = await portal.request('POST', '/api/v1/privacy/exports', { token });
    const path = headers.get('location') ?? '';
    expect((await ask('HEAD', `${path}/download`)).status).toBe(409);
    await portal.platform.jobs.runDue();
    const heads = [await ask('HEAD', `${path}/download`), await ask('HEAD', `${path}/download`)];
    expect(heads.map(({ status }) => status)).toEqual([200, 200]);
    expect((await ask('GET', path)).body.status).toBe('ready');

    const { status, headers: told } = await ask('GET', `${path}/download`, { Accept: '*/*' });
    expect(status).toBe(200);
    for (const name of ['content-type', 'content-disposition', 'content-length', 'accept-ranges']) {
      expect([name, heads[0]?.headers.get(name)]).toEqual([name, told.get(name)]);
    }
    expect(Number(told.get('content-length'))).toBeGreaterThan(100);
    expect((await ask('HEAD', `${path}/download`)).status).toBe(404);
  });

  test('who cannot take an archive is told so before it is used up', async () => {
    const path = await readyExport();
    for (const accept of ['image/png', 'application/json', 'application/zip;q=0']) {
      expect([accept, (await ask('GET', `${path}/download`, { Accept: accept })).status]).toEqual([accept, 406]);
    }
    expect((await ask('GET', `${path}/download`, { Accept: 'application/zip' })).status).toBe(200);
  });

  test('a part of it is never sent: a range is answered with the whole', async () => {
    const path = await readyExport();
    const { status, headers } = await ask('GET', `${path}/download`, { Range: 'bytes=0-9' });
    expect({ status, ranges: headers.get('accept-ranges') }).toEqual({ status: 200, ranges: 'none' });
    expect(Number(headers.get('content-length'))).toBeGreaterThan(100);
  });
});

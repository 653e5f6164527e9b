/** The copy of one's own data is fetched once: only an answer that carries it uses it up. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DataExportId } from '../../../domain/privacy/changes.ts';
import { toBase64Url, utf8 } from '../../../domain/shared/bytes.ts';
import { sealedPlaceOf } from '../../../domain/shared/sealed-columns.ts';
import { PASSWORD, type Portal, startPortal } from '../../support/portal.ts';

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

describe('R55 a copy counts as downloaded only after a complete answer', () => {
  test('R55 HEAD answers with the headers and changes nothing (RFC 9110 section 9.2.1)', async () => {
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

  test('R55 a request that does not accept ZIP gets 406, and the copy can still be downloaded', async () => {
    const path = await readyExport();
    for (const accept of ['image/png', 'application/json', 'application/zip;q=0']) {
      expect([accept, (await ask('GET', `${path}/download`, { Accept: accept })).status]).toEqual([accept, 406]);
    }
    expect((await ask('GET', `${path}/download`, { Accept: 'application/zip' })).status).toBe(200);
  });

  test('R55 a request for a range is answered with the complete copy', async () => {
    const path = await readyExport();
    const { status, headers } = await ask('GET', `${path}/download`, { Range: 'bytes=0-9' });
    expect({ status, ranges: headers.get('accept-ranges') }).toEqual({ status: 200, ranges: 'none' });
    expect(Number(headers.get('content-length'))).toBeGreaterThan(100);
  });
});

describe('R67 step-up where data leave the portal', () => {
  const STEP_UP_SECONDS = 300;
  const stepUp = async () =>
    (await portal.request('POST', '/api/v1/auth/step-up', { token, body: { password: PASSWORD } })).body.accessToken;

  test('R67 a download without a recent step-up is refused, and the copy can still be downloaded', async () => {
    const path = await readyExport();
    portal.clock.advance(STEP_UP_SECONDS);
    for (const method of ['GET', 'HEAD']) {
      expect([method, (await ask(method, `${path}/download`)).status]).toEqual([method, 403]);
    }
    const refused = await ask('GET', `${path}/download`);
    expect(refused.body).toMatchObject({ code: 'step_up_required', methods: ['password'] });
    expect((await ask('GET', path)).body).toMatchObject({ status: 'ready', fetchedAt: null });
    token = await stepUp();
    expect((await ask('GET', `${path}/download`, { Accept: '*/*' })).status).toBe(200);
  });

  test('R67 a copy of somebody else gets the same 404 as an absent one, and can still be downloaded', async () => {
    const path = await readyExport();
    const other = await portal.signIn((await portal.person('admin', 'otto')).email);
    for (const asked of [path, `${path}/download`]) {
      expect((await portal.request('GET', asked, { token: other })).status).toBe(404);
    }
    expect((await ask('GET', `${path}/download`)).status).toBe(200);
  });

  test('R67 an interrupted download can be repeated, a complete one cannot', async () => {
    const path = await readyExport();
    const fetch = () =>
      portal.fetch(
        new Request(`https://portal.example${path}/download`, { headers: { Authorization: `Bearer ${token}` } }),
      );
    for (const parts of [0, 1]) {
      const reader = (await fetch()).body?.getReader();
      expect((await ask('GET', path)).body.status).toBe('fetched');
      for (let n = 0; n < parts; n++) await reader?.read();
      await reader?.cancel();
      expect([parts, (await ask('GET', path)).body]).toMatchObject([parts, { status: 'ready', fetchedAt: null }]);
    }
    const whole = await fetch();
    expect((await whole.arrayBuffer()).byteLength).toBe(Number(whole.headers.get('content-length')));
    expect((await fetch()).status).toBe(404);
  });

  test('R67 every route that answers with a file of records requires a step-up', async () => {
    const { body: document } = await portal.request('GET', '/openapi.json');
    const files = Object.entries<{ get?: { responses: Record<string, { content?: object }> } }>(document.paths)
      .filter(([, { get }]) =>
        Object.keys(get?.responses['200']?.content ?? {}).some((type) => /zip|csv|ndjson/.test(type)),
      )
      .map(([path]) => path);
    expect(files.length).toBeGreaterThanOrEqual(3);
    const old = await portal.signIn('otto@example.org');
    portal.clock.advance(STEP_UP_SECONDS);
    for (const path of files) {
      const place = path.replace('{id}', '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f');
      const { status, body } = await portal.request('GET', place, { token: old });
      expect([path, status, body.code]).toEqual([path, 403, 'step_up_required']);
    }
  });
});

describe('R85 a copy that the version before has made', () => {
  test('R85 is downloaded byte for byte as that version stored it', async () => {
    token = await portal.signIn('maria@example.org');
    const path = await readyExport();
    const id = path.split('/').at(-1) ?? '';
    const { files, cipher, database, loads } = portal.deps;
    const [own] = await database.load(loads.identity.userByEmail('maria@example.org'));
    if (own === undefined) throw new Error('the account is not found');
    const [found] = await database.load(loads.privacy.dataExport(id as DataExportId, own.id));
    const folder = found?.fileKey ?? '';
    const store = (part: string, bytes: Uint8Array) =>
      files.put(
        `${folder}/${part}`,
        cipher.seal(own.dataKey, sealedPlaceOf('data_exports', 'archive', `${folder}/${part}`), toBase64Url(bytes)),
        'application/octet-stream',
      );
    await files.deleteFolder(folder);
    await store('index.html-0', utf8('the second part'));
    const pieces = [{ frame: toBase64Url(utf8('first, ')) }, { part: 'index.html-0' }];
    await store('manifest', utf8(JSON.stringify({ sizeBytes: found?.sizeBytes, pieces })));
    const { body } = await ask('GET', `${path}/download`);
    expect(body).toBe('first, the second part');
  });
});

/** Signed addresses that open a file without further credentials (R54). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Documents, startDocuments, TEXT } from './documents.ts';

let documents: Documents;
let maria: string;
let id: string;
beforeAll(async () => {
  documents = await startDocuments();
});
beforeEach(async () => {
  maria = await documents.clinic.portal.signIn(documents.clinic.maria.email);
  id = await documents.add(maria);
});
afterAll(() => documents.close());

const make = (token = maria, file = id) => documents.clinic.post(`/files/${file}/download-link`, token);
const urlOf = async (token = maria, file = id): Promise<string> => (await make(token, file)).body.url;
const open = (url: string, headers: Record<string, string> = {}, method = 'GET') =>
  documents.fetch(url, undefined, { headers, method });
const answerOf = async (url: string) => {
  const response = await open(url);
  return [response.status, response.status === 200 ? await response.text() : (await response.json()).code];
};
const openings = () =>
  documents.rows(
    sql`SELECT actor_id, session_id IS NOT NULL AS in_session, details FROM audit_events
        WHERE resource_id = ${id} AND event_type = 'file.downloaded' ORDER BY sequence`,
  );

describe('a link to a file', () => {
  test('opens it for five minutes, without a header, and is recorded as a download of whoever has made it', async () => {
    const { clinic } = documents;
    const made = await make();
    expect(made.status).toBe(201);
    expect(Date.parse(made.body.expiresAt) - clinic.portal.clock.now()).toBe(300_000);
    expect((await clinic.get(`/files/${id}`, maria)).body._links.downloadLink).toEqual({
      href: `/api/v1/files/${id}/download-link`,
      method: 'POST',
    });
    const response = await open(made.body.url);
    expect(await response.text()).toBe(TEXT);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'cache-control': 'private, no-store',
      'referrer-policy': 'no-referrer',
      'content-disposition': expect.stringContaining('attachment'),
    });
    expect(await openings()).toMatchObject([
      { actor_id: clinic.maria.id, in_session: true, details: { purpose: 'own' } },
    ]);
    clinic.portal.clock.advance(299);
    expect((await open(made.body.url)).status).toBe(200);
    clinic.portal.clock.advance(1);
    expect(await answerOf(made.body.url)).toEqual([403, 'file_link_invalid']);
  });

  test('sends ranges, HEAD and 304 as the download does', async () => {
    const url = await urlOf();
    const part = await open(url, { Range: 'bytes=3-7' });
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      `bytes 3-7/${TEXT.length}`,
      TEXT.slice(3, 8),
    ]);
    const etag = part.headers.get('etag') ?? '';
    const head = await open(url, {}, 'HEAD');
    expect([head.status, head.headers.get('content-length'), head.headers.get('etag')]).toEqual([
      200,
      String(TEXT.length),
      etag,
    ]);
    expect((await open(url, { 'If-None-Match': etag })).status).toBe(304);
    expect((await open(url, { Range: `bytes=${TEXT.length}-` })).status).toBe(416);
    expect(await openings()).toMatchObject([{ details: { purpose: 'own', firstByte: 3, lastByte: 7 } }]);
  });

  test('is refused if anything of it is altered, for another file and for another method', async () => {
    const url = new URL(await urlOf());
    const token = url.searchParams.get('token') ?? '';
    const other = await documents.add(maria);
    const parts = token.split('.');
    const changed = parts.map((_, index) =>
      parts.map((part, n) => (n === index ? `${part.startsWith('0') ? '1' : '0'}${part.slice(1)}` : part)).join('.'),
    );
    for (const each of [...changed, token.slice(0, -1), `${token}.`, 'x', parts.slice(1).join('.')]) {
      const altered = new URL(url);
      altered.searchParams.set('token', each);
      expect([each, await answerOf(altered.href)]).toEqual([each, [403, 'file_link_invalid']]);
    }
    expect(await answerOf(url.href.replace(id, other))).toEqual([403, 'file_link_invalid']);
    const put = await documents.fetch(url.href, undefined, { method: 'PUT', body: TEXT });
    expect(put.status).toBe(422);
    expect((await open(url.href, {}, 'DELETE')).status).toBe(405);
  });

  test('ends with the session, and with the session of nobody else', async () => {
    const { clinic } = documents;
    const url = await urlOf();
    const other = await clinic.portal.signIn(clinic.maria.email);
    const kept = await urlOf(other);
    expect((await clinic.post('/auth/logout', maria)).status).toBeLessThan(300);
    expect(await answerOf(url)).toEqual([403, 'file_link_invalid']);
    expect(await answerOf(kept)).toEqual([200, TEXT]);
  });

  test('opens nothing once the access is lost, the file is deleted or is not clean', async () => {
    const { clinic } = documents;
    const proxy = { personId: clinic.paul.id, ground: 'authorised', proof: 'Signed form seen' };
    expect((await clinic.post(`/patients/${clinic.maria.id}/proxies`, clinic.staff.token, proxy)).status).toBe(201);
    const [theirs, own] = [await urlOf(clinic.paul.token), await urlOf()];
    expect(await answerOf(theirs)).toEqual([200, TEXT]);
    expect((await openings())[0]).toMatchObject({ details: { purpose: 'proxy', onBehalfOf: clinic.maria.id } });
    const write = (statement: Parameters<Documents['rows']>[0]) => clinic.portal.driver.run([statement], 'write');
    await write(sql`UPDATE proxies SET revoked_at = now(), revoked_by = ${clinic.staff.id}::uuid`);
    expect(await answerOf(theirs)).toEqual([404, 'file_not_found']);
    await write(sql`UPDATE files SET state = 'scanning' WHERE id = ${id}::uuid`);
    expect(await answerOf(own)).toEqual([409, 'file_not_available']);
    expect((await make()).body.code).toBe('file_not_available');
    await write(sql`UPDATE files SET state = 'clean' WHERE id = ${id}::uuid`);
    expect((await clinic.delete(`/files/${id}`, maria)).status).toBe(204);
    expect(await answerOf(own)).toEqual([404, 'file_not_found']);
    expect((await make()).body.code).toBe('file_not_found');
  });

  test('is made by nobody who may not see the file, nor by a program', async () => {
    const { clinic } = documents;
    expect((await make(clinic.otherDoctor.token)).body.code).toBe('file_not_found');
    const key = await clinic.post('/api-keys', maria, { name: 'sync', scopes: ['read:own_files'] });
    const headers = { 'X-API-Key': key.body.key };
    const asKey = (method: string, path: string) =>
      documents.fetch(`/files/${id}${path}`, undefined, { method, headers });
    expect((await asKey('POST', '/download-link')).status).toBe(403);
    const shown = await asKey('GET', '');
    expect((await shown.json())._links.downloadLink).toBeUndefined();
    expect((await documents.fetch(`/files/${id}/download-link`, undefined, { method: 'POST' })).status).toBe(401);
  });
});

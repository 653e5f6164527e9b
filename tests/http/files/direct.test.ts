/** Uploading to signed addresses (R54), and what is left of uploads that end early. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Documents, startDocuments, TEXT } from './documents.ts';

let documents: Documents;
let maria: string;
beforeAll(async () => {
  documents = await startDocuments({ FILE_MAX_MB: '60' });
});
beforeEach(async () => {
  const { portal, maria: person } = documents.clinic;
  maria = await portal.signIn(person.email);
});
afterAll(() => documents.close());

const HASH = createHash('sha256').update(TEXT).digest('hex');
const NOTE = { filename: 'values.txt', mimeType: 'text/plain', sizeBytes: TEXT.length, fileType: 'lab_result' };
const begin = async (more: object = {}) => (await documents.clinic.post('/files', maria, { ...NOTE, ...more })).body;
const put = (url: string, body: string | Uint8Array, method = 'PUT') =>
  documents.fetch(url, undefined, { method, body: body as BodyInit });
const complete = (id: string, token = maria) => documents.clinic.post(`/files/${id}/complete`, token);
const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;
const sweep = () => documents.clinic.portal.platform.jobs.everyMinute();

describe('a direct upload', () => {
  test('begins, takes the bytes without credentials, and is completed', async () => {
    const begun = await begin({ sha256: HASH, tags: ['blood'] });
    expect(begun).toMatchObject({ parts: [], expiresAt: expect.stringMatching(/T13:00:00Z$/) });
    expect(begun.uploadUrl).toMatch(/^https:\/\/portal.example\/api\/v1\/files\/[0-9a-f-]{36}\/content\?token=/);
    const early = await complete(begun.id);
    expect([early.status, early.body]).toMatchObject([
      409,
      { code: 'file_incomplete', expected: TEXT.length, received: 0 },
    ]);
    expect((await put(begun.uploadUrl, TEXT)).status).toBe(204);
    const { clinic } = documents;
    expect((await clinic.get('/files/quota', maria)).body.reservedBytes).toBe(TEXT.length);
    expect((await clinic.get('/files/my', maria)).body.data).toEqual([]);
    const done = await complete(begun.id);
    expect([done.status, done.body]).toMatchObject([200, { state: 'scanning', sha256: HASH, tags: ['blood'] }]);
    await clinic.runJobs();
    expect(await (await documents.fetch(`/files/${begun.id}/download`, maria)).text()).toBe(TEXT);
  });

  test('bytes may be sent again, also by two at once, until the upload is completed', async () => {
    const begun = await begin();
    expect((await put(begun.uploadUrl, 'Something else of it.\n')).status).toBe(204);
    const both = await Promise.all([put(begun.uploadUrl, TEXT), put(begun.uploadUrl, TEXT)]);
    expect(both.map(({ status }) => status)).toEqual([204, 204]);
    const attempts = await documents.rows(sql`SELECT attempt FROM file_attempts WHERE file_id = ${begun.id}::uuid`);
    expect(attempts).toHaveLength(3);
    const done = await complete(begun.id);
    expect([done.status, done.body.sha256]).toEqual([200, HASH]);
    expect(await codeOf(await put(begun.uploadUrl, TEXT))).toBe('file_upload_over');
    expect((await complete(begun.id)).body.code).toBe('file_upload_over');
    // The objects that lost are deleted when no request can store another one.
    const { portal } = documents.clinic;
    portal.clock.advance(3601);
    await portal.platform.jobs.runDue();
    const [part] = await documents.rows(sql`SELECT attempt FROM file_parts WHERE file_id = ${begun.id}::uuid`);
    const stored = await Promise.all(
      attempts.map(
        async ({ attempt }) => (await portal.deps.files.get(`files/${begun.id}/1-${attempt}`)) !== undefined,
      ),
    );
    expect(stored.filter(Boolean)).toHaveLength(1);
    expect(stored[attempts.findIndex(({ attempt }) => attempt === part?.attempt)]).toBe(true);
  });

  test('above 50 MB it is sent in parts, in any order', async () => {
    const bytes = new Uint8Array(51_000_000).fill(0x61);
    const begun = await begin({ sizeBytes: bytes.length });
    expect(begun.uploadUrl).toBeNull();
    expect(begun.parts.map(({ sizeBytes }: { sizeBytes: number }) => sizeBytes)).toEqual([
      ...Array(6).fill(8_388_608),
      51_000_000 - 6 * 8_388_608,
    ]);
    const [first, ...others] = [...begun.parts].reverse();
    const slice = ({ number }: { number: number }) => bytes.slice((number - 1) * 8_388_608, number * 8_388_608);
    for (const part of others) expect((await put(part.uploadUrl, slice(part))).status).toBe(204);
    expect((await complete(begun.id)).body.code).toBe('file_incomplete');
    const wrong = await put(first.uploadUrl, slice(first).subarray(1));
    expect([wrong.status, await codeOf(wrong)]).toEqual([409, 'file_incomplete']);
    expect(await codeOf(await put(first.uploadUrl, bytes.slice(0, 8_388_608)))).toBe('file_incomplete');
    expect((await put(first.uploadUrl, slice(first))).status).toBe(204);
    const done = await complete(begun.id);
    expect([done.status, done.body.sha256]).toEqual([200, createHash('sha256').update(bytes).digest('hex')]);
    await documents.clinic.runJobs();
    const range = { Range: 'bytes=8388600-8388615' };
    const part = await documents.fetch(`/files/${begun.id}/download`, maria, { headers: range });
    expect([part.status, await part.text()]).toEqual([206, 'a'.repeat(16)]);
  });

  test('a token works for its file, its part, its method and its time alone', async () => {
    const [one, other] = [await begin(), await begin()];
    const token = new URL(one.uploadUrl).searchParams.get('token') ?? '';
    const altered = [
      `${one.uploadUrl}x`,
      one.uploadUrl.replace(one.id, other.id),
      one.uploadUrl.replace('token=0.', 'token=1.'),
      one.uploadUrl.replace(/token=0\.(\d+)/, (_: string, end: string) => `token=0.${Number(end) + 60}`),
      one.uploadUrl.replace(token, 'x'),
    ];
    for (const url of altered) {
      const refused = await put(url, TEXT);
      expect([refused.status, await codeOf(refused)], url).toEqual([403, 'file_link_invalid']);
    }
    expect((await put(one.uploadUrl, TEXT, 'POST')).status).toBe(405);
    documents.clinic.portal.clock.advance(3600);
    expect(await codeOf(await put(one.uploadUrl, TEXT))).toBe('file_link_invalid');
  });

  test('only who has begun it can see and complete it', async () => {
    const { clinic } = documents;
    const begun = await begin();
    await put(begun.uploadUrl, TEXT);
    const staff = await clinic.portal.signIn(clinic.staff.email);
    expect((await clinic.get(`/files/${begun.id}`, staff)).body.code).toBe('file_not_found');
    expect((await complete(begun.id, await clinic.portal.signIn(clinic.paul.email))).body.code).toBe('file_not_found');
    expect((await clinic.get(`/files/${begun.id}`, maria)).body.state).toBe('uploading');
    expect((await complete(begun.id)).status).toBe(200);
  });

  test('what is refused when it is completed can be sent again', async () => {
    const begun = await begin({ sha256: HASH });
    await put(begun.uploadUrl, 'Haemoglobin 14.2 g/dl\n');
    expect((await complete(begun.id)).body.code).toBe('file_hash_mismatch');
    await put(begun.uploadUrl, 'MZ\u0000'.padEnd(TEXT.length, '\u0001'));
    expect((await complete(begun.id)).body.code).toBe('file_type_unsupported');
    await put(begun.uploadUrl, TEXT);
    expect((await complete(begun.id)).status).toBe(200);
  });

  test('what is not completed within an hour is swept, with its bytes and what it reserved', async () => {
    const { portal } = documents.clinic;
    await sweep();
    const begun = await begin();
    await put(begun.uploadUrl, TEXT);
    const [{ attempt } = {}] = await documents.rows(
      sql`SELECT attempt FROM file_parts WHERE file_id = ${begun.id}::uuid`,
    );
    const key = `files/${begun.id}/1-${attempt}`;
    portal.clock.advance(3600 + 599);
    await sweep();
    expect(await portal.deps.files.get(key)).toBeDefined();
    portal.clock.advance(1);
    await sweep();
    expect(await portal.deps.files.get(key)).toBeUndefined();
    expect(await documents.rows(sql`SELECT * FROM files WHERE state = 'uploading' AND id = ${begun.id}::uuid`)).toEqual(
      [],
    );
    await sweep();
    expect(await documents.rows(sql`SELECT * FROM file_purges`)).toEqual([]);
    expect(await documents.rows(sql`SELECT reserved_bytes FROM file_usage`)).toEqual([{ reserved_bytes: 0 }]);
  });
});

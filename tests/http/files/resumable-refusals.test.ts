/** What an upload that is resumed does not take. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Documents, startDocuments, TEXT } from './documents.ts';
import { bodyOf, cutAfter, type Resuming, resuming } from './resuming.ts';

let documents: Documents;
let maria: string;
let client: Resuming;
beforeAll(async () => {
  documents = await startDocuments({ FILE_MAX_MB: '60', UPLOADS_AT_ONCE: '4' });
});
beforeEach(async () => {
  const { portal, maria: person } = documents.clinic;
  await portal.driver.run([sql`DELETE FROM files`], 'write');
  maria = await portal.signIn(person.email);
  client = resuming(documents.fetch, maria);
});
afterAll(() => documents.close());

const base64 = (text: string | Uint8Array) => createHash('sha256').update(text).digest('base64');
const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;
const rows = (id: string) =>
  documents.rows(sql`SELECT 'file' AS what, id::text AS name FROM files WHERE id = ${id}::uuid AND state = 'uploading'
    UNION ALL SELECT 'attempt', first_part || '-' || last_part FROM file_attempts WHERE file_id = ${id}::uuid
    UNION ALL SELECT 'part', number || ' of ' || size_bytes FROM file_parts WHERE file_id = ${id}::uuid ORDER BY 1, 2`);
const told = ({ headers }: Response) =>
  ['upload-offset', 'upload-complete', 'upload-length', 'upload-limit'].map((name) => headers.get(name));

describe('an append is refused', () => {
  test('where its bytes would leave a gap, or were sent before; the answer says where to go on', async () => {
    const { id } = await client.begin(TEXT.length);
    await client.append(id, TEXT.slice(0, 5), 0, '?0');
    for (const offset of [0, 4, 6]) {
      const refused = await client.append(id, 'x', offset, '?0');
      expect([refused.status, refused.headers.get('upload-offset'), await refused.json()]).toMatchObject([
        409,
        '5',
        {
          type: 'https://iana.org/assignments/http-problem-types#mismatching-upload-offset',
          code: 'file_offset_mismatch',
          'expected-offset': 5,
          'provided-offset': offset,
        },
      ]);
    }
  });

  test('if its length is not the one that was declared', async () => {
    const { id } = await client.begin(TEXT.length);
    const refused = [
      await client.append(id, 'a', 0, '?0', { 'Upload-Length': '99' }),
      await client.append(id, TEXT.slice(1), 0, '?1'),
      await client.append(id, `${TEXT}x`, 0, '?0'),
      await client.append(id, bodyOf([TEXT.slice(1)]), 0, '?1'),
    ];
    for (const each of refused) {
      expect([each.status, each.headers.get('upload-complete'), await each.json()]).toMatchObject([
        400,
        '?0',
        {
          type: 'https://iana.org/assignments/http-problem-types#inconsistent-upload-length',
          expected: TEXT.length,
        },
      ]);
    }
    // Of the last one it was known only at its end: its bytes are stored, and the upload goes on.
    expect(told(await client.head(id))[0]).toBe(`${TEXT.length - 1}`);
    const over = await client.append(id, bodyOf(['xy']), TEXT.length - 1, '?0');
    expect([over.status, await codeOf(over)]).toEqual([400, 'file_length_inconsistent']);
    expect((await client.head(id)).status).toBe(404);
    expect(await rows(id)).toEqual([]);
  });

  test('after the completion, whatever it appends', async () => {
    const { id } = await client.begin(TEXT.length);
    expect((await client.append(id, TEXT, 0, '?1')).status).toBe(200);
    const more = await client.append(id, 'x', TEXT.length, '?0');
    expect([more.status, await codeOf(more)]).toEqual([400, 'file_length_inconsistent']);
    const none = await client.append(id, '', TEXT.length, '?1');
    expect([none.status, none.headers.get('upload-complete'), await none.json()]).toMatchObject([
      400,
      '?1',
      { type: 'https://iana.org/assignments/http-problem-types#completed-upload' },
    ]);
    const cancelled = await client.cancel(id);
    expect([cancelled.status, await codeOf(cancelled)]).toEqual([400, 'file_upload_completed']);
    expect((await documents.clinic.get(`/files/${id}`, maria)).body.state).toBe('scanning');
  });

  test('without the fields that the draft demands, or with another media type', async () => {
    const { id } = await client.begin(TEXT.length);
    const wrong: [Record<string, string>, string][] = [
      [{ 'Upload-Offset': '' }, 'Upload-Offset'],
      [{ 'Upload-Offset': '-1' }, 'Upload-Offset'],
      [{ 'Upload-Offset': '1e3' }, 'Upload-Offset'],
      [{ 'Upload-Complete': '1' }, 'Upload-Complete'],
      [{ 'Upload-Length': 'x' }, 'Upload-Length'],
      [{ 'Content-Digest': 'sha-256=abc' }, 'Content-Digest'],
      [{ 'Repr-Digest': 'md5=:1B2M2Y8AsgTpgAmY7PhCfg==:' }, 'Repr-Digest'],
    ];
    for (const [headers, parameter] of wrong) {
      const refused = await client.append(id, TEXT, 0, '?1', headers);
      expect([refused.status, await refused.json()]).toMatchObject([422, { errors: [{ parameter }] }]);
    }
    const typed = await client.append(id, TEXT, 0, '?1', { 'Content-Type': 'application/octet-stream' });
    expect([typed.status, typed.headers.get('accept-patch')]).toEqual([415, 'application/partial-upload']);
    expect(told(await client.head(id))[0]).toBe('0');
  });
});

describe('what the bytes must be holds for the whole file', () => {
  test('its type, its content and its hash are looked at when it is complete; what is refused is deleted', async () => {
    const wrong: [string, object, Record<string, string>, string][] = [
      ['MZ\u0000\u0001'.padEnd(30, 'x'), {}, {}, 'file_type_unsupported'],
      [
        '%PDF-1.7\n1 0 obj'.padEnd(30, 'x'),
        { mimeType: 'application/pdf', filename: 'a.pdf' },
        {},
        'file_content_refused',
      ],
      [TEXT, { sha256: '0'.repeat(64) }, {}, 'file_hash_mismatch'],
      [TEXT, {}, { 'Repr-Digest': `sha-256=:${base64('x')}:` }, 'file_hash_mismatch'],
    ];
    for (const [bytes, declared, headers, code] of wrong) {
      const { id } = await client.begin(bytes.length, declared);
      expect((await client.append(id, bytes.slice(0, 2), 0, '?0')).status).toBe(204);
      const refused = await client.append(id, bytes.slice(2), 2, '?1', headers);
      expect([refused.status, refused.headers.get('upload-complete'), await codeOf(refused)]).toEqual([
        422,
        '?1',
        code,
      ]);
      expect((await client.head(id)).status).toBe(404);
      expect(await rows(id)).toEqual([]);
    }
    const { id } = await client.begin(TEXT.length);
    const whole = await client.append(id, TEXT, 0, '?1', {
      'Repr-Digest': `sha-512=:xx==:, sha-256=:${base64(TEXT)}:`,
    });
    expect(whole.status).toBe(200);
  });

  test('with Content-Digest nothing counts that did not arrive as it was sent', async () => {
    const { id } = await client.begin(TEXT.length);
    const put = documents.clinic.portal.deps.files;
    const of = (text: string) => ({ 'Content-Digest': `sha-256=:${base64(text)}:` });
    expect((await client.append(id, TEXT.slice(0, 4), 0, '?0', of(TEXT.slice(0, 4)))).status).toBe(204);
    const wrong = await client.append(id, TEXT.slice(4), 4, '?1', of('else'));
    expect([wrong.status, wrong.headers.get('upload-complete'), await codeOf(wrong)]).toEqual([
      422,
      '?0',
      'file_content_digest_mismatch',
    ]);
    await client.append(id, cutAfter(Buffer.from(TEXT.slice(4, 9))), 4, '?1', of(TEXT.slice(4))).catch(() => undefined);
    expect(told(await client.head(id))[0]).toBe('4');
    expect(await rows(id)).toMatchObject([{ name: '1-1' }, {}, { name: '1 of 4' }]);
    const [{ attempt } = {}] = await documents.rows(sql`SELECT attempt FROM file_parts WHERE file_id = ${id}::uuid`);
    expect(await put.get(`files/${id}/1-${attempt}`)).toBeDefined();
    expect((await client.append(id, TEXT.slice(4), 4, '?1', of(TEXT.slice(4)))).status).toBe(200);
  });
});

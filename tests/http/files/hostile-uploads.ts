/** Whatever is sent to hurt: refused by the exact problem, on each way of uploading, with nothing left behind (R52). */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import type { FileStorage } from '../../../domain/shared/ports.ts';
import type { FilePlace } from '../../support/file-places.ts';
import { type ArchivePart, relationships, WORD_TYPE, wordFile, zipOf } from '../../support/word-files.ts';
import { type Documents, PDF, startDocuments, TEXT } from './documents.ts';
import { cutAfter, resuming } from './resuming.ts';

interface Sent {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly type: string;
  readonly sha256?: string;
}

interface Refused {
  readonly status: number;
  readonly body: unknown;
}

const bytesOf = (text: string | Uint8Array) => new Uint8Array(Buffer.from(text as string));
const PNG = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.alloc(500, 7)]);
const ARCHIVE = zipOf([{ name: 'META-INF/MANIFEST.MF', text: 'Main-Class: Evil' }]);
const ELF = Buffer.from('\u007fELF\u0002\u0001\u0001'.padEnd(80, '\0'));
const pdf = (bytes: string | Uint8Array, name = 'report.pdf'): Sent => ({
  bytes: bytesOf(bytes),
  name,
  type: 'application/pdf',
});
const png = (bytes: string | Uint8Array): Sent => ({ bytes: bytesOf(bytes), name: 'knee.png', type: 'image/png' });
const text = (bytes: string | Uint8Array, name = 'note.txt', type = 'text/plain'): Sent => ({
  bytes: bytesOf(bytes),
  name,
  type,
});
const word = (...parts: readonly ArchivePart[]): Sent => ({
  bytes: bytesOf(wordFile(parts)),
  name: 'letter.docx',
  type: WORD_TYPE,
});
/** Longer than the beginning by which its type is known. */
const LONG_NOTE = Buffer.from('grün '.repeat(20_000));
const UNSUPPORTED = { code: 'file_type_unsupported' };
const fault = (name: string) => ({ code: 'file_content_refused', fault: name });

const HOSTILE: readonly (readonly [name: string, sent: Sent, problem: object])[] = [
  ['a program for Windows as a PDF', pdf('MZ\u0090\u0000'.padEnd(200, '\0')), UNSUPPORTED],
  ['a program for Linux as a picture', png(ELF), UNSUPPORTED],
  ['a note that goes on as a program', text(Buffer.concat([LONG_NOTE, ELF])), UNSUPPORTED],
  ['a note that goes on in no encoding', text(Buffer.concat([LONG_NOTE, Buffer.from([0xff, 0xfe])])), UNSUPPORTED],
  ['a note that ends within a character', text(Buffer.concat([LONG_NOTE, Buffer.from([0xe2, 0x82])])), UNSUPPORTED],
  ['a short note that ends within a character', text(Buffer.from([0x61, 0xe2, 0x82])), UNSUPPORTED],
  ['a script as a note', text('#!/bin/sh\nrm -rf /\n'), UNSUPPORTED],
  ['a picture that is an archive of Java too', png(Buffer.concat([PNG, ARCHIVE])), fault('polyglot')],
  ['a PDF that is an archive too', pdf(Buffer.concat([Buffer.from(PDF), ARCHIVE])), fault('polyglot')],
  [
    'a picture named as a PDF',
    { ...png(PNG), name: 'knee.pdf' },
    { code: 'file_type_mismatch', declaredBy: 'filename' },
  ],
  [
    'a document that expands without end',
    word({ name: 'word/big.xml', text: '0'.repeat(5_000_000) }),
    fault('expands_too_far'),
  ],
  [
    'SVG with a script',
    text('<svg xmlns="http://www.w3.org/2000/svg"><script>x()</script></svg>', 'a.svg', 'image/svg+xml'),
    UNSUPPORTED,
  ],
  ['HTML with a script', text('<!DOCTYPE html><script>x()</script>', 'a.html', 'text/html'), UNSUPPORTED],
  ['HTML as a note', text('\n <html><script>x()</script>'), UNSUPPORTED],
  [
    'a document that loads a template',
    word({
      name: 'word/_rels/settings.xml.rels',
      text: relationships('http://evil.example/t.dotm', 'attachedTemplate'),
    }),
    fault('external_content'),
  ],
  [
    'a document that loads a picture',
    word({ name: 'word/_rels/document.xml.rels', text: relationships('http://evil.example/pixel.png', 'image') }),
    fault('external_content'),
  ],
  ['a document with macros', word({ name: 'word/vbaProject.bin', text: 'x' }), fault('macros')],
  ['other bytes than declared', { ...text(TEXT), sha256: '0'.repeat(64) }, { code: 'file_hash_mismatch' }],
];

const NAMES = [
  '../../etc/passwd',
  'a/b.txt',
  'a\\b.txt',
  '..',
  'a\u0000.txt',
  'a\n.txt',
  'report\u202Efdp.txt',
  'a\u2066b.txt',
  'a\u200Bb.txt',
  `${'a'.repeat(252)}.txt`,
];

/** @param start the storage of the files */
export function describeHostileUploads(place: string, start: () => Promise<FilePlace>): void {
  describe(`hostile uploads to ${place}`, () => {
    let documents: Documents;
    let files: FilePlace;
    let maria: string;
    beforeAll(async () => {
      [documents, files] = await Promise.all([startDocuments({ FILE_MAX_MB: '20' }), start()]);
      (documents.clinic.portal.deps as { files: FileStorage }).files = files.storage;
    });
    beforeEach(async () => {
      maria = await documents.clinic.portal.signIn(documents.clinic.maria.email);
    });
    afterAll(async () => {
      await documents?.close();
      await files?.stop();
    });

    const replied = async (response: Response): Promise<Refused> => ({
      status: response.status,
      body: await response.json(),
    });
    const begin = ({ bytes, name, type, sha256 }: Sent, sizeBytes = bytes.length) =>
      documents.clinic.post('/files', maria, {
        ...{ filename: name, mimeType: type, sizeBytes, fileType: 'other' },
        ...(sha256 === undefined ? {} : { sha256 }),
      });
    const WAYS: Readonly<Record<string, (sent: Sent) => Promise<Refused>>> = {
      form: ({ bytes, name, type, sha256 }) =>
        documents.upload(maria, {
          ...{ bytes, name, type },
          fields: { fileType: 'other', ...(sha256 === undefined ? {} : { sha256 }) },
        }),
      direct: async (sent) => {
        const { body } = await begin(sent);
        const put = await documents.fetch(body.uploadUrl, undefined, { method: 'PUT', body: sent.bytes as BodyInit });
        expect(put.status).toBe(204);
        return documents.clinic.post(`/files/${body.id}/complete`, maria);
      },
      'in pieces': async (sent) => {
        const { id } = (await begin(sent)).body;
        const client = resuming(documents.fetch, maria);
        const half = sent.bytes.length >> 1;
        expect((await client.append(id, sent.bytes.slice(0, half), 0, '?0')).status).toBe(204);
        return replied(await client.append(id, sent.bytes.slice(half), half, '?1'));
      },
    };

    /** Once the hour of the upload is over there is neither row nor object; a form leaves no row from the beginning. */
    async function expectNothingLeft(): Promise<void> {
      const { portal } = documents.clinic;
      portal.clock.advance(3600 + 601);
      for (let minute = 0; minute < 2; minute++) {
        await portal.platform.jobs.everyMinute();
        await portal.platform.jobs.runDue();
      }
      const rows = await documents.rows(
        sql`SELECT id::text FROM files UNION ALL SELECT file_id::text FROM file_purges UNION ALL SELECT file_id::text FROM file_attempts`,
      );
      expect(rows).toEqual([]);
      expect(await files.keys()).toEqual([]);
      expect(await documents.rows(sql`SELECT 1 FROM file_usage WHERE reserved_bytes + used_bytes + files > 0`)).toEqual(
        [],
      );
    }

    test.each(HOSTILE)('%s', async (_, sent, problem) => {
      for (const [way, send] of Object.entries(WAYS)) {
        expect([way, await send(sent)]).toMatchObject([way, { status: 422, body: problem }]);
      }
      await expectNothingLeft();
    });

    test('names with paths, line ends, invisible characters and other directions, and long ones', async () => {
      for (const name of NAMES) {
        const begun = await begin({ ...text(TEXT), name });
        expect([name, begun.status, begun.body.errors]).toMatchObject([name, 422, [{ pointer: '/filename' }]]);
        // Forms encode line ends.
        if (name.includes('\n')) continue;
        const form = await WAYS.form?.({ ...text(TEXT), name });
        expect([name, form]).toMatchObject([name, { status: 422, body: { errors: [{ pointer: '/file' }] } }]);
      }
      await expectNothingLeft();
    });

    test('no bytes, too few and too many', async () => {
      expect((await begin(text(''))).body.errors).toMatchObject([{ pointer: '/sizeBytes' }]);
      expect(await WAYS.form?.(text(''))).toMatchObject({ status: 422, body: UNSUPPORTED });
      const { body } = await begin(text(TEXT));
      const put = (bytes: string) => documents.fetch(body.uploadUrl, undefined, { method: 'PUT', body: bytes });
      for (const [bytes, received] of [
        ['', 0],
        [TEXT.slice(1), TEXT.length - 1],
        [`${TEXT}x`, TEXT.length + 1],
      ] as const) {
        expect(await replied(await put(bytes))).toMatchObject({
          status: 409,
          body: { code: 'file_incomplete', expected: TEXT.length, received },
        });
      }
      expect((await documents.clinic.post(`/files/${body.id}/complete`, maria)).body.code).toBe('file_incomplete');
      expect((await begin(text(TEXT), 20_000_001)).body.code).toBe('file_too_large');
      const many = await WAYS.form?.(text('a'.repeat(20_000_001)));
      expect(many).toMatchObject({ status: 413, body: { code: 'file_too_large' } });
      await expectNothingLeft();
    });

    test('connections that break while the bytes arrive', async () => {
      const form = new FormData();
      form.set('fileType', 'other');
      form.set('file', new Blob([new Uint8Array(9_000_000).fill(0x61)], { type: 'text/plain' }), 'a.txt');
      const whole = new Response(form);
      const type = whole.headers.get('content-type') ?? '';
      const bytes = new Uint8Array(await whole.arrayBuffer());
      const { body: direct } = await begin(text('a'.repeat(9_000_000)));
      const { body: pieces } = await begin(text('a'.repeat(9_000_000)));
      const body = () => cutAfter(bytes.subarray(0, 8_900_000));
      const options = (method: string, headers = {}) =>
        ({ method, headers, body: body(), duplex: 'half' }) as RequestInit;
      const broken = [
        await documents.fetch('/files/upload', maria, options('POST', { 'Content-Type': type })),
        await documents.fetch(direct.uploadUrl, undefined, options('PUT')),
        await resuming(documents.fetch, maria).append(pieces.id, body(), 0, '?1'),
      ];
      for (const each of broken)
        expect(await replied(each)).toMatchObject({ status: 408, body: { code: 'request_timeout' } });
      await expectNothingLeft();
    });

    test('what is sound is kept, with one object for each part', async () => {
      const sent = { ...text(TEXT), sha256: createHash('sha256').update(TEXT).digest('hex') };
      for (const send of Object.values(WAYS)) expect(await send(sent)).toMatchObject({ body: { state: 'scanning' } });
      const parts = await documents.rows(
        sql`SELECT 'files/' || file_id || '/' || number || '-' || attempt AS key FROM file_parts`,
      );
      expect(await files.keys()).toEqual(parts.map(({ key }) => key).sort());
      await documents.clinic.portal.driver.run([sql`DELETE FROM files`], 'write');
      await expectNothingLeft();
    });
  });
}

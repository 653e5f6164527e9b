/** Files as other programs write them, and what an attacker makes of them. */
import { deflateRawSync } from 'node:zlib';
import { downloadZip } from 'client-zip';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inflateRaw } from '../../../adapters/zip/inflate.ts';
import type { FileType } from '../../../domain/files/file-type.ts';
import type { RandomAccess } from '../../../domain/files/ports.ts';
import { inspectFile } from '../../../src/app/files/inspect.ts';
import { type ArchivePart, relationships, WORD_BASE, WORD_TYPE, zipOf } from '../../support/word-files.ts';

function randomAccess(bytes: Uint8Array): RandomAccess {
  return {
    sizeBytes: bytes.length,
    async read({ offset, length }) {
      if (offset < 0 || offset + length > bytes.length)
        throw new RangeError(`${offset} + ${length} of ${bytes.length}`);
      return bytes.subarray(offset, offset + length);
    },
  };
}

const inspectDocx = (parts: readonly ArchivePart[], lead?: Buffer) =>
  inspectFile(WORD_TYPE, randomAccess(zipOf(parts, lead)), inflateRaw);

describe('R52 a Word document', () => {
  test('is sound, also with hyperlinks', async () => {
    expect(await inspectDocx(WORD_BASE)).toBeUndefined();
    const links = { name: 'word/_rels/document.xml.rels', text: relationships('https://clinic.example', 'hyperlink') };
    expect(await inspectDocx([...WORD_BASE, links])).toBeUndefined();
  });

  test('is sound as another program packs it', async () => {
    const files = WORD_BASE.map(({ name, text }) => ({ name, input: text ?? '' }));
    const bytes = new Uint8Array(await downloadZip(files).arrayBuffer());
    expect(await inspectFile(WORD_TYPE, randomAccess(bytes), inflateRaw)).toBeUndefined();
  });

  test.each<[string, string, readonly ArchivePart[]]>([
    [
      'a remote template',
      'external_content',
      [{ name: 'word/_rels/settings.xml.rels', text: relationships('http://evil.example/t.dotm', 'attachedTemplate') }],
    ],
    [
      'a remote picture',
      'external_content',
      [{ name: 'word/_rels/document.xml.rels', text: relationships('http://evil.example/pixel.png', 'image') }],
    ],
    [
      'a remote picture, stored',
      'external_content',
      [{ name: 'word/_rels/document.xml.rels', method: 0, text: relationships('\\\\evil\\share', 'image') }],
    ],
    [
      'relationships with entities',
      'damaged',
      [{ name: 'word/_rels/document.xml.rels', text: '<!DOCTYPE a><Relationships/>' }],
    ],
    ['macros', 'macros', [{ name: 'word/vbaProject.bin', text: 'x' }]],
    ['an object', 'embedded_object', [{ name: 'word/embeddings/oleObject1.bin', text: 'x' }]],
    ['a program', 'macros', [{ name: 'word/media/setup.exe', text: 'MZ' }]],
    ['an encrypted part', 'encrypted', [{ name: 'word/a.xml', flags: 1, text: 'x' }]],
    ['a part of another method', 'damaged', [{ name: 'word/a.xml', method: 12, text: 'x' }]],
    ['a path out of the folder', 'damaged', [{ name: '../../evil', text: 'x' }]],
    ['two parts of one name', 'damaged', [{ name: 'word/document.xml', text: 'other' }]],
    ['a bomb', 'expands_too_far', [{ name: 'word/big.xml', text: '0'.repeat(5_000_000) }]],
    [
      'parts that together are a bomb',
      'expands_too_far',
      [
        { name: 'word/a.xml', text: 'x', claimed: 150_000_000 },
        { name: 'word/b.xml', text: 'x', claimed: 60_000_000 },
      ],
    ],
    [
      'relationships that are longer than they say',
      'damaged',
      [{ name: 'word/_rels/a.rels', text: relationships('a', 'hyperlink'), claimed: 10 }],
    ],
    ['too many parts', 'expands_too_far', Array.from({ length: 2_000 }, (_, n) => ({ name: `word/${n}.xml` }))],
  ])('is refused with %s: %s', async (_, fault, parts) => {
    expect(await inspectDocx([...WORD_BASE, ...parts])).toBe(fault);
  });

  test('is refused without the parts that make it a document', async () => {
    for (const missing of ['[Content_Types].xml', 'word/document.xml'])
      expect(await inspectDocx(WORD_BASE.filter(({ name }) => name !== missing))).toBe('damaged');
  });

  test('is refused behind something else', async () => {
    expect(await inspectDocx(WORD_BASE, Buffer.from('PK\u0003\u0004 something else'))).toBe('polyglot');
  });

  test('is refused when it is cut short, wherever', async () => {
    const whole = zipOf(WORD_BASE);
    for (let length = 1; length < whole.length; length++)
      expect(await inspectFile(WORD_TYPE, randomAccess(whole.subarray(0, length)), inflateRaw), `${length}`).toBe(
        'damaged',
      );
  });

  test('with altered bytes is judged without a fault of ours', async () => {
    const whole = zipOf([
      ...WORD_BASE,
      { name: 'word/_rels/document.xml.rels', text: relationships('a', 'hyperlink') },
    ]);
    const edits = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(edits, async (changed) => {
        const altered = Buffer.from(whole);
        for (const [at, value] of changed) altered[at] = value;
        await inspectFile(WORD_TYPE, randomAccess(altered), inflateRaw);
      }),
      { numRuns: 300 },
    );
  });
});

describe('R52 other files', () => {
  const archive = zipOf([{ name: 'META-INF/MANIFEST.MF', text: 'Main-Class: Evil' }]);
  const pdf = Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n');
  const png = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47]), Buffer.alloc(500, 7)]);
  const inspect = (type: FileType, bytes: Buffer) => inspectFile(type, randomAccess(bytes), inflateRaw);

  test('a sound file is accepted', async () => {
    expect(await inspect('application/pdf', pdf)).toBeUndefined();
    expect(await inspect('image/png', png)).toBeUndefined();
    expect(await inspect('text/plain', Buffer.from('a'))).toBeUndefined();
  });

  test('a picture or a document before an archive is refused, also with a comment or bytes after it', async () => {
    const withComment = Buffer.from(archive);
    withComment.writeUInt16LE(5, withComment.length - 2);
    for (const [type, bytes] of [
      ['image/png', png],
      ['application/pdf', pdf],
    ] as const)
      for (const end of [
        archive,
        Buffer.concat([withComment, Buffer.from('%%EOF')]),
        Buffer.concat([archive, Buffer.from('%%EOF')]),
      ])
        expect(await inspect(type, Buffer.concat([bytes, end]))).toBe('polyglot');
  });

  test('the four bytes of an archive’s end alone are no archive', async () => {
    expect(
      await inspect('image/png', Buffer.concat([png, Buffer.from('PK\u0005\u0006'), Buffer.alloc(40, 0xab)])),
    ).toBeUndefined();
  });

  test('a PDF that is cut short is refused', async () => {
    expect(await inspect('application/pdf', pdf.subarray(0, -8))).toBe('damaged');
  });
});

describe('raw DEFLATE', () => {
  test('gives what was compressed, up to the limit', async () => {
    const text = Buffer.from('a letter of the clinic '.repeat(1000));
    const compressed = deflateRawSync(text);
    expect(Buffer.from((await inflateRaw(compressed, text.length)) ?? []).equals(text)).toBe(true);
    expect(await inflateRaw(compressed, text.length - 1)).toBeUndefined();
    expect(await inflateRaw(compressed.subarray(0, -3), text.length)).toBeUndefined();
    expect(await inflateRaw(Buffer.from([0xff, 0xff]), 100)).toBeUndefined();
  });
});

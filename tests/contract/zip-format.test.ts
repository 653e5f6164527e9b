import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { zipFormat } from '../../adapters/zip/zip-format.ts';
import type { ArchiveSource } from '../../domain/privacy/archive-format.ts';
import { sized } from '../support/size.ts';
import { unzip } from '../support/unzip.ts';

const MADE_AT = Date.UTC(2026, 10, 20, 12);

async function* yielded(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

function source(name: string, parts: readonly Uint8Array[]): ArchiveSource {
  return { name, sizeBytes: Buffer.concat(parts).length, content: () => yielded(parts) };
}

async function written(sources: readonly ArchiveSource[]): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of zipFormat.stream(sources, MADE_AT)) parts.push(part);
  return Buffer.concat(parts);
}

describe('a ZIP file that is produced while it is read', () => {
  test('a foreign reader finds the files, their names and the time they were made', async () => {
    const archive = await written([
      source('personal-data.json', [Buffer.from('{"name":'), Buffer.from('"Zoë"}')]),
      source('files/größe.bin', [new Uint8Array(1000).fill(7)]),
      source('empty.txt', []),
    ]);
    const folder = mkdtempSync(join(tmpdir(), 'zip-'));
    try {
      writeFileSync(join(folder, 'a.zip'), archive);
      const script = `import zipfile,sys
z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None
print('|'.join(z.namelist())); print(z.read('personal-data.json').decode()); print(z.infolist()[0].date_time[:3])`;
      const out = execFileSync('python3', ['-c', script, join(folder, 'a.zip')], {
        encoding: 'utf8',
        env: { PYTHONIOENCODING: 'utf-8', PATH: process.env.PATH },
      });
      expect(out).toBe('personal-data.json|files/größe.bin|empty.txt\n{"name":"Zoë"}\n(2026, 11, 20)\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('has the size that was computed before, and the same content whatever parts it came in', async () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 4 });
    const entries = fc.dictionary(fc.stringMatching(/^[a-zé😀]{1,12}(\/[a-z]{1,3})?$/u), parts, { maxKeys: 5 });
    await fc.assert(
      fc.asyncProperty(entries, async (contents) => {
        const sources = Object.entries(contents).map(([name, each]) => source(name, each));
        const archive = await written(sources);
        expect(archive.length).toBe(zipFormat.size(sources));
        const found = [...unzip(archive)].map(([name, bytes]) => [name, Buffer.from(bytes)]);
        expect(found).toEqual(Object.entries(contents).map(([name, each]) => [name, Buffer.concat(each)]));
      }),
      { numRuns: sized(500), seed: 55 },
    );
  });

  test('requests parts only as they are read, and opens a file only when it is reached', async () => {
    let produced = 0;
    const opened: string[] = [];
    const counted = (name: string): ArchiveSource => ({
      name,
      sizeBytes: 100,
      content: async function* () {
        opened.push(name);
        for (; produced < 100; produced++) yield new Uint8Array(1);
      },
    });
    const zip = zipFormat.stream([counted('a'), counted('b')], MADE_AT);
    let read = 0;
    for await (const part of zip) {
      if (part.length === 1 && ++read === 20) break;
    }
    expect(produced - read).toBeLessThanOrEqual(3);
    expect(opened).toEqual(['a']);
  });

  test('an error of a file is thrown to the reader', async () => {
    const broken: ArchiveSource = {
      name: 'b',
      sizeBytes: 2,
      content: async function* () {
        yield new Uint8Array(1);
        throw new Error('a part is missing');
      },
    };
    await expect(written([source('a', [new Uint8Array(1)]), broken])).rejects.toThrow('a part is missing');
  });
});

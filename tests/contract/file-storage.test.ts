import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fileSystemStorage } from '../../adapters/filesystem/file-storage.ts';
import { r2FileStorage } from '../../adapters/r2/file-storage.ts';
import { type FileStorage, Unavailable } from '../../domain/shared/ports.ts';
import { bytesOf, describeFileStorage, pattern } from './file-storage.contract.ts';

const newFolder = () => mkdtemp(join(tmpdir(), 'files-'));

describeFileStorage('folder', async () => {
  const root = await newFolder();
  return { storage: fileSystemStorage(root), stop: () => rm(root, { recursive: true }) };
});

test('an R2 that fails is unavailable', async () => {
  const fails = async () => {
    throw new Error('We encountered an internal error. Please try again. (10001)');
  };
  const storage = r2FileStorage({ put: fails, get: fails, delete: fails, list: fails });
  await expect(storage.put('a', pattern(1), 'image/png')).rejects.toBeInstanceOf(Unavailable);
  await expect(storage.get('a')).rejects.toBeInstanceOf(Unavailable);
  await expect(storage.delete('a')).rejects.toBeInstanceOf(Unavailable);
});

describe('files in a folder', () => {
  let root: string;
  let storage: FileStorage;
  beforeEach(async () => {
    root = await newFolder();
    storage = fileSystemStorage(join(root, 'files'));
  });
  afterEach(() => rm(root, { recursive: true }));

  const names = async () =>
    (await readdir(root, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);

  test.each([
    '',
    '.',
    '..',
    '../outside',
    'a/../../outside',
    'a/..',
    '/etc/passwd',
    'a//b',
    'a/',
    './a',
    '.hidden',
    'a\\..\\b',
    'a\u0000b',
    'a#meta',
    'a b',
    'ä',
    '%2e%2e/outside',
    'C:/outside',
    'a/'.repeat(10) + 'x'.repeat(181),
  ])('the key %j is refused, as a mistake of ours', async (key) => {
    await expect(async () => storage.put(key, pattern(1), 'image/png')).rejects.toBeInstanceOf(RangeError);
    await expect(async () => storage.get(key)).rejects.toBeInstanceOf(RangeError);
    await expect(async () => storage.delete(key)).rejects.toBeInstanceOf(RangeError);
    expect(await names()).toEqual([]);
  });

  test('files survive a restart', async () => {
    await storage.put('a/b', pattern(10), 'image/png');
    const restarted = fileSystemStorage(join(root, 'files'));
    expect((await restarted.get('a/b'))?.contentType).toBe('image/png');
    expect(await bytesOf(await restarted.get('a/b'))).toEqual(pattern(10));
  });

  test('nothing is left behind by replacing and deleting', async () => {
    await storage.put('a', pattern(10), 'image/png');
    await storage.put('a', pattern(10), 'image/png');
    expect(await names()).toHaveLength(2);
    await storage.delete('a');
    expect(await names()).toEqual([]);
  });

  test('a reader that has started finishes when the file is replaced or deleted', async () => {
    await storage.put('a', pattern(300_000), 'image/png');
    const reader = (await storage.get('a'))?.body.getReader();
    let size = (await reader?.read())?.value?.length ?? 0;
    await storage.put('a', pattern(10), 'image/png');
    await storage.delete('a');
    for (let chunk = await reader?.read(); chunk?.value !== undefined; chunk = await reader?.read())
      size += chunk.value.length;
    expect(size).toBe(300_000);
  });

  test('a concurrent reader sees one whole file or fails, never a mixture', async () => {
    await storage.put('a', pattern(100_000, 0), 'image/x-0');
    let writing = true;
    const writes = (async () => {
      for (let i = 1; i <= 50; i++) await storage.put('a', pattern(100_000 + i, i), `image/x-${i}`);
      writing = false;
    })();
    let whole = 0;
    while (writing) {
      const file = await storage.get('a');
      const bytes = await bytesOf(file).catch(() => undefined);
      if (bytes === undefined) continue;
      const version = (file?.sizeBytes ?? 0) - 100_000;
      expect(file?.contentType).toBe(`image/x-${version}`);
      expect(Buffer.from(bytes).equals(Buffer.from(pattern(100_000 + version, version)))).toBe(true);
      whole++;
    }
    await writes;
    expect(whole).toBeGreaterThan(0);
  });

  test('a file whose body is not read is not opened', async () => {
    await storage.put('a', pattern(300_000), 'image/png');
    const openFiles = async () => (await readdir('/proc/self/fd').catch(() => [])).length;
    const before = await openFiles();
    const looked = await Promise.all(Array.from({ length: 20 }, () => storage.get('a')));
    expect(looked).toHaveLength(20);
    expect(await openFiles()).toBeLessThan(before + 10);
  });

  test('an interrupted write is never visible', async () => {
    await storage.put('a', pattern(10), 'image/png');
    await writeFile(join(root, 'files', 'a#unfinished'), 'half');
    await writeFile(join(root, 'files', 'b#unfinished'), 'half');
    expect(await bytesOf(await storage.get('a'))).toEqual(pattern(10));
    expect(await storage.get('b')).toBeUndefined();
  });

  test('a folder that cannot be written to is unavailable, and nothing is left in it', async () => {
    await writeFile(join(root, 'files'), 'a file where the folder should be');
    await expect(storage.put('a', pattern(1), 'image/png')).rejects.toBeInstanceOf(Unavailable);
    expect(await readFile(join(root, 'files'), 'utf8')).toBe('a file where the folder should be');
  });

  test('a file whose bytes are missing is unavailable, not absent', async () => {
    await storage.put('a', pattern(1), 'image/png');
    for (const name of await names()) if (!name.endsWith('#meta')) await rm(join(root, 'files', name));
    await expect(storage.get('a')).rejects.toBeInstanceOf(Unavailable);
  });
});

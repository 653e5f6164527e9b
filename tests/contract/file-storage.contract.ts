/** The behaviour of every file storage. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FileStorage, StoredFile } from '../../domain/shared/ports.ts';

export interface FileStorageUnderTest {
  readonly storage: FileStorage;
  stop(): Promise<void>;
}

/** Reads a file to its end. */
export async function bytesOf(file: StoredFile | undefined): Promise<Uint8Array> {
  if (file === undefined) throw new Error('there is no such file');
  const chunks: Uint8Array[] = [];
  const reader = file.body.getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    if (chunk.value !== undefined) chunks.push(chunk.value);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** Bytes that differ by position. */
export function pattern(length: number, seed = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) + seed) & 0xff);
}

/** @param unconditional why the server under test does not store conditionally, if it does not */
export function describeFileStorage(
  name: string,
  start: () => Promise<FileStorageUnderTest>,
  unconditional?: string,
): void {
  describe(`file storage: ${name}`, () => {
    let under: FileStorageUnderTest;
    let storage: FileStorage;
    beforeAll(async () => {
      under = await start();
      storage = under.storage;
    });
    afterAll(() => under.stop());

    const newKey = (kind = 'documents') => `${kind}/${crypto.randomUUID()}`;

    test('what was never stored is undefined', async () => {
      expect(await storage.get(newKey())).toBeUndefined();
    });

    test.each([0, 1, 65_536, 65_537, 5_000_000])(
      'a file of %i bytes is returned with its size and type',
      async (size) => {
        const key = newKey();
        await storage.put(key, pattern(size), 'application/pdf');
        const file = await storage.get(key);
        expect(file).toMatchObject({ sizeBytes: size, contentType: 'application/pdf' });
        expect(Buffer.from(await bytesOf(file)).equals(Buffer.from(pattern(size)))).toBe(true);
      },
    );

    test('a view of a larger buffer stores only the view', async () => {
      const key = newKey();
      await storage.put(key, pattern(100).subarray(10, 20), 'image/png');
      expect(await bytesOf(await storage.get(key))).toEqual(pattern(100).slice(10, 20));
    });

    test('a content type with parameters is kept as it is', async () => {
      const key = newKey();
      await storage.put(key, pattern(3), 'text/plain; charset="utf-8"');
      expect((await storage.get(key))?.contentType).toBe('text/plain; charset="utf-8"');
    });

    test('storing again replaces bytes and type', async () => {
      const key = newKey();
      await storage.put(key, pattern(1000), 'image/png');
      await storage.put(key, pattern(10, 7), 'image/webp');
      const file = await storage.get(key);
      expect(file).toMatchObject({ sizeBytes: 10, contentType: 'image/webp' });
      expect(await bytesOf(file)).toEqual(pattern(10, 7));
    });

    const skipped = unconditional === undefined ? '' : ` (skipped: ${unconditional})`;
    test.skipIf(unconditional !== undefined)(`R72 storing as new: one of many writers succeeds${skipped}`, async () => {
      const key = newKey();
      const stored = await Promise.all(
        Array.from({ length: 20 }, (_, i) => storage.putNew(key, pattern(100 + i, i), `image/x-${i}`)),
      );
      expect(stored.filter((won) => won)).toHaveLength(1);
      const winner = stored.indexOf(true);
      expect(await storage.putNew(key, pattern(10), 'image/png')).toBe(false);
      const file = await storage.get(key);
      expect(file?.contentType).toBe(`image/x-${winner}`);
      expect(await bytesOf(file)).toEqual(pattern(100 + winner, winner));
      await storage.delete(key);
      expect(await storage.putNew(key, pattern(10), 'image/png')).toBe(true);
    });

    test('keys that are prefixes of each other are different files', async () => {
      const key = newKey();
      const keys = [key, `${key}/thumbnail`, `${key}.meta`, `${key}-2`];
      await Promise.all(keys.map((one, i) => storage.put(one, pattern(10, i), `image/x-${i}`)));
      for (const [i, one] of keys.entries()) {
        const file = await storage.get(one);
        expect(file?.contentType).toBe(`image/x-${i}`);
        expect(await bytesOf(file)).toEqual(pattern(10, i));
      }
      await storage.delete(key);
      expect(await bytesOf(await storage.get(`${key}/thumbnail`))).toEqual(pattern(10, 1));
    });

    test.each([
      [0, 2],
      [0, 100_000],
      [65_535, 2],
      [99_999, 1],
      [30_000, 50_000],
    ])('a range from %i of %i bytes is returned alone, with the size of the whole file', async (offset, length) => {
      const key = newKey();
      await storage.put(key, pattern(100_000), 'application/pdf');
      const file = await storage.get(key, { offset, length });
      expect(file).toMatchObject({ sizeBytes: 100_000, contentType: 'application/pdf' });
      const wanted = pattern(100_000).subarray(offset, offset + length);
      expect(Buffer.from(await bytesOf(file)).equals(Buffer.from(wanted))).toBe(true);
    });

    test('a range of what was never stored is undefined', async () => {
      expect(await storage.get(newKey(), { offset: 0, length: 1 })).toBeUndefined();
    });

    test('a deleted file is absent, and deleting it again is allowed', async () => {
      const key = newKey();
      await storage.put(key, pattern(10), 'image/png');
      await storage.delete(key);
      expect(await storage.get(key)).toBeUndefined();
      await expect(storage.delete(key)).resolves.toBeUndefined();
    });

    test('a folder is deleted with everything in it, but nothing next to it', async () => {
      const folder = newKey('avatars');
      const [inside, deeper, beside] = [`${folder}/a`, `${folder}/b/c`, `${folder}-2/a`];
      for (const key of [inside, deeper, beside]) await storage.put(key, pattern(3), 'image/png');
      await storage.deleteFolder(folder);
      expect(await storage.get(inside)).toBeUndefined();
      expect(await storage.get(deeper)).toBeUndefined();
      expect(await bytesOf(await storage.get(beside))).toEqual(pattern(3));
      await expect(storage.deleteFolder(folder)).resolves.toBeUndefined();
    });

    test('of many writers of one key one wins, with its own type', async () => {
      const key = newKey();
      await Promise.all(Array.from({ length: 20 }, (_, i) => storage.put(key, pattern(5000 + i, i), `image/x-${i}`)));
      const file = await storage.get(key);
      const winner = (file?.sizeBytes ?? 0) - 5000;
      expect(file?.contentType).toBe(`image/x-${winner}`);
      expect(await bytesOf(file)).toEqual(pattern(5000 + winner, winner));
    });

    test('a reader may stop early', async () => {
      const key = newKey();
      await storage.put(key, pattern(1_000_000), 'video/mp4');
      const unread = await storage.get(key);
      await unread?.body.cancel();
      expect(await bytesOf(await storage.get(key))).toHaveLength(1_000_000);
    });
  });
}

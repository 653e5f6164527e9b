import { createDecipheriv, hkdfSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { fileCipher } from '../../adapters/crypto/file-cipher.ts';
import type { SealedPart } from '../../domain/files/ports.ts';
import { streamOf } from '../../src/http/stream.ts';
import { pattern } from './file-storage.contract.ts';

const KEY = pattern(32, 9);
const PLACE = 'file 1';
/** Tink: the ciphertext of a segment; its first segment holds the header too. */
const SEGMENT = 65_536;
const FIRST = SEGMENT - 40 - 16;
const REST = SEGMENT - 16;

/** Sizes around the ends of segments. */
const SIZES = [0, 1, FIRST - 1, FIRST, FIRST + 1, FIRST + REST - 1, FIRST + REST, FIRST + REST + 1, 300_000];

async function seal(
  bytes: Uint8Array,
  chunk = 10_000,
  place = PLACE,
): Promise<{ readonly sealed: Uint8Array; readonly part: SealedPart }> {
  const sealer = fileCipher.sealPart(KEY, place, bytes.length);
  for (let at = 0; at < bytes.length; at += chunk) await sealer.update(bytes.subarray(at, at + chunk));
  return { sealed: await sealer.end(), part: { header: sealer.header, sizeBytes: bytes.length } };
}

async function* inChunks(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function open(sealed: Uint8Array, part: SealedPart, offset: number, length: number, place = PLACE) {
  const { offset: from, length: count } = fileCipher.sealedRange(part, { offset, length });
  const body = inChunks(sealed.subarray(from, from + count), 7_001);
  const pieces: Uint8Array[] = [];
  for await (const piece of fileCipher.openRange(KEY, place, part, { offset, length }, body))
    pieces.push(piece.slice());
  return Buffer.concat(pieces);
}

async function* piecesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

/** The description of Tink's streaming AEAD, read once and done slowly. */
function openAsTink(sealed: Uint8Array): Buffer {
  const key = new Uint8Array(hkdfSync('sha256', KEY, sealed.subarray(1, 33), PLACE, 32));
  const prefix = sealed.subarray(33, 40);
  const pieces: Buffer[] = [];
  for (let at = 40, segment = 0; at < sealed.length; segment++) {
    const end = Math.min((segment + 1) * SEGMENT, sealed.length);
    const number = Buffer.alloc(4);
    number.writeUInt32BE(segment);
    const nonce = Buffer.concat([prefix, number, Buffer.of(end === sealed.length ? 1 : 0)]);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce);
    decipher.setAuthTag(sealed.subarray(end - 16, end));
    pieces.push(decipher.update(sealed.subarray(at, end - 16)), decipher.final());
    at = end;
  }
  return Buffer.concat(pieces);
}

describe('files encrypted in segments', () => {
  test.each(SIZES)('%i bytes have the layout of Tink’s streaming AEAD', async (size) => {
    const { sealed, part } = await seal(pattern(size));
    expect(sealed[0]).toBe(40);
    expect(Buffer.from(sealed.subarray(0, 40)).equals(Buffer.from(part.header))).toBe(true);
    expect(openAsTink(sealed).equals(Buffer.from(pattern(size)))).toBe(true);
  });

  test.each(SIZES.slice(1))('every kind of range of %i bytes is opened from its own segments', async (size) => {
    const bytes = pattern(size);
    const { sealed, part } = await seal(bytes);
    const offsets = SIZES.filter((offset) => offset < size);
    for (const offset of offsets)
      for (const end of [...offsets.filter((each) => each > offset), size]) {
        const opened = await open(sealed, part, offset, end - offset);
        expect(opened.equals(Buffer.from(bytes.subarray(offset, end))), `${offset} to ${end}`).toBe(true);
        const read = fileCipher.sealedRange(part, { offset, length: end - offset });
        expect(read.length).toBeLessThanOrEqual(end - offset + 2 * SEGMENT);
      }
  });

  test('any range, sealed in chunks of any size', async () => {
    const range = fc.record({ size: fc.integer({ min: 1, max: 200_000 }), from: fc.nat(), to: fc.nat() });
    await fc.assert(
      fc.asyncProperty(range, fc.integer({ min: 1, max: 100_000 }), async ({ size, from, to }, chunk) => {
        const offset = from % size;
        const length = 1 + (to % (size - offset));
        const { sealed, part } = await seal(pattern(size), chunk);
        const opened = await open(sealed, part, offset, length);
        expect(opened.equals(Buffer.from(pattern(size).subarray(offset, offset + length)))).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test('four segments are opened ahead of a reader, however slow, and no more are read from storage', async () => {
    const size = FIRST + 40 * REST;
    const { sealed, part } = await seal(pattern(size));
    let chunks = 0;
    async function* stored() {
      for await (const chunk of inChunks(sealed.subarray(40), SEGMENT)) {
        chunks++;
        yield chunk;
      }
    }
    const opening = vi.spyOn(crypto.subtle, 'decrypt');
    const range = { offset: 0, length: size };
    const reader = streamOf(piecesOf(fileCipher.openRange(KEY, PLACE, part, range, stored()))).getReader();
    for (let read = 0; read <= 10; read++) {
      if (read > 0) await reader.read();
      // What would be pulled without being asked for is pulled by then.
      await new Promise((resolve) => setImmediate(resolve));
      expect(opening.mock.calls.length - read, `after ${read}`).toBe(read === 0 ? 0 : 4);
      // A segment may end in the middle of a chunk.
      expect(chunks - opening.mock.calls.length).toBeLessThanOrEqual(1);
    }
    await reader.cancel();
    expect(opening.mock.calls.length).toBe(14);
    opening.mockRestore();
  });

  test('no two seals of the same bytes share a header or a segment', async () => {
    const [one, other] = [await seal(pattern(100)), await seal(pattern(100))];
    expect(Buffer.from(one.part.header).equals(Buffer.from(other.part.header))).toBe(false);
    expect(Buffer.from(one.sealed.subarray(40)).equals(Buffer.from(other.sealed.subarray(40)))).toBe(false);
  });

  test('altered, moved, exchanged and missing segments are refused', async () => {
    const size = FIRST + 2 * REST;
    const { sealed, part } = await seal(pattern(size));
    const altered = sealed.slice();
    altered[SEGMENT + 5] = (altered[SEGMENT + 5] ?? 0) ^ 1;
    await expect(open(altered, part, 0, size)).rejects.toThrow(/altered/);
    // A range that does not touch the altered segment still opens.
    await expect(open(altered, part, 0, FIRST)).resolves.toBeDefined();

    const exchanged = sealed.slice();
    exchanged.set(sealed.subarray(2 * SEGMENT), SEGMENT);
    exchanged.set(sealed.subarray(SEGMENT, 2 * SEGMENT), 2 * SEGMENT);
    await expect(open(exchanged, part, 0, size)).rejects.toThrow(/altered/);

    await expect(open(sealed, part, 0, size, 'file 2')).rejects.toThrow(/another place/);
    await expect(open(sealed, { ...part, header: (await seal(pattern(1))).part.header }, 0, size)).rejects.toThrow(
      /altered/,
    );
    await expect(open(sealed.subarray(0, -1), part, 0, size)).rejects.toThrow(/cut short/);
    await expect(open(sealed.subarray(0, 2 * SEGMENT), part, 0, size)).rejects.toThrow(/cut short/);
    // A row that says less than there is: its last segment was not sealed as the last.
    await expect(open(sealed, { ...part, sizeBytes: FIRST + REST }, 0, FIRST + REST)).rejects.toThrow(/altered/);
  });

  test('bytes that are no header are refused', async () => {
    const { sealed } = await seal(pattern(10));
    const short = { header: new Uint8Array(39), sizeBytes: 10 };
    await expect(open(sealed, short, 0, 10)).rejects.toBeInstanceOf(RangeError);
    await expect(open(sealed, { header: new Uint8Array(40), sizeBytes: 10 }, 0, 10)).rejects.toBeInstanceOf(RangeError);
  });
});

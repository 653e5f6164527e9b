import { describe, expect, test } from 'vitest';
import {
  findZipDirectory,
  localHeaderLength,
  readZipDirectory,
  TAIL_BYTES,
} from '../../../domain/files/zip-directory.ts';

const END_BYTES = 22;
const ENTRY_BYTES = 46;

/** A record of little-endian numbers, each with its place and its length in bytes. */
function record(length: number, ...fields: readonly (readonly [at: number, bytes: 2 | 4, value: number])[]) {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  for (const [at, width, value] of fields) {
    if (width === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
  }
  return bytes;
}

const joined = (...parts: readonly Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

interface Written {
  readonly name?: string;
  readonly flags?: number;
  readonly method?: number;
  readonly sizes?: readonly [compressed: number, uncompressed: number];
  readonly extra?: number;
  readonly comment?: number;
  readonly offset?: number;
}

function entry({
  name = 'a',
  flags = 0,
  method = 8,
  sizes = [5, 9],
  extra = 0,
  comment = 0,
  offset = 0,
}: Written = {}) {
  const head = record(
    ENTRY_BYTES,
    [0, 4, 0x02014b50],
    [8, 2, flags],
    [10, 2, method],
    [20, 4, sizes[0]],
    [24, 4, sizes[1]],
    [28, 2, name.length],
    [30, 2, extra],
    [32, 2, comment],
    [42, 4, offset],
  );
  return joined(head, new TextEncoder().encode(name), new Uint8Array(extra + comment));
}

function end(entries: number, length: number, offset: number, comment = 0) {
  const head = record(
    END_BYTES,
    [0, 4, 0x06054b50],
    [10, 2, entries],
    [12, 4, length],
    [16, 4, offset],
    [20, 2, comment],
  );
  return joined(head, new Uint8Array(comment));
}

describe('finding the directory', () => {
  const find = (tail: Uint8Array, sizeBytes = 1000) => findZipDirectory(tail, sizeBytes);
  const found = { entries: 2, length: 100, offset: 30 };

  test('from the end of the file, with a comment, and with bytes after it', () => {
    const [plain, commented] = [end(2, 100, 30), end(2, 100, 30, 7)];
    for (const tail of [plain, commented, joined(new Uint8Array(50), plain), joined(commented, new Uint8Array(5))]) {
      expect(find(tail)).toEqual(found);
    }
    expect(find(joined(end(1, 46, 0), plain))).toEqual(found);
    expect(find(end(2, 100, 30, 0xffff))).toEqual(found);
    expect(end(2, 100, 30, 0xffff)).toHaveLength(TAIL_BYTES);
  });

  test('not where a comment is cut short', () => {
    expect(find(end(2, 100, 30, 7).subarray(0, -1))).toBeUndefined();
  });

  test('not in what is no archive, or too short to be one', () => {
    expect(find(new Uint8Array(100))).toBeUndefined();
    expect(find(end(2, 100, 30).subarray(0, -1))).toBeUndefined();
    expect(find(new Uint8Array())).toBeUndefined();
  });

  test('only one that has entries and fits into the file', () => {
    expect(find(end(0, 0, 0))).toBeUndefined();
    expect(find(end(2, 91, 0))).toBeUndefined();
    expect(find(end(2, 92, 0))).toEqual({ entries: 2, length: 92, offset: 0 });
    expect(find(end(2, 100, 30), 130)).toEqual(found);
    expect(find(end(2, 100, 30), 129)).toBeUndefined();
  });
});

describe('reading the directory', () => {
  const read = (bytes: Uint8Array, entries: number) =>
    readZipDirectory(bytes, { entries, length: bytes.length, offset: 0 });
  const A = { name: 'a', method: 'deflated', isEncrypted: false, compressedBytes: 5, uncompressedBytes: 9, offset: 0 };

  test('gives each entry, whatever follows its name', () => {
    const second = entry({ name: 'word/document.xml', method: 0, sizes: [7, 8], offset: 40, comment: 3 });
    expect(read(joined(entry({ extra: 4, comment: 6 }), second, entry()), 3)).toEqual([
      A,
      {
        ...{ name: 'word/document.xml', method: 'stored', isEncrypted: false },
        ...{ compressedBytes: 7, uncompressedBytes: 8, offset: 40 },
      },
      A,
    ]);
  });

  test('with an entry without a name', () => {
    expect(read(entry({ name: '' }), 1)).toEqual([{ ...A, name: '' }]);
  });

  test('in a part of a buffer', () => {
    expect(read(joined(new Uint8Array(3), entry()).subarray(3), 1)).toEqual([A]);
  });

  test.each([
    ['other', { method: 12 }, { method: 'other' }],
    ['encrypted', { flags: 1 }, { isEncrypted: true }],
    ['encrypted, with other flags', { flags: 0x809 }, { isEncrypted: true }],
    ['not encrypted, with other flags', { flags: 0x808 }, { isEncrypted: false }],
  ])('says that an entry is %s', (_, written, expected) => {
    expect(read(entry(written), 1)).toEqual([{ ...A, ...expected }]);
  });

  test.each([
    ['has other entries than its end says', entry(), 2],
    ['is cut short in an entry', entry().subarray(0, ENTRY_BYTES - 1), 1],
    ['is cut short before the lengths of an entry', entry().subarray(0, 20), 1],
    ['is cut short in a name', entry({ name: 'abc' }).subarray(0, -1), 1],
    ['is cut short in what follows a name', entry({ extra: 2, comment: 2 }).subarray(0, -1), 1],
    ['has something else between its entries', joined(entry(), new Uint8Array(ENTRY_BYTES)), 2],
    ['holds sizes in ZIP64', entry({ sizes: [5, 0xffffffff] }), 1],
    ['holds offsets in ZIP64', entry({ offset: 0xffffffff }), 1],
  ])('is refused when it %s', (_, bytes, entries) => {
    expect(read(bytes, entries)).toBeUndefined();
  });
});

test('a local header is as long as it says, with the name and what follows it', () => {
  const header = record(30, [0, 4, 0x04034b50], [26, 2, 11], [28, 2, 7]);
  expect(localHeaderLength(header)).toBe(48);
  expect(localHeaderLength(joined(header, new Uint8Array(20)))).toBe(48);
  expect(localHeaderLength(header.subarray(0, 29))).toBeUndefined();
  expect(localHeaderLength(record(30, [0, 4, 0x02014b50]))).toBeUndefined();
});

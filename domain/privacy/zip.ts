/**
 * ZIP archives without compression (APPNOTE.TXT 6.3.10), enough for a handful of files: names in UTF-8, sizes below
 * 4 GiB, one fixed time so that the same content gives the same bytes.
 */
import { concat, utf8 } from '../shared/bytes.ts';

export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const UTF8_NAMES = 0x0800;
const VERSION = 20;
/** 1980-01-01, the first day the format knows. */
const DATE = 0x0021;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

export function zip(entries: readonly ZipEntry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, bytes } of entries) {
    const path = utf8(name);
    const common = concat(
      words(VERSION, UTF8_NAMES, 0, 0, DATE),
      longs(crc32(bytes), bytes.length, bytes.length),
      words(path.length, 0),
    );
    const header = concat(longs(0x04034b50), common, path);
    parts.push(header, bytes);
    directory.push(concat(longs(0x02014b50), words(VERSION), common, words(0, 0, 0), longs(0, offset), path));
    offset += header.length + bytes.length;
  }
  const index = concat(...directory);
  const count = entries.length;
  const end = concat(longs(0x06054b50), words(0, 0, count, count), longs(index.length, offset), words(0));
  return concat(...parts, index, end);
}

function words(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [value & 0xff, (value >>> 8) & 0xff]));
}

function longs(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff)));
}

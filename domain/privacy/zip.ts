/**
 * The frame of a ZIP archive without compression (APPNOTE.TXT 6.3.10): what stands before each file and after all of
 * them. The files themselves are written by whoever makes the archive, so that none has to be in memory as a whole.
 * Names in UTF-8, sizes below 4 GiB, one fixed time so that the same content gives the same bytes.
 */
import { concat, utf8 } from '../shared/bytes.ts';

export interface ZipEntry {
  readonly name: string;
  readonly sizeBytes: number;
  /** CRC-32 of the content. */
  readonly crc: number;
}

const UTF8_NAMES = 0x0800;
const VERSION = 20;
/** 1980-01-01, the first day the format knows. */
const DATE = 0x0021;
const LARGEST = 0xffffffff;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

/** @param previous the checksum of what came before, when the content arrives in parts. Default: nothing came before */
export function crc32(bytes: Uint8Array, previous = 0): number {
  let crc = (previous ^ 0xffffffff) >>> 0;
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** What stands before the content of a file. */
export function localHeader(entry: ZipEntry): Uint8Array {
  return concat(longs(0x04034b50), described(entry), utf8(entry.name));
}

/**
 * What stands after all files.
 * @param entries in the order in which they were written, each with its header right before its content
 * @throws RangeError when the archive is larger than the format allows
 */
export function centralDirectory(entries: readonly ZipEntry[]): Uint8Array {
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = utf8(entry.name);
    directory.push(concat(longs(0x02014b50), words(VERSION), described(entry), words(0, 0, 0), longs(0, offset), name));
    offset += localHeader(entry).length + entry.sizeBytes;
  }
  if (offset > LARGEST) throw new RangeError('an archive of more than 4 GiB needs ZIP64');
  const index = concat(...directory);
  const count = entries.length;
  return concat(index, longs(0x06054b50), words(0, 0, count, count), longs(index.length, offset), words(0));
}

/** What the header and the directory say alike. */
function described({ name, sizeBytes, crc }: ZipEntry): Uint8Array {
  return concat(words(VERSION, UTF8_NAMES, 0, 0, DATE), longs(crc, sizeBytes, sizeBytes), words(utf8(name).length, 0));
}

function words(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [value & 0xff, (value >>> 8) & 0xff]));
}

function longs(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff)));
}

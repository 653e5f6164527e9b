/** The segments of a JPEG (ITU-T T.81 annex B). */

const START = 0xd8;
const END = 0xd9;
export const START_OF_SCAN = 0xda;
export const APP1 = 0xe1;

/** A segment of a JPEG with its marker; that of a scan includes the picture data that follows. */
export interface JpegSegment {
  readonly marker: number;
  /** With its marker. */
  readonly bytes: Uint8Array;
  /** After the marker and the length. */
  readonly content: Uint8Array;
}

/** From the first segment to the end of the picture; what follows is not part of it. Stops where the bytes are no JPEG. */
export function* jpegSegments(bytes: Uint8Array): Generator<JpegSegment> {
  if (bytes[0] !== 0xff || bytes[1] !== START) return;
  let at = 2;
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) return;
    const marker = bytes[at + 1] ?? 0;
    // Any marker may be preceded by fill bytes.
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const length = (bytes[at + 2] ?? 0) * 256 + (bytes[at + 3] ?? 0);
    const contentEnd = at + 2 + length;
    if (marker === END || length < 2 || contentEnd > bytes.length) return;
    const end = marker === START_OF_SCAN ? endOfScan(bytes, contentEnd) : contentEnd;
    yield { marker, bytes: bytes.subarray(at, end), content: bytes.subarray(at + 4, contentEnd) };
    at = end;
  }
}

/** In picture data 0xff is followed by zero, or by the marker of a restart. */
function endOfScan(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1] ?? 0;
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  return bytes.length;
}

/** Frames: their content begins with precision, height and width. */
export function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

const JFIF = [0x4a, 0x46, 0x49, 0x46, 0];
/** Without the thumbnail that it may hold. */
const JFIF_LENGTH = 14;
const ADOBE = [0x41, 0x64, 0x6f, 0x62, 0x65];
const ADOBE_LENGTH = 12;

/** What decoders need of the segments for applications: resolution and the kind of colours. */
function isNeeded({ marker, content }: JpegSegment): boolean {
  const begins = (name: readonly number[]) => name.every((byte, index) => content[index] === byte);
  if (marker === 0xe0) return content.length === JFIF_LENGTH && begins(JFIF);
  if (marker === 0xee) return content.length === ADOBE_LENGTH && begins(ADOBE);
  return marker < 0xe0 || marker > 0xef ? marker !== 0xfe : false;
}

/** The same picture without metadata: EXIF with places and devices, XMP, IPTC, profiles, comments, and what follows its end. */
export function withoutMetadata(jpeg: Uint8Array): Uint8Array {
  const kept = [...jpegSegments(jpeg)].filter(isNeeded).map(({ bytes }) => bytes);
  const result = new Uint8Array(kept.reduce((sum, { length }) => sum + length, 4));
  result.set([0xff, START]);
  let at = 2;
  for (const each of kept) {
    result.set(each, at);
    at += each.length;
  }
  result.set([0xff, END], at);
  return result;
}

/** What the beginning of a picture says of it. It is read before anything is decoded, and limits what is. */
import { ok, type Result, refuse } from '../shared/result.ts';
import type { FileType } from './file-type.ts';
import { APP1, isFrame, jpegSegments, START_OF_SCAN } from './jpeg.ts';
import { pngChunks } from './png.ts';

/** Types that are decoded. There is no decoder of HEIC or DICOM that is small and runs everywhere. */
export const PICTURE_TYPES = ['image/png', 'image/jpeg', 'image/webp'] as const satisfies readonly FileType[];
export type PictureType = (typeof PICTURE_TYPES)[number];

export function isPicture(type: string): type is PictureType {
  return (PICTURE_TYPES as readonly string[]).includes(type);
}

/** Decoding takes 15 bytes for each pixel. */
export const MAXIMUM_PIXELS = 30_000_000;
/** Of one picture; all of it is in memory when it is decoded. */
export const MAXIMUM_PICTURE_BYTES = 32 * 1024 * 1024;
/** A progressive JPEG has about ten; each is another pass over all pixels, and may be a few bytes long. */
const MAXIMUM_SCANS = 64;

/** Which of the eight ways a picture is turned and mirrored (EXIF 2.32, tag 0x0112); 1: as it is to be shown. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

export interface PictureFacts {
  /** As stored, before it is turned. */
  readonly width: number;
  readonly height: number;
  readonly orientation: Orientation;
}

export type PictureFault = 'too_large' | 'damaged';

/** @param bytes the whole picture */
export function readPicture(type: PictureType, bytes: Uint8Array): Result<PictureFacts, PictureFault> {
  if (bytes.length > MAXIMUM_PICTURE_BYTES) return refuse('too_large');
  const facts = READERS[type](bytes);
  if (facts === 'too_large') return refuse(facts);
  if (facts === undefined || facts.width === 0 || facts.height === 0) return refuse('damaged');
  return facts.width * facts.height > MAXIMUM_PIXELS ? refuse('too_large') : ok(facts);
}

const READERS: Readonly<Record<PictureType, (bytes: Uint8Array) => PictureFacts | 'too_large' | undefined>> = {
  'image/png': readPng,
  'image/jpeg': readJpeg,
  'image/webp': readWebp,
};

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const nameAt = (bytes: Uint8Array, at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));

function readJpeg(bytes: Uint8Array): PictureFacts | 'too_large' | undefined {
  let facts: PictureFacts | undefined;
  let orientation: Orientation = 1;
  let scans = 0;
  for (const { marker, content } of jpegSegments(bytes)) {
    if (marker === START_OF_SCAN) scans += 1;
    if (scans > MAXIMUM_SCANS) return 'too_large';
    if (marker === APP1 && nameAt(content, 0) === 'Exif') orientation = orientationIn(content.subarray(6));
    if (!isFrame(marker)) continue;
    if (facts !== undefined || content.length < 5) return undefined;
    const view = viewOf(content);
    facts = { height: view.getUint16(1), width: view.getUint16(3), orientation };
  }
  return scans === 0 || facts === undefined ? undefined : { ...facts, orientation };
}

/** The header of a PNG is its first chunk (PNG specification section 11.2.2). */
function readPng(bytes: Uint8Array): PictureFacts | undefined {
  if (bytes.length < 33 || nameAt(bytes, 12) !== 'IHDR') return undefined;
  const view = viewOf(bytes);
  let orientation: Orientation = 1;
  for (const { name, content } of pngChunks(bytes)) if (name === 'eXIf') orientation = orientationIn(content);
  return { width: view.getUint32(16), height: view.getUint32(20), orientation };
}

/** The largest of its canvas and its frames (RFC 9649 section 2): a reader may go by either. */
function readWebp(bytes: Uint8Array): PictureFacts | undefined {
  const view = viewOf(bytes);
  let [width, height] = [0, 0];
  let orientation: Orientation = 1;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = nameAt(bytes, at);
    const length = view.getUint32(at + 4, true);
    const content = bytes.subarray(at + 8, at + 8 + length);
    const size = FRAME_SIZES[name]?.(content);
    if (size !== undefined) [width, height] = [Math.max(width, size[0]), Math.max(height, size[1])];
    if (name === 'EXIF') orientation = orientationIn(content);
    // Frames of an animation hold chunks of their own.
    at += name === 'ANMF' ? 24 : 8 + length + (length % 2);
  }
  return width === 0 ? undefined : { width, height, orientation };
}

type Size = readonly [width: number, height: number];

const FRAME_SIZES: Readonly<Record<string, (content: Uint8Array) => Size | undefined>> = {
  VP8X: (content) => canvasSize(content, 4),
  ANMF: (content) => canvasSize(content, 6),
  // Two dimensions of 14 bits after the tag of the frame and its start code (RFC 6386 section 9.1).
  'VP8 ': (content) => {
    if (content.length < 10) return undefined;
    const view = viewOf(content);
    return [view.getUint16(6, true) & 0x3fff, view.getUint16(8, true) & 0x3fff];
  },
  // The same after a signature of one byte, less one (RFC 9649 section 3.4).
  VP8L: (content) => {
    if (content.length < 5) return undefined;
    const bits = viewOf(content).getUint32(1, true);
    return [(bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1];
  },
};

/** Two dimensions of 24 bits, less one. */
function canvasSize(content: Uint8Array, at: number): Size | undefined {
  if (content.length < at + 6) return undefined;
  const number = (from: number) =>
    (content[from] ?? 0) + (content[from + 1] ?? 0) * 256 + (content[from + 2] ?? 0) * 65_536 + 1;
  return [number(at), number(at + 3)];
}

const ORIENTATION_TAG = 0x0112;
const ENTRY_BYTES = 12;

/** In the first directory of EXIF, which is laid out as a TIFF. What cannot be read is not turned. */
function orientationIn(given: Uint8Array): Orientation {
  // Some writers of WebP begin it as in a JPEG.
  const exif = nameAt(given, 0) === 'Exif' ? given.subarray(6) : given;
  if (exif.length < 14) return 1;
  const order = nameAt(exif, 0).slice(0, 2);
  if (order !== 'II' && order !== 'MM') return 1;
  const isLittle = order === 'II';
  const view = viewOf(exif);
  const directory = view.getUint32(4, isLittle);
  if (directory + 2 > exif.length) return 1;
  const entries = view.getUint16(directory, isLittle);
  for (let n = 0, at = directory + 2; n < entries && at + ENTRY_BYTES <= exif.length; n++, at += ENTRY_BYTES) {
    if (view.getUint16(at, isLittle) !== ORIENTATION_TAG) continue;
    const value = view.getUint16(at + 8, isLittle);
    return value >= 1 && value <= 8 ? (value as Orientation) : 1;
  }
  return 1;
}

/** Width and height as it is to be shown. */
export function uprightSize({ width, height, orientation }: PictureFacts): Size {
  return orientation >= 5 ? [height, width] : [width, height];
}

/** The chunks of a PNG (PNG specification, third edition, section 5). */
import { concat } from '../shared/bytes.ts';

const SIGNATURE_BYTES = 8;
/** Length, name and check sum. */
const AROUND_CONTENT = 12;

export interface PngChunk {
  readonly name: string;
  /** With its length, name and check sum. */
  readonly bytes: Uint8Array;
  readonly content: Uint8Array;
}

/** Stops where the bytes are no PNG, and at its end. */
export function* pngChunks(png: Uint8Array): Generator<PngChunk> {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  for (let at = SIGNATURE_BYTES; at + AROUND_CONTENT <= png.length; ) {
    const end = at + AROUND_CONTENT + view.getUint32(at);
    if (end > png.length) return;
    const name = String.fromCharCode(...png.subarray(at + 4, at + 8));
    yield { name, bytes: png.subarray(at, end), content: png.subarray(at + 8, end - 4) };
    if (name === 'IEND') return;
    at = end;
  }
}

/** What is needed to show the pixels: the chunks that decoders must know, and transparency. */
const NEEDED = ['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND'];

/** The same picture without metadata: EXIF, XMP and other text, profiles, times, and what follows its end. */
export function pngWithoutMetadata(png: Uint8Array): Uint8Array {
  const kept = [...pngChunks(png)].filter(({ name }) => NEEDED.includes(name)).map(({ bytes }) => bytes);
  return concat(png.subarray(0, SIGNATURE_BYTES), ...kept);
}

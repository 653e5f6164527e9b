/** What the files of persons need of the platform. */
import type { ByteRange } from '../shared/ports.ts';
import type { PictureFacts } from './picture.ts';

/** Encrypts one part while its bytes arrive. */
export interface PartSealer {
  /** Bytes that open the part, beside the key; kept with the part's row. */
  readonly header: Uint8Array;
  /** Takes the chunk at once. Await it, which bounds the memory. */
  update(chunk: Uint8Array): Promise<void>;
  /** @returns the sealed part */
  end(): Promise<Uint8Array>;
}

/** A sealed part: what its row holds. */
export interface SealedPart {
  readonly header: Uint8Array;
  /** Before sealing. */
  readonly sizeBytes: number;
}

/**
 * Encrypts the bytes of files in segments, so that a part of a file can be read without the rest. Each sealed part is
 * bound to a place, such as the file and the number of the part: in another place it does not open.
 */
export interface FileCipher {
  /** 32 random bytes: the key of one file. */
  newKey(): Uint8Array;
  /** @param capacity the most bytes that follow */
  sealPart(key: Uint8Array, place: string, capacity: number): PartSealer;
  /**
   * The bytes of the sealed part that hold a range of the part.
   *
   * @param range within the part, at least one byte
   */
  sealedRange(part: SealedPart, range: ByteRange): ByteRange;
  /**
   * @param sealed the bytes at {@link sealedRange} of the same range, in chunks of any size
   * @returns the bytes of the range
   * @throws Error if they were altered, cut short, or sealed for another place
   */
  openRange(
    key: Uint8Array,
    place: string,
    part: SealedPart,
    range: ByteRange,
    sealed: AsyncIterable<Uint8Array>,
  ): AsyncIterable<Uint8Array>;
}

/** A stored file, of which any bytes can be read. */
export interface RandomAccess {
  readonly sizeBytes: number;
  /** @returns exactly the bytes of the range, which lies within the file */
  read(range: ByteRange): Promise<Uint8Array>;
}

/**
 * Raw DEFLATE (RFC 1951).
 *
 * @returns undefined if the bytes are damaged, or give more than `limit` bytes: then no more than that is produced
 */
export type Inflate = (compressed: Uint8Array, limit: number) => Promise<Uint8Array | undefined>;

export type Verdict =
  | { readonly verdict: 'clean' }
  /** @see finding the name that the scanner gives to what it found */
  | { readonly verdict: 'infected'; readonly finding: string }
  /** The scanner answered that it cannot judge these bytes, such as a file over its own limits. Trying again gives the same. */
  | { readonly verdict: 'unscannable'; readonly reason: string };

/** Looks for malware. */
export interface FileScanner {
  /** As in `FILE_SCANNER`; `none` calls everything clean. */
  readonly name: 'clamd' | 'service' | 'none';
  /** @throws Unavailable if the scanner is away, too slow or answers nonsense */
  scan(bytes: AsyncIterable<Uint8Array>, sizeBytes: number): Promise<Verdict>;
}

/** What a small picture is to look like. */
export interface Shape {
  /** In pixels. A smaller picture is not enlarged. */
  readonly side: number;
  /** `inside`: the longer side has this length. `square`: both do, and what lies beyond is cut off evenly. */
  readonly fit: 'inside' | 'square';
}

/** `image/jpeg` has no transparency. */
export type SmallPictureType = 'image/jpeg' | 'image/png';

/** Decodes pictures and makes small ones of them. */
export interface Thumbnailer {
  /**
   * Turned upright as the picture's EXIF says. Where it is transparent, a JPEG is white and a PNG transparent.
   *
   * @param facts of this picture, within the limits of `readPicture`
   * @param type of what is made
   * @returns a picture for each shape; undefined if the picture cannot be decoded
   * @throws Unavailable if it is busy or takes too long
   */
  render(
    picture: Uint8Array,
    facts: PictureFacts,
    shapes: readonly Shape[],
    type: SmallPictureType,
  ): Promise<readonly Uint8Array[] | undefined>;
}

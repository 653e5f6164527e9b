/** What the files of persons need of the platform. */
import type { ByteRange } from '../shared/ports.ts';

/** Encrypts one part while its bytes arrive. */
export interface PartSealer {
  /** Bytes that open the part, beside the key; kept with the part's row. */
  readonly header: Uint8Array;
  update(chunk: Uint8Array): void;
  /** @returns the sealed part */
  end(): Uint8Array;
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

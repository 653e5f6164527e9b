/**
 * Files encrypted in segments, in the layout of Tink's streaming AEAD `AES256_GCM_HKDF` with segments of 64 KiB: a header of
 * `length(1) ‖ salt(32) ‖ nonce prefix(7)`, then segments of ciphertext and tag. The key of a stream is HKDF-SHA256 (RFC
 * 5869) of the file's key, the salt, and the place as info. The nonce of a segment is `prefix ‖ number(4) ‖ last(1)`, so
 * segments cannot be reordered, and a stream cannot be cut short. The first segment is shorter by the header.
 *
 * By WebCrypto: AES-GCM of `node:crypto` takes four times as long under Deno, and keeps the thread that serves all requests busy.
 */
import { hkdfSync, randomBytes } from 'node:crypto';
import type { FileCipher, PartSealer, SealedPart } from '../../domain/files/ports.ts';
import type { ByteRange } from '../../domain/shared/ports.ts';

const CIPHER = 'AES-GCM';
/** Segments that are sealed or opened at the same time. */
const AHEAD = 4;
const KEY_BYTES = 32;
const SALT_BYTES = 32;
const PREFIX_BYTES = 7;
const HEADER_BYTES = 1 + SALT_BYTES + PREFIX_BYTES;
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
const SEGMENT_BYTES = 64 * 1024;
/** Plaintext in the first segment, and in each of the others. */
const FIRST_BYTES = SEGMENT_BYTES - HEADER_BYTES - TAG_BYTES;
const REST_BYTES = SEGMENT_BYTES - TAG_BYTES;

export const fileCipher: FileCipher = { newKey: () => randomBytes(KEY_BYTES), sealPart, sealedRange, openRange };

/** The number of the segment that holds a byte of the plaintext. */
const segmentOf = (offset: number) => (offset < FIRST_BYTES ? 0 : 1 + Math.floor((offset - FIRST_BYTES) / REST_BYTES));

/** Where the plaintext of a segment begins. */
const plainStart = (segment: number) => (segment === 0 ? 0 : FIRST_BYTES + (segment - 1) * REST_BYTES);

/** Where the ciphertext of a segment begins. */
const sealedStart = (segment: number) => (segment === 0 ? HEADER_BYTES : segment * SEGMENT_BYTES);

/** The last segment. A stream without bytes has one, empty. */
const lastSegment = (sizeBytes: number) => segmentOf(Math.max(0, sizeBytes - 1));

const sealedLength = (sizeBytes: number) => HEADER_BYTES + sizeBytes + (lastSegment(sizeBytes) + 1) * TAG_BYTES;

/** Key and nonces of one stream. */
interface Stream {
  readonly key: Promise<CryptoKey>;
  nonce(segment: number, isLast: boolean): Uint8Array<ArrayBuffer>;
}

/** @throws RangeError if the header is not one of this layout */
function streamOf(key: Uint8Array, place: string, header: Uint8Array, usage: 'encrypt' | 'decrypt'): Stream {
  if (header.length !== HEADER_BYTES || header[0] !== HEADER_BYTES) throw new RangeError('not the header of a file');
  const salt = header.subarray(1, 1 + SALT_BYTES);
  const prefix = header.subarray(1 + SALT_BYTES);
  return {
    key: crypto.subtle.importKey('raw', hkdfSync('sha256', key, salt, place, KEY_BYTES), CIPHER, false, [usage]),
    nonce(segment, isLast) {
      const nonce = new Uint8Array(NONCE_BYTES);
      nonce.set(prefix);
      new DataView(nonce.buffer).setUint32(PREFIX_BYTES, segment);
      nonce[NONCE_BYTES - 1] = isLast ? 1 : 0;
      return nonce;
    },
  };
}

function sealPart(key: Uint8Array, place: string, capacity: number): PartSealer {
  const header = new Uint8Array(HEADER_BYTES);
  header[0] = HEADER_BYTES;
  header.set(randomBytes(SALT_BYTES + PREFIX_BYTES), 1);
  const stream = streamOf(key, place, header, 'encrypt');
  const sealed = new Uint8Array(sealedLength(capacity));
  sealed.set(header);
  let filled = 0;
  let segment = 0;
  let at = HEADER_BYTES;
  const sealing: Promise<void>[] = [];

  /** The plaintext stands where its ciphertext comes, until that is there. */
  function flush(isLast: boolean): void {
    const start = at;
    const plain = sealed.subarray(at, at + filled);
    const parameters = { name: CIPHER, iv: stream.nonce(segment, isLast) };
    const encrypting = stream.key.then((opened) => crypto.subtle.encrypt(parameters, opened, plain));
    sealing.push(encrypting.then((ciphertext) => sealed.set(new Uint8Array(ciphertext), start)));
    at += filled + TAG_BYTES;
    segment++;
    filled = 0;
  }

  return {
    header,
    async update(chunk) {
      for (let taken = 0; taken < chunk.length; ) {
        const room = segment === 0 ? FIRST_BYTES : REST_BYTES;
        // A full segment is sealed when the next byte arrives: until then it may be the last.
        if (filled === room) {
          flush(false);
          continue;
        }
        const piece = chunk.subarray(taken, taken + room - filled);
        sealed.set(piece, at + filled);
        filled += piece.length;
        taken += piece.length;
      }
      while (sealing.length > AHEAD) await sealing.shift();
    },
    async end() {
      flush(true);
      await Promise.all(sealing);
      return sealed.subarray(0, at);
    },
  };
}

function sealedRange({ sizeBytes }: SealedPart, { offset, length }: ByteRange): ByteRange {
  const first = sealedStart(segmentOf(offset));
  const end = Math.min(sealedStart(segmentOf(offset + length - 1) + 1), sealedLength(sizeBytes));
  return { offset: first, length: end - first };
}

async function* openRange(
  key: Uint8Array,
  place: string,
  part: SealedPart,
  { offset, length }: ByteRange,
  sealed: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  const stream = streamOf(key, place, part.header, 'decrypt');
  const last = lastSegment(part.sizeBytes);
  const end = offset + length;
  const opening: Promise<Uint8Array>[] = [];
  let segment = segmentOf(offset);
  for await (const body of segments(sealed, segment, part.sizeBytes)) {
    const start = plainStart(segment);
    const opened = open(stream, segment, segment === last, body).then((plain) =>
      plain.subarray(Math.max(0, offset - start), Math.min(plain.length, end - start)),
    );
    // Whoever reads gets the failure; nobody may be reading any more.
    opened.catch(() => {});
    opening.push(opened);
    segment++;
    if (opening.length > AHEAD) yield await (opening.shift() as Promise<Uint8Array>);
  }
  for (const opened of opening) yield await opened;
  if (plainStart(segment) < end && segment <= last) throw new Error('the file was cut short');
}

/** Cuts chunks of any size into segments of ciphertext and tag. */
async function* segments(
  chunks: AsyncIterable<Uint8Array>,
  first: number,
  sizeBytes: number,
): AsyncIterable<Uint8Array<ArrayBuffer>> {
  const total = sealedLength(sizeBytes);
  let pending = new Uint8Array(SEGMENT_BYTES);
  let segment = first;
  let filled = 0;
  for await (const chunk of chunks) {
    for (let taken = 0; taken < chunk.length; ) {
      const room = Math.min(sealedStart(segment + 1), total) - sealedStart(segment);
      if (room <= 0) throw new Error('the file is longer than its row says');
      const piece = chunk.subarray(taken, taken + room - filled);
      pending.set(piece, filled);
      filled += piece.length;
      taken += piece.length;
      if (filled < room) continue;
      yield pending.subarray(0, filled);
      // It is opened while the next one is filled.
      pending = new Uint8Array(SEGMENT_BYTES);
      segment++;
      filled = 0;
    }
  }
  if (filled > 0) throw new Error('the file was cut short');
}

/** @throws Error if the segment was altered, or belongs elsewhere */
async function open(
  { key, nonce }: Stream,
  segment: number,
  isLast: boolean,
  sealed: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: CIPHER, iv: nonce(segment, isLast) }, await key, sealed));
  } catch {
    throw new Error('the file was altered, or belongs to another place');
  }
}

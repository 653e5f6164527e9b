/** The bytes of files: sealed into parts while they arrive, opened while they are sent. Memory: two parts when storing, a few segments when reading. */
import {
  type FileAttempt,
  type FilePart,
  objectKey,
  PART_BYTES,
  type PatientFile,
  partPlace,
} from '../../../domain/files/file.ts';
import type { StoredParts } from '../../../domain/files/loads.ts';
import type { PartSealer, RandomAccess, SealedPart } from '../../../domain/files/ports.ts';
import { fromHex } from '../../../domain/shared/bytes.ts';
import type { ByteRange, ReadableStreamLike } from '../../../domain/shared/ports.ts';
import type { Deps } from '../context.ts';

type Storing = Pick<Deps, 'files' | 'fileCipher' | 'clock'>;

/** All that is known of its content is in its row. */
const OBJECT_TYPE = 'application/octet-stream';

/** Thrown while bytes arrive, to stop the upload. */
export class UploadStopped<E> extends Error {
  override readonly name = 'UploadStopped';
  readonly refusal: E;

  constructor(refusal: E) {
    super('the upload was stopped');
    this.refusal = refusal;
  }
}

/**
 * Seals and stores bytes part by part. While one part is filled, the one before is stored.
 *
 * @param attempt of the parts from `first`; no object of another part is stored
 * @param noteStored called with each part but the last once it is stored; if it fails, the upload stops
 * @throws UploadStopped if there are more bytes than that, or the time of the upload is over
 */
export async function storeBytes(
  deps: Storing,
  { id, fileKey, uploadExpiresAt }: Pick<PatientFile, 'id' | 'fileKey' | 'uploadExpiresAt'>,
  { attempt, first }: FileAttempt,
  bytes: AsyncIterable<Uint8Array>,
  maximumBytes: number,
  noteStored: (part: FilePart) => Promise<void> = () => Promise.resolve(),
): Promise<{ readonly parts: readonly FilePart[]; readonly sizeBytes: number }> {
  const key = fromHex(fileKey ?? '');
  const parts: FilePart[] = [];
  let sizeBytes = 0;
  let storing: Promise<void> = Promise.resolve();
  const begin = () => ({
    number: first + parts.length,
    filled: 0,
    sealer: deps.fileCipher.sealPart(
      key,
      partPlace(id, first + parts.length),
      Math.min(PART_BYTES, maximumBytes - parts.length * PART_BYTES),
    ),
  });
  type Filling = { readonly number: number; filled: number; readonly sealer: PartSealer };
  const store = async ({ number, filled, sealer }: Filling, note?: typeof noteStored) => {
    const sealed = await sealer.end();
    await storing;
    if (deps.clock.now() >= uploadExpiresAt) throw new UploadStopped({ code: 'file_upload_over' } as const);
    const stored = { number, attempt, header: sealer.header, sizeBytes: filled };
    parts.push(stored);
    storing = deps.files.put(objectKey(id, stored), sealed, OBJECT_TYPE).then(() => note?.(stored));
    // Awaited before the next part; without this, a failure until then would count as unhandled.
    storing.catch(() => {});
  };
  try {
    let part = begin();
    for await (const chunk of bytes) {
      sizeBytes += chunk.length;
      if (sizeBytes > maximumBytes) throw new UploadStopped({ code: 'file_too_large', limit: maximumBytes } as const);
      for (let taken = 0; taken < chunk.length; ) {
        if (part.filled === PART_BYTES) {
          await store(part, noteStored);
          part = begin();
        }
        const piece = chunk.subarray(taken, taken + PART_BYTES - part.filled);
        await part.sealer.update(piece);
        part.filled += piece.length;
        taken += piece.length;
      }
    }
    await store(part);
    return { parts, sizeBytes };
  } finally {
    await storing;
  }
}

/** @throws Error if bytes are missing or were altered: what was sent before is right, and incomplete */
export async function* readBytes(
  deps: Pick<Deps, 'files' | 'fileCipher'>,
  { file, parts }: StoredParts,
  { offset, length }: ByteRange,
): AsyncGenerator<Uint8Array> {
  const key = fromHex(file.fileKey ?? '');
  const end = offset + length;
  let start = 0;
  for (const part of parts) {
    const from = Math.max(offset, start);
    const to = Math.min(end, start + part.sizeBytes);
    if (from < to) {
      const range = { offset: from - start, length: to - from };
      yield* deps.fileCipher.openRange(
        key,
        partPlace(file.id, part.number),
        part,
        range,
        sealedBytes(deps, objectKey(file.id, part), deps.fileCipher.sealedRange(part, range)),
      );
    }
    start += part.sizeBytes;
  }
}

async function* sealedBytes({ files }: Pick<Deps, 'files'>, key: string, range: ByteRange): AsyncGenerator<Uint8Array> {
  const stored = await files.get(key, range);
  if (stored === undefined) throw new Error('an object is missing in file storage');
  yield* chunksOf(stored.body);
}

async function* chunksOf(body: ReadableStreamLike): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      if (next.value !== undefined) yield next.value;
    }
  } finally {
    await reader.cancel();
  }
}

/** All of an object, as it is stored. @returns undefined if there is none */
export async function readWhole({ files }: Pick<Deps, 'files'>, key: string): Promise<Uint8Array | undefined> {
  const stored = await files.get(key);
  if (stored === undefined) return undefined;
  const bytes = new Uint8Array(stored.sizeBytes);
  let filled = 0;
  for await (const chunk of chunksOf(stored.body)) {
    bytes.set(chunk, filled);
    filled += chunk.length;
  }
  return bytes;
}

/** Bytes that are stored as one sealed object of its own. */
export interface SealedObject extends SealedPart {
  /** Of the file that it belongs to, hexadecimal. */
  readonly fileKey: string;
  /** Where it is stored. */
  readonly key: string;
  /** What it is bound to. */
  readonly place: string;
}

/** @throws Unavailable if the storage is */
export async function storeObject(
  deps: Pick<Deps, 'files' | 'fileCipher'>,
  { fileKey, key, place }: Pick<SealedObject, 'fileKey' | 'key' | 'place'>,
  bytes: Uint8Array,
): Promise<SealedPart> {
  const sealer = deps.fileCipher.sealPart(fromHex(fileKey), place, bytes.length);
  await sealer.update(bytes);
  await deps.files.put(key, await sealer.end(), OBJECT_TYPE);
  return { header: sealer.header, sizeBytes: bytes.length };
}

/** @throws Error if it is missing or was altered */
export async function* readObject(
  deps: Pick<Deps, 'files' | 'fileCipher'>,
  object: SealedObject,
): AsyncGenerator<Uint8Array> {
  const range = { offset: 0, length: object.sizeBytes };
  const sealed = sealedBytes(deps, object.key, deps.fileCipher.sealedRange(object, range));
  yield* deps.fileCipher.openRange(fromHex(object.fileKey), object.place, object, range, sealed);
}

export function randomAccess(deps: Pick<Deps, 'files' | 'fileCipher'>, stored: StoredParts): RandomAccess {
  const sizeBytes = stored.parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  return {
    sizeBytes,
    async read(range) {
      const bytes = new Uint8Array(range.length);
      let filled = 0;
      for await (const chunk of readBytes(deps, stored, range)) {
        bytes.set(chunk, filled);
        filled += chunk.length;
      }
      return bytes;
    },
  };
}

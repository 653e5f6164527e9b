/** Stores the content of an append: whole parts count once they are stored, the last part when the request ends. */
import type { AppendChange, AppendPlace } from '../../../domain/files/append.ts';
import { type FileAttempt, type FilePart, objectKey } from '../../../domain/files/file.ts';
import type { StoredUpload } from '../../../domain/files/loads.ts';
import { decided } from '../../../domain/shared/changes.ts';
import { commit } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { readBytes, storeBytes, UploadStopped } from './bytes.ts';

/** An append that may store its content. @see attempt `null` if it has no content */
export interface Begun {
  readonly stored: StoredUpload;
  readonly place: AppendPlace;
  readonly attempt: FileAttempt | null;
}

export interface Content {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** SHA-256, hexadecimal: none of it counts unless all of it has arrived, with this hash. */
  readonly contentHash: string | null;
}

/**
 * @param maximumBytes that the parts from the place on can hold
 * @returns the offset after the content
 * @throws UploadStopped if the content has more bytes, or not the declared hash, or the append was superseded
 * @throws what has cut the request off, once what had arrived is stored
 */
export async function storeContent(
  deps: Deps,
  context: Context,
  { stored, place, attempt }: Begun,
  { bytes, contentHash }: Content,
  maximumBytes: number,
): Promise<number> {
  if (attempt === null) return place.offset;
  const record = recorder(deps, context, stored, attempt);
  const hash = contentHash === null ? undefined : deps.newHash();
  const content = new Arriving(bytes, (chunk) => hash?.update(chunk));
  const parts = (await content.isEmpty())
    ? []
    : await storeParts(deps, { stored, place, attempt }, content, maximumBytes, hash ? undefined : record.part);
  const isWrong = contentHash !== null && (content.cut !== undefined || hash?.digest() !== contentHash);
  if (isWrong) for (const part of parts) await deps.files.delete(objectKey(stored.file.id, part));
  await record.end(isWrong ? [] : hash ? parts : parts.slice(-1));
  if (!isWrong && parts.length > 0 && place.tail !== undefined) {
    await deps.files.delete(objectKey(stored.file.id, place.tail));
    await record.forgotten(place.tail);
  }
  if (content.cut !== undefined) throw content.cut;
  if (isWrong) throw new UploadStopped({ code: 'file_content_digest_mismatch' } as const);
  return place.offset + content.sizeBytes;
}

/** Commits what an append has done, as long as no other request has taken the upload over. */
function recorder(deps: Deps, context: Context, { file: { id } }: StoredUpload, { attempt }: FileAttempt) {
  const change = async (made: (at: number) => AppendChange) => {
    const now = deps.clock.now();
    const decision = decided({ value: undefined, changes: [made(now)], audit: [] });
    const { ok } = await commit(deps, { ...context, now }, decision);
    if (!ok) throw new UploadStopped({ code: 'file_append_superseded' } as const);
  };
  return {
    part: (part: FilePart) => change((at) => ({ type: 'file.part_appended', id, part, at })),
    /** @param parts that were not recorded before; without any, nothing of the append is left */
    end: (parts: readonly FilePart[]) => {
      const last = parts.at(-1)?.number ?? null;
      return change((at) => ({ type: 'file.append_settled', id, attempt, parts, last, at }));
    },
    forgotten: (part: FilePart) => change(() => ({ type: 'file.object_forgotten', id, part })),
  };
}

/** The short part at the end is stored anew, with what follows it: parts of one size are what storage keeps. */
async function storeParts(
  deps: Deps,
  { stored, place: { tail }, attempt }: Begun & { readonly attempt: FileAttempt },
  content: Arriving,
  maximumBytes: number,
  noteStored: ((part: FilePart) => Promise<void>) | undefined,
): Promise<readonly FilePart[]> {
  async function* whole() {
    if (tail !== undefined) {
      yield* readBytes(deps, { ...stored, parts: [tail] }, { offset: 0, length: tail.sizeBytes });
    }
    yield* content.bytes();
  }
  const { parts } = await storeBytes(deps, stored.file, attempt, whole(), maximumBytes, noteStored);
  return parts;
}

/** The content of a request, which ends early if the request is cut off. */
class Arriving {
  sizeBytes = 0;
  /** What has cut it off. */
  cut: unknown;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #look: (chunk: Uint8Array) => void;
  #first: Uint8Array | undefined;

  constructor(bytes: AsyncIterable<Uint8Array>, look: (chunk: Uint8Array) => void) {
    this.#chunks = bytes[Symbol.asyncIterator]();
    this.#look = look;
  }

  /** Waits for the first bytes. */
  async isEmpty(): Promise<boolean> {
    this.#first = await this.#next();
    return this.#first === undefined;
  }

  /** Call it once, after {@link isEmpty}. */
  async *bytes(): AsyncGenerator<Uint8Array> {
    try {
      for (let chunk = this.#first; chunk !== undefined; chunk = await this.#next()) yield chunk;
    } finally {
      await this.#chunks.return?.();
    }
  }

  async #next(): Promise<Uint8Array | undefined> {
    try {
      const { value, done } = await this.#chunks.next();
      if (done) return undefined;
      this.sizeBytes += value.length;
      this.#look(value);
      return value;
    } catch (error) {
      this.cut = error;
      return undefined;
    }
  }
}

/**
 * The archive of a copy in file storage: encrypted parts of bounded size, and a manifest that says in which order they
 * make the ZIP file. Neither making nor fetching it holds more than a part of each file in memory.
 */
import { centralDirectory, crc32, localHeader, type ZipEntry } from '../../../domain/privacy/zip.ts';
import { toBase64Url, utf8 } from '../../../domain/shared/bytes.ts';
import type { DataKey, StoredFile } from '../../../domain/shared/ports.ts';
import { placeOf, type SealedPlace } from '../../../domain/shared/sealed-columns.ts';
import type { Deps } from '../context.ts';

const PART_BYTES = 262_144;
type Storage = Pick<Deps, 'cipher' | 'files'>;

/** A piece of the ZIP file: bytes of its frame, or a stored part. */
type Piece = { readonly frame: string } | { readonly part: string };

interface Manifest {
  readonly sizeBytes: number;
  readonly pieces: readonly Piece[];
}

/** A file of the archive while it is written. */
export interface EntryWriter {
  write(content: string | Uint8Array): Promise<void>;
  finish(): Promise<FinishedEntry>;
}

export interface FinishedEntry extends ZipEntry {
  /** Names of the stored parts, in order. */
  readonly parts: readonly string[];
}

/**
 * @param folder where the archive lies in storage
 * @param name of the file in the archive
 */
export function createEntryWriter(storage: Storage, dataKey: DataKey, folder: string, name: string): EntryWriter {
  const parts: string[] = [];
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let sizeBytes = 0;
  let crc = 0;
  const store = async (bytes: Uint8Array) => {
    const part = `${name.replaceAll('/', '-')}-${parts.length}`;
    await storage.files.put(`${folder}/${part}`, sealPart(storage, dataKey, folder, part, bytes), PART_TYPE);
    parts.push(part);
  };
  const storeWaiting = async () => {
    const bytes = joined(waiting, waitingBytes);
    waiting = [];
    waitingBytes = 0;
    for (let from = 0; from < bytes.length; from += PART_BYTES) await store(bytes.subarray(from, from + PART_BYTES));
  };
  return {
    async write(content) {
      const bytes = typeof content === 'string' ? utf8(content) : content;
      crc = crc32(bytes, crc);
      sizeBytes += bytes.length;
      waiting.push(bytes);
      waitingBytes += bytes.length;
      if (waitingBytes >= PART_BYTES) await storeWaiting();
    },
    async finish() {
      if (waitingBytes > 0) await storeWaiting();
      return { name, sizeBytes, crc, parts };
    },
  };
}

const PART_TYPE = 'application/octet-stream';
const MANIFEST = 'manifest';

/** Stores the manifest: from then on the archive can be opened. @returns the size of the ZIP file in bytes */
export async function closeArchive(
  storage: Storage,
  dataKey: DataKey,
  folder: string,
  entries: readonly FinishedEntry[],
): Promise<number> {
  const frames = [...entries.map(localHeader), centralDirectory(entries)];
  const pieces = entries.flatMap((entry, index): Piece[] => [
    { frame: toBase64Url(frames[index] ?? new Uint8Array()) },
    ...entry.parts.map((part) => ({ part })),
  ]);
  pieces.push({ frame: toBase64Url(frames.at(-1) ?? new Uint8Array()) });
  const sizeBytes = [...frames.map(({ length }) => length), ...entries.map((entry) => entry.sizeBytes)].reduce(
    (sum, size) => sum + size,
    0,
  );
  const manifest: Manifest = { sizeBytes, pieces };
  const bytes = utf8(JSON.stringify(manifest));
  await storage.files.put(`${folder}/${MANIFEST}`, sealPart(storage, dataKey, folder, MANIFEST, bytes), PART_TYPE);
  return sizeBytes;
}

/**
 * Opens the archive, part by part as it is read.
 * @param fileKey the folder, or the single file of a copy that the version before made
 * @returns undefined when it is not in storage
 */
export async function openArchive(
  storage: Storage,
  dataKey: DataKey,
  fileKey: string,
): Promise<AsyncGenerator<Uint8Array> | undefined> {
  const manifest = await readPart(storage, dataKey, fileKey, MANIFEST);
  if (manifest !== undefined) {
    const { pieces } = JSON.parse(new TextDecoder().decode(manifest)) as Manifest;
    return readPieces(storage, dataKey, fileKey, pieces);
  }
  const former = await storage.files.get(fileKey);
  if (former === undefined) return undefined;
  return only(opened(storage.cipher.open(dataKey, placeOf('data_exports', 'archive', fileKey), await readAll(former))));
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* readPieces(
  storage: Storage,
  dataKey: DataKey,
  folder: string,
  pieces: readonly Piece[],
): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    const bytes = 'frame' in piece ? fromBase64Url(piece.frame) : await readPart(storage, dataKey, folder, piece.part);
    if (bytes === undefined) throw new Error('a part of the archive is missing in file storage');
    yield bytes;
  }
}

function sealPart({ cipher }: Storage, key: DataKey, folder: string, part: string, bytes: Uint8Array): Uint8Array {
  return cipher.seal(key, partPlace(folder, part), toBase64Url(bytes));
}

async function readPart(
  { cipher, files }: Storage,
  key: DataKey,
  folder: string,
  part: string,
): Promise<Uint8Array | undefined> {
  const file = await files.get(`${folder}/${part}`);
  if (file === undefined) return undefined;
  return opened(cipher.open(key, partPlace(folder, part), await readAll(file)));
}

/** A part cannot be put in the place of another. */
function partPlace(folder: string, part: string): SealedPlace {
  return placeOf('data_exports', 'archive', `${folder}/${part}`);
}

function opened(text: ReturnType<Storage['cipher']['open']>): Uint8Array {
  if (!text.ok || text.value === null) throw new Error('a part of the archive in file storage is damaged');
  return fromBase64Url(text.value);
}

function fromBase64Url(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

async function readAll({ body, sizeBytes }: StoredFile): Promise<Uint8Array> {
  const bytes = new Uint8Array(sizeBytes);
  const reader = body.getReader();
  let offset = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    bytes.set(next.value ?? new Uint8Array(0), offset);
    offset += next.value?.length ?? 0;
  }
  return bytes;
}

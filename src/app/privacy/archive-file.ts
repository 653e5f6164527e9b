/**
 * The archive of a copy in file storage: the content of each file in encrypted parts of bounded size, and a list of the
 * files with their parts. The ZIP file is made of them while it is downloaded. Neither making nor downloading the archive
 * holds more than a few parts in memory.
 */
import type { ArchiveEntry } from '../../../domain/privacy/archive-format.ts';
import { toBase64Url, utf8 } from '../../../domain/shared/bytes.ts';
import type { DataKey, StoredFile } from '../../../domain/shared/ports.ts';
import { type SealedPlace, sealedPlaceOf } from '../../../domain/shared/sealed-columns.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { Deps } from '../context.ts';

const PART_BYTES = 262_144;
type Storage = Pick<Deps, 'archives' | 'cipher' | 'files'>;

interface Contents {
  readonly madeAt: Instant;
  readonly entries: readonly FinishedEntry[];
}

/** A file of the archive while it is written. */
export interface EntryWriter {
  write(content: string | Uint8Array): Promise<void>;
  finish(): Promise<FinishedEntry>;
}

export interface FinishedEntry extends ArchiveEntry {
  /** Names of the stored parts, in order. */
  readonly parts: readonly string[];
}

/**
 * @param folder of the archive in storage
 * @param name of the file in the archive
 * @param label of its parts in storage, which takes fewer characters. Default: the name
 */
export function createEntryWriter(
  storage: Storage,
  dataKey: DataKey,
  folder: string,
  name: string,
  label = name,
): EntryWriter {
  const parts: string[] = [];
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let sizeBytes = 0;
  const store = async (bytes: Uint8Array) => {
    const part = `${label.replaceAll('/', '-')}-${parts.length}`;
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
      sizeBytes += bytes.length;
      waiting.push(bytes);
      waitingBytes += bytes.length;
      if (waitingBytes >= PART_BYTES) await storeWaiting();
    },
    async finish() {
      if (waitingBytes > 0) await storeWaiting();
      return { name, sizeBytes, parts };
    },
  };
}

const PART_TYPE = 'application/octet-stream';
const CONTENTS = 'contents';

/** Stores the list of files: from then on the archive can be opened. @returns the size of the ZIP file in bytes */
export async function closeArchive(
  storage: Storage,
  dataKey: DataKey,
  folder: string,
  entries: readonly FinishedEntry[],
  madeAt: Instant,
): Promise<number> {
  const contents: Contents = { madeAt, entries };
  const bytes = utf8(JSON.stringify(contents));
  await storage.files.put(`${folder}/${CONTENTS}`, sealPart(storage, dataKey, folder, CONTENTS, bytes), PART_TYPE);
  return storage.archives.size(entries);
}

/**
 * Opens the ZIP file, which is read part by part.
 * @param folder of the archive in storage
 * @returns undefined when it is not there
 */
export async function openArchive(
  storage: Storage,
  dataKey: DataKey,
  folder: string,
): Promise<AsyncGenerator<Uint8Array> | undefined> {
  const read = (part: string) => readPart(storage, dataKey, folder, part);
  const list = await read(CONTENTS);
  if (list === undefined) return openFormerArchive(read);
  const { madeAt, entries } = JSON.parse(new TextDecoder().decode(list)) as Contents;
  const sources = entries.map(({ name, sizeBytes, parts }) => ({
    name,
    sizeBytes,
    content: () => readParts(read, parts),
  }));
  return storage.archives.stream(sources, madeAt);
}

type ReadPart = (part: string) => Promise<Uint8Array | undefined>;

async function* readParts(read: ReadPart, parts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    const bytes = await read(part);
    if (bytes === undefined) throw new Error('a part of the archive is missing in file storage');
    yield bytes;
  }
}

/** What the version before stored: which parts, and which bytes between them, make the ZIP file. */
interface FormerManifest {
  readonly pieces: readonly ({ readonly frame: string } | { readonly part: string })[];
}

async function openFormerArchive(read: ReadPart): Promise<AsyncGenerator<Uint8Array> | undefined> {
  const manifest = await read('manifest');
  if (manifest === undefined) return undefined;
  return readPieces(read, (JSON.parse(new TextDecoder().decode(manifest)) as FormerManifest).pieces);
}

async function* readPieces(read: ReadPart, pieces: FormerManifest['pieces']): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    if ('frame' in piece) yield fromBase64Url(piece.frame);
    else yield* readParts(read, [piece.part]);
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

/** Binds a part to its name and folder, so that it cannot be exchanged for another part. */
function partPlace(folder: string, part: string): SealedPlace {
  return sealedPlaceOf('data_exports', 'archive', `${folder}/${part}`);
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

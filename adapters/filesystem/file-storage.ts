/**
 * Files in a folder. For a key `a/b` the folder holds the bytes as `a/b#<random>` and, beside them, `a/b#meta`, which
 * names those bytes and their content type. A file appears or changes in one atomic step, the rename of the meta file:
 * no reader sees half a file, or the bytes of one file with the type of another. Files that a crash leaves behind are
 * never read.
 */
import { type FileHandle, link, mkdir, open, readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ByteRange, type FileStorage, type StoredFile, Unavailable } from '../../domain/shared/ports.ts';

interface Meta {
  readonly contentType: string;
  readonly sizeBytes: number;
  /** The part after `#` in the name of the file that holds the bytes. */
  readonly version: string;
}

const CHUNK_BYTES = 64 * 1024;
const MAX_SEGMENT_LENGTH = 180;
/**
 * Segments of letters, digits, `.`, `_` and `-` that do not begin with a dot: no parent folders, no hidden files, no
 * `#`.
 */
const KEY = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;
/** How many times a writer may replace the file during a read before that counts as a fault. */
const READ_ATTEMPTS = 5;

/** @param root folder of all files; created if it is missing */
export function fileSystemStorage(root: string): FileStorage {
  return {
    put: (key, bytes, contentType) => guarded(() => write(pathOf(root, key), bytes, contentType), key),
    putNew: (key, bytes, contentType) => guarded(() => writeNew(pathOf(root, key), bytes, contentType), key),
    get: (key, range) => guarded(() => read(pathOf(root, key), range), key),
    delete: (key) => guarded(() => remove(pathOf(root, key)), key),
    // Includes files that a crash left behind.
    deleteFolder: (folder) => guarded(() => rm(pathOf(root, folder), { recursive: true, force: true }), folder),
  };
}

/** @throws RangeError for a key that cannot be stored safely. Keys are made by the server, so that is a bug */
function checkKey(key: string): void {
  const fits = key.split('/').every((segment) => segment.length <= MAX_SEGMENT_LENGTH);
  if (!KEY.test(key) || !fits) throw new RangeError(`not a valid file key: ${JSON.stringify(key)}`);
}

function pathOf(root: string, key: string): string {
  return join(root, ...key.split('/'));
}

async function guarded<T>(work: () => Promise<T>, key: string): Promise<T> {
  checkKey(key);
  try {
    return await work();
  } catch (error) {
    throw new Unavailable('file storage', { cause: error });
  }
}

async function write(path: string, bytes: Uint8Array, contentType: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const replaced = await readMeta(path);
  await writeThen(path, bytes, contentType, (draft) => rename(draft, `${path}#meta`));
  if (replaced !== undefined) await rm(`${path}#${replaced.version}`, { force: true });
}

/** Uses a link because, unlike a rename, it fails if the target exists. */
async function writeNew(path: string, bytes: Uint8Array, contentType: string): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true });
  if ((await readMeta(path)) !== undefined) return false;
  try {
    await writeThen(path, bytes, contentType, async (draft) => {
      await link(draft, `${path}#meta`);
      await rm(draft, { force: true });
    });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** @param publish makes the file visible; gets the path of the finished meta file, whose bytes are on disk by then */
async function writeThen(
  path: string,
  bytes: Uint8Array,
  contentType: string,
  publish: (draft: string) => Promise<void>,
): Promise<void> {
  const version = crypto.randomUUID();
  const body = `${path}#${version}`;
  const draft = `${path}#${version}.meta`;
  try {
    await writeDurably(body, bytes);
    const meta: Meta = { contentType, sizeBytes: bytes.length, version };
    await writeDurably(draft, new TextEncoder().encode(JSON.stringify(meta)));
    await publish(draft);
  } catch (error) {
    await Promise.all([rm(body, { force: true }), rm(draft, { force: true })]);
    throw error;
  }
  await syncFolder(dirname(path));
}

async function read(path: string, range: ByteRange | undefined): Promise<StoredFile | undefined> {
  for (let attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
    const meta = await readMeta(path);
    if (meta === undefined) return undefined;
    const { contentType, sizeBytes, version } = meta;
    const body = `${path}#${version}`;
    if ((await ifPresent(stat(body))) !== undefined)
      return { body: streamOf(body, range ?? { offset: 0, length: sizeBytes }), sizeBytes, contentType };
  }
  throw new Error('the bytes of the file are missing');
}

async function remove(path: string): Promise<void> {
  const meta = await readMeta(path);
  if (meta === undefined) return;
  await ifPresent(unlink(`${path}#meta`));
  await rm(`${path}#${meta.version}`, { force: true });
}

async function readMeta(path: string): Promise<Meta | undefined> {
  const text = await ifPresent(readFile(`${path}#meta`, 'utf8'));
  return text === undefined ? undefined : JSON.parse(text);
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a rename survive a power cut, on systems where folders can be opened and synced. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  if (folder === undefined) return;
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * Opens the file at the first read, so that an answer whose body is never read (HEAD) leaves no file open. If the file
 * was replaced or deleted before that, the read fails; a read that has begun continues with the old bytes to the end.
 */
function streamOf(path: string, range: ByteRange): ReadableStream<Uint8Array> {
  let file: FileHandle | undefined;
  let at = range.offset;
  const end = range.offset + range.length;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        file ??= await open(path, 'r');
        const chunk = new Uint8Array(Math.min(CHUNK_BYTES, end - at));
        const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
        at += bytesRead;
        if (bytesRead > 0) return controller.enqueue(chunk.subarray(0, bytesRead));
        await file.close();
        controller.close();
      },
      cancel: () => file?.close(),
    },
    { highWaterMark: 0 },
  );
}

async function ifPresent<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

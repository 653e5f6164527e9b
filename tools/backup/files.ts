/** Backs up and restores the folder of stored files. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ArchiveRefused } from './archive.ts';
import type { Section } from './lines.ts';

/** File names as the file storage makes them: no parent folders, no hidden files. */
const PATH = /^[A-Za-z0-9_-][A-Za-z0-9._#-]*(\/[A-Za-z0-9_-][A-Za-z0-9._#-]*)*$/;
const CHUNK_BYTES = 64 * 1024;

/** @param until files that changed later belong to no row of the snapshot and are left out */
export async function* fileLines(folder: string, until: number): AsyncGenerator<string> {
  for (const path of await pathsOf(folder)) {
    const file = join(folder, path);
    const found = await ifPresent(stat(file));
    // The file was deleted after it was listed.
    if (found === undefined || !found.isFile() || found.mtimeMs > until) continue;
    const digest = createHash('sha256');
    yield JSON.stringify({ file: path });
    for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>) {
      digest.update(chunk);
      yield JSON.stringify({ bytes: chunk.toString('base64') });
    }
    yield JSON.stringify({ fileEnd: path, sha256: digest.digest('hex') });
  }
}

async function pathsOf(folder: string): Promise<string[]> {
  const entries = (await ifPresent(readdir(folder, { recursive: true }))) ?? [];
  return entries
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => PATH.test(path))
    .sort();
}

export async function isEmptyFolder(folder: string): Promise<boolean> {
  return ((await ifPresent(readdir(folder))) ?? []).length === 0;
}

export interface FileRestorer {
  take(section: Extract<Section, { file: string } | { bytes: string } | { fileEnd: string }>): Promise<number>;
  /** Moves the files to where the portal looks for them. */
  finish(): Promise<void>;
  abandon(): Promise<void>;
}

/** Writes next to the folder until everything is known to be valid. */
export async function restoreFiles(folder: string): Promise<FileRestorer> {
  const draft = `${folder}.restoring`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true, mode: 0o700 });
  let current: { readonly path: string; readonly handle: FileHandle; readonly digest: ReturnType<typeof createHash> };
  let isOpen = false;
  return {
    async take(section) {
      if ('file' in section) {
        if (!PATH.test(section.file))
          throw new ArchiveRefused(`the archive contains an invalid file name: ${section.file}`);
        const path = join(draft, section.file);
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        current = { path: section.file, handle: await open(path, 'wx', 0o600), digest: createHash('sha256') };
        isOpen = true;
        return 0;
      }
      if (!isOpen) throw new ArchiveRefused('the archive is not in order: bytes without a file');
      if ('bytes' in section) {
        const bytes = Buffer.from(section.bytes, 'base64');
        current.digest.update(bytes);
        await current.handle.write(bytes);
        return 0;
      }
      await current.handle.sync();
      await current.handle.close();
      isOpen = false;
      if (section.fileEnd !== current.path || section.sha256 !== current.digest.digest('hex')) {
        throw new ArchiveRefused(`${current.path} is damaged in the archive`);
      }
      return 1;
    },
    async finish() {
      await rm(folder, { recursive: true, force: true });
      await rename(draft, folder);
    },
    async abandon() {
      if (isOpen) await current.handle.close();
      await rm(draft, { recursive: true, force: true });
    },
  };
}

async function ifPresent<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
    return undefined;
  }
}

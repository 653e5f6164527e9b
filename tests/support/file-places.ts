/** Real file storages for tests, with a list of what is in them. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsClient } from 'aws4fetch';
import { fileSystemStorage } from '../../adapters/filesystem/file-storage.ts';
import { s3FileStorage } from '../../adapters/s3/file-storage.ts';
import type { FileStorage } from '../../domain/shared/ports.ts';
import { type S3Server, startS3Server } from './s3-server.ts';

export interface FilePlace {
  readonly storage: FileStorage;
  /** The keys of all objects of persons’ files, also of those that no reader can see yet, in order. */
  keys(): Promise<string[]>;
  stop(): Promise<void>;
}

/** @param root of the storage. Drafts that a crash leaves behind count as the objects that they were to become */
export async function keysInFolder(root: string): Promise<string[]> {
  const entries = await readdir(join(root, 'files'), { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const keys = paths.map((path) => path.slice(root.length + 1).split('#')[0] ?? '');
  return [...new Set(keys)].sort();
}

export async function keysInBucket({ place }: S3Server): Promise<string[]> {
  const client = new AwsClient({ ...place, service: 's3', region: 'auto' });
  const list = await client.fetch(`${place.endpoint}/${place.bucket}?list-type=2&prefix=files/`);
  return [...(await list.text()).matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, key = '']) => key).sort();
}

export async function folderPlace(): Promise<FilePlace> {
  const root = await mkdtemp(join(tmpdir(), 'files-'));
  return {
    storage: fileSystemStorage(root),
    keys: () => keysInFolder(root),
    stop: () => rm(root, { recursive: true }),
  };
}

export async function bucketPlace(): Promise<FilePlace> {
  const server = await startS3Server();
  return { storage: s3FileStorage(server.place), keys: () => keysInBucket(server), stop: server.stop };
}

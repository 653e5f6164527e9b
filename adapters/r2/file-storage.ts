/** Files in a bucket of Cloudflare R2, through the Worker's binding. */
import { type ByteRange, type FileStorage, type ReadableStreamLike, Unavailable } from '../../domain/shared/ports.ts';

/** The part of the binding, an `R2Bucket`, that this adapter uses. */
export interface Bucket {
  put(
    key: string,
    value: Uint8Array,
    options: {
      readonly httpMetadata: { readonly contentType: string };
      readonly onlyIf?: { readonly etagDoesNotMatch: string };
    },
  ): Promise<unknown>;
  get(key: string, options?: { readonly range: ByteRange }): Promise<BucketObject | null>;
  delete(keys: string | string[]): Promise<void>;
  list(options: { readonly prefix: string }): Promise<{ readonly objects: readonly { readonly key: string }[] }>;
}

export interface BucketObject {
  readonly body: ReadableStreamLike;
  /** Of the whole object, also when a range was asked for. */
  readonly size: number;
  readonly httpMetadata?: { readonly contentType?: string };
}

export function r2FileStorage(bucket: Bucket): FileStorage {
  return {
    async put(key, bytes, contentType) {
      await ask(() => bucket.put(key, bytes, { httpMetadata: { contentType } }));
    },
    async putNew(key, bytes, contentType) {
      const onlyIf = { etagDoesNotMatch: '*' };
      return (await ask(() => bucket.put(key, bytes, { httpMetadata: { contentType }, onlyIf }))) !== null;
    },
    async get(key, range) {
      const object = await ask(() => (range === undefined ? bucket.get(key) : bucket.get(key, { range })));
      if (object === null) return undefined;
      const contentType = object.httpMetadata?.contentType ?? 'application/octet-stream';
      return { body: object.body, sizeBytes: object.size, contentType };
    },
    async delete(key) {
      await ask(() => bucket.delete(key));
    },
    async deleteFolder(folder) {
      // One page at a time: each page is deleted before the next one is listed, so the list always starts at the front.
      for (;;) {
        const { objects } = await ask(() => bucket.list({ prefix: `${folder}/` }));
        if (objects.length === 0) return;
        await ask(() => bucket.delete(objects.map(({ key }) => key)));
      }
    },
  };
}

async function ask<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw new Unavailable('r2', { cause: error });
  }
}

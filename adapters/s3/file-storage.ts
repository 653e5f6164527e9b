/**
 * Files in a bucket of an S3-compatible server, addressed by path (`https://host/bucket/key`), which every such server
 * understands. Requests are signed by Signature Version 4.
 */
import { AwsClient } from 'aws4fetch';
import { type ByteRange, type FileStorage, type StoredFile, Unavailable } from '../../domain/shared/ports.ts';

export interface S3Options {
  /** URL of the server, without the bucket. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Default `auto`, which servers without regions accept. */
  readonly region?: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Time-out from the request to the headers of its answer. Default 30,000. */
  readonly timeoutMilliseconds?: number;
}

const TIMEOUT_MILLISECONDS = 30_000;
/** The caller knows what may be repeated (`resilience/guarded.ts`). */
const RETRIES = 0;
/** Deletions in flight. A Worker has six connections. */
const DELETIONS = 4;

/** What the server answered instead of doing it. */
class S3Refusal extends Error {}

interface Request {
  readonly method: 'PUT' | 'GET' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

type Send = (path: string, request: Request) => Promise<Response>;

/** @returns what sends a signed request about the bucket; its path begins after the bucket */
function createSend(options: S3Options): Send {
  const { endpoint, bucket, region = 'auto', timeoutMilliseconds = TIMEOUT_MILLISECONDS } = options;
  const { accessKeyId, secretAccessKey } = options;
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: RETRIES });
  const root = `${endpoint.replace(/\/$/, '')}/${bucket}`;
  return async (path, request) => {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new S3Refusal('no answer in time')), timeoutMilliseconds);
    try {
      return await client.fetch(`${root}${path}`, { ...request, signal: late.signal } as RequestInit);
    } finally {
      clearTimeout(timer);
    }
  };
}

export function s3FileStorage(options: S3Options): FileStorage {
  const send = createSend(options);

  async function put(key: string, bytes: Uint8Array, contentType: string, isNew: boolean): Promise<boolean> {
    const headers = { 'Content-Type': contentType, ...(isNew ? { 'If-None-Match': '*' } : {}) };
    const answer = await send(`/${key}`, { method: 'PUT', headers, body: bytes });
    // 409: another conditional write of this key is in progress.
    if (isNew && (answer.status === 412 || answer.status === 409)) return discard(answer).then(() => false);
    await requireOk(answer);
    return true;
  }

  async function get(key: string, range: ByteRange | undefined): Promise<StoredFile | undefined> {
    const headers: Record<string, string> = {};
    if (range !== undefined) headers.Range = `bytes=${range.offset}-${range.offset + range.length - 1}`;
    const answer = await send(`/${key}`, { method: 'GET', headers });
    if (answer.status === 404 && (await codeOf(answer)) === 'NoSuchKey') return undefined;
    if (!answer.ok || answer.body === null) throw await refusal(answer);
    const isPart = Number(answer.headers.get('content-length')) === range?.length && answer.status === 206;
    if (range !== undefined && !isPart) throw new S3Refusal('the server does not return the range');
    return { body: answer.body, sizeBytes: sizeOf(answer), contentType: answer.headers.get('content-type') ?? '' };
  }

  async function remove(key: string): Promise<void> {
    const answer = await send(`/${key}`, { method: 'DELETE' });
    if (answer.status !== 404) return requireOk(answer);
    // A missing bucket is a fault; a missing key is already deleted.
    if ((await codeOf(answer)) !== 'NoSuchKey') throw new S3Refusal('the bucket is missing');
  }

  async function firstKeys(folder: string): Promise<string[]> {
    const answer = await send(`?list-type=2&prefix=${encodeURIComponent(`${folder}/`)}`, { method: 'GET' });
    if (!answer.ok) throw await refusal(answer);
    // Keys are made by the server and contain no character that XML escapes.
    return [...(await answer.text()).matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, key = '']) => key);
  }

  return {
    put: (key, bytes, contentType) => guarded(async () => void (await put(key, bytes, contentType, false))),
    putNew: (key, bytes, contentType) => guarded(() => put(key, bytes, contentType, true)),
    get: (key, range) => guarded(() => get(key, range)),
    delete: (key) => guarded(() => remove(key)),
    deleteFolder: (folder) =>
      guarded(async () => {
        // One page at a time: each page is deleted before the next one is listed, so the list always starts at the front.
        for (let keys = await firstKeys(folder); keys.length > 0; keys = await firstKeys(folder))
          while (keys.length > 0) await Promise.all(keys.splice(0, DELETIONS).map(remove));
      }),
  };
}

/** @throws S3Refusal if the answer lacks the size */
function sizeOf(answer: Response): number {
  const whole = /\/(\d+)$/.exec(answer.headers.get('content-range') ?? '')?.[1] ?? answer.headers.get('content-length');
  if (whole === null) throw new S3Refusal('the answer lacks the size of the file');
  return Number(whole);
}

async function requireOk(answer: Response): Promise<void> {
  if (!answer.ok) throw await refusal(answer);
  await discard(answer);
}

/** Ends the body, so that its connection can be used again. */
async function discard(answer: Response): Promise<void> {
  await answer.body?.cancel();
}

/** `NoSuchKey`, `AccessDenied`, …; null if the answer has none. */
async function codeOf(answer: Response): Promise<string | null> {
  return /<Code>(\w+)<\/Code>/.exec(await answer.text())?.[1] ?? null;
}

/** Names the code only: the rest of the answer holds the key and the signed request. */
async function refusal(answer: Response): Promise<S3Refusal> {
  return new S3Refusal(`${answer.status} ${(await codeOf(answer)) ?? 'without a code'}`);
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Unavailable('s3', { cause: error });
  }
}

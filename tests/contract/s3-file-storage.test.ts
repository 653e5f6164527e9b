/** What is sent to an S3-compatible server, and how its refusals are understood. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { guardDependency } from '../../adapters/resilience/dependency.ts';
import { guardedFileStorage } from '../../adapters/resilience/guarded.ts';
import { POLICIES } from '../../adapters/resilience/policies.ts';
import { type S3Options, s3FileStorage } from '../../adapters/s3/file-storage.ts';
import { Unavailable } from '../../domain/shared/ports.ts';
import { bytesOf, pattern } from './file-storage.contract.ts';

interface Answer {
  readonly status: number;
  readonly body?: string;
}

const code = (name: string) => `<?xml version="1.0"?><Error><Code>${name}</Code><Key>secret/key</Key></Error>`;

let server: Server;
const seen: IncomingMessage[] = [];

/** @param answer undefined never answers */
async function serving(answer: Answer | undefined, options: Partial<S3Options> = {}) {
  seen.length = 0;
  server = createServer((request, response) => {
    seen.push(request);
    request.resume();
    if (answer === undefined) return;
    const { status, body = '' } = answer;
    response.writeHead(status, { 'Content-Length': Buffer.byteLength(body) }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return s3FileStorage({
    endpoint: `http://127.0.0.1:${port}/`,
    bucket: 'clinic',
    accessKeyId: 'an-id',
    secretAccessKey: 'a-secret',
    ...options,
  });
}

afterEach(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

describe('an S3-compatible server', () => {
  test('R72 storing as new is a condition that the server decides', async () => {
    const storage = await serving({ status: 200 });
    expect(await storage.putNew('audit/head', pattern(3), 'text/plain')).toBe(true);
    expect(seen[0]).toMatchObject({ method: 'PUT', url: '/clinic/audit/head' });
    expect(seen[0]?.headers).toMatchObject({
      'if-none-match': '*',
      'content-type': 'text/plain',
      'content-length': '3',
    });
    await storage.put('audit/head', pattern(3), 'text/plain');
    expect(seen[1]?.headers['if-none-match']).toBeUndefined();
  });

  test.each([409, 412])('a condition that fails with %i stores nothing and is no fault', async (status) => {
    const storage = await serving({ status, body: code('PreconditionFailed') });
    expect(await storage.putNew('a', pattern(3), 'text/plain')).toBe(false);
    await expect(storage.put('a', pattern(3), 'text/plain')).rejects.toBeInstanceOf(Unavailable);
  });

  test('requests are signed for the region', async () => {
    const storage = await serving({ status: 200, body: 'abc' }, { region: 'eu-central-1' });
    await storage.get('a');
    expect(seen[0]?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=an-id\/\d{8}\/eu-central-1\/s3\/aws4_request, SignedHeaders=.*host.*, Signature=[0-9a-f]{64}$/,
    );
  });

  test('a missing key is undefined, a missing bucket a fault', async () => {
    const noKey = await serving({ status: 404, body: code('NoSuchKey') });
    expect(await noKey.get('a')).toBeUndefined();
    await expect(noKey.delete('a')).resolves.toBeUndefined();
    server.close();
    const noBucket = await serving({ status: 404, body: code('NoSuchBucket') });
    await expect(noBucket.get('a')).rejects.toBeInstanceOf(Unavailable);
    await expect(noBucket.delete('a')).rejects.toBeInstanceOf(Unavailable);
    await expect(noBucket.deleteFolder('a')).rejects.toBeInstanceOf(Unavailable);
  });

  test('a refusal names the code, and nothing else of the answer', async () => {
    const storage = await serving({ status: 403, body: code('SignatureDoesNotMatch') });
    const fault: unknown = await storage.get('a').catch((error) => error);
    expect(fault).toMatchObject({ cause: { message: '403 SignatureDoesNotMatch' } });
  });

  test('a server that ignores a range is refused, since its bytes would be the wrong ones', async () => {
    const storage = await serving({ status: 200, body: 'abcdef' });
    expect(await bytesOf(await storage.get('a'))).toHaveLength(6);
    await expect(storage.get('a', { offset: 2, length: 2 })).rejects.toBeInstanceOf(Unavailable);
  });

  test('a server that does not answer is unavailable after the time-out', async () => {
    const storage = await serving(undefined, { timeoutMilliseconds: 50 });
    await expect(storage.get('a')).rejects.toBeInstanceOf(Unavailable);
    await expect(storage.put('a', pattern(3), 'text/plain')).rejects.toBeInstanceOf(Unavailable);
  });

  test('a server that is busy is asked again for what may be asked twice, and only for that', async () => {
    const storage = await serving({ status: 503, body: code('SlowDown') });
    const watching = { opened: () => {}, closed: () => {}, retried: () => {} };
    const policy = { ...POLICIES.s3, backoffMs: 1 };
    const guarded = guardedFileStorage(storage, guardDependency('s3', policy, { clock: { now: () => 0 }, watching }));
    await expect(guarded.get('a')).rejects.toBeInstanceOf(Unavailable);
    expect(seen).toHaveLength(3);
    await expect(guarded.putNew('a', pattern(3), 'text/plain')).rejects.toBeInstanceOf(Unavailable);
    expect(seen).toHaveLength(4);
  });
});

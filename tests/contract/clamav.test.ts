/** The scanners against stand-ins that speak their protocols; `clamav.full.test.ts` asks a real clamd. */

import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { clamdScanner } from '../../adapters/clamav/instream.ts';
import { verdictOf } from '../../adapters/clamav/reply.ts';
import { scannerService } from '../../adapters/clamav/scanner-service.ts';
import type { FileScanner } from '../../domain/files/ports.ts';
import { Unavailable } from '../../domain/shared/ports.ts';
import { createScannerServer } from '../../tools/scanner.ts';
import { pattern } from './file-storage.contract.ts';

const TOKEN = 'a token of the scanner';
const open: { close(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Reads INSTREAM, and answers when it is complete. @param reply undefined: is silent; `close`: closes the connection */
async function standIn(
  reply: string | undefined,
  early = false,
): Promise<{ readonly port: number; received(): Buffer }> {
  const sockets = new Set<Socket>();
  let bytes: Buffer = Buffer.alloc(0);
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    let text: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      text = Buffer.concat([text, chunk]);
      const content = chunksOf(text);
      if (content === undefined && !early) return;
      bytes = content ?? bytes;
      if (reply === 'close') socket.destroy();
      // Closing would reset the connection, since bytes are on their way.
      else if (reply !== undefined && early) socket.write(`${reply}\0`);
      else if (reply !== undefined) socket.end(`${reply}\0`);
    });
  });
  open.push({
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  return { port: await listening(server), received: () => bytes };
}

/** @returns the content, when the chunk of length 0 has arrived */
function chunksOf(text: Buffer): Buffer | undefined {
  const command = 'zINSTREAM\0';
  if (text.subarray(0, command.length).toString() !== command) return undefined;
  const parts: Buffer[] = [];
  for (let at = command.length; at + 4 <= text.length; ) {
    const length = text.readUInt32BE(at);
    if (length === 0) return Buffer.concat(parts);
    parts.push(text.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return undefined;
}

async function* chunks(bytes: Uint8Array, size = 60_000): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The scanner itself, and behind the service. */
const SCANNERS: readonly [string, (port: number) => Promise<FileScanner>][] = [
  ['clamd', async (port) => clamdScanner({ host: '127.0.0.1', port, timeoutMilliseconds: 200 })],
  [
    'the service',
    async (port) => {
      const service = createScannerServer(
        clamdScanner({ host: '127.0.0.1', port, timeoutMilliseconds: 200 }),
        TOKEN,
        () => {},
      );
      open.push({
        close() {
          service.closeAllConnections();
          service.close();
        },
      });
      return scannerService({ url: `http://127.0.0.1:${await listening(service)}/`, token: TOKEN });
    },
  ],
];

describe.each(SCANNERS)('R53 %s', (_, scannerOf) => {
  const scan = async (port: number, bytes = pattern(200_000)) =>
    (await scannerOf(port)).scan(chunks(bytes), bytes.length);

  test('gets every byte, and says that they are clean', async () => {
    const clamd = await standIn('stream: OK');
    expect(await scan(clamd.port)).toEqual({ verdict: 'clean' });
    expect(clamd.received().equals(Buffer.from(pattern(200_000)))).toBe(true);
    expect(await scan(clamd.port, new Uint8Array())).toEqual({ verdict: 'clean' });
  });

  test('names what it found', async () => {
    const clamd = await standIn('stream: Eicar-Test-Signature.UNOFFICIAL FOUND');
    expect(await scan(clamd.port)).toEqual({ verdict: 'infected', finding: 'Eicar-Test-Signature.UNOFFICIAL' });
  });

  test('cannot judge what is over its limit, and says so while it is still sent', async () => {
    const clamd = await standIn('INSTREAM size limit exceeded. ERROR', true);
    expect(await scan(clamd.port, pattern(5_000_000))).toEqual({
      verdict: 'unscannable',
      reason: 'too_large_for_scanner',
    });
  });

  test.each([
    'stream: Can’t allocate memory ERROR',
    'UNKNOWN COMMAND',
    '',
    'OK',
    'stream: OK FOUND OK',
    'close',
    undefined,
  ])('is unavailable when clamd answers %j', async (reply) => {
    const clamd = await standIn(reply);
    await expect(scan(clamd.port)).rejects.toBeInstanceOf(Unavailable);
  });

  test('is unavailable when nothing listens', async () => {
    const { port } = await standIn('stream: OK');
    open[0]?.close();
    await expect(scan(port)).rejects.toBeInstanceOf(Unavailable);
  });
});

test('R53 clamd is not asked about what is over the limit that it was given', async () => {
  const { port } = await standIn('stream: OK');
  const scanner = clamdScanner({ host: '127.0.0.1', port, maximumBytes: 1000 });
  expect(await scanner.scan(chunks(pattern(1000)), 1000)).toEqual({ verdict: 'clean' });
  const over = { verdict: 'unscannable', reason: 'too_large_for_scanner' };
  expect(await scanner.scan(chunks(pattern(1001)), 1001)).toEqual(over);
});

describe('R53 the scanner service', () => {
  async function serve(reply = 'stream: OK'): Promise<string> {
    const { port } = await standIn(reply);
    const service = createScannerServer(clamdScanner({ host: '127.0.0.1', port }), TOKEN, () => {});
    open.push(service);
    return `http://127.0.0.1:${await listening(service)}`;
  }
  const statusOf = async (url: string, init: RequestInit = {}) => (await fetch(url, init)).status;

  test('scans for nobody without its token', async () => {
    const url = await serve();
    const authorized = { Authorization: `Bearer ${TOKEN}` };
    expect(await statusOf(`${url}/scan`, { method: 'POST', body: 'a', headers: authorized })).toBe(200);
    for (const headers of [{}, { Authorization: TOKEN }, { Authorization: 'Bearer another token' }])
      expect(await statusOf(`${url}/scan`, { method: 'POST', body: 'a', headers })).toBe(401);
    expect(await statusOf(`${url}/scan`, { headers: authorized })).toBe(405);
    expect(await statusOf(`${url}/other`, { method: 'POST', body: 'a', headers: authorized })).toBe(404);
  });

  test('tells whether clamd answers', async () => {
    expect(await statusOf(`${await serve()}/health`)).toBe(200);
    expect(await statusOf(`${await serve('close')}/health`)).toBe(503);
  });

  test('that answers nonsense is unavailable', async () => {
    const { createServer: createHttp } = await import('node:http');
    for (const body of ['{"verdict":"fine"}', '{}', 'null', 'no json', '{"verdict":"infected"}']) {
      const server = createHttp((request, response) => {
        request.resume();
        response.end(body);
      });
      open.push(server);
      const scanner = scannerService({ url: `http://127.0.0.1:${await listening(server)}`, token: TOKEN });
      await expect(scanner.scan(chunks(pattern(10)), 10), body).rejects.toBeInstanceOf(Unavailable);
    }
  });
});

describe('what clamd answers', () => {
  test.each([
    'stream: FOUND',
    'stream:  FOUND',
    `stream: ${'x'.repeat(201)} FOUND`,
    'stream: a\nb FOUND',
    'stream: OK ',
    'stream: ok',
  ])('%j is no verdict', (reply) => expect(() => verdictOf(reply)).toThrow(/answered/));
});

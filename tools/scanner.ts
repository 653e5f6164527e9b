/**
 * The scanner service: stands beside a clamd, which has neither TLS nor authentication, and serves portals at the edge. See
 * docs/files.md. TLS is ended by the reverse proxy before it.
 *
 *     SCANNER_TOKEN=… CLAMD=127.0.0.1:3310 CLAMD_MAX_BYTES=26214400 PORT=8790 deno run --allow-env --allow-net tools/scanner.ts
 *
 *     POST /scan      Authorization: Bearer SCANNER_TOKEN, the bytes as body → { "verdict": "clean" },
 *                     { "verdict": "infected", "finding" }, { "verdict": "unscannable", "reason" }, or 503
 *     GET  /health    200 while clamd answers, otherwise 503
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import process from 'node:process';
import { clamdScanner } from '../adapters/clamav/instream.ts';
import type { FileScanner } from '../domain/files/ports.ts';
import { Unavailable } from '../domain/shared/ports.ts';

/** Scans in flight: each holds a connection to clamd, which has about as many threads. */
const MAXIMUM_SCANS = 8;
const LEAST_TOKEN_LENGTH = 16;

interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

const digest = (text: string) => createHash('sha256').update(text).digest();

/** @param tell is told why a scan failed */
export function createScannerServer(scanner: FileScanner, token: string, tell: (reason: string) => void) {
  const expected = digest(`Bearer ${token}`);
  let scans = 0;

  async function answer(request: IncomingMessage): Promise<Answer> {
    if (request.method === 'GET' && request.url === '/health') return health(scanner, tell);
    if (request.url !== '/scan') return { status: 404 };
    if (request.method !== 'POST') return { status: 405 };
    if (!timingSafeEqual(digest(request.headers.authorization ?? ''), expected)) return { status: 401 };
    if (scans >= MAXIMUM_SCANS) return { status: 503 };
    scans++;
    try {
      return { status: 200, body: await scanner.scan(request, Number(request.headers['x-file-size'] ?? 0)) };
    } catch (error) {
      return refused(error, tell);
    } finally {
      scans--;
    }
  }

  return createServer((request, response) => {
    void answer(request).then((each) => send(response, each));
  });
}

async function health(scanner: FileScanner, tell: (reason: string) => void): Promise<Answer> {
  try {
    await scanner.scan((async function* () {})(), 0);
    return { status: 200, body: { status: 'ok' } };
  } catch (error) {
    return refused(error, tell);
  }
}

function refused(error: unknown, tell: (reason: string) => void): Answer {
  const reason = error instanceof Unavailable ? error.cause : error;
  tell(reason instanceof Error ? reason.message : 'unknown');
  return { status: 503 };
}

/** Ends the connection unless the whole body was read: the rest of it is of no use. */
function send(response: ServerResponse, { status, body }: Answer): void {
  const headers: Record<string, string> = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
  if (!response.req.complete) headers.Connection = 'close';
  if (status === 503) headers['Retry-After'] = '5';
  response.writeHead(status, headers).end(JSON.stringify(body ?? { status }));
}

/** `StreamMaxLength` of clamd, unless `CLAMD_MAX_BYTES` names another. */
const MAXIMUM_BYTES = String(25 * 1024 * 1024);

function start(): void {
  const {
    SCANNER_TOKEN: token = '',
    CLAMD: clamd = '127.0.0.1:3310',
    CLAMD_MAX_BYTES: maximumBytes = MAXIMUM_BYTES,
  } = process.env;
  const { HOST: host = '127.0.0.1', PORT: port = '8790' } = process.env;
  const [, clamdHost, clamdPort] = /^(.+):(\d{1,5})$/.exec(clamd) ?? [];
  if (token.length < LEAST_TOKEN_LENGTH || clamdHost === undefined || !/^\d+$/.test(maximumBytes)) {
    console.error(
      `Set SCANNER_TOKEN to at least ${LEAST_TOKEN_LENGTH} characters, CLAMD to host:port, and CLAMD_MAX_BYTES to a number.`,
    );
    process.exit(1);
  }
  const scanner = clamdScanner({ host: clamdHost, port: Number(clamdPort), maximumBytes: Number(maximumBytes) });
  const server = createScannerServer(scanner, token, (reason) =>
    console.error(JSON.stringify({ event: 'scan_failed', reason })),
  );
  server.listen(Number(port), host, () =>
    console.log(`The scanner service listens on http://${host}:${port}, and asks clamd at ${clamd}`),
  );
}

if (import.meta.main) start();

/**
 * The HTTP server of every stand-in. Loopback only, because the stand-ins have fixed tokens and must not be reachable
 * from outside.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const HOST = '127.0.0.1';
const MAX_BODY_BYTES = 10 * 1024 * 1024;

export interface CloudRequest {
  readonly method: string;
  /** Path and query exactly as sent: a QStash destination in the path must not be normalised. */
  readonly target: string;
  /** @param name case-insensitive; a header that was sent several times is joined by commas */
  header(name: string): string | undefined;
  /** Every header, names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** As UTF-8. */
  readonly body: string;
  readonly bytes: Buffer;
  /** Aborted if the client disconnects before it was answered. */
  readonly gone: AbortSignal;
}

export interface CloudReply {
  readonly status: number;
  /** Sent as JSON; left out for an empty body. */
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface CloudServerOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** Latency added to every answer, to simulate a distant data centre. Default 0. */
  readonly latencyMilliseconds?: number;
}

export interface CloudServer {
  /** The origin, without a trailing slash. */
  readonly url: string;
  /** Simulates a hanging service: requests are accepted but not answered. */
  stall(): void;
  /** Answers the requests that were held back and all later ones. */
  resume(): void;
  /** Closes all connections and frees the port. */
  close(): Promise<void>;
}

/** The port is in use; the message says which one and what to do. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken';
}

/**
 * Starts a server on the loopback interface.
 *
 * @param service its name, for messages
 * @param handle answers one request; an exception becomes a 500 with its message
 * @throws PortTaken if the port is in use
 */
export async function serve(
  service: string,
  handle: (request: CloudRequest) => Promise<CloudReply>,
  { port = 0, latencyMilliseconds = 0 }: CloudServerOptions = {},
): Promise<CloudServer> {
  let held: PromiseWithResolvers<void> | undefined;

  const server = createServer(async (incoming, outgoing) => {
    const gone = new AbortController();
    outgoing.on('close', () => {
      if (!outgoing.writableFinished) gone.abort();
    });
    try {
      const request = await readRequest(incoming, gone.signal);
      await held?.promise;
      if (latencyMilliseconds > 0) await new Promise((resolve) => setTimeout(resolve, latencyMilliseconds));
      if (gone.signal.aborted) return;
      send(outgoing, request === undefined ? tooLarge() : await handle(request));
    } catch (error) {
      send(outgoing, failure(error));
    }
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        taken ? new PortTaken(`${service}: port ${port} is in use; stop what listens there or choose another`) : error,
      );
    });
    server.listen(port, HOST, resolve);
  });

  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    stall() {
      held ??= Promise.withResolvers<void>();
    },
    resume() {
      held?.resolve();
      held = undefined;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      held?.resolve();
      await closed;
    },
  };
}

/** Whether the request carries the token as `Authorization: Bearer …`. */
export function isBearer(request: CloudRequest, token: string): boolean {
  return request.header('authorization') === `Bearer ${token}`;
}

/** The text parsed as JSON, or undefined if it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @returns undefined if the body is larger than {@link MAX_BODY_BYTES} */
async function readRequest(incoming: IncomingMessage, gone: AbortSignal): Promise<CloudRequest | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (size > MAX_BODY_BYTES) return undefined;
  const bytes = Buffer.concat(chunks);
  const headers = new Map<string, string>();
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    if (values !== undefined) headers.set(name, values.join(', '));
  }
  return {
    method: incoming.method ?? 'GET',
    target: incoming.url ?? '/',
    header: (name) => headers.get(name.toLowerCase()),
    headers,
    body: bytes.toString('utf8'),
    bytes,
    gone,
  };
}

function send(outgoing: ServerResponse, { status, json, headers }: CloudReply): void {
  if (outgoing.destroyed) return;
  const body = json === undefined ? undefined : JSON.stringify(json);
  outgoing.writeHead(status, { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers });
  outgoing.end(body);
}

function tooLarge(): CloudReply {
  const message = `request body is larger than ${MAX_BODY_BYTES} bytes`;
  return { status: 413, json: { message, error: message } };
}

function failure(error: unknown): CloudReply {
  const message = error instanceof Error ? error.message : String(error);
  return { status: 500, json: { message, error: message } };
}

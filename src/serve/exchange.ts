/** Converts one request and its answer between Node's HTTP server and the Fetch API that the application uses. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers';
import { pathTo } from '../http/links.ts';
import { isMadeWhole } from '../http/middleware/head.ts';
import { PROBLEMS } from '../http/problems.ts';

export type Handler = (request: Request, peerAddress: string | null) => Promise<Response>;

/** Methods that a `Request` cannot have (Fetch standard, forbidden methods). */
const FORBIDDEN: readonly string[] = ['CONNECT', 'TRACE', 'TRACK'];

/** Answers requests that never reach the application, in the format of every problem. */
function refusal(code: 'malformed_target' | 'method_not_allowed' | 'internal_error', headers = {}): Response {
  const { status, title, help } = PROBLEMS[code];
  const requestId = crypto.randomUUID();
  return Response.json(
    { type: pathTo('getProblem', { code }), title, status, detail: help, code, requestId },
    {
      status,
      headers: {
        'Content-Type': 'application/problem+json',
        'Cache-Control': 'no-store',
        'X-Request-Id': requestId,
        ...headers,
      },
    },
  );
}

/** @returns the request, or the answer to a head that cannot be converted to one (RFC 9112 section 3.2) */
export function toRequest(incoming: IncomingMessage): Request | Response {
  const { method = 'GET', url: target = '/', headers, rawHeaders } = incoming;
  if (FORBIDDEN.includes(method.toUpperCase())) {
    return refusal('method_not_allowed', { Allow: 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS' });
  }
  const url = target.startsWith('/') ? `http://${headers.host ?? 'localhost'}${target}` : target;
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    return refusal('malformed_target');
  }
  const isBodiless = method === 'GET' || method === 'HEAD' || !hasBody(incoming);
  try {
    const given: [string, string][] = [];
    for (let at = 0; at + 1 < rawHeaders.length; at += 2) given.push([rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '']);
    return new Request(url, {
      method,
      headers: given,
      ...(isBodiless ? {} : { body: bodyOf(incoming), duplex: 'half' }),
    } as RequestInit);
  } catch {
    return refusal('malformed_target');
  }
}

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Reads on demand, so that the body of a refused request is not read. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks = incoming[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done === true) controller.close();
        else controller.enqueue(new Uint8Array(value));
      },
    },
    { highWaterMark: 0 },
  );
}

/** Sends an answer, and aborts it if the client does not read the next part in time. */
export async function send(
  response: Response,
  outgoing: ServerResponse,
  { closes, writeMilliseconds }: { readonly closes: boolean; readonly writeMilliseconds: number },
): Promise<void> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of response.headers) if (name !== 'set-cookie') headers[name] = value;
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) headers['set-cookie'] = cookies;
  // If the body was not read completely, its rest would be parsed as the next request.
  if (closes || !outgoing.req.complete) headers.connection = 'close';

  if (outgoing.req.method === 'HEAD') {
    await response.body?.cancel();
    outgoing.writeHead(response.status, headers);
    return finish(outgoing, writeMilliseconds);
  }
  if (isMadeWhole(response.headers)) {
    // Not as a stream, which takes longer than most of these answers are.
    const bytes = new Uint8Array(await response.arrayBuffer());
    headers['content-length'] = String(bytes.byteLength);
    outgoing.writeHead(response.status, headers);
    return finish(outgoing, writeMilliseconds, bytes);
  }
  if (response.body === null) {
    outgoing.writeHead(response.status, headers);
    return finish(outgoing, writeMilliseconds);
  }
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  const stop = () => void reader.cancel().catch(() => {});
  outgoing.once('close', stop);
  let next = await reader.read();
  const following = next.done ? next : await soon(reader.read());
  if (following.done === true && headers['content-length'] === undefined) {
    // The answer is complete already: it is sent in one piece, with its length.
    headers['content-length'] = String(next.value?.byteLength ?? 0);
  }
  outgoing.writeHead(response.status, headers);
  let pending = 'later' in following ? following.later : Promise.resolve(following);
  while (!next.done) {
    if (!outgoing.write(next.value)) await drained(outgoing, writeMilliseconds);
    next = await pending;
    if (!next.done) pending = reader.read();
  }
  return finish(outgoing, writeMilliseconds);
}

type Part = ReadableStreamReadResult<Uint8Array>;

/** @returns the part if it is available already, otherwise a promise of it */
function soon(read: Promise<Part>): Promise<Part | { readonly done?: undefined; readonly later: Promise<Part> }> {
  return Promise.race([
    read,
    new Promise<{ readonly later: Promise<Part> }>((resolve) => setImmediate(() => resolve({ later: read }))),
  ]);
}

function finish(outgoing: ServerResponse, milliseconds: number, rest?: Uint8Array): Promise<void> {
  const done = settled(outgoing, 'finish', milliseconds);
  outgoing.end(rest);
  return done;
}

async function drained(outgoing: ServerResponse, milliseconds: number): Promise<void> {
  await settled(outgoing, 'drain', milliseconds);
  if (outgoing.destroyed) throw new Error('the client has disconnected');
}

/** Waits for an event of the answer or for its end; destroys the connection if neither comes in time. */
function settled(outgoing: ServerResponse, event: 'drain' | 'finish', milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => outgoing.destroy(), milliseconds);
    const settle = () => {
      clearTimeout(timer);
      outgoing.off(event, settle).off('close', settle);
      resolve();
    };
    outgoing.once(event, settle).once('close', settle);
    if (outgoing.destroyed) settle();
  });
}

export function brokenAnswer(): Response {
  return refusal('internal_error');
}

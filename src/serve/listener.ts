/**
 * The listener under Deno. It is Node's HTTP server, because `Deno.serve` has no time-out for heads and ends the process when
 * descriptors run out (docs/adr/0130).
 */
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Log } from '../app/log.ts';
import { type Connections, createConnections } from './connections.ts';
import { brokenAnswer, type Handler, hasBody, send, toRequest } from './exchange.ts';
import { type ConnectionCaps, LISTENER, type ListenerLimits } from './limits.ts';

export interface ListenerOptions {
  readonly hostname: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly caps: ConnectionCaps;
  readonly log: Log;
  readonly handler: Handler;
  /** Default {@link LISTENER}. */
  readonly limits?: ListenerLimits;
}

export interface Listener {
  readonly port: number;
  connections(): number;
  /**
   * Takes no more connections, closes those that are owed nothing, and waits for the others.
   * @param milliseconds after which they are aborted
   * @returns whether all were answered
   */
  close(milliseconds: number): Promise<boolean>;
}

/** How often time-outs are looked at, and how long an abort takes at most. */
const CHECK_MS = 1_000;
/** How often it is asked whether connections are still taken. */
const WATCH_MS = 5_000;
/** How often it is told at most that connections were closed for others. */
const TELL_MS = 6_000;

/** @throws Error with `code` `EADDRINUSE` or `EADDRNOTAVAIL` */
export async function listen({
  hostname,
  port,
  caps,
  log,
  handler,
  limits = LISTENER,
}: ListenerOptions): Promise<Listener> {
  const connections = createConnections(caps);
  let closing = false;
  const server = createServer({
    headersTimeout: limits.headMilliseconds,
    requestTimeout: limits.requestMilliseconds,
    keepAliveTimeout: limits.idleMilliseconds,
    maxHeaderSize: limits.headBytes,
    connectionsCheckingInterval: CHECK_MS,
    noDelay: true,
  });

  server.on('connection', (socket) => {
    // A client that resets its connection is no fault; without a listener it would end the process.
    socket.on('error', () => {});
    connections.admit(socket);
  });
  server.on('clientError', (error: Error & { code?: string }, socket) => refuseHead(error.code, socket));
  server.on('request', (incoming, outgoing) => {
    const { socket } = incoming;
    // A body that has not arrived is owed nothing: it does not keep out others.
    if (hasBody(incoming)) incoming.once('end', () => connections.begin(socket));
    else connections.begin(socket);
    const aborted = new AbortController();
    outgoing.once('close', () => {
      connections.end(socket);
      if (!outgoing.writableFinished) aborted.abort();
    });
    outgoing.on('error', () => {});
    incoming.on('error', () => {});
    const request = toRequest(incoming, aborted.signal);
    const answer =
      request instanceof Response ? Promise.resolve(request) : handler(request, socket.remoteAddress ?? null);
    answer
      .catch((error: unknown) => {
        log.failure('bug', error);
        return brokenAnswer();
      })
      .then((response) => send(response, outgoing, { closes: closing, writeMilliseconds: limits.writeMilliseconds }))
      .catch((error: unknown) => {
        // The head is out: nothing can be said any more but that the answer is not whole.
        if (!aborted.signal.aborted) log.failure('answer_failed', error);
        outgoing.destroy();
      });
  });

  await start(server, hostname, port);
  const { port: taken } = server.address() as AddressInfo;
  const watching = watch(server, hostname, taken, log);
  const telling = tellOfClosed(connections, log);

  return {
    port: taken,
    connections: connections.count,
    async close(milliseconds) {
      closing = true;
      clearInterval(watching);
      clearInterval(telling);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      connections.closeQuiet();
      const isDone = await Promise.race([closed.then(() => true), after(milliseconds)]);
      if (!isDone) {
        connections.closeAll();
        await Promise.race([closed, after(CHECK_MS)]);
      }
      return isDone;
    },
  };
}

/** Heads of which the parser makes no request. RFC 9110 sections 15.5.6 and 15.5.9, RFC 6585 section 5. */
const REFUSED_HEADS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_INVALID_METHOD: '405 Method Not Allowed\r\nAllow: GET, HEAD, POST, PUT, DELETE, OPTIONS',
};

function refuseHead(code: string | undefined, socket: Duplex): void {
  const status = REFUSED_HEADS[code ?? ''] ?? '400 Bad Request';
  if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  // Whoever sends on regardless is not listened to.
  setTimeout(() => socket.destroy(), CHECK_MS);
}

function start(server: Server, hostname: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: hostname, port }, () => {
      server.off('error', reject);
      server.on('error', () => {});
      resolve();
    });
  });
}

/**
 * Accepting can fail, such as when other parts of the process use up the descriptors, and the runtime then stops to accept
 * without a word. When nobody came for a while, a connection of its own shows whether anybody could; if not, it listens anew.
 */
function watch(server: Server, hostname: string, port: number, log: Log): ReturnType<typeof setInterval> {
  let seen = 0;
  let before = -1;
  server.on('connection', () => {
    seen += 1;
  });
  const timer = setInterval(() => {
    const isQuiet = seen === before;
    before = seen;
    if (!isQuiet) return;
    const probe = connect({ host: hostname, port });
    // Refused for lack of descriptors, or of the permission to ask: the next round asks again.
    probe.on('error', () => probe.destroy());
    setTimeout(() => {
      const isStuck = probe.readyState === 'open' && seen === before;
      probe.destroy();
      if (!isStuck) return;
      log.write('error', 'listener_restarted', { reason: 'accept_stopped' });
      server.close();
      server.listen({ host: hostname, port });
    }, CHECK_MS);
  }, WATCH_MS);
  return timer;
}

/** A flood shows in the log: how many connections were closed for others, and how many found no room. */
function tellOfClosed({ closed, count }: Connections, log: Log): ReturnType<typeof setInterval> {
  let told = closed();
  let toldAt = Number.NEGATIVE_INFINITY;
  return setInterval(() => {
    const { evicted, refused } = closed();
    const [madeRoom, foundNone] = [evicted - told.evicted, refused - told.refused];
    if (madeRoom + foundNone === 0 || performance.now() - toldAt < TELL_MS) return;
    [told, toldAt] = [{ evicted, refused }, performance.now()];
    log.write('warn', 'connections_closed', { reason: 'too_many_connections', madeRoom, foundNone, open: count() });
  }, CHECK_MS);
}

function after(milliseconds: number): Promise<false> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), milliseconds);
  });
}

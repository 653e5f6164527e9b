/**
 * The listener under Deno. It uses Node's HTTP server, because `Deno.serve` has no time-out for heads and ends the
 * process when file descriptors run out (docs/adr/0130).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Log } from '../app/log.ts';
import { Connections } from './connections.ts';
import { brokenAnswer, type Handler, hasBody, send, toRequest } from './exchange.ts';
import { type ConnectionCaps, LISTENER, type ListenerLimits } from './limits.ts';

export interface ListenerOptions {
  readonly hostname: string;
  /** 0 takes any free port. */
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
   * Stops accepting connections, closes the idle ones and waits for the others.
   * @param milliseconds after which the others are aborted
   * @returns whether all requests were answered
   */
  close(milliseconds: number): Promise<boolean>;
}

/** Interval at which time-outs are checked, and longest duration of an abort. */
const CHECK_MS = 1_000;
/** Interval of the check that connections are still accepted. */
const WATCHDOG_MS = 5_000;
/** Shortest interval between log lines about closed connections. */
const REPORT_MS = 6_000;

/** @throws Error with `code` `EADDRINUSE` or `EADDRNOTAVAIL` */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { hostname, log, limits = LISTENER } = options;
  const connections = new Connections(options.caps);
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
    // A reset by the client is not an error. Without this listener it would end the process.
    socket.on('error', () => {});
    connections.admit(socket);
  });
  server.on('clientError', (error: Error & { code?: string }, socket) => refuseHead(error.code, socket));
  server.on('request', (incoming, outgoing) => {
    const { writeMilliseconds } = limits;
    exchange(incoming, outgoing, connections, options, () => ({ closes: closing, writeMilliseconds }));
  });

  await start(server, hostname, options.port);
  const { port } = server.address() as AddressInfo;
  const timers = [watch(server, hostname, port, log), reportClosed(connections, log)];
  return {
    port,
    connections: () => connections.count,
    close(milliseconds) {
      closing = true;
      for (const timer of timers) clearInterval(timer);
      return closeServer(server, connections, milliseconds);
    },
  };
}

/** Answers one request. */
function exchange(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  connections: Connections,
  { handler, log }: ListenerOptions,
  sending: () => Parameters<typeof send>[2],
): void {
  const { socket } = incoming;
  // A request with an incomplete body counts as idle, so that slow senders cannot lock out others.
  if (hasBody(incoming)) incoming.once('end', () => connections.begin(socket));
  else connections.begin(socket);
  let isAborted = false;
  outgoing.once('close', () => {
    connections.end(socket);
    if (!outgoing.writableFinished) isAborted = true;
  });
  outgoing.on('error', () => {});
  incoming.on('error', () => {});
  const request = toRequest(incoming);
  const answer =
    request instanceof Response ? Promise.resolve(request) : handler(request, socket.remoteAddress ?? null);
  answer
    .catch((error: unknown) => {
      log.failure('bug', error);
      return brokenAnswer();
    })
    .then((response) => send(response, outgoing, sending()))
    .catch((error: unknown) => {
      // The head was sent already: only aborting the connection can show that the answer is incomplete.
      if (!isAborted) log.failure('answer_failed', error);
      outgoing.destroy();
    });
}

/** @returns whether all requests were answered within the time */
async function closeServer(server: Server, connections: Connections, milliseconds: number): Promise<boolean> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  connections.closeIdle();
  const isDone = await Promise.race([closed.then(() => true), after(milliseconds)]);
  if (!isDone) {
    connections.closeAll();
    await Promise.race([closed, after(CHECK_MS)]);
  }
  return isDone;
}

/** Answers to heads that the parser rejects. RFC 9110 sections 15.5.6 and 15.5.9, RFC 6585 section 5. */
const REFUSED_HEADS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_INVALID_METHOD: '405 Method Not Allowed\r\nAllow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
};

function refuseHead(code: string | undefined, socket: Duplex): void {
  const status = REFUSED_HEADS[code ?? ''] ?? '400 Bad Request';
  if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  // Closes the connection even if the client continues to send.
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
 * Accepting can fail, for example when the process runs out of file descriptors, and the runtime then stops accepting
 * without an error. If no connection came for a while, a probe connects to the listener itself; if it is not accepted,
 * the listener restarts.
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
    // Refused for lack of descriptors or of permission: the next interval probes again.
    probe.on('error', () => probe.destroy());
    setTimeout(() => {
      const isStuck = probe.readyState === 'open' && seen === before;
      probe.destroy();
      if (!isStuck) return;
      log.write('error', 'listener_restarted', { reason: 'accept_stopped' });
      server.close();
      server.listen({ host: hostname, port });
    }, CHECK_MS);
  }, WATCHDOG_MS);
  return timer;
}

/** Logs floods: how many connections were closed to make room for others, and how many found no room. */
function reportClosed(connections: Connections, log: Log): ReturnType<typeof setInterval> {
  let told = connections.closed;
  let toldAt = Number.NEGATIVE_INFINITY;
  return setInterval(() => {
    const { evicted, refused } = connections.closed;
    const [madeRoom, foundNone] = [evicted - told.evicted, refused - told.refused];
    if (madeRoom + foundNone === 0 || performance.now() - toldAt < REPORT_MS) return;
    [told, toldAt] = [{ evicted, refused }, performance.now()];
    log.write('warn', 'connections_closed', {
      reason: 'too_many_connections',
      madeRoom,
      foundNone,
      open: connections.count,
    });
  }, CHECK_MS);
}

function after(milliseconds: number): Promise<false> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), milliseconds);
  });
}

/**
 * One connection to a plain Redis. Commands of one turn of the event loop share a round trip. If Redis is down or
 * hangs, a caller waits at most until the deadline, and the connection is restored automatically.
 */
import type { Redis } from 'ioredis';
import { Unavailable } from '../../domain/shared/ports.ts';
import { SCRIPTS, type ScriptCommands } from './scripts.ts';

/** The commands available on the connection. Scripts are defined in `scripts.ts`, never later. */
export type RedisCommands = Omit<Redis, 'defineCommand' | 'addBuiltinCommand'> & ScriptCommands;

export interface RedisConnection {
  /**
   * @param command not called if there is no connection
   * @throws Unavailable if Redis refuses, cannot be reached or misses the deadline
   */
  run<T>(command: (redis: RedisCommands) => Promise<T>): Promise<T>;
  /** Closes the connection permanently; later commands are refused. */
  close(): void;
}

export interface RedisOptions {
  /** For one command, including connecting, and without the time in which this process was busy. Default 500. */
  readonly deadlineMilliseconds?: number;
  /** Called when a connection that was ready is lost: the server may come back with less than it knew. */
  readonly onLost?: () => void;
}

const DEFAULT_DEADLINE_MILLISECONDS = 500;
const CONNECT_MILLISECONDS = 2_000;
const MAX_RECONNECT_PAUSE_MILLISECONDS = 1_000;

/**
 * Connects on the first command.
 *
 * ioredis is imported only here: when it is loaded, its dependency `debug` reads the whole environment, which Deno
 * allows only with `--allow-env` for all variables, and a portal without Redis does not need that.
 *
 * @param url as `redis://user:password@host:port/db`, or `rediss:` for TLS
 */
export async function connectRedis(url: string, options: RedisOptions = {}): Promise<RedisConnection> {
  const { Redis } = await import('ioredis');
  const deadline = options.deadlineMilliseconds ?? DEFAULT_DEADLINE_MILLISECONDS;
  const redis = new Redis(url, {
    lazyConnect: true,
    enableAutoPipelining: true,
    enableOfflineQueue: false,
    // A command whose answer was lost may have been counted; the caller decides what to do.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: CONNECT_MILLISECONDS,
    // After two missed deadlines without a byte the peer is considered gone, and a new connection is opened.
    socketTimeout: deadline * 2,
    retryStrategy: (attempt) => Math.min(attempt * 50, MAX_RECONNECT_PAUSE_MILLISECONDS),
    disableClientInfo: true,
    scripts: SCRIPTS,
  }) as Redis & ScriptCommands;
  // Each command reports its own failure; without a listener ioredis would print the same errors.
  redis.on('error', () => {});
  let wasReady = false;
  redis.on('ready', () => {
    wasReady = true;
  });
  redis.on('close', () => {
    if (wasReady) options.onLost?.();
    wasReady = false;
  });
  const ready = readiness(redis);

  return {
    async run(command) {
      try {
        return await within(deadline, (expired) => whenReady(ready, () => command(redis), expired));
      } catch (error) {
        throw unavailable(error);
      }
    },
    close() {
      redis.disconnect();
    },
  };
}

/** @returns a function that waits for the connection; it rejects at once while Redis is known to be down */
function readiness(redis: Redis): () => Promise<void> {
  /** The running connection attempt, shared by all who wait for it. */
  let attempt: Promise<void> | undefined;

  function settled(): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        redis.off('ready', settle).off('close', settle);
        attempt = undefined;
        if (redis.status === 'ready') resolve();
        else reject(new Error('the connection was closed before it was ready'));
      };
      redis.on('ready', settle).on('close', settle);
    });
  }

  return async () => {
    if (redis.status === 'ready') return;
    // The events report the outcome; the promise of connect() would report a failure a second time.
    if (redis.status === 'wait') redis.connect().catch(() => {});
    if (redis.status !== 'connecting' && redis.status !== 'connect') throw new Error(`not connected (${redis.status})`);
    attempt ??= settled();
    await attempt;
  };
}

/** After the deadline the command is not sent any more, because its caller has continued without it. */
async function whenReady<T>(ready: () => Promise<void>, command: () => Promise<T>, expired: AbortSignal): Promise<T> {
  await ready();
  expired.throwIfAborted();
  return command();
}

/**
 * A timer fires before what arrived meanwhile is read. So while this process was busy, a live server would look dead, and the
 * caller would count on its own: it has as long again as the timer was late, at most one more deadline.
 */
async function within<T>(milliseconds: number, work: (expired: AbortSignal) => Promise<T>): Promise<T> {
  const deadline = new AbortController();
  const due = performance.now() + milliseconds;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expiry = new Promise<never>((_, reject) => {
    const expire = () => {
      const error = new Error(`no answer within ${milliseconds} ms`);
      deadline.abort(error);
      reject(error);
    };
    timer = setTimeout(() => {
      timer = setTimeout(expire, Math.max(0, Math.min(performance.now() - due, milliseconds)));
    }, milliseconds);
  });
  try {
    return await Promise.race([work(deadline.signal), expiry]);
  } finally {
    clearTimeout(timer);
  }
}

/** Reasons by the first word of an error (RESP specification, simple errors) or by the class of network error. */
const REASONS: Readonly<Record<string, string>> = {
  OOM: 'out_of_memory',
  READONLY: 'read_only',
  MISCONF: 'disk_full',
  LOADING: 'server_starting',
  MASTERDOWN: 'read_only',
  CLUSTERDOWN: 'server_stopping',
  NOAUTH: 'not_authorized',
  NOPERM: 'not_authorized',
  WRONGPASS: 'not_authorized',
};
const WORD = /^[A-Z]{2,20}(?= )/;

/** ioredis attaches the command's arguments to its errors; these may be personal data and must not be logged (R56). */
function unavailable(error: unknown): Unavailable {
  const message = error instanceof Error ? error.message : String(error);
  // The error of a script is prefixed by the script's own error code.
  const word = WORD.exec(message)?.[0] ?? '';
  const code = (error as { code?: unknown } | null)?.code ?? (word in REASONS ? word : undefined);
  const cause = Object.assign(new Error(message), typeof code === 'string' ? { code } : {});
  return new Unavailable('redis', { cause, reason: REASONS[word] ?? 'unreachable' });
}

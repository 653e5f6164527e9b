/**
 * One connection to a plain Redis, which answers soon or not at all. Commands of one turn of the event loop share a round
 * trip. A Redis that is down or hangs costs a caller the deadline at most, and the connection comes back by itself.
 */
import type { Redis } from 'ioredis';
import { Unavailable } from '../../domain/shared/ports.ts';
import { SCRIPTS, type ScriptCommands } from './scripts.ts';

/** What may be asked of Redis. Commands of one's own are defined in `scripts.ts` and nowhere later. */
export type RedisCommands = Omit<Redis, 'defineCommand' | 'addBuiltinCommand'> & ScriptCommands;

export interface RedisConnection {
  /**
   * @param command what to ask; not called when there is no connection
   * @throws Unavailable when Redis refuses, cannot be reached or misses the deadline
   */
  run<T>(command: (redis: RedisCommands) => Promise<T>): Promise<T>;
  /** Ends the connection for good; later commands are refused. */
  close(): void;
}

export interface RedisOptions {
  /** For one command, connecting included. Default 500. */
  readonly deadlineMilliseconds?: number;
}

const DEFAULT_DEADLINE_MILLISECONDS = 500;
const CONNECT_MILLISECONDS = 2_000;
const MAX_RECONNECT_PAUSE_MILLISECONDS = 1_000;

/**
 * Connects on the first command.
 *
 * ioredis is loaded here and not before: on loading, its dependency `debug` lists the environment, which Deno allows only
 * with `--allow-env` for all variables; who uses no Redis does not need that.
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
    // A command whose answer was lost may have been counted; it is for the caller to decide what that means.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: CONNECT_MILLISECONDS,
    // Two missed deadlines in a row without a byte: the peer is gone, and only a new connection will tell.
    socketTimeout: deadline * 2,
    retryStrategy: (attempt) => Math.min(attempt * 50, MAX_RECONNECT_PAUSE_MILLISECONDS),
    disableClientInfo: true,
    scripts: SCRIPTS,
  }) as Redis & ScriptCommands;
  // Each command reports its own failure; without a listener ioredis would print the same ones.
  redis.on('error', () => {});
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

/** @returns a function that waits for the connection; it rejects at once while Redis is known to be away */
function readiness(redis: Redis): () => Promise<void> {
  /** Of the attempt under way, for all who wait for it. */
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
    // The outcome is told by the events; the promise of connect() would report a failure a second time.
    if (redis.status === 'wait') redis.connect().catch(() => {});
    if (redis.status !== 'connecting' && redis.status !== 'connect') throw new Error(`not connected (${redis.status})`);
    attempt ??= settled();
    await attempt;
  };
}

/** What comes after the deadline is not asked any more: its caller has long decided otherwise. */
async function whenReady<T>(ready: () => Promise<void>, command: () => Promise<T>, expired: AbortSignal): Promise<T> {
  await ready();
  expired.throwIfAborted();
  return command();
}

async function within<T>(milliseconds: number, work: (expired: AbortSignal) => Promise<T>): Promise<T> {
  const deadline = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`no answer within ${milliseconds} ms`);
      deadline.abort(error);
      reject(error);
    }, milliseconds);
  });
  try {
    return await Promise.race([work(deadline.signal), expiry]);
  } finally {
    clearTimeout(timer);
  }
}

/** What the first word of an error says (RESP specification, simple errors), and the class of the network's. */
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

/** ioredis hangs the command's arguments on its errors, which may be personal data and must not reach a log (R56). */
function unavailable(error: unknown): Unavailable {
  const message = error instanceof Error ? error.message : String(error);
  // A script's error comes with the script's own before it.
  const word = WORD.exec(message)?.[0] ?? '';
  const code = (error as { code?: unknown } | null)?.code ?? (word in REASONS ? word : undefined);
  const cause = Object.assign(new Error(message), typeof code === 'string' ? { code } : {});
  return new Unavailable('redis', { cause, reason: REASONS[word] ?? 'unreachable' });
}

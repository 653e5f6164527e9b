/**
 * Upstash's REST interface in front of any Redis: `@upstash/redis` and `@upstash/ratelimit` post to it. One command
 * (`POST /`), many (`/pipeline`) or many as one transaction (`/multi-exec`); bearer token; base64 on request.
 *
 * The database number in the Redis URL separates the keys of stand-ins.
 */
import { Redis } from 'ioredis';
import {
  type CloudReply,
  type CloudRequest,
  type CloudServer,
  type CloudServerOptions,
  isBearer,
  parseJson,
  serve,
} from './http.ts';
import { encodeReply, type Reply } from './upstash-encoding.ts';
import { type ScriptMemory, scriptMemory } from './upstash-scripts.ts';

export interface UpstashOptions extends CloudServerOptions {
  /** The real server, as `redis://host:port/db`. */
  readonly redisUrl: string;
  readonly token: string;
}

export interface UpstashStats {
  /** HTTP requests, which are the application's round trips. */
  readonly requests: number;
  /** Commands in those requests. */
  readonly commands: number;
}

export interface UpstashServer extends CloudServer {
  stats(): UpstashStats;
  resetStats(): void;
}

type Command = readonly [name: string, ...rest: string[]];

/** Commands that cannot work over shared, stateless connections; Upstash refuses them too. */
const REFUSED = new Set(
  `AUTH SELECT HELLO QUIT CLIENT MONITOR SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE MULTI EXEC DISCARD WATCH
   UNWATCH BLPOP BRPOP BLMOVE BLMPOP BRPOPLPUSH BZPOPMIN BZPOPMAX BZMPOP WAIT CONFIG DEBUG SHUTDOWN REPLICAOF`.split(
    /\s+/,
  ),
);

/** @throws PortTaken */
export async function startUpstash(options: UpstashOptions): Promise<UpstashServer> {
  // Upstash answers in RESP2 format, where a hash is a flat array.
  const redis = new Redis(options.redisUrl, { protocol: 2, maxRetriesPerRequest: 1, retryStrategy: () => 200 });
  // Each command reports its own failure to its caller.
  redis.on('error', () => {});
  const scripts = scriptMemory();
  const counts = { requests: 0, commands: 0 };

  const server = await serve(
    'Upstash',
    async (request) => {
      if (request.method !== 'POST') return fault(405, 'ERR only POST is supported');
      if (!isBearer(request, options.token)) return fault(401, 'Unauthorized');
      counts.requests++;
      const reply = await answer(redis, scripts, request);
      counts.commands += Array.isArray(reply.json) ? reply.json.length : 1;
      return reply;
    },
    options,
  );

  return {
    ...server,
    stats: () => ({ ...counts }),
    resetStats: () => Object.assign(counts, { requests: 0, commands: 0 }),
    async close() {
      await server.close();
      redis.disconnect();
    },
  };
}

async function answer(redis: Redis, scripts: ScriptMemory, request: CloudRequest): Promise<CloudReply> {
  const base64 = request.header('upstash-encoding') === 'base64';
  const body = parseJson(request.body);
  switch (request.target) {
    case '/': {
      const command = parseCommand(body);
      if (command === undefined) return fault(400, 'ERR failed to parse command');
      const reply = await runCommand(redis, scripts, command);
      return 'error' in reply ? fault(400, reply.error) : { status: 200, json: encodeReply(reply, base64) };
    }
    case '/pipeline': {
      const commands = parseCommands(body);
      if (commands === undefined) return fault(400, 'ERR failed to parse pipeline request');
      const replies = await Promise.all(commands.map((command) => runCommand(redis, scripts, command)));
      return { status: 200, json: replies.map((reply) => encodeReply(reply, base64)) };
    }
    case '/multi-exec': {
      const commands = parseCommands(body);
      if (commands === undefined) return fault(400, 'ERR failed to parse multi-exec request');
      const replies = await runTransaction(redis, scripts, commands);
      if ('error' in replies) return fault(400, replies.error);
      return { status: 200, json: replies.map((reply) => encodeReply(reply, base64)) };
    }
    default:
      return fault(404, 'ERR not found');
  }
}

async function runCommand(redis: Redis, scripts: ScriptMemory, command: Command): Promise<Reply> {
  const prepared = prepare(scripts, command);
  if ('error' in prepared) return prepared;
  try {
    const result: unknown = await redis.callBuffer(...rawName(prepared.command));
    return { result: prepared.restore(result) };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

/** If a command cannot be queued, nothing runs; a command that fails at run time does not affect the others. */
async function runTransaction(
  redis: Redis,
  scripts: ScriptMemory,
  commands: readonly Command[],
): Promise<readonly Reply[] | { readonly error: string }> {
  const transaction = redis.multi();
  const restores: ((result: unknown) => unknown)[] = [];
  for (const command of commands) {
    const prepared = prepare(scripts, command);
    if ('error' in prepared) return prepared;
    transaction.callBuffer(...rawName(prepared.command));
    restores.push(prepared.restore);
  }
  try {
    const results = (await transaction.exec()) ?? [];
    return results.map(([error, result], i) =>
      error === null ? { result: restores[i]?.(result) } : { error: messageOf(error) },
    );
  } catch (error) {
    return { error: messageOf(error) };
  }
}

function prepare(scripts: ScriptMemory, command: Command) {
  const name = command[0].toUpperCase();
  if (REFUSED.has(name)) return { error: `ERR Command is not available: '${command[0]}'` };
  return scripts.translate(command);
}

/** A lower-case name would make ioredis reshape the reply of a command that it knows; the raw reply is needed here. */
function rawName([name, ...rest]: Command): [string, ...string[]] {
  return [name.toUpperCase(), ...rest];
}

function parseCommand(value: unknown): Command | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  if (!value.every((part) => ['string', 'number', 'boolean'].includes(typeof part))) return undefined;
  const [name, ...rest] = value.map(String);
  return name === undefined ? undefined : [name, ...rest];
}

function parseCommands(value: unknown): readonly Command[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const commands = value.map(parseCommand);
  return commands.every((command) => command !== undefined) ? commands : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function fault(status: number, error: string): CloudReply {
  return { status, json: { error } };
}

/** A Redis, which the run starts itself on a free port and breaks as it likes, and what its servers share. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { Redis } from 'ioredis';
import { freePort } from '../support/embedded-postgres.ts';

export const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Shows one folder in another place too. @returns whether that can be done here */
export function bind(folder: string, place: string): boolean {
  if (spawnSync('mount', ['--bind', folder, place]).status !== 0) return false;
  process.once('exit', () => spawnSync('umount', ['--lazy', place]));
  return true;
}

export interface RedisServer {
  readonly url: string;
  /** Answers nothing, and keeps its connections. */
  stall(): void;
  resume(): void;
  kill(): Promise<void>;
  restart(): Promise<void>;
  command(...words: readonly string[]): Promise<unknown>;
  close(): Promise<void>;
}

/** Sends each command over a connection of its own. */
function commanding(url: string): RedisServer['command'] {
  return async (...words) => {
    const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
    client.on('error', () => {});
    try {
      await client.connect();
      return await client.call(words[0] ?? '', ...words.slice(1));
    } finally {
      client.disconnect();
    }
  };
}

/** @returns `undefined` where no `redis-server` is installed */
export async function startRedis(folder: string): Promise<RedisServer | undefined> {
  if (spawnSync('redis-server', ['--version']).status !== 0) return undefined;
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const command = commanding(url);
  let server: ChildProcess | undefined;
  const start = async () => {
    server = spawn(
      'redis-server',
      ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder],
      { stdio: 'ignore' },
    );
    for (let attempt = 0; attempt < 100; attempt++) {
      if (await command('PING').then(Boolean, () => false)) return;
      await pause(50);
    }
    throw new Error('Redis does not start');
  };
  const kill = async () => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const ended = new Promise((resolve) => server?.once('exit', resolve));
    server.kill('SIGKILL');
    await ended;
  };
  await start();
  process.once('exit', () => server?.kill('SIGKILL'));
  return {
    url,
    command,
    stall: () => void server?.kill('SIGSTOP'),
    resume: () => void server?.kill('SIGCONT'),
    kill,
    restart: start,
    close: kill,
  };
}

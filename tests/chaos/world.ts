/** Everything a run breaks: two processes over a PostgreSQL behind a proxy, a Redis, and a mail provider. */
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startTcpProxy, type TcpProxy } from '../contract/tcp-proxy.ts';
import { type PortalProcess, startProcess } from '../runtime/deno-process.ts';
import { ADMIN } from './clinic.ts';
import { API_KEY, type Provider, startProvider } from './provider.ts';
import { bind, type Database, type RedisServer, startDatabase, startRedis } from './services.ts';

const HERE = fileURLToPath(new URL('../../', import.meta.url));
/** As many as a process gets by default on most systems. */
const DESCRIPTORS = 1_024;
const ANSWERS_MS = 5_000;

export interface World {
  readonly database: Database;
  /** Between the processes and the database. */
  readonly proxy: TcpProxy;
  readonly redis: RedisServer | undefined;
  readonly provider: Provider;
  /** The first and the second process. */
  readonly portals: readonly [PortalProcess, PortalProcess];
  /** Whether all processes have one folder for files, without which the audit log cannot be verified. */
  readonly sharesFiles: boolean;
  /** Of the processes that get requests; the load reads it anew for each. */
  readonly urls: string[];
  /** What all processes have logged since the last call. */
  logged(): string;
  /** Starts another process in place of one that has ended. */
  replace(index: 0 | 1): Promise<void>;
  /** Replaces processes that have ended or do not answer. @returns how many */
  revive(): Promise<number>;
  /** Starts a third process over the same database, of other code or with a clock that is wrong. It gets no requests yet. */
  join(options: { readonly root?: string; readonly clockShiftMs?: number }): Promise<PortalProcess>;
  close(): Promise<void>;
}

export interface WorldOptions {
  /** Where the portal's code is, with a slash at the end. Default: here. */
  readonly root?: string;
  /** Default 2. */
  readonly processes?: 1 | 2;
}

// Interrupted, a run takes its servers with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

export async function startWorld({ root = HERE, processes = 2 }: WorldOptions = {}): Promise<World> {
  const folder = await mkdtemp(`${tmpdir()}/portal-chaos-`);
  const database = await startDatabase(folder);
  const proxy = await startTcpProxy({ host: '127.0.0.1', port: database.port });
  const proxied = new URL(database.url);
  proxied.port = String(proxy.port);
  const redis = await startRedis(folder);
  const provider = await startProvider();
  const settings = (name: string) => ({
    DATA_DIR: `${folder}/${name}`,
    DATABASE_URL: proxied.href,
    ...(redis === undefined ? {} : { REDIS_URL: redis.url }),
    SENDGRID_API_KEY: API_KEY,
    SENDGRID_URL: provider.url,
    MAIL_FROM: 'portal@clinic.example',
    DEV_MAILBOX: '0',
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    MFA_REQUIRED_ROLES: '',
    // High enough for one address that is everybody, and still asked of Redis for each request.
    RATE_LIMIT_FACTOR: '10000',
    REQUEST_TIMEOUT_MS: '4800',
    LOG_LEVEL: 'warn',
  });
  const start = async (name: string): Promise<PortalProcess> => {
    const started = await startProcess(settings(name), { descriptors: DESCRIPTORS, root });
    heard.push({ output: started.output, length: 0 });
    return started;
  };
  const heard: { output: () => string; length: number }[] = [];

  const portals: PortalProcess[] = [await start('first')];
  // Two processes cannot share a data folder: the others have the keys of the first in one of their own.
  const inherit = async (name: string) => {
    await mkdir(`${folder}/${name}`);
    await cp(`${folder}/first/secrets.json`, `${folder}/${name}/secrets.json`);
  };
  const shared: boolean[] = [];
  for (const name of ['second', 'third']) {
    await inherit(name);
    // Files, among them the published checkpoints, are one folder for all.
    for (const place of ['first', name]) await mkdir(`${folder}/${place}/files`, { recursive: true });
    shared.push(bind(`${folder}/first/files`, `${folder}/${name}/files`));
  }
  if (processes === 2) portals.push(await start('second'));
  const urls = portals.map(({ url }) => url);
  const joined: PortalProcess[] = [];
  const replace = async (index: 0 | 1) => {
    const next = await start(index === 0 ? 'first' : 'second');
    portals[index] = next;
    urls[index] = next.url;
  };

  return {
    database,
    proxy,
    redis,
    provider,
    sharesFiles: shared.every(Boolean),
    portals: portals as [PortalProcess, PortalProcess],
    urls,
    logged() {
      return heard
        .map((each) => {
          const text = each.output().slice(each.length);
          each.length += text.length;
          return text;
        })
        .join('\n');
    },
    replace,
    async revive() {
      let count = 0;
      for (const index of [0, 1] as const) {
        const portal = portals[index];
        if (portal === undefined) continue;
        const signal = AbortSignal.timeout(ANSWERS_MS);
        const isAlive = await fetch(`${portal.url}/health`, { signal }).then(
          ({ ok }) => ok,
          () => false,
        );
        if (isAlive) continue;
        await portal.kill();
        await replace(index);
        count += 1;
      }
      return count;
    },
    async join({ root: code = root, clockShiftMs }) {
      const shifted = {
        launcher: [fileURLToPath(new URL('start-shifted.ts', import.meta.url))],
        environment: { PORTAL_ROOT: code, CLOCK_SHIFT_MS: String(clockShiftMs) },
      };
      const { launcher, environment } = clockShiftMs === undefined ? { launcher: undefined, environment: {} } : shifted;
      const options = { root: code, ...(launcher === undefined ? {} : { launcher }) };
      const third = await startProcess({ ...settings('third'), ...environment }, options);
      heard.push({ output: third.output, length: 0 });
      joined.push(third);
      return third;
    },
    async close() {
      for (const portal of [...portals, ...joined]) await portal.kill();
      await proxy.close();
      await provider.close();
      await redis?.close();
      await database.close();
      for (const name of ['second', 'third']) spawnSync('umount', [`${folder}/${name}/files`]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Locks rows until it is told to let go. */
export async function lock(database: Database, text: string): Promise<() => Promise<void>> {
  const connection = new pg.Client(database.url);
  connection.on('error', () => {});
  await connection.connect();
  await connection.query('BEGIN');
  await connection.query(text);
  return async () => {
    await connection.query('ROLLBACK');
    await connection.end();
  };
}

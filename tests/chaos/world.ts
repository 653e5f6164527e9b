/** Everything a run breaks: two processes over a PostgreSQL behind a proxy, a Redis, and a mail provider. */
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startTcpProxy, type TcpProxy } from '../contract/tcp-proxy.ts';
import { type PortalProcess, startProcess } from '../runtime/deno-process.ts';
import { ADMIN } from './clinic.ts';
import { type Database, startDatabase } from './postgres-server.ts';
import { API_KEY, type Provider, startProvider } from './provider.ts';
import { bind, type RedisServer, startRedis } from './services.ts';

const HERE = fileURLToPath(new URL('../../', import.meta.url));
/** As many as a process gets by default on most systems. */
const DESCRIPTORS = 1_024;
const ANSWERS_MS = 5_000;

export interface World {
  readonly database: Database;
  /** Between the processes and the database. */
  readonly proxy: TcpProxy;
  readonly redis: RedisServer | undefined;
  /** Between the processes and Redis. */
  readonly redisProxy: TcpProxy | undefined;
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

type Services = Pick<World, 'database' | 'proxy' | 'redis' | 'redisProxy' | 'provider'>;

async function startServices(folder: string): Promise<Services> {
  const database = await startDatabase(folder);
  const proxy = await startTcpProxy({ host: '127.0.0.1', port: database.port });
  const redis = await startRedis(folder);
  const redisProxy =
    redis === undefined ? undefined : await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(redis.url).port) });
  return { database, proxy, redis, redisProxy, provider: await startProvider() };
}

function settingsOf({ database, proxy, redisProxy, provider }: Services, dataDir: string) {
  const proxied = new URL(database.url);
  proxied.port = String(proxy.port);
  return {
    DATA_DIR: dataDir,
    DATABASE_URL: proxied.href,
    ...(redisProxy === undefined ? {} : { REDIS_URL: `redis://127.0.0.1:${redisProxy.port}` }),
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
  };
}

/** What processes have logged since it was last read. */
function logs() {
  const heard: { output: () => string; length: number }[] = [];
  return {
    follow: ({ output }: PortalProcess) => void heard.push({ output, length: 0 }),
    read: () =>
      heard
        .map((each) => {
          const text = each.output().slice(each.length);
          each.length += text.length;
          return text;
        })
        .join('\n'),
  };
}

/** Two processes cannot share a data folder: the others have the keys of the first in one of their own. */
async function inherit(folder: string, name: string): Promise<boolean> {
  await mkdir(`${folder}/${name}`);
  await cp(`${folder}/first/secrets.json`, `${folder}/${name}/secrets.json`);
  // Files, among them the published checkpoints, are one folder for all.
  for (const place of ['first', name]) await mkdir(`${folder}/${place}/files`, { recursive: true });
  return bind(`${folder}/first/files`, `${folder}/${name}/files`);
}

async function isAlive({ url }: PortalProcess): Promise<boolean> {
  return fetch(`${url}/health`, { signal: AbortSignal.timeout(ANSWERS_MS) }).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** What starts a process whose clock is wrong. */
function shiftedStart(root: string, clockShiftMs: number) {
  return {
    launcher: [fileURLToPath(new URL('start-shifted.ts', import.meta.url))],
    environment: { PORTAL_ROOT: root, CLOCK_SHIFT_MS: String(clockShiftMs) },
  };
}

/** The first and the second process, of which each can be replaced. */
async function startPortals(folder: string, processes: 1 | 2, start: (name: string) => Promise<PortalProcess>) {
  const portals = [await start('first')];
  const shared: boolean[] = [];
  for (const name of ['second', 'third']) shared.push(await inherit(folder, name));
  if (processes === 2) portals.push(await start('second'));
  const urls = portals.map(({ url }) => url);
  const replace = async (index: 0 | 1) => {
    const next = await start(index === 0 ? 'first' : 'second');
    portals[index] = next;
    urls[index] = next.url;
  };
  const revive = async () => {
    let count = 0;
    for (const index of [0, 1] as const) {
      const portal = portals[index];
      if (portal === undefined || (await isAlive(portal))) continue;
      await portal.kill();
      await replace(index);
      count += 1;
    }
    return count;
  };
  return {
    portals: portals as [PortalProcess, PortalProcess],
    urls,
    sharesFiles: shared.every(Boolean),
    replace,
    revive,
  };
}

export async function startWorld({ root = HERE, processes = 2 }: WorldOptions = {}): Promise<World> {
  const folder = await mkdtemp(`${tmpdir()}/portal-chaos-`);
  const services = await startServices(folder);
  const { database, proxy, redis, redisProxy, provider } = services;
  const settings = (name: string) => settingsOf(services, `${folder}/${name}`);
  const { follow, read } = logs();
  const running = await startPortals(folder, processes, async (name) => {
    const started = await startProcess(settings(name), { descriptors: DESCRIPTORS, root });
    follow(started);
    return started;
  });
  const joined: PortalProcess[] = [];
  return {
    ...services,
    ...running,
    logged: read,
    async join({ root: code = root, clockShiftMs }) {
      const { launcher, environment } =
        clockShiftMs === undefined ? { launcher: undefined, environment: {} } : shiftedStart(code, clockShiftMs);
      const options = { root: code, ...(launcher === undefined ? {} : { launcher }) };
      const third = await startProcess({ ...settings('third'), ...environment }, options);
      follow(third);
      joined.push(third);
      return third;
    },
    async close() {
      for (const portal of [...running.portals, ...joined]) await portal.kill();
      await proxy.close();
      await provider.close();
      await redisProxy?.close();
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

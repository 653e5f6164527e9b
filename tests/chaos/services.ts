/** A PostgreSQL on a small disk and a Redis, which the run starts itself on free ports and breaks as it likes. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdir, open, readFile, rm } from 'node:fs/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { freePort } from '../support/embedded-postgres.ts';

export const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** `nobody`: PostgreSQL refuses to run as root. */
const SERVER_USER = 65_534;
const DATA_DISK_MB = 400;
const LOG_DISK_MB = 160;

/** Shows one folder in another place too. @returns whether that can be done here */
export function bind(folder: string, place: string): boolean {
  if (spawnSync('mount', ['--bind', folder, place]).status !== 0) return false;
  process.once('exit', () => spawnSync('umount', ['--lazy', place]));
  return true;
}

export interface Database {
  readonly url: string;
  readonly port: number;
  /** Why its disks cannot be filled here; `undefined` where they can. */
  readonly unfillable: string | undefined;
  /** Fills the disk of the tables or of the write-ahead log. @returns what makes room again */
  fill(disk: 'data' | 'log'): Promise<() => Promise<void>>;
  /** Asks the server itself, past any proxy. */
  ask<T extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<T[]>;
  /** Ends all its processes as a power cut would. */
  kill(): Promise<void>;
  /** Starts it on what is on disk, unless it runs. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

interface Programs {
  readonly initdb: string;
  readonly postgres: string;
}

async function programs(): Promise<Programs> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const { initdb, postgres } = (await import(name)) as Programs;
    return { initdb, postgres };
  } catch {
    const [version] = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql').sort().reverse() : [];
    if (version === undefined) throw new Error(`neither ${name} nor /usr/lib/postgresql is here`);
    const folder = `/usr/lib/postgresql/${version}/bin`;
    return { initdb: `${folder}/initdb`, postgres: `${folder}/postgres` };
  }
}

/** Whether this process is root in a namespace of its own, in which no other user is known. */
async function isNamespaceRoot(): Promise<boolean> {
  if (process.getuid?.() !== 0 || process.platform !== 'linux') return false;
  return !/^\s*0\s+0\s/.test(await readFile('/proc/self/uid_map', 'utf8'));
}

export async function startDatabase(folder: string): Promise<Database> {
  const { initdb, postgres } = await programs();
  const nested = await isNamespaceRoot();
  const isRoot = process.getuid?.() === 0;
  const run = (program: string, parameters: readonly string[]): [string, string[]] =>
    nested
      ? ['unshare', ['--user', `--map-user=${SERVER_USER}`, `--map-group=${SERVER_USER}`, program, ...parameters]]
      : [program, [...parameters]];
  const user = isRoot && !nested ? { uid: SERVER_USER, gid: SERVER_USER } : {};

  const disks = { data: `${folder}/postgres`, log: `${folder}/wal` } as const;
  await chmod(folder, 0o755);
  const mounted: string[] = [];
  let unfillable: string | undefined;
  for (const [disk, megabytes] of [
    ['data', DATA_DISK_MB],
    ['log', LOG_DISK_MB],
  ] as const) {
    await mkdir(disks[disk]);
    const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', disks[disk]], {
      encoding: 'utf8',
    });
    if (status === 0) mounted.push(disks[disk]);
    else unfillable = `no disk can be mounted: ${stderr?.trim() || 'not permitted'}`;
    if (isRoot && !nested) await chown(disks[disk], SERVER_USER, SERVER_USER);
  }
  const [data, log] = [`${disks.data}/cluster`, `${disks.log}/log`];
  const made = spawnSync(
    ...run(initdb, ['-D', data, `--waldir=${log}`, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--no-sync']),
    { ...user, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr || String(made.error)}`);
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;

  const ask: Database['ask'] = async (text, values = []) => {
    const client = new pg.Client({ connectionString: url, options: '-c default_transaction_read_only=off' });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query(text, [...values])).rows;
    } finally {
      await client.end();
    }
  };

  let server: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const [program, parameters] = run(postgres, [
      ...['-D', data, '-p', String(port), '-k', '', '-h', '127.0.0.1'],
      ...['-c', 'min_wal_size=32MB', '-c', 'max_wal_size=64MB', '-c', 'shared_buffers=32MB'],
    ]);
    const started = spawn(program, parameters, { ...user, stdio: 'ignore' });
    server = started;
    for (let attempt = 0; attempt < 300; attempt++) {
      // Refused as long as the last process of the former run has not ended.
      if (started.exitCode !== null) return pause(100).then(start);
      if (await ask('SELECT 1').then(Boolean, () => false)) return;
      await pause(100);
    }
    throw new Error('PostgreSQL does not start');
  };
  await start();
  // Whatever ends the run, its servers and disks go with it.
  process.once('exit', () => {
    server?.kill('SIGKILL');
    for (const disk of mounted) spawnSync('umount', ['--lazy', disk]);
  });

  const database: Database = {
    url,
    port,
    unfillable,
    ask,
    async fill(disk) {
      const ballast = `${disks[disk]}/ballast`;
      const file = await open(ballast, 'w');
      const block = Buffer.alloc(64 * 1024);
      // The server writes meanwhile, and frees what it no longer needs: whoever comes last finds no room.
      const filling = new AbortController();
      const fill = async () => {
        while (!filling.signal.aborted) {
          const wrote = await file.write(block).catch(({ code }: NodeJS.ErrnoException) => {
            if (code !== 'ENOSPC') throw new Error(`the disk cannot be filled (${code})`);
            return undefined;
          });
          if (wrote === undefined) return;
        }
      };
      await fill();
      const again = setInterval(() => void fill(), 100);
      return async () => {
        clearInterval(again);
        filling.abort();
        await file.close();
        await rm(ballast);
      };
    },
    async kill() {
      const [line = ''] = (await readFile(`${data}/postmaster.pid`, 'utf8')).split('\n');
      // In a namespace the number is another one there: its launcher has become the server.
      const postmaster = nested ? (server?.pid ?? 0) : Number(line);
      const { stdout } = spawnSync('pgrep', ['-P', String(postmaster)], { encoding: 'utf8' });
      // The parent first, so that it makes no more children; those that ended by themselves meanwhile are gone.
      for (const pid of [postmaster, ...stdout.split('\n').filter(Boolean).map(Number)]) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
        }
      }
    },
    async restart() {
      if (await ask('SELECT 1').then(Boolean, () => false)) return;
      await start();
    },
    async close() {
      const ended = new Promise((resolve) => server?.once('exit', resolve));
      if (server?.exitCode === null && server.signalCode === null) {
        server.kill('SIGINT');
        await ended;
      }
      for (const disk of mounted.splice(0)) spawnSync('umount', [disk]);
    },
  };
  return database;
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

/** @returns `undefined` where no `redis-server` is installed */
export async function startRedis(folder: string): Promise<RedisServer | undefined> {
  if (spawnSync('redis-server', ['--version']).status !== 0) return undefined;
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let server: ChildProcess | undefined;
  const command: RedisServer['command'] = async (...words) => {
    const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
    client.on('error', () => {});
    try {
      await client.connect();
      return await client.call(words[0] ?? '', ...words.slice(1));
    } finally {
      client.disconnect();
    }
  };
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

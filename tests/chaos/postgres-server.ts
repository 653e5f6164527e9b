/** A PostgreSQL on a small disk, which the run starts itself on a free port and breaks as it likes. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdir, open, readFile, rm } from 'node:fs/promises';
import pg from 'pg';
import { freePort } from '../support/embedded-postgres.ts';
import { pause } from './services.ts';

/** `nobody`: PostgreSQL refuses to run as root. */
const SERVER_USER = 65_534;
const DATA_DISK_MB = 400;
const LOG_DISK_MB = 160;

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

/** Runs a program of the server as a user whom PostgreSQL accepts. */
interface Runner {
  readonly isRoot: boolean;
  /** In a namespace, the numbers of processes and users are others inside. */
  readonly isNested: boolean;
  of(program: string, parameters: readonly string[]): [string, string[]];
  readonly user: { readonly uid?: number; readonly gid?: number };
}

async function runner(): Promise<Runner> {
  const isNested = await isNamespaceRoot();
  const isRoot = process.getuid?.() === 0;
  const asUser = ['--user', `--map-user=${SERVER_USER}`, `--map-group=${SERVER_USER}`];
  return {
    isRoot,
    isNested,
    of: (program, parameters) =>
      isNested ? ['unshare', [...asUser, program, ...parameters]] : [program, [...parameters]],
    user: isRoot && !isNested ? { uid: SERVER_USER, gid: SERVER_USER } : {},
  };
}

interface Disks {
  readonly data: string;
  readonly log: string;
  /** Why they cannot be filled; `undefined` if they can. */
  readonly unfillable: string | undefined;
  unmount(): void;
}

/** Two small disks, or two folders where none can be mounted. */
async function mountDisks(folder: string, { isRoot, isNested }: Runner): Promise<Disks> {
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
    if (isRoot && !isNested) await chown(disks[disk], SERVER_USER, SERVER_USER);
  }
  process.once('exit', () => {
    for (const disk of mounted) spawnSync('umount', ['--lazy', disk]);
  });
  const unmount = () => {
    for (const disk of mounted.splice(0)) spawnSync('umount', [disk]);
  };
  return { ...disks, unfillable, unmount };
}

function initialise(initdb: string, run: Runner, data: string, log: string): void {
  const parameters = ['-D', data, `--waldir=${log}`, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--no-sync'];
  const made = spawnSync(...run.of(initdb, parameters), { ...run.user, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr || String(made.error)}`);
}

function asking(url: string): Database['ask'] {
  return async (text, values = []) => {
    const client = new pg.Client({ connectionString: url, options: '-c default_transaction_read_only=off' });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query(text, [...values])).rows;
    } finally {
      await client.end();
    }
  };
}

/** @returns what makes room again */
async function fillDisk(disk: string): Promise<() => Promise<void>> {
  const ballast = `${disk}/ballast`;
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
}

function killWithChildren(postmaster: number): void {
  const { stdout } = spawnSync('pgrep', ['-P', String(postmaster)], { encoding: 'utf8' });
  // The parent first, so that it makes no more children; those that ended by themselves meanwhile are gone.
  for (const pid of [postmaster, ...stdout.split('\n').filter(Boolean).map(Number)]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** The process of the server, which can be started again when it has ended. */
interface Postmaster {
  readonly child: ChildProcess | undefined;
  start(): Promise<void>;
}

function postmasterOf(postgres: string, run: Runner, data: string, port: number, ask: Database['ask']): Postmaster {
  let server: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const [program, parameters] = run.of(postgres, [
      ...['-D', data, '-p', String(port), '-k', '', '-h', '127.0.0.1'],
      ...['-c', 'min_wal_size=32MB', '-c', 'max_wal_size=64MB', '-c', 'shared_buffers=32MB'],
    ]);
    const started = spawn(program, parameters, { ...run.user, stdio: 'ignore' });
    server = started;
    for (let attempt = 0; attempt < 300; attempt++) {
      // Refused as long as the last process of the former run has not ended.
      if (started.exitCode !== null) return pause(100).then(start);
      if (await ask('SELECT 1').then(Boolean, () => false)) return;
      await pause(100);
    }
    throw new Error('PostgreSQL does not start');
  };
  return {
    get child() {
      return server;
    },
    start,
  };
}

export async function startDatabase(folder: string): Promise<Database> {
  const { initdb, postgres } = await programs();
  const run = await runner();
  const disks = await mountDisks(folder, run);
  const [data, log] = [`${disks.data}/cluster`, `${disks.log}/log`];
  initialise(initdb, run, data, log);
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const ask = asking(url);
  const server = postmasterOf(postgres, run, data, port, ask);
  // Whatever ends the run, its server goes with it, before its disks.
  process.prependOnceListener('exit', () => server.child?.kill('SIGKILL'));
  await server.start();
  return {
    ...{ url, port, ask, unfillable: disks.unfillable },
    fill: (disk) => fillDisk(disks[disk]),
    async kill() {
      const [line = ''] = (await readFile(`${data}/postmaster.pid`, 'utf8')).split('\n');
      // In a namespace the number is another one there: its launcher has become the server.
      killWithChildren(run.isNested ? (server.child?.pid ?? 0) : Number(line));
    },
    async restart() {
      if (await ask('SELECT 1').then(Boolean, () => false)) return;
      await server.start();
    },
    async close() {
      const { child } = server;
      const ended = new Promise((resolve) => child?.once('exit', resolve));
      if (child?.exitCode === null && child.signalCode === null) {
        child.kill('SIGINT');
        await ended;
      }
      disks.unmount();
    },
  };
}

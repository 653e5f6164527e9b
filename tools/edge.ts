/**
 * The portal as in production, on one machine: the Worker on workerd, its production adapters, and the local cloud in
 * place of Neon, Upstash and SendGrid. It needs a PostgreSQL and a Redis.
 *
 *     npm run edge
 *
 * EDGE_DATABASE_URL and EDGE_REDIS_URL say where they are (default: this machine's standard ports), PORT where the
 * Worker listens (default 8787).
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { type Cloud, startCloud, Unreachable } from './cloud/cloud.ts';
import { PortTaken } from './cloud/http.ts';
import { edgeVariables, LOCAL_APP_PASSWORD } from './edge-environment.ts';
import { migrate } from './migrate.ts';

const ROOT = resolve(import.meta.dirname, '..');

export interface EdgeOptions {
  /** Of the Worker. */
  readonly port: number;
  /** The database behind the stand-in of Neon, as its owner. */
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Of the stand-ins; 0 takes any free one. */
  readonly cloudPorts: {
    readonly neon: number;
    readonly upstash: number;
    readonly qstash: number;
    readonly sendgrid: number;
  };
  /** Variables of the Worker beside those that reach the local cloud. */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface Edge {
  readonly url: string;
  readonly cloud: Cloud;
  /** What the Worker has logged. */
  output(): string;
  /** Runs the Worker's cron handler once. */
  cron(): Promise<void>;
  stop(): Promise<void>;
}

export class WorkerDidNotStart extends Error {
  override readonly name = 'WorkerDidNotStart';
}

export async function startEdge(options: EdgeOptions): Promise<Edge> {
  const { port, databaseUrl, redisUrl } = options;
  const url = `http://127.0.0.1:${port}`;
  const cloud = await startCloud({ databaseUrl, redisUrl, ports: options.cloudPorts });
  await migrate(databaseUrl, LOCAL_APP_PASSWORD);
  const folder = await mkdtemp(`${tmpdir()}/portal-edge-`);
  const variables = { ...(await edgeVariables(cloud, databaseUrl, url)), ...options.variables };
  const file = Object.entries(variables).map(([name, value]) => `${name}='${value}'`);
  await writeFile(`${folder}/env`, file.join('\n'), { mode: 0o600 });

  let output = '';
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
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const stop = async () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
    await ended;
    await cloud.close();
    await rm(folder, { recursive: true, force: true });
  };
  while (!(await isReady(url))) {
    if (child.exitCode !== null) {
      await stop();
      throw new WorkerDidNotStart(output);
    }
    await new Promise((wake) => setTimeout(wake, 200));
  }
  return {
    url,
    cloud,
    output: () => output,
    stop,
    async cron() {
      await (await fetch(`${url}/cdn-cgi/handler/scheduled?cron=*+*+*+*+*`)).text();
    },
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/ready`)).ok;
  } catch {
    return false;
  }
}

async function main(): Promise<void> {
  const port = Number(process.env.PORT ?? 8787);
  const admin = { ADMIN_EMAIL: 'admin@demo.example', ADMIN_PASSWORD: 'seven green lanterns 41' };
  console.log('Starting the local cloud and the Worker …');
  const edge = await startEdge({
    port,
    databaseUrl: process.env.EDGE_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres',
    redisUrl: process.env.EDGE_REDIS_URL ?? 'redis://127.0.0.1:6379/0',
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
  Neon       ${edge.cloud.neon.url}/sql
  Upstash    ${edge.cloud.upstash.url}
  QStash     ${edge.cloud.qstash.url}    jump ahead: curl -X POST ${edge.cloud.qstash.url}/__clock/advance -d '{"seconds": 3600}'
  Admin      ${admin.ADMIN_EMAIL}  ${admin.ADMIN_PASSWORD}
`);
  const stop = async () => {
    clearInterval(timer);
    await edge.stop();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    const known = error instanceof Unreachable || error instanceof PortTaken || error instanceof WorkerDidNotStart;
    console.error(known ? `\n${(error as Error).message}\n` : error);
    process.exit(1);
  }
}

/**
 * Faults under load: two processes over a PostgreSQL that the run starts itself, behind a proxy that stalls and cuts.
 * `npm run chaos` prints a table: what was refused and how, how long until writes succeeded again, what acknowledged was lost
 * or doubled, and which cause the log names. It fails when anything acknowledged was lost or doubled.
 */
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import pg from 'pg';
import { startTcpProxy } from '../contract/tcp-proxy.ts';
import { type PortalProcess, startProcess } from '../runtime/deno-process.ts';
import { startEmbeddedPostgres } from '../support/embedded-postgres.ts';
import { type LoadReport, startLoad } from './load.ts';

const ADMIN = { email: 'admin@clinic.example', password: 'seven green lanterns 41' };
const FAULT_MS = Number(process.env.CHAOS_FAULT_MS ?? 4_000);
const CONNECTIONS = Number(process.env.CHAOS_CONNECTIONS ?? 10_000);

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

interface Scenario {
  readonly name: string;
  /** Begins the fault and returns what ends it. */
  begin(): Promise<() => Promise<void>>;
}

const server = await startEmbeddedPostgres();
if (server === undefined) throw new Error('no PostgreSQL can be started here');
const address = new URL(server.url);
const proxy = await startTcpProxy({ host: '127.0.0.1', port: Number(address.port) });
const proxied = new URL(server.url);
proxied.port = String(proxy.port);
const folder = await mkdtemp(`${tmpdir()}/portal-chaos-`);
const settings = {
  DATA_DIR: `${folder}/data`,
  ADMIN_EMAIL: ADMIN.email,
  ADMIN_PASSWORD: ADMIN.password,
  MFA_REQUIRED_ROLES: '',
  RATE_LIMIT_FACTOR: '0',
  REQUEST_TIMEOUT_MS: '4800',
  LOG_LEVEL: 'error',
};

/** Asks the server itself, past the proxy. */
async function ask(text: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: server?.url, options: '-c default_transaction_read_only=off' });
  await client.connect();
  try {
    return await client.query(text);
  } finally {
    await client.end();
  }
}

/** Locks rows until it is told to let go. */
async function lock(text: string): Promise<() => Promise<void>> {
  const client = new pg.Client(server?.url);
  client.on('error', () => {});
  await client.connect();
  await client.query('BEGIN');
  await client.query(text);
  return async () => {
    await client.query('ROLLBACK');
    await client.end();
  };
}

/** Connections on which `said` is sent and then nothing. */
async function flood(url: string, said: string): Promise<() => Promise<void>> {
  const { port } = new URL(url);
  const sockets: Socket[] = [];
  for (let count = 0; count < CONNECTIONS; count++) {
    const socket = connect({ port: Number(port), host: '127.0.0.1' });
    socket.on('error', () => socket.destroy());
    socket.once('connect', () => said !== '' && socket.write(said));
    sockets.push(socket);
    if (count % 200 === 199) await pause(10);
  }
  return async () => {
    for (const socket of sockets) socket.destroy();
  };
}

/** As many as a process gets by default on most systems. */
const DESCRIPTORS = 1_024;
const first = await startProcess({ ...settings, DATABASE_URL: proxied.href }, { descriptors: DESCRIPTORS });
// Two processes cannot share a data folder: the second has the keys of the first in one of its own.
await mkdir(`${folder}/second`);
await cp(`${folder}/data/secrets.json`, `${folder}/second/secrets.json`);
const second = await startProcess(
  { ...settings, DATA_DIR: `${folder}/second`, DATABASE_URL: proxied.href },
  { descriptors: DESCRIPTORS },
);
const portals: readonly PortalProcess[] = [first, second];
const urls = portals.map(({ url }) => url);
const login = await fetch(`${first.url}/api/v1/auth/login`, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(ADMIN),
});
const authorization = `Bearer ${((await login.json()) as { accessToken: string }).accessToken}`;

const scenarios: readonly Scenario[] = [
  {
    name: 'the database turns read-only',
    async begin() {
      await ask('ALTER DATABASE postgres SET default_transaction_read_only = on');
      await ask(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'patient-portal'`);
      return async () => void (await ask('ALTER DATABASE postgres RESET default_transaction_read_only'));
    },
  },
  {
    name: 'the database stalls',
    async begin() {
      proxy.stall();
      return () => proxy.recover();
    },
  },
  {
    name: 'the database is cut off',
    async begin() {
      await proxy.refuse();
      return () => proxy.recover();
    },
  },
  {
    name: 'the database is killed',
    async begin() {
      await server.kill();
      return () => server.restart();
    },
  },
  { name: 'an audit stream is locked', begin: () => lock('SELECT 1 FROM audit_streams FOR UPDATE') },
  {
    name: `${CONNECTIONS} half-sent heads`,
    begin: () => flood(first.url, 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow'),
  },
  { name: `${CONNECTIONS} idle connections`, begin: () => flood(first.url, '') },
];

/** The causes that the logs name since some length of them. */
function causesSince(lengths: readonly number[]): string {
  const lines = portals.flatMap(({ output }, index) => output().slice(lengths[index]).split('\n'));
  const causes = lines.flatMap(
    (line) => /"reason":"(\w+)"(?:,"code":"(\w+)")?/.exec(line)?.slice(1, 3).filter(Boolean).join(' ') ?? [],
  );
  return [...new Set(causes)].join(', ') || 'none';
}

function refusedHow({ refusals, unanswered }: LoadReport): string {
  const kinds = new Map<string, number>();
  for (const { status, retryAfter } of refusals) {
    const kind = `${status}${retryAfter === null ? ' without Retry-After' : ''}`;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  if (unanswered > 0) kinds.set('no answer', unanswered);
  return [...kinds].map(([kind, count]) => `${kind} × ${count}`).join(', ') || 'nothing';
}

const rows: Record<string, string | number>[] = [];
let faults = 0;
for (const { name, begin } of scenarios) {
  const lengths = portals.map(({ output }) => output().length);
  const load = startLoad(urls, authorization, 8);
  await pause(1_000);
  const end = await begin();
  await pause(FAULT_MS);
  await end();
  const [ended, before] = [performance.now(), load.acknowledged()];
  while (load.acknowledged() === before && performance.now() - ended < 30_000) await pause(20);
  const recovered = Math.round(performance.now() - ended);
  await pause(1_000);
  const report = await load.stop();
  const { rows: found } = await ask(
    `SELECT name, count(*)::int AS count FROM clinic_holidays WHERE name LIKE 'chaos-%' GROUP BY name`,
  );
  const counts = new Map(found.map((row: { name: string; count: number }) => [row.name, row.count]));
  const lost = report.acknowledged.filter((written) => !counts.has(written)).length;
  const doubled = [...counts.values()].filter((count) => count > 1).length;
  faults += lost + doubled;
  rows.push({
    fault: name,
    acknowledged: report.acknowledged.length,
    'refused how': refusedHow(report),
    'recovery ms': recovered,
    'reads served': report.reads.served,
    'reads refused': report.reads.refused,
    'slowest read ms': report.reads.slowestMs,
    lost,
    doubled,
    'the log says': causesSince(lengths),
  });
  console.log(JSON.stringify(rows.at(-1)));
}
const columns = Object.keys(rows[0] ?? {});
console.log(`\n| ${columns.join(' | ')} |\n|${columns.map(() => '---|').join('')}`);
for (const row of rows) console.log(`| ${columns.map((column) => row[column]).join(' | ')} |`);

// A client that sends half a body, and one that does not read, must not keep a process from stopping.
const slow = connect({ port: Number(new URL(first.url).port), host: '127.0.0.1' });
slow.on('error', () => slow.destroy());
slow.write(
  'POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60\r\n\r\n123456789',
);
await pause(500);
const asked = performance.now();
const code = await Promise.race([first.stop(), pause(60_000).then(() => 'still there')]);
console.log(
  `\nAsked to stop with a half-sent body: ended after ${Math.round(performance.now() - asked)} ms with ${code}`,
);
slow.destroy();

for (const portal of portals) await portal.kill();
await proxy.close();
await server.stop();
await rm(folder, { recursive: true, force: true });
process.exit(faults === 0 ? 0 : 1);

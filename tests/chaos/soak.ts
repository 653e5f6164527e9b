/**
 * Mixed load without faults, for as long as told: prints memory and descriptors of the process, which must stay flat.
 *
 * `npm run chaos:soak -- <seconds>`. Default 3600.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { startProcess } from '../runtime/deno-process.ts';
import { startEmbeddedPostgres } from '../support/embedded-postgres.ts';
import { startLoad } from './load.ts';

const ADMIN = { email: 'admin@clinic.example', password: 'seven green lanterns 41' };
const SECONDS = Number(process.argv[2] ?? 3_600);
const SAMPLES = 12;

interface Sample {
  readonly seconds: number;
  readonly residentMb: number;
  readonly descriptors: number;
}

/** Of the runtime behind the launcher. */
async function measure(launcher: number, seconds: number): Promise<Sample> {
  const children = await readFile(`/proc/${launcher}/task/${launcher}/children`, 'utf8');
  const runtime = children.trim().split(' ')[0] ?? '';
  const status = await readFile(`/proc/${runtime}/status`, 'utf8');
  const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
  const { length: descriptors } = await readdir(`/proc/${runtime}/fd`);
  return { seconds, residentMb: Math.round(kilobytes / 1024), descriptors };
}

const folder = await mkdtemp(`${tmpdir()}/portal-soak-`);
const server = await startEmbeddedPostgres();
if (server === undefined) throw new Error('no PostgreSQL can be started here');
const portal = await startProcess({
  DATA_DIR: folder,
  DATABASE_URL: server.url,
  ADMIN_EMAIL: ADMIN.email,
  ADMIN_PASSWORD: ADMIN.password,
  MFA_REQUIRED_ROLES: '',
  RATE_LIMIT_FACTOR: '0',
  LOG_LEVEL: 'error',
});

/** A session is kept for less than an hour: each stretch signs in anew. */
async function authorization(): Promise<string> {
  const login = await fetch(`${portal.url}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(ADMIN),
  });
  return `Bearer ${((await login.json()) as { accessToken: string }).accessToken}`;
}

const samples: Sample[] = [];
let [acknowledged, reads, failed] = [0, 0, 0];
for (let stretch = 1; stretch <= SAMPLES; stretch++) {
  const load = startLoad([portal.url], await authorization(), 8);
  await new Promise((resolve) => setTimeout(resolve, (SECONDS * 1000) / SAMPLES));
  const report = await load.stop();
  acknowledged += report.acknowledged.length;
  reads += report.reads.served;
  failed += report.refusals.length + report.unanswered + report.reads.refused;
  const sample = await measure(portal.pid, Math.round((SECONDS / SAMPLES) * stretch));
  samples.push(sample);
  console.log(JSON.stringify({ ...sample, acknowledged, reads, failed }));
}
await portal.kill();
await server.stop();
await rm(folder, { recursive: true, force: true });

// The first third warms up: caches, compiled code, the pool.
const settled = samples.slice(SAMPLES / 3);
const growth = (of: (sample: Sample) => number) => Math.max(...settled.map(of)) - Math.min(...settled.map(of));
console.log(
  `After the first third: memory within ${growth(({ residentMb }) => residentMb)} MB, descriptors within ${growth(({ descriptors }) => descriptors)}`,
);
process.exit(failed === 0 ? 0 : 1);

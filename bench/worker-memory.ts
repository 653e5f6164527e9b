/**
 * What the search for the earliest free times costs the Worker in a clinic of busy doctors: time, CPU and peak memory of workerd
 * above idle, one search after another and four at once. Over the local stand-ins of Neon and Upstash.
 *
 *   TEST_DATABASE_URL=postgres://… TEST_REDIS_URL=redis://… npm run bench:worker-memory -- [doctors]
 *
 * Default: 1,000 doctors with 480 bookings each, half of the day for 60 days, in a scratch database, which is dropped
 * afterwards. Making it takes minutes.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { provisionUser } from '../src/app/identity/accounts.ts';
import { systemContext } from '../src/app/identity/first-admin.ts';
import { composeDeno } from '../src/compose/deno.ts';
import { generateSecrets, type Secrets } from '../src/compose/secrets.ts';
import { parseConfig } from '../src/config.ts';
import { pathTo } from '../src/http/links.ts';
import { fillBusyClinic } from '../tests/support/busy-clinic.ts';
import { createScratchDatabase } from '../tests/tools/services.ts';
import { startCloud } from '../tools/cloud/cloud.ts';
import { edgeVariables, LOCAL_APP_PASSWORD } from '../tools/edge-environment.ts';
import { migrate } from '../tools/migrate.ts';
import { builtModules, startWorkerd, type Workerd } from './workerd.ts';

const DOCTORS = Number(process.argv[2] ?? 1000);
const RUNS = 15;
const AT_ONCE = 4;
const PATIENT = { email: 'ada@example.org', password: 'a quiet river at dawn 9' };
const SEARCH = `${pathTo('listNextAvailable')}?limit=1`;

/** In MB. The operating system counts the peak since it was asked to begin anew. */
async function residentMegabytes({ pid }: Workerd, which: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${which}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
}

/** A patient who may search, in the database of the Worker and under its keys. */
async function makePatient(url: string, secrets: Secrets, folder: string): Promise<void> {
  const env = { DATA_DIR: folder, DATABASE_URL: url, DEMO: '0', LOG_LEVEL: 'error', ...secrets };
  const { platform, close } = await composeDeno({ ...parseConfig(env, 'deno'), PUBLIC_URL: 'http://localhost' });
  const person = { firstName: 'Ada', lastName: 'Example', dateOfBirth: '1990-04-23', phoneNumber: null } as const;
  const settings = { timezone: 'UTC', language: 'en', role: 'patient', doctor: null } as const;
  await provisionUser(platform.deps, systemContext(platform.deps), { ...PATIENT, ...person, ...settings });
  await close();
}

async function signIn({ url }: Workerd): Promise<string> {
  const answer = await fetch(`${url}${pathTo('signIn')}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(PATIENT),
  });
  const body = (await answer.json()) as { readonly accessToken?: string };
  if (body.accessToken === undefined) throw new Error(`the sign-in was answered with ${answer.status}`);
  return body.accessToken;
}

async function measure(name: string, workerd: Workerd, token: string, atOnce: number): Promise<void> {
  const search = async () => {
    const began = performance.now();
    const answer = await fetch(`${workerd.url}${SEARCH}`, { headers: { Authorization: `Bearer ${token}` } });
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`a search was answered with ${answer.status}: ${text}`);
    return performance.now() - began;
  };
  await search();
  await setTimeout(2000);
  const idle = await residentMegabytes(workerd, 'VmRSS');
  await writeFile(`/proc/${workerd.pid}/clear_refs`, '5');
  const cpuBefore = await workerd.cpuMilliseconds();
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    times.push(...(await Promise.all(Array.from({ length: atOnce }, search))));
  }
  const cpu = ((await workerd.cpuMilliseconds()) - cpuBefore) / times.length;
  const peak = await residentMegabytes(workerd, 'VmHWM');
  times.sort((a, b) => a - b);
  console.log(
    `   ${name.padEnd(18)} median ${(times[times.length >> 1] ?? 0).toFixed(0)} ms, longest ${(times.at(-1) ?? 0).toFixed(0)} ms, ` +
      `${cpu.toFixed(1)} ms of CPU each, memory ${idle.toFixed(0)} + ${(peak - idle).toFixed(0)} MB`,
  );
}

const { TEST_DATABASE_URL: server, TEST_REDIS_URL: redisUrl } = process.env;
if (server === undefined || redisUrl === undefined) throw new Error('set TEST_DATABASE_URL and TEST_REDIS_URL');
const { status } = spawnSync(process.execPath, ['tools/worker/build.mjs'], { stdio: 'inherit' });
if (status !== 0) throw new Error('the Worker could not be built');
const scratch = await createScratchDatabase(server);
const folder = await mkdtemp(`${tmpdir()}/bench-worker-`);
const client = new pg.Client(scratch.url);
const cloud = await startCloud({
  databaseUrl: scratch.url,
  redisUrl,
  ports: { neon: 0, upstash: 0, qstash: 0, sendgrid: 0 },
});
let workerd: Workerd | undefined;
try {
  const secrets = await generateSecrets();
  await migrate(scratch.url, LOCAL_APP_PASSWORD, { ...secrets });
  await makePatient(scratch.url, secrets, folder);
  await client.connect();
  const from = new Date().toISOString().slice(0, 10);
  await fillBusyClinic(client, { doctors: DOCTORS, from, days: 60, bookedADay: 8 });
  const variables = edgeVariables(cloud, scratch.url, 'http://localhost', secrets);
  workerd = await startWorkerd(`${folder}/worker`, await builtModules(), {
    ...variables,
    RATE_LIMIT_FACTOR: '0',
    LOG_LEVEL: 'error',
  });
  console.log(
    `${DOCTORS} doctors with 480 bookings each; started: ${(await residentMegabytes(workerd, 'VmRSS')).toFixed(0)} MB`,
  );
  const token = await signIn(workerd);
  await measure('one after another', workerd, token, 1);
  await measure(`${AT_ONCE} at once`, workerd, token, AT_ONCE);
} finally {
  await workerd?.stop();
  await client.end();
  await cloud.close();
  await scratch.drop();
  await rm(folder, { recursive: true, force: true });
}

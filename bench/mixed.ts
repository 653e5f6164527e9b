/**
 * Load as a clinic makes it, to saturation: requests arrive at random at a given rate, whether earlier ones are answered or
 * not (an open loop), and the rate rises until answers come too late. Ends with what one request costs on average, and what
 * follows for a large clinic (see `capacity.ts`).
 *
 *     TEST_DATABASE_URL=postgres://… TEST_REDIS_URL=redis://… npm run bench:mixed -- [seconds for each rate]     default 15
 *
 * PostgreSQL must run on this machine, which must be Linux.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { type MeasuredCost, needs } from './capacity.ts';
import { createClient } from './http-client.ts';
import { type PreparedClinic, percentile, prepareClinic, type RunningClinic, runClinic } from './live-clinic.ts';
import { createMix, type Mix, seeded } from './mix.ts';

const SECONDS = Number(process.argv[2] ?? 15);
const RATES = [5, 10, 20, 30, 40, 60, 80, 120, 160, 240, 320, 480];
/** The rate before the one at which p95 is above this is what the machine serves. */
const TOO_LATE_MS = 500;
const CONNECTIONS = 512;

interface Outcome {
  readonly rate: number;
  /** Sorted, from when the request should have been sent. */
  readonly times: readonly number[];
  readonly failed: number;
  /** CPU time of one request in ms. */
  readonly cost: MeasuredCost;
}

/** CPU time of the server, and of PostgreSQL with all its processes, in ms. */
async function cpu(clinic: RunningClinic, observer: pg.Client): Promise<MeasuredCost> {
  const { rows } = await observer.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const postmaster = (await statOf(rows[0]?.pid ?? 0)).parent;
  const children = (await readFile(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8')).trim().split(' ');
  const living = await Promise.all(children.map((pid) => statOf(Number(pid))));
  const ended = (await statOf(postmaster)).ofChildren;
  return {
    server: (await statOf(clinic.pid)).own,
    database: living.reduce((sum, { own }) => sum + own, ended),
  };
}

const MILLISECONDS_A_TICK = 10;

/** Of threads and children that have ended too. @returns CPU time in ms; zero of a process that has ended */
async function statOf(pid: number): Promise<{ parent: number; own: number; ofChildren: number }> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // After the name, which may have spaces: state, parent, …, utime, stime, cutime, cstime (proc(5)).
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const ticks = (first: number) => ((fields[first] ?? 0) + (fields[first + 1] ?? 0)) * MILLISECONDS_A_TICK;
  return { parent: fields[1] ?? 0, own: ticks(11), ofChildren: ticks(13) };
}

async function load(rate: number, mix: Mix, random: () => number): Promise<Pick<Outcome, 'times' | 'failed'>> {
  const times: number[] = [];
  const failures: string[] = [];
  const pending: Promise<void>[] = [];
  const send = async (due: number) => {
    try {
      await mix.next();
      times.push(performance.now() - due);
    } catch (error) {
      failures.push((error as Error).message);
    }
  };
  const end = performance.now() + SECONDS * 1000;
  for (let due = performance.now(); due < end; due += (-Math.log(1 - random()) / rate) * 1000) {
    const ahead = due - performance.now();
    if (ahead > 0) await setTimeout(ahead);
    pending.push(send(due));
  }
  await Promise.all(pending);
  if (failures.length > 0) console.log(`  ${failures.length} failed, the first: ${failures[0]?.slice(0, 200)}`);
  return { times: times.toSorted((a, b) => a - b), failed: failures.length };
}

async function measure(rate: number, mix: Mix, running: RunningClinic, observer: pg.Client): Promise<Outcome> {
  const before = await cpu(running, observer);
  const { times, failed } = await load(rate, mix, seeded(rate));
  const after = await cpu(running, observer);
  const each = (part: keyof MeasuredCost) => (after[part] - before[part]) / (times.length + failed);
  return { rate, times, failed, cost: { server: each('server'), database: each('database') } };
}

function tell({ rate, times, failed, cost }: Outcome): void {
  const numbers = [rate, times.length / SECONDS, ...[0.5, 0.95, 0.99].map((share) => percentile(times, share))];
  const cells = [...numbers.map((each) => each.toFixed(0)), failed, cost.server.toFixed(2), cost.database.toFixed(2)];
  console.log(cells.map((each) => String(each).padStart(10)).join(''));
}

async function untilSaturated(clinic: PreparedClinic, running: RunningClinic): Promise<readonly Outcome[]> {
  const client = createClient(running.port, CONNECTIONS);
  const observer = new pg.Client(clinic.databaseUrl);
  await observer.connect();
  try {
    const mix = await createMix(client, clinic, seeded(1));
    for (let n = 0; n < 200; n++) await mix.next();
    const columns = ['arrive/s', 'answered/s', 'p50 ms', 'p95 ms', 'p99 ms', 'failed', 'server ms', 'PgSQL ms'];
    console.log(columns.map((each) => each.padStart(10)).join(''));
    const served: Outcome[] = [];
    for (const rate of RATES) {
      const outcome = await measure(rate, mix, running, observer);
      tell(outcome);
      if (outcome.failed > 0 || percentile(outcome.times, 0.95) > TOO_LATE_MS) break;
      served.push(outcome);
    }
    return served;
  } finally {
    client.close();
    await observer.end();
  }
}

console.log('Preparing the clinic …');
const clinic = await prepareClinic({ doctors: 40, patients: 100 });
try {
  const running = await runClinic(clinic);
  try {
    const best = (await untilSaturated(clinic, running)).at(-1);
    if (best === undefined) console.log('This machine does not serve the lowest rate in time.');
    else
      console.log(`\nServed in time: ${best.rate} a second, with p95 up to ${TOO_LATE_MS} ms.\n\n${needs(best.cost)}`);
  } finally {
    await running.stop();
  }
} finally {
  await clinic.drop();
}

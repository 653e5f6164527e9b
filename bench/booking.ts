/**
 * A booking over HTTP beside pgbench with the same statements. Eight patients book with a doctor each, at different times,
 * through the portal; then pgbench sends what the portal has sent, with the same parameters and prepared statements, over
 * as many connections, to a copy of the database from before.
 *
 *     TEST_DATABASE_URL=postgres://… npm run bench:booking                    under Deno
 *     TEST_DATABASE_URL=postgres://… npm run bench:booking -- --node          under Node
 *
 * PostgreSQL must run on this machine, which must be Linux and have `pgbench`.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { freshDatabase } from '../tests/support/postgres.ts';
import { createScratchDatabase } from '../tests/tools/services.ts';
import { createClient } from './http-client.ts';
import { backendsOf, type Cost, costOf, cpuOf, type Served, serve } from './processes.ts';
import { type Batch, READERS } from './request-server.ts';

const { values: flags } = parseArgs({ options: { node: { type: 'boolean', default: false } } });
/** Bookings of each patient: those of the first days warm up. */
const WARM_UP = 16;
const BOOKINGS = 64;
/** Half-hours from 9:00 to 17:00. */
const TIMES_A_DAY = 16;

interface Measured extends Cost {
  readonly seconds: number;
}

function bookingOf(doctorId: string, place: number) {
  const date = new Date(Date.parse('2026-03-03T09:00:00Z') + Math.floor(place / TIMES_A_DAY) * 86_400_000);
  const start = new Date(date.getTime() + (place % TIMES_A_DAY) * 1_800_000).toISOString();
  return {
    doctorId,
    appointmentDate: start.slice(0, 10),
    startTime: start.slice(11, 16),
    appointmentType: 'consultation',
  };
}

/** Each patient books one time after the other. */
async function book({ port, bookers = [] }: Served, from: number, count: number): Promise<void> {
  const client = createClient(port, READERS);
  await Promise.all(
    bookers.map(async ({ doctorId, token }) => {
      for (let place = from; place < from + count; place++) {
        const body = bookingOf(doctorId, place);
        await client.send({ method: 'POST', path: '/api/v1/appointments', token, body });
      }
    }),
  );
  client.close();
}

async function batchesOf({ port }: Served): Promise<readonly Batch[]> {
  const client = createClient(port, 1);
  const text = await client.send({ path: '/batches', token: null });
  client.close();
  return JSON.parse(text) as Batch[];
}

const literal = (value: string | null) => (value === null ? 'NULL' : pg.escapeLiteral(value));

/** What one connection sends: each statement prepared once, then the batches, and at the end a long pause, in which it is measured. */
function scriptOf(batches: readonly Batch[]): string {
  const names = new Map<string, string>();
  const lines = batches.flatMap(({ mode, statements }) => {
    const calls = statements.map(({ text, values }) => {
      const name = names.get(text) ?? `p${names.size}`;
      names.set(text, name);
      return `EXECUTE ${name}${values.length === 0 ? '' : `(${values.map(literal).join(', ')})`};`;
    });
    return mode === 'write' || calls.length > 1 ? ['BEGIN;', ...calls, 'COMMIT;'] : calls;
  });
  const prepared = [...names].map(([text, name]) => `PREPARE ${name} AS ${text};`);
  return [...prepared, ...lines, `SELECT pg_sleep(600);`, ''].join('\n');
}

async function replay(url: string, scripts: readonly string[], folder: string): Promise<Measured> {
  const observer = new pg.Client(url);
  await observer.connect();
  const began = performance.now();
  const children = await Promise.all(
    scripts.map(async (script, n) => {
      const file = `${folder}/${n}.sql`;
      await writeFile(file, script);
      const options = '-c role=patient_portal_app -c timezone=UTC';
      const child = spawn('pgbench', ['-n', '-c', '1', '-t', '1', '-f', file, url], {
        env: { ...process.env, PGOPTIONS: options },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let errors = '';
      child.stderr.on('data', (part) => {
        errors += part;
      });
      const failed = new Promise<never>((_, reject) => child.on('exit', () => reject(new Error(`pgbench: ${errors}`))));
      failed.catch(() => undefined);
      return { pid: child.pid ?? 0, failed };
    }),
  );
  try {
    const pids = children.map(({ pid }) => pid);
    return await Promise.race([measurePaused(observer, pids, began), ...children.map(({ failed }) => failed)]);
  } finally {
    // Their connections are ended with the copy.
    await observer.end();
  }
}

/** Measures when all connections have come to the pause at their end. */
async function measurePaused(observer: pg.Client, pids: readonly number[], began: number): Promise<Measured> {
  for (;;) {
    const { rows } = await observer.query(
      `SELECT count(*)::int AS paused FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'pgbench' AND query LIKE 'SELECT pg_sleep%'`,
    );
    if (rows[0]?.paused === pids.length) {
      const seconds = (performance.now() - began) / 1000;
      const backends = await backendsOf(observer, 'pgbench');
      const sum = async (each: readonly number[]) =>
        (await Promise.all(each.map(cpuOf))).reduce((total, time) => total + time, 0);
      return { seconds, server: await sum(pids), database: await sum(backends) };
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A copy needs a database without connections. The portal opens new ones. */
async function copyOf(url: string): Promise<{ url: string; drop(): Promise<void> }> {
  const name = new URL(url).pathname.slice(1);
  const server = process.env.TEST_DATABASE_URL ?? '';
  const admin = new pg.Client(server);
  await admin.connect();
  await admin.query('SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1', [name]);
  await admin.end();
  return createScratchDatabase(server, name);
}

function tell(name: string, { server, database, seconds }: Measured, bookings: number): void {
  const cell = (value: number) => value.toFixed(2).padStart(9);
  console.log(name.padEnd(24), cell(server / bookings), cell(database / bookings), cell(bookings / seconds));
}

const database = await freshDatabase();
const folder = await mkdtemp(`${tmpdir()}/bench-booking-`);
const portal = await serve('patient-portal', flags.node, 'booking', database.url);
try {
  await book(portal, 0, WARM_UP);
  await batchesOf(portal);
  const copy = await copyOf(database.url);
  try {
    const observer = new pg.Client(database.url);
    await observer.connect();
    // The connections are opened again, and the statements prepared.
    const before = await costOf(portal, observer);
    const began = performance.now();
    await book(portal, WARM_UP, BOOKINGS);
    const seconds = (performance.now() - began) / 1000;
    const after = await costOf(portal, observer);
    await observer.end();
    const batches = await batchesOf(portal);
    const scripts = (portal.bookers ?? []).map(({ doctorId }) =>
      scriptOf(batches.filter((batch) => JSON.stringify(batch).includes(doctorId))),
    );
    const served = {
      seconds,
      server: after.server - before.server,
      database: after.database - before.database,
    };
    const replayed = await replay(copy.url, scripts, folder);
    const bookings = READERS * BOOKINGS;
    console.log(`${bookings} bookings, ${READERS} at a time: CPU time for each in ms`);
    console.log(''.padEnd(24), '   client', '    PgSQL', ' a second');
    tell('over HTTP', served, bookings);
    tell('pgbench', replayed, bookings);
    const cpu = ({ server, database: spent }: Measured) => server + spent;
    console.log(
      `\nHTTP to pgbench: ${(cpu(replayed) / cpu(served)).toFixed(2)} by CPU time, ${(replayed.seconds / seconds).toFixed(2)} by rate`,
    );
    console.log(`PostgreSQL alone: ${(replayed.database / served.database).toFixed(2)}`);
  } finally {
    await copy.drop();
  }
} finally {
  portal.stop();
  await rm(folder, { recursive: true });
  await database.drop();
}

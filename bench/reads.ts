/**
 * What a read costs: requests per second through the whole application, without sockets of HTTP, on a real PostgreSQL.
 * Beside them a bare Hono route with one query, and eight readers of one record beside eight of their own. The ways take
 * turns within the run.
 *
 *     TEST_DATABASE_URL=postgres://… npm run bench:reads
 */
import { Hono } from 'hono';
import pg from 'pg';
import { createTcpDriver } from '../adapters/postgres/driver/tcp.ts';
import { createApp } from '../src/http/app.ts';
import { startClinic, TUESDAY, WEEK } from '../tests/http/scheduling/clinic.ts';
import { freshDatabase } from '../tests/support/postgres.ts';

const READERS = 8;
const ROUNDS = 5;
const SECONDS = 1;

/** @returns how often a second the work is done by {@link READERS} at once */
async function rate(work: (reader: number) => Promise<unknown>): Promise<number> {
  const end = performance.now() + SECONDS * 1000;
  let done = 0;
  const reader = async (_: unknown, index: number) => {
    while (performance.now() < end) {
      await work(index);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: READERS }, reader));
  return done / SECONDS;
}

/** @returns the median rate of each way */
async function compare<W extends string>(
  ways: Readonly<Record<W, (reader: number) => Promise<unknown>>>,
): Promise<Record<W, number>> {
  const names = Object.keys(ways) as W[];
  const rates = new Map<W, number[]>(names.map((name) => [name, []]));
  // The first round warms up.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of names) {
      const each = await rate(ways[name]);
      if (round > 0) rates.get(name)?.push(each);
    }
  }
  const median = (name: W) => (rates.get(name) ?? []).sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
  return Object.fromEntries(names.map((name) => [name, median(name)])) as Record<W, number>;
}

const database = await freshDatabase();
const driver = createTcpDriver({ url: database.url, role: 'patient_portal_app' });
const clinic = await startClinic({ driver });
const pool = new pg.Pool({ connectionString: database.url, max: 10 });
try {
  await clinic.hours(clinic.doctor.id, WEEK);
  const readers = await Promise.all(Array.from({ length: READERS }, (_, n) => clinic.person('patient', `reader-${n}`)));
  for (const [n, { token }] of readers.entries()) {
    await clinic.book(token, `${String(9 + Math.floor(n / 2)).padStart(2, '0')}:${n % 2 === 0 ? '00' : '30'}`);
  }
  const app = createApp();
  const { platform } = clinic.portal;
  const get = (path: string, token: string | undefined) => async () => {
    const request = new Request(`https://portal.example/api/v1${path}`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    const response = await app.fetch(request, { platform, clientAddress: '203.0.113.7' });
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    await response.text();
  };
  const bare = new Hono().get('/me', async (c) => {
    const text = 'SELECT id, version, created_at, role FROM users WHERE id = $1';
    const { rows } = await pool.query({ name: 'me', text, values: [readers[0]?.id] });
    return c.json(rows[0]);
  });
  const own = (path: string) => (reader: number) => get(path, readers[reader]?.token)();
  const week = `/appointments/available-slots?doctorId=${clinic.doctor.id}&type=consultation&from=${TUESDAY}&to=2026-03-09`;

  const rates = await compare({
    'a bare route with one query': async () => (await bare.request('/me')).text(),
    'GET /users/me': own('/users/me'),
    'GET /appointments/my, eight patients': own('/appointments/my'),
    'GET /appointments/my, one patient': get('/appointments/my', readers[0]?.token),
    'GET /appointments/available-slots, seven days': own(week),
  });
  const base = rates['a bare route with one query'];
  console.log(`${READERS} requests at a time, ${ROUNDS} rounds: requests/s, and the ratio to the bare route`);
  for (const [name, each] of Object.entries(rates)) {
    console.log(`  ${name.padEnd(40)} ${each.toFixed(0).padStart(6)} ${(each / base).toFixed(2).padStart(6)}`);
  }
  const [one, eight] = [rates['GET /appointments/my, one patient'], rates['GET /appointments/my, eight patients']];
  console.log(`\n  one patient to eight: ${(one / eight).toFixed(2)}`);
} finally {
  await pool.end();
  await clinic.portal.close();
  await driver.close();
  await database.drop();
}

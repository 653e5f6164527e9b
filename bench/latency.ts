/**
 * What people wait for when the database and Redis are far away: each answer at human pace, so that no session is believed
 * without asking, with a round trip of 80 ms to PostgreSQL and 5 ms to Redis, and of 150 and 20 ms.
 *
 *     TEST_DATABASE_URL=postgres://… TEST_REDIS_URL=redis://… npm run bench:latency -- [patients]     default 40
 */
import { setTimeout } from 'node:timers/promises';
import { delayed } from './delayed.ts';
import { createClient, type Sent } from './http-client.ts';
import { PASSWORD, type PreparedClinic, percentile, prepareClinic, runClinic } from './live-clinic.ts';

const PATIENTS = Number(process.argv[2] ?? 40);
const DISTANCES = [
  { database: 0, redis: 0 },
  { database: 80, redis: 5 },
  { database: 150, redis: 20 },
] as const;
/** Longer than a session is believed without asking (ADR 0002). */
const PAUSE_MS = 6_000;

type Distance = (typeof DISTANCES)[number];
/** Sorted times in milliseconds by what was asked for. */
type Times = ReadonlyMap<string, readonly number[]>;

interface Step {
  readonly name: string;
  readonly sent: (patient: number, token: string) => Sent;
}

function stepsOf({ doctorIds }: PreparedClinic, day: string): readonly Step[] {
  const doctorOf = (patient: number) => doctorIds[patient % doctorIds.length] ?? '';
  const read = (name: string, path: (patient: number) => string): Step => ({
    name,
    sent: (patient, token) => ({ path: `/api/v1${path(patient)}`, token }),
  });
  return [
    read('first request', () => '/users/me'),
    read('users/me', () => '/users/me'),
    read('free times', (patient) => {
      const query = new URLSearchParams({ doctorId: doctorOf(patient), type: 'consultation', from: day, to: day });
      return `/appointments/available-slots?${query}`;
    }),
    {
      name: 'book',
      sent: (patient, token) => {
        const minutes = 8 * 60 + 30 * Math.floor(patient / doctorIds.length);
        const startTime = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${minutes % 60 === 0 ? '00' : '30'}`;
        const body = { doctorId: doctorOf(patient), appointmentDate: day, startTime, appointmentType: 'consultation' };
        return { method: 'POST', path: '/api/v1/appointments', token, body };
      },
    },
    read('appointments/my', () => '/appointments/my'),
  ];
}

/** Each patient signs in, then takes each step; one request at a time. */
async function measure(clinic: PreparedClinic, port: number, day: string): Promise<Times> {
  const client = createClient(port, 1);
  const times = new Map<string, number[]>();
  const timed = async (name: string, sent: Sent) => {
    const began = performance.now();
    const answer = await client.send(sent);
    times.set(name, [...(times.get(name) ?? []), performance.now() - began]);
    return answer;
  };
  try {
    const tokens: string[] = [];
    for (const email of clinic.emails) {
      const body = { email, password: PASSWORD };
      const answer = await timed('sign in', { method: 'POST', path: '/api/v1/auth/login', token: null, body });
      tokens.push((JSON.parse(answer) as { accessToken: string }).accessToken);
    }
    for (const { name, sent } of stepsOf(clinic, day)) {
      await setTimeout(PAUSE_MS);
      for (const [patient, token] of tokens.entries()) await timed(name, sent(patient, token));
    }
  } finally {
    client.close();
  }
  return new Map([...times].map(([name, each]) => [name, each.toSorted((a, b) => a - b)]));
}

async function measureAt(clinic: PreparedClinic, { database, redis }: Distance, day: string): Promise<Times> {
  const [farDatabase, farRedis] = [await delayed(clinic.databaseUrl, database), await delayed(clinic.redisUrl, redis)];
  const running = await runClinic(clinic, { databaseUrl: farDatabase.url, redisUrl: farRedis.url });
  try {
    return await measure(clinic, running.port, day);
  } finally {
    await running.stop();
    farDatabase.close();
    farRedis.close();
  }
}

function tell(results: readonly (readonly [Distance, Times])[]): void {
  const [, near] = results[0] ?? [];
  console.log(
    `\n${PATIENTS} patients, one request at a time: median and p95 in ms; trips to the database in the median`,
  );
  console.log(['', ...DISTANCES.map(({ database, redis }) => `${database} ms, Redis ${redis} ms`)].map(cell).join(''));
  for (const name of near?.keys() ?? []) {
    const cells = results.map(([{ database, redis }, times]) => {
      const each = times.get(name) ?? [];
      const [median, p95] = [percentile(each, 0.5), percentile(each, 0.95)];
      const trips =
        database === 0 ? '' : ` ${((median - percentile(near?.get(name) ?? [], 0.5) - redis) / database).toFixed(1)}`;
      return `${median.toFixed(0)} ${p95.toFixed(0)}${trips}`;
    });
    console.log([name, ...cells].map(cell).join(''));
  }
}

const cell = (text: string, column: number) => (column === 0 ? text.padEnd(18) : text.padStart(22));

console.log('Preparing the clinic …');
const clinic = await prepareClinic({ doctors: 4, patients: PATIENTS });
try {
  const results: (readonly [Distance, Times])[] = [];
  for (const [place, distance] of DISTANCES.entries()) {
    console.log(
      `${place + 1} of ${DISTANCES.length}: PostgreSQL ${distance.database} ms away, Redis ${distance.redis} ms`,
    );
    const day = new Date(Date.now() + (place + 2) * 86_400_000).toISOString().slice(0, 10);
    results.push([distance, await measureAt(clinic, distance, day)]);
  }
  tell(results);
} finally {
  await clinic.drop();
}

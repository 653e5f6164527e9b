/**
 * What strangers can do to the others (R62, R66): how long a request that is refused for its form keeps the event loop, and
 * how long a sign-in takes while they try, beside the same without them.
 *
 *     npm run bench:strangers -- [--requests=40] [--logins=30]
 *
 * Runs the embedded portal in this process, without rate limits, in a folder of its own that is removed afterwards. Figures
 * are to be compared within one run.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { provisionUser } from '../src/app/identity/accounts.ts';
import { systemContext } from '../src/app/identity/first-admin.ts';
import { composeDeno } from '../src/compose/deno.ts';
import { parseConfig } from '../src/config.ts';
import { createApp } from '../src/http/app.ts';

const { values } = parseArgs({ options: { requests: { type: 'string' }, logins: { type: 'string' } } });
const REQUESTS = Number(values.requests ?? 40);
const LOGINS = Number(values.logins ?? 30);
const CONNECTIONS = 4;
const PASSWORD = 'a quiet river at dawn 9';
const EMAIL = 'known@example.org';
const PERSON = { password: PASSWORD, firstName: 'Ada', lastName: 'Berg', dateOfBirth: '1990-04-23' };

const dataDir = await mkdtemp(`${tmpdir()}/bench-strangers-`);
const config = parseConfig(
  { DATA_DIR: dataDir, RATE_LIMIT_FACTOR: '0', DEMO: '0', MFA_REQUIRED_ROLES: '', LOG_LEVEL: 'error' },
  'deno',
);
const { platform, close } = await composeDeno({ ...config, PUBLIC_URL: 'http://localhost' });
const app = createApp();
await provisionUser(platform.deps, systemContext(platform.deps), {
  email: EMAIL,
  ...PERSON,
  phoneNumber: null,
  timezone: 'UTC',
  language: 'en',
  role: 'patient',
  doctor: null,
});

async function send(path: string, body: string | undefined, headers: Record<string, string> = {}): Promise<Response> {
  const request = new Request(`http://localhost${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      'User-Agent': 'bench',
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const response = await app.fetch(request, { platform, clientAddress: '127.0.0.1' });
  await response.arrayBuffer();
  return response;
}

const register = (changes: object) => JSON.stringify({ ...PERSON, email: 'x@example.org', ...changes });
const marks = '\u0345'.repeat(15_800) + '\u0334'.repeat(15_800);

const post = (path: string, body: string) => () => send(`/api/v1/auth/${path}`, body);
const unknown = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`k${n}`, 1]));

/** Each within the 64 KiB that a body may have, and made beforehand. */
const ATTACKS: Readonly<Record<string, () => Promise<Response>>> = {
  'a plain mistake (the measure)': post('register', register({ email: 'no address' })),
  'a name of 31,600 combining marks': post('register', register({ firstName: `a${marks}` })),
  'a password of 60,000 letters': post('register', register({ password: 'ab'.repeat(30_000) })),
  'a password that is one long repetition': post('register', register({ password: `${'\uFDFA'.repeat(511)}b` })),
  'an address of 60,000 characters': post('login', register({ email: `${'a.'.repeat(30_000)}@b.c` })),
  'a list of 30,000 numbers': post('login', JSON.stringify(Array(30_000).fill(1))),
  '30,000 levels of nesting': post('login', '['.repeat(30_000) + ']'.repeat(30_000)),
  '5,000 unknown fields': post('login', JSON.stringify(unknown)),
  'a number of 60,000 digits': post('login', `{"email":${'9'.repeat(60_000)}}`),
  'a query of 60,000 characters': () => send(`/api/v1/doctors?q=${'1'.repeat(60_000)}`, undefined),
  'an Accept header of 8,000 ranges': () => send('/api/v1/doctors', undefined, { Accept: 'a/b,'.repeat(8000) }),
};

function quantile(times: readonly number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

const line = (name: string, value: string) => console.log(`${name.padEnd(46)} ${value}`);

/** Nothing else runs, and none of them reaches the database: what passes is the time of the event loop. */
async function refusals(): Promise<void> {
  for (let n = 0; n < REQUESTS; n++) await ATTACKS['a plain mistake (the measure)']?.();
  let measure = 0;
  for (const [name, attack] of Object.entries(ATTACKS)) {
    const { status } = await attack();
    if (status < 400 || status >= 500) throw new Error(`${name}: answered ${status}`);
    const times: number[] = [];
    for (let n = 0; n < REQUESTS; n++) times.push(await milliseconds(attack));
    const median = quantile(times, 0.5);
    measure = measure || median;
    line(
      name,
      `${status}  ${median.toFixed(2)} ms, longest ${Math.max(...times).toFixed(2)} ms, x ${(median / measure).toFixed(1)}`,
    );
  }
}

let cookie = '';
async function signIn(headers: Record<string, string> = {}): Promise<number> {
  let status = 0;
  const took = await milliseconds(async () => {
    const response = await send('/api/v1/auth/login', JSON.stringify({ email: EMAIL, password: PASSWORD }), headers);
    status = response.status;
    cookie ||= response.headers
      .getSetCookie()
      .map((set) => set.split(';')[0])
      .join('; ');
  });
  if (status !== 200) refused += 1;
  return took;
}
let refused = 0;

/** Sign-ins one after the other, while each of the strangers repeats what they do as fast as it is answered. */
async function signIns(name: string, strangers: (() => Promise<unknown>) | null, known: boolean): Promise<number> {
  let isOver = false;
  refused = 0;
  const loop = monitorEventLoopDelay({ resolution: 5 });
  const attacking = Array.from({ length: strangers === null ? 0 : CONNECTIONS }, async () => {
    // As over a connection: between two requests others have their turn.
    while (!isOver) await strangers?.().then(() => setImmediate());
  });
  loop.enable();
  const times: number[] = [];
  for (let n = 0; n < LOGINS; n++) times.push(await signIn(known ? { Cookie: cookie } : {}));
  loop.disable();
  isOver = true;
  await Promise.all(attacking);
  const p95 = quantile(times, 0.95);
  const delay = (loop.percentile(99) / 1e6).toFixed(0);
  line(
    name,
    `p50 ${quantile(times, 0.5).toFixed(0)} ms, p95 ${p95.toFixed(0)} ms, refused ${refused}, event loop p99 ${delay} ms`,
  );
  return p95;
}

try {
  console.log(`Refused requests, ${REQUESTS} of each, one after the other`);
  await refusals();
  let n = 0;
  const registering = () => send('/api/v1/auth/register', register({ email: `new${++n}@example.org` }));
  const guessing = () =>
    send('/api/v1/auth/login', JSON.stringify({ email: `x${++n}@example.org`, password: 'wrong' }));
  const naming = ATTACKS['a name of 31,600 combining marks'] ?? registering;
  console.log(`\nSign-ins, ${LOGINS} one after the other, beside ${CONNECTIONS} connections`);
  await signIn();
  const alone = await signIns('without strangers', null, false);
  const ratio = (p95: number) => `x ${(p95 / alone).toFixed(1)}`;
  const named = await signIns('names of combining marks', naming, false);
  const registered = await signIns('registrations', registering, false);
  const guessed = await signIns('guesses', guessing, false);
  const known = await signIns('guesses, from a known browser', guessing, true);
  console.log('\np95 beside that without strangers');
  line('names of combining marks', ratio(named));
  line('registrations', ratio(registered));
  line('guesses', ratio(guessed));
  line('guesses, from a known browser', ratio(known));
} finally {
  await close();
  await rm(dataDir, { recursive: true, force: true });
}

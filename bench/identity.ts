/**
 * How long identity takes beside what it cannot do without: a login beside one scrypt, a TOTP check beside one HMAC; and
 * whether answers about known and unknown addresses differ in time (R4, R5).
 *
 *     npm run bench:identity -- [--pairs=200] [--logins=40]
 *
 * Runs the embedded portal in this process, in a folder of its own that is removed afterwards.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { createPasswordHasher } from '../adapters/crypto/password-hasher.ts';
import { timeStep, totpCode, verifyTotp } from '../domain/mfa/totp.ts';
import { provisionUser } from '../src/app/identity/accounts.ts';
import { systemContext } from '../src/app/identity/first-admin.ts';
import { composeDeno } from '../src/compose/deno.ts';
import { parseConfig } from '../src/config.ts';
import { createApp } from '../src/http/app.ts';

const { values } = parseArgs({ options: { pairs: { type: 'string' }, logins: { type: 'string' } } });
const PAIRS = Number(values.pairs ?? 200);
const LOGINS = Number(values.logins ?? 40);
const AT_ONCE = 6;
const PASSWORD = 'a quiet river at dawn 9';
const EMAIL = 'known@example.org';

const dataDir = await mkdtemp(`${tmpdir()}/bench-identity-`);
const config = parseConfig({ DATA_DIR: dataDir, RATE_LIMIT_FACTOR: '0', DEMO: '0', MFA_REQUIRED_ROLES: '' }, 'deno');
const { platform, close } = await composeDeno({ ...config, PUBLIC_URL: 'http://localhost' });
const app = createApp();
await provisionUser(platform.deps, systemContext(platform.deps), {
  email: EMAIL,
  password: PASSWORD,
  firstName: 'Ada',
  lastName: 'Berg',
  dateOfBirth: '1990-04-23',
  phoneNumber: null,
  timezone: 'UTC',
  language: 'en',
  role: 'patient',
  doctor: null,
});

async function post(path: string, body: unknown): Promise<number> {
  const request = new Request(`http://localhost/api/v1${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'User-Agent': 'bench' },
    body: JSON.stringify(body),
  });
  const response = await app.fetch(request, { platform, clientAddress: '127.0.0.1' });
  await response.arrayBuffer();
  return response.status;
}

async function milliseconds(work: () => unknown): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const line = (name: string, value: string) => console.log(`${name.padEnd(46)} ${value}`);

async function logins(): Promise<void> {
  const hasher = createPasswordHasher();
  const phc = await hasher.hash(PASSWORD);
  const [scrypts, whole]: [number[], number[]] = [[], []];
  // One after the other and interleaved, so that both meet the same machine.
  for (let i = 0; i < LOGINS; i++) {
    scrypts.push(await milliseconds(() => hasher.verify(PASSWORD, phc)));
    whole.push(await milliseconds(() => post('/auth/login', { email: EMAIL, password: PASSWORD })));
  }
  const [floor, login] = [median(scrypts), median(whole)];
  line('one scrypt, median', `${floor.toFixed(1)} ms`);
  line(
    'one login, median',
    `${login.toFixed(1)} ms  (${(login - floor).toFixed(1)} ms more, ${(login / floor).toFixed(2)} times)`,
  );
  // As many at once as fit the hasher's queue.
  const atOnce = (work: () => Promise<unknown>) => {
    let left = LOGINS;
    const worker = async () => {
      while (left-- > 0) await work();
    };
    return milliseconds(() => Promise.all(Array.from({ length: AT_ONCE }, worker)));
  };
  const bare = await atOnce(() => hasher.verify(PASSWORD, phc));
  const full = await atOnce(() => post('/auth/login', { email: EMAIL, password: PASSWORD }));
  line(`scrypts a second, ${AT_ONCE} at once`, ((LOGINS * 1000) / bare).toFixed(1));
  line(`logins a second, ${AT_ONCE} at once`, ((LOGINS * 1000) / full).toFixed(1));
}

async function codes(): Promise<void> {
  const secret = randomBytes(20);
  const now = Date.now();
  const code = totpCode(secret, timeStep(now));
  const counter = Buffer.alloc(8);
  const rate = async (work: () => unknown) => {
    const times = 20_000;
    const took = await milliseconds(() => {
      for (let i = 0; i < times; i++) work();
    });
    return (times * 1000) / took;
  };
  await rate(() => verifyTotp(secret, code, now, null));
  const verifies = await rate(() => verifyTotp(secret, code, now, null));
  const native = await rate(() => createHmac('sha1', secret).update(counter).digest());
  const one = await rate(() => totpCode(secret, 1));
  line('TOTP checks a second (two steps each)', verifies.toFixed(0));
  line('codes computed a second', one.toFixed(0));
  line('bare HMAC-SHA-1 a second, native', native.toFixed(0));
}

/** Known and unknown in turns, the order changing, so that neither always comes first. */
async function compare(
  name: string,
  pairs: number,
  ask: (isKnown: boolean, i: number) => Promise<number>,
): Promise<void> {
  const known: number[] = [];
  const unknown: number[] = [];
  const statuses = new Set<number>();
  for (let i = -3; i < pairs; i++) {
    for (const isKnown of i % 2 === 0 ? [true, false] : [false, true]) {
      const took = await milliseconds(async () => statuses.add(await ask(isKnown, i)));
      if (i >= 0) (isKnown ? known : unknown).push(took);
    }
  }
  const [a, b] = [median(known), median(unknown)];
  line(
    `${name}: known / unknown (${pairs} pairs)`,
    `${a.toFixed(1)} / ${b.toFixed(1)} ms, difference ${((100 * Math.abs(a - b)) / Math.max(a, b)).toFixed(2)} %, status ${[...statuses].join(' and ')}`,
  );
}

const register = { firstName: 'Bo', lastName: 'Li', dateOfBirth: '1990-01-01', password: PASSWORD };
try {
  await codes();
  await logins();
  await compare('wrong password', PAIRS, (isKnown, i) =>
    post('/auth/login', { email: isKnown ? EMAIL : `unknown${i}@example.org`, password: 'not the password at all' }),
  );
  await compare('forgot password', PAIRS, (isKnown, i) =>
    post('/auth/forgot-password', { email: isKnown ? EMAIL : `unknown${i}@example.org` }),
  );
  await compare('resend verification', PAIRS, (isKnown, i) =>
    post('/auth/resend-verification', { email: isKnown ? EMAIL : `unknown${i}@example.org` }),
  );
  await compare('registration', PAIRS, (isKnown, i) =>
    post('/auth/register', { ...register, email: isKnown ? EMAIL : `new${i}@example.org` }),
  );
} finally {
  await close();
  await rm(dataDir, { recursive: true, force: true });
}

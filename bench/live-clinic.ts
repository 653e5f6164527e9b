/**
 * A clinic on the product as self-hosters run it: a process under Deno with a PostgreSQL and a Redis of its own. Its people
 * sign in over HTTP.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { provisionUser } from '../src/app/identity/accounts.ts';
import { systemContext } from '../src/app/identity/first-admin.ts';
import { composeDeno } from '../src/compose/deno.ts';
import { parseConfig } from '../src/config.ts';
import { createApp } from '../src/http/app.ts';
import { startProcess } from '../tests/runtime/deno-process.ts';
import { createScratchDatabase } from '../tests/tools/services.ts';

export const PASSWORD = 'a quiet river at dawn 9';
const PUBLIC_URL = 'http://localhost';
/** Nobody waits for limits, but each request is counted in Redis. */
const SETTINGS = { RATE_LIMIT_FACTOR: '100000', MFA_REQUIRED_ROLES: '', DEMO: '0', LOG_LEVEL: 'error' };

export interface Size {
  readonly doctors: number;
  readonly patients: number;
}

/** A database with people in it, and the folder of its keys. */
export interface PreparedClinic {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly dataDir: string;
  readonly doctorIds: readonly string[];
  readonly emails: readonly string[];
  drop(): Promise<void>;
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`set ${name}`);
  return value;
}

/** Doctors who work from 8 to 18 o'clock on every day, and patients who all have {@link PASSWORD}. */
export async function prepareClinic(size: Size): Promise<PreparedClinic> {
  const [server, redisUrl] = [required('TEST_DATABASE_URL'), required('TEST_REDIS_URL')];
  const database = await createScratchDatabase(server);
  const dataDir = await mkdtemp(`${tmpdir()}/bench-clinic-`);
  const drop = async () => {
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const people = await addPeople(database.url, dataDir, size);
    return { databaseUrl: database.url, redisUrl, dataDir, ...people, drop };
  } catch (error) {
    await drop();
    throw error;
  }
}

/** @param secrets keys of the portal. Default: new ones, which `dataDir` then holds */
export async function addPeople(
  url: string,
  dataDir: string,
  { doctors, patients }: Size,
  secrets: Readonly<Record<string, string>> = {},
) {
  const environment = { DATA_DIR: dataDir, DATABASE_URL: url, ...SETTINGS, ...secrets, RATE_LIMIT_FACTOR: '0' };
  const config = parseConfig(environment, 'deno');
  const { platform, close } = await composeDeno({ ...config, PUBLIC_URL });
  try {
    // Hashing the password of each would take longer than all else.
    const hash = await platform.deps.passwords.hashUnlimited(PASSWORD);
    const deps = { ...platform.deps, passwords: { ...platform.deps.passwords, hashUnlimited: async () => hash } };
    const add = async (role: 'admin' | 'doctor' | 'patient', name: string) => {
      const born = role === 'patient' ? '1990-04-23' : null;
      const user = await provisionUser(deps, systemContext(deps), {
        ...{ email: `${name}@example.org`, password: PASSWORD, firstName: 'Ada', lastName: 'Example', role },
        ...{ dateOfBirth: born, phoneNumber: null, timezone: 'UTC', language: 'en' },
        doctor: role === 'doctor' ? { specialty: 'General practice', languages: ['en'] } : null,
      });
      return user.id as string;
    };
    await add('admin', 'admin');
    const doctorIds: string[] = [];
    for (let n = 0; n < doctors; n++) doctorIds.push(await add('doctor', `doctor-${n}`));
    const emails = Array.from({ length: patients }, (_, n) => `patient-${n}@example.org`);
    for (const email of emails) await add('patient', email.replace('@example.org', ''));
    const call = callsOf(platform);
    const { accessToken } = await call('POST', '/auth/login', { email: 'admin@example.org', password: PASSWORD });
    const weekly = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '08:00', end: '18:00' }));
    for (const id of doctorIds)
      await call('PUT', `/doctors/${id}/availability`, { timezone: 'UTC', weekly }, accessToken);
    return { doctorIds, emails };
  } finally {
    await close();
  }
}

function callsOf(platform: Awaited<ReturnType<typeof composeDeno>>['platform']) {
  const app = createApp();
  return async (method: string, path: string, body: unknown, token?: string) => {
    const headers = {
      'Content-Type': 'application/json',
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    };
    const request = new Request(`${PUBLIC_URL}/api/v1${path}`, { method, headers, body: JSON.stringify(body) });
    const response = await app.fetch(request, { platform, clientAddress: '127.0.0.1' });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? {} : JSON.parse(text);
  };
}

export interface RunningClinic {
  readonly port: number;
  /** The process of the runtime, without its launcher. */
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts the product on the clinic. @param urls instead of those of the clinic */
export async function runClinic(
  { databaseUrl, redisUrl, dataDir }: PreparedClinic,
  urls: { readonly databaseUrl?: string; readonly redisUrl?: string } = {},
): Promise<RunningClinic> {
  const portal = await startProcess({
    ...SETTINGS,
    DATA_DIR: dataDir,
    DATABASE_URL: urls.databaseUrl ?? databaseUrl,
    REDIS_URL: urls.redisUrl ?? redisUrl,
  });
  const port = Number(new URL(portal.url).port);
  return { port, pid: await lastChild(portal.pid), stop: () => portal.stop().then(() => undefined) };
}

async function lastChild(pid: number): Promise<number> {
  const [child] = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ');
  return child === undefined || child === '' ? pid : lastChild(Number(child));
}

/** @returns the smallest value that at least this share of the values does not exceed; they are sorted */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

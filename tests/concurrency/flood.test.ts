/** A flood from many addresses: those who do nothing wrong are served meanwhile, and the others are blocked. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { provisionUser } from '../../src/app/identity/accounts.ts';
import { systemContext } from '../../src/app/identity/first-admin.ts';
import { composeDeno, type DenoPlatform } from '../../src/compose/deno.ts';
import { parseConfig } from '../../src/config.ts';
import { createApp } from '../../src/http/app.ts';
import { freshDatabase } from '../support/postgres.ts';
import { databaseUrl, needsPostgres, needsRedis, redisUrl, required } from '../tools/services.ts';

const ADDRESSES = 200;
const HONEST = 10;
const REQUESTS = 10_000;
const EACH = REQUESTS / ADDRESSES;
const AT_ONCE = 32;
const PASSWORD = 'a quiet river at dawn 9';
const DESK = '192.0.2.200';

const app = createApp();
const background: Promise<unknown>[] = [];
let composed: DenoPlatform;

async function send(from: string, path: string, init: RequestInit = {}) {
  const started = performance.now();
  const waitUntil = (work: Promise<unknown>) => void background.push(work);
  const platform = { ...composed.platform, waitUntil };
  const request = new Request(`http://localhost/api/v1${path}`, init);
  const response = await app.fetch(request, { platform, clientAddress: from });
  const text = await response.text();
  const body = text === '' ? undefined : JSON.parse(text);
  return { status: response.status, body, milliseconds: performance.now() - started };
}

function logIn(from: string, email: string, password: string) {
  const headers = { 'Content-Type': 'application/json' };
  return send(from, '/auth/login', { method: 'POST', headers, body: JSON.stringify({ email, password }) });
}

/** @returns the headers of somebody who is signed in */
async function person(role: 'patient' | 'admin', name: string): Promise<{ Authorization: string }> {
  const { deps } = composed.platform;
  const email = `${name}@example.org`;
  await provisionUser(deps, systemContext(deps), {
    ...{ email, password: PASSWORD, firstName: name, lastName: 'Example', phoneNumber: null, timezone: 'UTC' },
    ...{ language: 'en', role, doctor: null, dateOfBirth: role === 'patient' ? '1990-04-23' : null },
  });
  return { Authorization: `Bearer ${(await logIn(DESK, email, PASSWORD)).body.accessToken}` };
}

/** What a flooding address sends: wrong keys and tokens above all, and now and then a wrong password. */
function abuse(from: string, n: number) {
  if (n % 25 === 24) return logIn(from, `victim-${n}@example.org`, 'not the password at all');
  const guess = `${n}${from}`.replaceAll('.', '').padStart(43, 'a');
  const headers = n % 2 === 0 ? { 'X-API-Key': `ppk_${guess}` } : { Authorization: `Bearer x.y.${guess}` };
  return send(from, '/users/me', { headers });
}

/** The id of each block that stands, by its address. */
async function blocksSeenBy(headers: HeadersInit): Promise<ReadonlyMap<string, string>> {
  const blocks = new Map<string, string>();
  for (let path = '/admin/ip-blocks?inForce=true&limit=100'; path !== ''; ) {
    const { body } = await send(DESK, path, { headers });
    for (const { address, id } of body.data) blocks.set(address, id);
    path = body._links.next?.href.replace('/api/v1', '') ?? '';
  }
  return blocks;
}

interface Honest {
  readonly from: string;
  readonly headers: { Authorization: string };
}

/** Half of them signed in, half not. */
function honestly({ from, headers }: Honest, n: number) {
  return n % 2 === 0 ? send(from, '/users/me', { headers }) : send(from, '/clinic');
}

async function flood(abusers: readonly string[], honest: readonly Honest[]) {
  const served: Awaited<ReturnType<typeof send>>[] = [];
  const answers = new Map<string, number>();
  const work = Array.from({ length: EACH }, (_, n) => [
    ...abusers.map((from) => async () => {
      const { status, body } = await abuse(from, n);
      const answer = `${status} ${body.code}`;
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }),
    ...honest.map((who) => async () => void served.push(await honestly(who, n))),
  ]).flat();
  const started = performance.now();
  const queue = work.values();
  const worker = async () => {
    for (const each of queue) await each();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const seconds = (performance.now() - started) / 1000;
  await Promise.all(background.splice(0));
  return { served, answers, seconds, sent: work.length };
}

function share(of: readonly { readonly milliseconds: number }[], part: number): string {
  const sorted = of.map(({ milliseconds }) => milliseconds).sort((one, other) => one - other);
  return `${sorted[Math.floor(part * (sorted.length - 1))]?.toFixed(1)} ms`;
}

describe.skipIf(databaseUrl === undefined || redisUrl === undefined)(
  `a flood, on a real database and Redis${needsPostgres}${needsRedis}`,
  () => {
    let database: { readonly url: string; drop(): Promise<void> };
    let dataDir: string;

    beforeAll(async () => {
      database = await freshDatabase();
      dataDir = await mkdtemp(`${tmpdir()}/portal-flood-`);
      const settings = { DATA_DIR: dataDir, DATABASE_URL: database.url, REDIS_URL: required(redisUrl) };
      const others = { MFA_REQUIRED_ROLES: '', LOG_LEVEL: 'silent', REQUEST_TIMEOUT_MS: '30000' };
      composed = await composeDeno({
        ...parseConfig({ ...settings, ...others }, 'deno'),
        PUBLIC_URL: 'http://localhost',
      });
    }, 60_000);
    afterAll(async () => {
      await Promise.allSettled(background);
      await composed.close();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    });

    test(`${REQUESTS} requests over ${ADDRESSES} addresses, 5 % of them honest: these are served, the others blocked`, async () => {
      const honest: Honest[] = [];
      for (let n = 0; n < HONEST; n++) {
        honest.push({ from: `192.0.2.${n + 1}`, headers: await person('patient', `honest-${n}`) });
      }
      const headers = await person('admin', 'root');
      const abusers = Array.from({ length: ADDRESSES - HONEST }, (_, n) => `198.18.${n >> 3}.${(n % 8) + 1}`);
      const alone = [];
      for (const who of honest) alone.push(await honestly(who, 0), await honestly(who, 1));

      const { served, answers, seconds, sent } = await flood(abusers, honest);
      const blocks = await blocksSeenBy(headers);
      const passed = served.filter(({ status }) => status === 200).length;
      console.info(
        [
          `${sent} requests in ${seconds.toFixed(1)} s, ${AT_ONCE} at once`,
          `honest: ${passed} of ${served.length} served, p50 ${share(served, 0.5)}, p95 ${share(served, 0.95)}; alone p50 ${share(alone, 0.5)}, p95 ${share(alone, 0.95)}`,
          `others: ${[...answers].map(([answer, count]) => `${count} times ${answer}`).join(', ')}`,
          `blocked: ${blocks.size} of ${abusers.length} addresses`,
        ].join('\n'),
      );
      expect([sent, passed]).toEqual([REQUESTS, served.length]);
      expect([...blocks.keys()].sort()).toEqual(abusers.toSorted());

      const [first = ''] = abusers;
      expect((await send(first, '/clinic')).body.code).toBe('address_blocked');
      const lifted = await send(DESK, `/admin/ip-blocks/${blocks.get(first)}`, { method: 'DELETE', headers });
      expect([lifted.status, (await send(first, '/clinic')).status]).toEqual([204, 200]);
    }, 120_000);
  },
);

/** The run modes in which `requests.ts` measures: the portal, and bare routes beside it. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import pg from 'pg';
import { generateSecrets } from '../src/compose/secrets.ts';
import { freshDatabase } from '../tests/support/postgres.ts';
import { createScratchDatabase } from '../tests/tools/services.ts';
import { startCloud } from '../tools/cloud/cloud.ts';
import { edgeVariables, LOCAL_APP_PASSWORD } from '../tools/edge-environment.ts';
import { migrate } from '../tools/migrate.ts';
import { createClient } from './http-client.ts';
import { addPeople, PASSWORD } from './live-clinic.ts';
import { allBackends, type Cost, costOf, cpuOf, serve } from './processes.ts';
import { BARE, type Case, READERS, type Ready } from './request-server.ts';
import { builtModules, startWorkerd, type Workerd } from './workerd.ts';

/** A server, and the CPU time that it has used since its start. */
export interface Measured extends Ready {
  cost(): Promise<Cost>;
}

export interface Setup {
  readonly portal: Measured;
  readonly bare: Measured;
  stop(): Promise<void>;
}

async function withPostgres(isNode: boolean): Promise<Setup> {
  const database = await freshDatabase();
  const folder = await mkdtemp(`${tmpdir()}/bench-requests-`);
  const observer = new pg.Client(database.url);
  await observer.connect();
  const portal = await serve('patient-portal', isNode, 'portal', database.url);
  const file = `${folder}/cases.json`;
  await writeFile(file, JSON.stringify(portal.cases));
  const bare = await serve(BARE, isNode, BARE, database.url, file);
  return {
    portal: { ...portal, cost: () => costOf(portal, observer) },
    bare: { ...bare, cost: () => costOf(bare, observer) },
    async stop() {
      for (const each of [portal, bare]) each.stop();
      await observer.end();
      await rm(folder, { recursive: true });
      await database.drop();
    },
  };
}

/** One process: the database is in it, and only one of the two is asked at a time. */
async function embedded(): Promise<Setup> {
  const portal = await serve('patient-portal', false, 'embedded');
  const { bare } = portal;
  if (bare === undefined) throw new Error('the server has no bare routes');
  const cost = async () => ({ server: await cpuOf(portal.pid), database: 0 });
  return { portal: { ...portal, cost }, bare: { ...bare, cost }, stop: async () => portal.stop() };
}

/** A request to Neon as the Worker sent it. */
interface Posted {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Stands before Neon and keeps what is sent. */
async function recordingNeon(neon: string) {
  const posted: Posted[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const each = { headers: sent(request.headers), body: Buffer.concat(parts).toString() };
    posted.push(each);
    const answer = await fetch(`${neon}${request.url}`, { method: 'POST', ...each });
    response
      .writeHead(answer.status, { 'Content-Type': 'application/json' })
      .end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Takes what was sent since it was called last. Work after an answer asks too; the statement of a route is the longest. */
    longest(): Posted {
      const [first] = posted.splice(0).sort((a, b) => b.body.length - a.body.length);
      if (first === undefined) throw new Error('nothing was sent');
      return first;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function sent(headers: IncomingHttpHeaders): Record<string, string> {
  const names = Object.keys(headers).filter((name) => name.startsWith('neon-') || name === 'content-type');
  return Object.fromEntries(names.map((name) => [name, String(headers[name])]));
}

/** A Worker that posts to Neon what the portal posted, and answers with the row. */
const bareWorker = (cases: readonly (readonly Posted[] | null)[], neon: string) => `
const CASES = ${JSON.stringify(cases)};
const renewed = (body) => body.replace(/(\\"id\\":\\")[0-9a-f-]{36}/, (_, before) => before + crypto.randomUUID());
export default {
  async fetch(request) {
    const [, place, reader] = new URL(request.url).pathname.split('/');
    const posted = CASES[place]?.[reader];
    if (posted === undefined) return Response.json({ status: 'ok' });
    const answer = await fetch(${JSON.stringify(`${neon}/sql`)}, { method: 'POST', headers: posted.headers, body: renewed(posted.body) });
    const { rows, results } = await answer.json();
    return Response.json((rows ?? results.at(-1).rows)[0] ?? null);
  },
};
`;

/** The clinic of the Worker: patients who are signed in and have an appointment each, and the requests of each case. */
async function edgeCases(port: number, doctorId: string, emails: readonly string[], longest: () => Posted) {
  const client = createClient(port, 1);
  const send = async (method: string, path: string, token: string | null, body?: unknown) =>
    client.send({ method, path: `/api/v1${path}`, token, ...(body === undefined ? {} : { body }) });
  const day = (after: number) => new Date(Date.now() + after * 86_400_000).toISOString().slice(0, 10);
  const tokens: string[] = [];
  for (const [n, email] of emails.entries()) {
    const { accessToken } = JSON.parse(await send('POST', '/auth/login', null, { email, password: PASSWORD }));
    tokens.push(accessToken);
    const startTime = `${String(9 + n).padStart(2, '0')}:00`;
    const appointment = { doctorId, appointmentDate: day(1), startTime, appointmentType: 'consultation' };
    await send('POST', '/appointments', accessToken, appointment);
  }
  const week = new URLSearchParams({ doctorId, type: 'consultation', from: day(1), to: day(7) });
  const paths = ['/users/me', '/appointments/my', `/appointments/available-slots?${week}`];
  const cases: Case[] = [
    { name: 'GET /health', requests: [{ path: '/health', token: null }], statement: null },
    ...paths.map((path) => ({
      name: `GET ${path.split('?')[0]}`,
      requests: tokens.map((token) => ({ path: `/api/v1${path}`, token })),
      statement: null,
    })),
  ];
  const posted: (readonly Posted[] | null)[] = [null];
  for (const path of paths) {
    const each: Posted[] = [];
    for (const token of tokens) {
      // The second time the session is known, and the statement is the only one.
      await send('GET', path, token);
      longest();
      await send('GET', path, token);
      each.push(longest());
    }
    posted.push(each);
  }
  client.close();
  return { cases, posted };
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`set ${name}`);
  return value;
}

/** The stand-ins are in the process of this program, whose CPU time is not counted. That of PostgreSQL is. */
async function edge(): Promise<Setup> {
  const [server, redisUrl] = [required('TEST_DATABASE_URL'), required('TEST_REDIS_URL')];
  const { status } = spawnSync(process.execPath, ['tools/worker/build.mjs'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the Worker could not be built');
  const scratch = await createScratchDatabase(server);
  const folder = await mkdtemp(`${tmpdir()}/bench-requests-`);
  const secrets = await generateSecrets();
  await migrate(scratch.url, LOCAL_APP_PASSWORD, { ...secrets });
  const people = await addPeople(scratch.url, folder, { doctors: 1, patients: READERS }, { ...secrets });
  const ports = { neon: 0, upstash: 0, qstash: 0, sendgrid: 0 };
  const cloud = await startCloud({ databaseUrl: scratch.url, redisUrl, ports });
  const neon = await recordingNeon(cloud.neon.url);
  const variables = { ...edgeVariables(cloud, scratch.url, 'http://localhost', secrets), LOG_LEVEL: 'error' };
  const limits = { RATE_LIMIT_FACTOR: '100000', MFA_REQUIRED_ROLES: '' };
  const observer = new pg.Client(scratch.url);
  await observer.connect();
  const modules = await builtModules();
  const portal = await startWorkerd(`${folder}/portal`, modules, {
    ...variables,
    ...limits,
    NEON_ENDPOINT: `${neon.url}/sql`,
  });
  const { cases, posted } = await edgeCases(portOf(portal), people.doctorIds[0] ?? '', people.emails, neon.longest);
  const bare = await startWorkerd(`${folder}/bare`, new Map([['bare.js', bareWorker(posted, neon.url)]]), {});
  const measured = (workerd: Workerd, its: readonly Case[]): Measured => ({
    port: portOf(workerd),
    cases: its,
    async cost() {
      const times = await Promise.all((await allBackends(observer)).map(cpuOf));
      return { server: await workerd.cpuMilliseconds(), database: times.reduce((sum, each) => sum + each, 0) };
    },
  });
  return {
    portal: measured(portal, cases),
    bare: measured(
      bare,
      cases.map((each, place) => ({
        ...each,
        requests: each.requests.map((_, reader) => ({ path: `/${place}/${reader}`, token: null })),
      })),
    ),
    async stop() {
      await Promise.all([portal.stop(), bare.stop()]);
      neon.close();
      await observer.end();
      await cloud.close();
      await scratch.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const portOf = ({ url }: Workerd) => Number(new URL(url).port);

export type SetupName = 'deno' | 'node' | 'embedded' | 'edge';

export const SETUPS: Readonly<Record<SetupName, { readonly about: string; start(): Promise<Setup> }>> = {
  deno: { about: 'Deno', start: () => withPostgres(false) },
  node: { about: 'Node', start: () => withPostgres(true) },
  embedded: { about: 'Deno with the embedded database, which is in the server', start: embedded },
  edge: { about: 'workerd over the stand-ins of Neon and Upstash', start: edge },
};

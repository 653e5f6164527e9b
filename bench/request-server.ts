/**
 * Serves what `requests.ts` measures, in a process of its own: the portal, or bare Hono routes that each send the statement
 * of one of its operations. Prints one line of JSON on standard error when it is ready, and ends when its input ends.
 *
 *     request-server.ts portal URL
 *     request-server.ts booking URL
 *     request-server.ts bare URL CASES     the cases that the portal has printed, in a file
 *     request-server.ts embedded           the portal and its bare routes in one process, which holds the database
 */
import { writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { Hono } from 'hono';
import pg from 'pg';
import type { BatchMode, SqlDriver } from '../adapters/postgres/driver/driver.ts';
import { createPgliteDriver } from '../adapters/postgres/driver/pglite.ts';
import { createTcpDriver } from '../adapters/postgres/driver/tcp.ts';
import { encode } from '../adapters/postgres/driver/types.ts';
import { migratePglite } from '../adapters/postgres/migrate/migrate.ts';
import { createLog } from '../src/app/log.ts';
import { readMigrations } from '../src/compose/open-database.ts';
import { createApp } from '../src/http/app.ts';
import { jsonLines } from '../src/log-sink.ts';
import { connectionCaps } from '../src/serve/limits.ts';
import { listen } from '../src/serve/listener.ts';
import { type Clinic, startClinic, TUESDAY, WEEK } from '../tests/http/scheduling/clinic.ts';

export const READERS = 8;
export const BARE = 'bare';

/** A request, and the statement that the portal sends for it. */
export interface Case {
  readonly name: string;
  /** One for each reader. */
  readonly requests: readonly { readonly path: string; readonly token: string | null }[];
  /** With the parameters of each reader. */
  readonly statement: { readonly text: string; readonly values: readonly (readonly (string | null)[])[] } | null;
}

export interface Ready {
  readonly port: number;
  readonly cases: readonly Case[];
  /** The bare routes, where they are in the process of the portal. */
  readonly bare?: Ready;
  readonly bookers?: readonly { readonly doctorId: string; readonly token: string }[];
}

const SETTINGS = { RATE_LIMIT_FACTOR: '1000' };

const log = createLog({ level: 'error', clock: { now: () => Date.now() }, sink: (line) => console.error(line) });
const caps = connectionCaps(1000, false);

function listening(fetch: (request: Request) => Response | Promise<Response>) {
  return listen({ hostname: '127.0.0.1', port: 0, caps, log, handler: async (request) => fetch(request) });
}

/** A batch as it was sent. */
export interface Batch {
  readonly mode: BatchMode;
  readonly statements: readonly { readonly text: string; readonly values: readonly (string | null)[] }[];
}

function recording(driver: SqlDriver) {
  const batches: Batch[] = [];
  const recorder: SqlDriver = {
    ...driver,
    run(statements, mode, bounds) {
      batches.push({ mode, statements: statements.map(({ text, values }) => ({ text, values: values.map(encode) })) });
      return driver.run(statements, mode, bounds);
    },
  };
  return { recorder, batches };
}

/** The portal, with the log of production on standard output. */
function portalOf(clinic: Clinic) {
  const app = createApp();
  const lines = jsonLines(
    (bytes) => writeSync(1, bytes),
    (bytes) => writeSync(2, bytes),
  );
  const { deps } = clinic.portal.platform;
  const written = createLog({ level: 'info', clock: deps.clock, sink: lines });
  const platform = { ...clinic.portal.platform, deps: { ...deps, log: written } };
  return (request: Request) => app.fetch(request, { platform, clientAddress: '203.0.113.7' });
}

const overTcp = (url: string) => createTcpDriver({ url, role: 'patient_portal_app' });

async function servePortal(driver: SqlDriver): Promise<Ready> {
  const { recorder, batches } = recording(driver);
  const clinic = await startClinic({ driver: recorder, environment: SETTINGS });
  await clinic.hours(clinic.doctor.id, WEEK);
  const readers = await Promise.all(Array.from({ length: READERS }, (_, n) => clinic.person('patient', `reader-${n}`)));
  for (const [n, { token }] of readers.entries()) {
    await clinic.book(token, `${String(9 + Math.floor(n / 2)).padStart(2, '0')}:${n % 2 === 0 ? '00' : '30'}`);
  }
  const week = `/appointments/available-slots?doctorId=${clinic.doctor.id}&type=consultation&from=${TUESDAY}&to=2026-03-09`;
  const caseOf = async (path: string): Promise<Case> => {
    const values: (string | null)[][] = [];
    let text = '';
    for (const { token } of readers) {
      // The first times, its columns are asked for too.
      for (let n = 0; n < 3; n++) await clinic.get(path, token);
      const [statement] = batches.at(-1)?.statements ?? [];
      text = statement?.text ?? '';
      values.push([...(statement?.values ?? [])]);
    }
    const requests = readers.map(({ token }) => ({ path: `/api/v1${path}`, token }));
    return { name: `GET ${path.split('?')[0]}`, requests, statement: { text, values } };
  };
  const cases: Case[] = [
    { name: 'GET /health', requests: [{ path: '/health', token: null }], statement: null },
    await caseOf('/users/me'),
    await caseOf('/appointments/my'),
    await caseOf(week),
  ];
  const { port } = await listening(portalOf(clinic));
  return { port, cases };
}

/** Eight patients and a doctor for each of them. `/batches` answers with what was sent since it was asked last. */
async function serveBooking(url: string): Promise<Ready> {
  const { recorder, batches } = recording(overTcp(url));
  const clinic = await startClinic({ driver: recorder, environment: SETTINGS });
  const bookers = await Promise.all(
    Array.from({ length: READERS }, async (_, n) => {
      const { id } = await clinic.person('doctor', `doctor-${n}`);
      await clinic.hours(id, WEEK);
      const { token } = await clinic.person('patient', `reader-${n}`);
      return { doctorId: id, token };
    }),
  );
  const fetch = portalOf(clinic);
  const { port } = await listening((request) =>
    request.url.endsWith('/batches') ? Response.json(batches.splice(0)) : fetch(request),
  );
  return { port, cases: [], bookers };
}

type Query = (name: string, text: string, values: readonly (string | null)[]) => Promise<unknown>;

function serveBare(url: string, cases: readonly Case[]): Promise<Ready> {
  const options = '-c role=patient_portal_app -c timezone=UTC';
  const pool = new pg.Pool({ connectionString: url, max: 10, options, application_name: BARE });
  return serveQueries(cases, async (name, text, values) => {
    const { rows } = await pool.query({ name, text, values: [...values] });
    return rows[0];
  });
}

async function serveEmbedded(): Promise<Ready> {
  const driver = await createPgliteDriver();
  await migratePglite(driver, await readMigrations(), () => {});
  await driver.actAs('patient_portal_app');
  const portal = await servePortal(driver);
  const bare = await serveQueries(portal.cases, async (_, text, values) => {
    const rows = await driver.query({ text, values: [...values] });
    return rows[0];
  });
  return { ...portal, bare };
}

async function serveQueries(cases: readonly Case[], query: Query): Promise<Ready> {
  const app = new Hono();
  for (const [place, { statement }] of cases.entries()) {
    app.get(`/${place}/:reader`, async (c) => {
      if (statement === null) return c.json({ status: 'ok' });
      const values = statement.values[Number(c.req.param('reader'))] ?? [];
      return c.json((await query(`p${place}`, statement.text, values.map(renewed))) as object);
    });
  }
  const { port } = await listening((request) => app.fetch(request));
  const equal = (each: Case, place: number): Case => ({
    ...each,
    requests: each.requests.map((_, reader) => ({ path: `/${place}/${reader}`, token: null })),
  });
  return { port, cases: cases.map(equal) };
}

/** The id of an audit event is used once. */
function renewed(value: string | null): string | null {
  return value?.startsWith('{"id":"') ? value.replace(/[0-9a-f-]{36}/, crypto.randomUUID()) : value;
}

if (import.meta.main) {
  const [role, url = '', file = ''] = process.argv.slice(2);
  const serve = {
    portal: () => servePortal(overTcp(url)),
    embedded: serveEmbedded,
    booking: () => serveBooking(url),
    bare: async () => serveBare(url, JSON.parse(await readFile(file, 'utf8'))),
  }[role ?? ''];
  if (serve === undefined) throw new Error(`there is no server ${role}`);
  console.error(JSON.stringify(await serve()));
  process.stdin.on('end', () => process.exit(0)).resume();
}

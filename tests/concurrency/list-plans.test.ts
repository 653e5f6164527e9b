/**
 * Every list and each of its filters, asked through the API, among 100 thousand rows in each table: no statement reads a table from
 * end to end, and none discards more rows than a page has.
 */
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import type { Sql } from '../../adapters/postgres/driver/sql.ts';
import { KIND_NAMES } from '../../src/app/cache/kinds.ts';
import { APPOINTMENTS_A_DAY, FILLED_UNTIL, fillLists, OWN_ROWS, ROWS } from '../support/list-rows.ts';
import { LISTS } from '../support/lists.ts';
import { createExplainStatement, type Work } from '../support/plan-work.ts';
import { ASKS, type Asks, type Caller, type Question, questionsOf } from './list-asks.ts';
import { onServer, type SignedIn } from './on-server.ts';

const PAGE = 20;
/** A later page that is looked at beside the first. */
const LATER_PAGE = 4;
/** A page, the rows that belong to each of its rows, and all that one person or appointment has. */
const READ_AT_MOST = 10 * OWN_ROWS;

/** Answers expire at once, so that each list asks the database. The session stays: no list is asked for it. */
const UNCACHED = Object.fromEntries(KIND_NAMES.filter((kind) => kind !== 'sessions').map((kind) => [kind, 0]));

let sent: Sql[] = [];
/** Notes what is read. */
const noting = (driver: SqlDriver): SqlDriver => ({
  close: () => driver.close(),
  run(statements, mode, bounds) {
    if (mode !== 'write') sent.push(...statements);
    return driver.run(statements, mode, bounds);
  },
});

test('every list of the API is asked for each of its filters', () => {
  const asked = Object.entries(ASKS).map(([operationId, { filters = {} }]) => [
    operationId,
    Object.keys(filters).sort(),
  ]);
  const declared = LISTS.map(({ operationId, query }) => [
    operationId,
    query.filter((name) => name !== 'limit' && name !== 'cursor').sort(),
  ]);
  expect(Object.fromEntries(asked)).toEqual(Object.fromEntries(declared));
});

onServer('the plans of all lists', { wrap: noting, connections: 4, cacheParts: { ttlSeconds: UNCACHED } }, (server) => {
  const callers = {} as Record<Caller, SignedIn>;
  let client: pg.Client;
  let explain: (statement: Pick<Sql, 'text' | 'values'>) => Promise<Work>;

  beforeAll(async () => {
    for (const caller of ['patient', 'doctor', 'staff', 'admin'] as const)
      callers[caller] = await server.signedIn(caller, caller);
    const started = await server.portal.request('POST', '/api/v1/audit/verifications', { token: callers.admin.token });
    expect(started.status, JSON.stringify(started.body)).toBe(202);
    client = new pg.Client(server.url);
    await client.connect();
    const { patient, doctor, admin } = callers;
    await fillLists(client, { patient: patient.id, doctor: doctor.id, admin: admin.id });
    // The event of the read was appended when it was sent, and its id is taken.
    const before = `SET LOCAL session_replication_role = replica;
      WITH gone AS (DELETE FROM audit_events WHERE occurred_at > '${FILLED_UNTIL}' RETURNING id)
      DELETE FROM audit_addresses WHERE event_id IN (SELECT id FROM gone)`;
    explain = await createExplainStatement(client, { largeRows: ROWS / 2, before });
  }, 600_000);
  afterAll(() => client.end());

  const withIds = (text: string) =>
    text.replace(
      /\{(patient|doctor|admin)\}|%7B(patient|doctor|admin)%7D/g,
      (_, plain, encoded) => callers[(plain ?? encoded) as Caller].id,
    );

  /** @returns the path of the next page, and what was sent to the database */
  async function read(path: string, caller: Caller): Promise<{ next: string | null; statements: readonly Sql[] }> {
    sent = [];
    const { status, body } = await server.portal.request('GET', path, { token: callers[caller].token });
    expect(status, `${path} ${JSON.stringify(body)}`).toBe(200);
    expect(sent.length, path).toBeGreaterThan(0);
    return { next: body._links?.next?.href ?? null, statements: sent };
  }

  async function faultsOf(
    path: string,
    caller: Caller,
    discarded: number,
  ): Promise<{ next: string | null; faults: string[] }> {
    const { next, statements } = await read(path, caller);
    const works: Work[] = [];
    for (const statement of statements) works.push(await explain(statement));
    return { next, faults: works.flatMap((work) => faultsIn(work, discarded)) };
  }

  /** Of the first page and of a later one, because what comes before a page must not be read for it. */
  async function faultsOfPages(asks: Asks, path: string, { caller, query }: Question): Promise<string[]> {
    const discarded = discardedAtMost(asks, query);
    const own = withIds(asks.path === undefined ? path : `/api/v1${asks.path}`);
    const first = await faultsOf(`${own}?limit=${PAGE}${query === '' ? '' : `&${withIds(query)}`}`, caller, discarded);
    let { next } = first;
    for (let n = 2; n < LATER_PAGE && next !== null; n++) next = (await read(next, caller)).next;
    const later =
      next === null
        ? []
        : (await faultsOf(next, caller, discarded)).faults.map((fault) => `page ${LATER_PAGE}: ${fault}`);
    return [...first.faults, ...later].map((fault) => `${caller} ?${query}: ${fault}`);
  }

  test.each(LISTS)('$operationId reads what it shows', async ({ operationId, path }) => {
    const asks = ASKS[operationId];
    if (asks === undefined) throw new Error(`nobody asks ${operationId}`);
    const faults: string[] = [];
    for (const question of questionsOf(asks)) faults.push(...(await faultsOfPages(asks, path, question)));
    expect(faults).toEqual([]);
  });
});

function discardedAtMost({ readsDayBefore = false, readsOwn = false }: Asks, query: string): number {
  if (readsOwn) return OWN_ROWS;
  return readsDayBefore && /\bfrom=/.test(query) ? APPOINTMENTS_A_DAY : PAGE;
}

function faultsIn({ scans, discards, read }: Work, discarded: number): string[] {
  return [
    ...scans.map((table) => `reads all of ${table}`),
    // One row more than a page is read, to see whether there is a next one.
    ...discards.filter(({ rows }) => rows > discarded + 1).map(({ rows, of }) => `discards ${rows} rows of ${of}`),
    ...(read > READ_AT_MOST ? [`reads ${read} rows`] : []),
  ];
}

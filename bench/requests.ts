/**
 * What a request costs, over HTTP: CPU time of the server and of PostgreSQL, beside a bare Hono route behind the same
 * listener that sends the same prepared statement with the same parameters and answers with its row. Portal and bare
 * routes are processes of their own and take turns.
 *
 *     TEST_DATABASE_URL=postgres://… npm run bench:requests                   under Deno
 *     TEST_DATABASE_URL=postgres://… npm run bench:requests -- --node         under Node
 *
 * PostgreSQL must run on this machine, which must be Linux.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { freshDatabase } from '../tests/support/postgres.ts';
import { createClient, repeatedly } from './http-client.ts';
import { type Cost, costOf, median, type Served, serve } from './processes.ts';
import { BARE, type Case, READERS } from './request-server.ts';

const { values: flags } = parseArgs({
  options: { node: { type: 'boolean', default: false }, only: { type: 'string' } },
});
const ROUNDS = 3;
const REQUESTS = 600;
/** @returns the cost of one request of the case */
async function measure(served: Served, { requests }: Case, observer: pg.Client): Promise<Cost> {
  const client = createClient(served.port, READERS);
  const cpu = () => costOf(served, observer);
  try {
    const send = (reader: number) => client.send(requests[reader % requests.length] ?? { path: '/', token: null });
    await repeatedly(READERS * 4, READERS, send);
    const before = await cpu();
    await repeatedly(REQUESTS, READERS, send);
    const after = await cpu();
    return {
      server: (after.server - before.server) / REQUESTS,
      database: (after.database - before.database) / REQUESTS,
    };
  } finally {
    client.close();
  }
}

function tell(name: string, portal: readonly Cost[], bare: readonly Cost[]): void {
  const of = (costs: readonly Cost[], part: (cost: Cost) => number) => median(costs.map(part));
  const sum = ({ server, database }: Cost) => server + database;
  const cell = (value: number) => value.toFixed(3).padStart(9);
  console.log(
    name.padEnd(36),
    ...[portal, bare].flatMap((costs) => [cell(of(costs, (c) => c.server)), cell(of(costs, (c) => c.database))]),
    cell(of(bare, sum) / of(portal, sum)),
    cell(of(bare, (c) => c.server) / of(portal, (c) => c.server)),
  );
}

const database = await freshDatabase();
const folder = await mkdtemp(`${tmpdir()}/bench-requests-`);
const observer = new pg.Client(database.url);
const started: Served[] = [];
try {
  await observer.connect();
  const portal = await serve('patient-portal', flags.node, 'portal', database.url);
  started.push(portal);
  const file = `${folder}/cases.json`;
  await writeFile(file, JSON.stringify(portal.cases));
  const bare = await serve(BARE, flags.node, BARE, database.url, file);
  started.push(bare);
  console.log(
    `CPU time for each request in ms, ${flags.node ? 'Node' : 'Deno'}; the last columns: bare to portal, both together and server alone`,
  );
  console.log(''.padEnd(36), '   portal', 'its PgSQL', '     bare', 'its PgSQL', '     both', '   server');
  for (const [place, each] of portal.cases.entries()) {
    if (flags.only !== undefined && !each.name.includes(flags.only)) continue;
    const equal = bare.cases[place];
    if (equal === undefined) throw new Error(`no bare route for ${each.name}`);
    const costs: [Cost, Cost][] = [];
    // The first round warms up.
    for (let round = 0; round <= ROUNDS; round++) {
      const pair: [Cost, Cost] = [await measure(portal, each, observer), await measure(bare, equal, observer)];
      if (round > 0) costs.push(pair);
    }
    tell(
      each.name,
      costs.map(([first]) => first),
      costs.map(([, second]) => second),
    );
  }
} finally {
  for (const each of started) each.stop();
  await observer.end();
  await rm(folder, { recursive: true });
  await database.drop();
}

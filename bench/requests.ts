/**
 * What a request costs, over HTTP: CPU time of the server and of PostgreSQL, beside a bare Hono route behind the same
 * listener that sends the same statement with the same parameters and answers with its row. Portal and bare routes take turns.
 *
 *     TEST_DATABASE_URL=postgres://… npm run bench:requests                   under Deno, with PostgreSQL
 *     TEST_DATABASE_URL=postgres://… npm run bench:requests -- --node         under Node, with PostgreSQL
 *     npm run bench:requests -- --embedded                                    under Deno, with the embedded database
 *     TEST_DATABASE_URL=postgres://… TEST_REDIS_URL=redis://… npm run bench:requests -- --edge
 *                                                                             in workerd, over the stand-ins of Neon and Upstash
 *
 * PostgreSQL must run on this machine, which must be Linux.
 */
import { parseArgs } from 'node:util';
import { createClient, repeatedly } from './http-client.ts';
import { type Cost, median } from './processes.ts';
import { type Case, READERS } from './request-server.ts';
import { type Measured, SETUPS, type SetupName } from './request-setups.ts';

const { values: flags } = parseArgs({
  options: {
    node: { type: 'boolean', default: false },
    embedded: { type: 'boolean', default: false },
    edge: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});
const ROUNDS = 3;
const REQUESTS = 600;
/** Until what is run often is compiled. */
const WARM_UP = 1_500;

/** @returns the cost of one request of the case */
async function measure(served: Measured, { requests }: Case, warmUp: number): Promise<Cost> {
  const client = createClient(served.port, READERS);
  try {
    const send = (reader: number) => client.send(requests[reader % requests.length] ?? { path: '/', token: null });
    await repeatedly(warmUp, READERS, send);
    const before = await served.cost();
    await repeatedly(REQUESTS, READERS, send);
    const after = await served.cost();
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

const name: SetupName = flags.edge ? 'edge' : flags.embedded ? 'embedded' : flags.node ? 'node' : 'deno';
const setup = await SETUPS[name].start();
try {
  console.log(
    `CPU time for each request in ms, ${SETUPS[name].about}; the last columns: bare to portal, both together and server alone`,
  );
  console.log(''.padEnd(36), '   portal', 'its PgSQL', '     bare', 'its PgSQL', '     both', '   server');
  for (const [place, each] of setup.portal.cases.entries()) {
    if (flags.only !== undefined && !each.name.includes(flags.only)) continue;
    const equal = setup.bare.cases[place];
    if (equal === undefined) throw new Error(`no bare route for ${each.name}`);
    const costs: [Cost, Cost][] = [];
    // The first round is not counted.
    for (let round = 0; round <= ROUNDS; round++) {
      const warmUp = round === 0 ? WARM_UP : READERS * 4;
      const pair: [Cost, Cost] = [await measure(setup.portal, each, warmUp), await measure(setup.bare, equal, warmUp)];
      if (round > 0) costs.push(pair);
    }
    tell(
      each.name,
      costs.map(([first]) => first),
      costs.map(([, second]) => second),
    );
  }
} finally {
  await setup.stop();
}

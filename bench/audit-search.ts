/**
 * What a page of `GET /audit/events` reads among 10 thousand and among a million events: the very statements of the portal under
 * EXPLAIN ANALYZE, each filter alone with a frequent, a rare and an absent value, and filters in pairs. `blocks` are pages of
 * 8 kB that PostgreSQL looked at, `discarded` rows that it read and did not return. Fails when a search reads a table from end
 * to end, or when a filter alone discards more than it may.
 *
 *     TEST_DATABASE_URL=postgres://… npm run bench:audit-search -- [--events=1000000] [--json]
 *
 * The rows are made in a scratch database, which is dropped afterwards.
 */
import { parseArgs } from 'node:util';
import pg from 'pg';
import { migrateServer } from '../adapters/postgres/migrate/migrate.ts';
import { CASES, fill, isBounded, planOf, type Work } from '../tests/support/audit-log-rows.ts';
import { migrationFiles } from '../tests/support/postgres.ts';
import { createScratchDatabase } from '../tests/tools/services.ts';

const { values } = parseArgs({ options: { events: { type: 'string' }, json: { type: 'boolean' } } });
const SIZES = [10_000, Number(values.events ?? 1_000_000)];
const server = process.env.TEST_DATABASE_URL;
if (server === undefined) throw new Error('set TEST_DATABASE_URL');

async function measure(events: number): Promise<Map<string, Work>> {
  const database = await createScratchDatabase(server ?? '');
  const client = new pg.Client(database.url);
  try {
    await migrateServer(database.url, await migrationFiles());
    await client.connect();
    const began = performance.now();
    await fill(client, events);
    console.error(`${events.toLocaleString('en')} events in ${((performance.now() - began) / 1000).toFixed(0)} s`);
    const found = new Map<string, Work>();
    for (const [name, filter] of Object.entries(CASES)) found.set(name, await planOf(client, filter));
    return found;
  } finally {
    await client.end();
    await database.drop();
  }
}

const [small, large] = [await measure(SIZES[0] ?? 0), await measure(SIZES[1] ?? 0)];
const rows = [...large].map(([name, work]) => {
  const before = small.get(name)?.blocks ?? 0;
  return { name, before, ...work, ratio: work.blocks / Math.max(1, before) };
});
if (values.json) console.log(JSON.stringify({ sizes: SIZES, rows }));
else {
  console.log(
    `${'filter'.padEnd(46)} blocks: ${SIZES.map((size) => size.toLocaleString('en')).join(', ')}; ratio; discarded; plan`,
  );
  for (const { name, before, blocks, ratio, discarded, plan } of rows) {
    const numbers = [before, blocks, ratio.toFixed(1), discarded].map((number) => String(number).padStart(8)).join('');
    console.log(`${name.padEnd(46)}${numbers}  ${plan}`);
  }
}
const bad = rows.filter((row) => !isBounded(row.name, row));
if (bad.length > 0) console.log(`\nNot bounded by the page: ${bad.map(({ name }) => name).join('; ')}`);
process.exitCode = bad.length === 0 ? 0 : 1;

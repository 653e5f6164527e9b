/** Calendar feeds on a server with 40 thousand appointments: none reads the table from end to end. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SqlRecordedLoad } from '../../adapters/postgres/driver/sql.ts';
import { migrateServer } from '../../adapters/postgres/migrate/migrate.ts';
import { createCalendarLoads } from '../../adapters/postgres/scheduling/calendar-loads.ts';
import { migrationFiles } from '../support/postgres.ts';
import { createScratchDatabase, databaseUrl, needsPostgres, required } from '../tools/services.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');
const DAY = 24 * 3_600_000;
const id = (kind: number, n: string) => `('0000000${kind}-0000-7000-8000-' || lpad((${n})::text, 12, '0'))::uuid`;

/** 40 doctors with 4 appointments a day, the last of them 60 days ahead; a feed of each scope. */
const FILL = `
  SET session_replication_role = replica;
  INSERT INTO users (id, role, status, timezone, created_at, updated_at)
    SELECT ${id(1, 'n')}, CASE n WHEN 0 THEN 'staff' ELSE 'doctor' END, 'active', 'UTC', now(), now() FROM generate_series(0, 40) n;
  INSERT INTO doctors (user_id, first_name, last_name, timezone)
    SELECT ${id(1, 'n')}, 'D', n::text, 'UTC' FROM generate_series(1, 40) n;
  INSERT INTO appointments (id, patient_id, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy, status, created_at, updated_at)
    SELECT ${id(3, 'n')}, ${id(2, 'n % 5000')}, ${id(1, '1 + n % 40')}, ${id(4, '1')}, s, s + interval '30 minutes', 'UTC',
      tstzrange(s, s + interval '30 minutes'), 'scheduled', s, s
    FROM (SELECT n, timestamptz '2026-05-01 08:00+00' - (n / 160) * interval '1 day' + (n / 40 % 4) * interval '1 hour' AS s
          FROM generate_series(0, 39999) n) f;
  INSERT INTO calendar_feeds (id, user_id, secret_hash, created_at, scope, doctor_id) VALUES
    (${id(5, '1')}, ${id(1, '7')}, decode(repeat('01', 32), 'hex'), now(), 'own', NULL),
    (${id(5, '2')}, ${id(1, '0')}, decode(repeat('02', 32), 'hex'), now(), 'doctor', ${id(1, '7')}),
    (${id(5, '3')}, ${id(1, '0')}, decode(repeat('03', 32), 'hex'), now(), 'clinic', NULL);
  SET session_replication_role = DEFAULT;`;

describe.skipIf(databaseUrl === undefined)(`calendar feeds${needsPostgres}`, () => {
  let database: Awaited<ReturnType<typeof createScratchDatabase>>;
  let client: pg.Client;

  beforeAll(async () => {
    database = await createScratchDatabase(required(databaseUrl));
    await migrateServer(database.url, await migrationFiles());
    client = new pg.Client(database.url);
    await client.connect();
    await client.query(FILL);
    await client.query('VACUUM (ANALYZE) appointments');
  }, 180_000);
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  test.each([
    ['own', 1, 0],
    ['doctor', 2, 0],
    ['clinic', 3, 400],
  ])('%s: appointments are read by an index, and no more than are shown', async (_, secret, atLeast) => {
    const limits = { from: NOW - 90 * DAY, now: NOW, past: 200, toCome: 200 };
    const read = createCalendarLoads({} as never).feedRead(
      new Uint8Array(32).fill(secret),
      limits,
    ) as SqlRecordedLoad<unknown>;
    const plans: string[] = [];
    for (const { text, values } of read.load.statements) {
      const { rows } = await client.query(`EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) ${text}`, [...values]);
      plans.push(...rows.map((row) => String(row['QUERY PLAN'])));
    }
    const scans = plans.filter((line) => / on appointments /.test(line));
    expect(scans.filter((line) => !/Index Scan/.test(line))).toEqual([]);
    const seen = scans.map((line) => Number(/rows=(\d+)/.exec(line)?.[1] ?? 0)).reduce((sum, rows) => sum + rows, 0);
    expect(seen).toBeGreaterThanOrEqual(Math.max(atLeast, 1));
    expect(seen).toBeLessThanOrEqual(400);
  });
});

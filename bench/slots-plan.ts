/**
 * How PostgreSQL finds free times, lists and bookings in a clinic with a long history: the very statements that the portal sends, with
 * the plan of a session that has run them often, under EXPLAIN ANALYZE. Fails when one of them reads a large table from end to end.
 *
 *   TEST_DATABASE_URL=postgres://… npm run bench:plans -- [appointments] [patients]     default 1,000,000 of each; about 2 GB
 *
 * 200 doctors have 8 appointments a day, the last of them 60 days ahead: more appointments are a longer past. The rows are made in a
 * scratch database, which is dropped afterwards.
 */
import pg from 'pg';
import { createFieldCipher } from '../adapters/crypto/field-cipher.ts';
import { migrateServer } from '../adapters/postgres/migrate/migrate.ts';
import { migrationFiles } from '../tests/support/postgres.ts';
import { createScratchDatabase } from '../tests/tools/services.ts';
import { clinicCases } from './clinic-cases.ts';
import { fillClinic } from './clinic-rows.ts';
import { explainAll } from './plans.ts';

const APPOINTMENTS = Number(process.argv[2] ?? 1_000_000);
const PATIENTS = Number(process.argv[3] ?? APPOINTMENTS);

async function measure(server: string): Promise<number> {
  const database = await createScratchDatabase(server);
  const client = new pg.Client(database.url);
  // Without a listener, an error of the connection would end the process before the database is dropped.
  client.on('error', (error) => console.error(`the connection to the scratch database failed: ${error.message}`));
  try {
    await migrateServer(database.url, await migrationFiles());
    await client.connect();
    await client.query(`SET TIME ZONE 'UTC'`);
    await fillClinic(client, APPOINTMENTS, PATIENTS);
    return await explainAll(
      client,
      clinicCases(createFieldCipher({ ring: [{ id: 'bench', key: new Uint8Array(32) }] })),
    );
  } finally {
    await client.end().catch(() => undefined);
    await database.drop();
  }
}

const server = process.env.TEST_DATABASE_URL;
if (server === undefined) throw new Error('set TEST_DATABASE_URL');
try {
  const scans = await measure(server);
  console.log(
    scans === 0
      ? '\nNo load reads a large table from end to end.'
      : `\n${scans} large tables are read from end to end.`,
  );
  process.exitCode = scans === 0 ? 0 : 1;
} catch (error) {
  const { message, detail, where } = error as pg.DatabaseError;
  console.error(['bench:plans failed:', message, detail, where].filter((part) => part !== undefined).join(' '));
  process.exitCode = 1;
}

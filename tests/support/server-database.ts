/**
 * Databases for tests on the real PostgreSQL that `setup.ts` has found or started, which needs less than half of the
 * CPU time of the embedded database. A worker keeps databases that its tests have closed.
 */
import pg from 'pg';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { createTcpDriver } from '../../adapters/postgres/driver/tcp.ts';
import { Unavailable } from '../../domain/shared/ports.ts';
import { freshDatabase } from './postgres.ts';
import { KEEP_SEED, RESET, WITHOUT_TRIGGERS } from './reset.ts';
import type { TestDatabase } from './test-database.ts';

const APP_ROLE = 'patient_portal_app';
/** A worker runs one file at a time, but some tests send several requests at once. */
const CONNECTIONS = 4;

/** Of all statements of the portal, because the tests of a worker run most of them. */
const PREPARED = 1_000;

/**
 * No test of a worker's database stops the server, so a commit need not wait until it is on the disk. Tables are so small that
 * a plan for the very parameters, or compiled, takes longer than it saves.
 */
const SETTINGS = ['synchronous_commit = off', 'plan_cache_mode = force_generic_plan', 'jit = off'];

interface ServerDatabase {
  readonly driver: SqlDriver;
  /** A session for what a test does as the owner, which few tests do. */
  owner(): Promise<pg.Client>;
  /** Another session of the owner, which keeps the plans of the reset. */
  readonly resetter: pg.Client;
}

const idle: ServerDatabase[] = [];

/** A migrated, otherwise empty database. Closing its driver returns it to the pool. */
export async function serverDatabase(): Promise<TestDatabase> {
  const database = await take();
  const { driver } = database;
  let isOpen = true;
  return {
    driver: {
      ...driver,
      run: (statements, mode, bounds) =>
        isOpen ? driver.run(statements, mode, bounds) : Promise.reject(new Unavailable('database')),
      async close() {
        if (!isOpen) return;
        isOpen = false;
        idle.push(database);
      },
    },
    async asOwner(script) {
      await (await database.owner()).query(script);
    },
  };
}

async function take(): Promise<ServerDatabase> {
  const used = idle.pop();
  if (used !== undefined) {
    await used.resetter.query(RESET);
    return used;
  }
  const { url } = await freshDatabase();
  const name = new URL(url).pathname.slice(1);
  const resetter = await connect(url);
  await resetter.query(SETTINGS.map((setting) => `ALTER DATABASE ${name} SET ${setting}`).join(';'));
  await resetter.query(KEEP_SEED);
  await resetter.query(WITHOUT_TRIGGERS);
  const driver = createTcpDriver({ url, role: APP_ROLE, maxConnections: CONNECTIONS, preparedStatements: PREPARED });
  let owner: Promise<pg.Client> | undefined;
  return { driver, owner: () => (owner ??= connect(url)), resetter };
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  return client;
}

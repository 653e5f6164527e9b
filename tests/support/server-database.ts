/**
 * Databases for tests on the real PostgreSQL that `setup.ts` has found or started, which needs less than half of the
 * CPU time of the embedded database. A worker keeps databases that its tests have closed.
 */
import pg from 'pg';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { createTcpDriver } from '../../adapters/postgres/driver/tcp.ts';
import { Unavailable } from '../../domain/shared/ports.ts';
import { freshDatabase } from './postgres.ts';
import { KEEP_SEED, RESET } from './reset.ts';
import type { TestDatabase } from './test-database.ts';

const APP_ROLE = 'patient_portal_app';
/** A worker runs one file at a time, but some tests send several requests at once. */
const CONNECTIONS = 4;

interface ServerDatabase {
  readonly driver: SqlDriver;
  readonly owner: pg.Client;
}

const idle: ServerDatabase[] = [];

/** A migrated, otherwise empty database. Closing its driver returns it to the pool. */
export async function serverDatabase(): Promise<TestDatabase> {
  const { driver, owner } = await take();
  let isOpen = true;
  return {
    driver: {
      ...driver,
      run: (statements, mode, bounds) =>
        isOpen ? driver.run(statements, mode, bounds) : Promise.reject(new Unavailable('database')),
      async close() {
        if (!isOpen) return;
        isOpen = false;
        idle.push({ driver, owner });
      },
    },
    async asOwner(script) {
      await owner.query(script);
    },
  };
}

async function take(): Promise<ServerDatabase> {
  const used = idle.pop();
  if (used !== undefined) {
    await used.owner.query(RESET);
    return used;
  }
  const { url } = await freshDatabase();
  const owner = new pg.Client(url);
  await owner.connect();
  // No test of a worker's database stops the server, so a commit need not wait until it is on the disk.
  await owner.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET synchronous_commit = off`);
  await owner.query(KEEP_SEED);
  return { driver: createTcpDriver({ url, role: APP_ROLE, maxConnections: CONNECTIONS }), owner };
}

/**
 * Embedded databases for tests. Starting one takes a second, emptying a used one a few milliseconds: a worker keeps
 * databases that its tests have closed, and returns them to the state after the migrations before it hands them out
 * again.
 */
import { readFile } from 'node:fs/promises';
import { createPgliteDriver, type PgliteDriver } from '../../adapters/postgres/driver/pglite.ts';
import { Unavailable } from '../../domain/shared/ports.ts';
import { KEEP_SEED, RESET, WITHOUT_TRIGGERS } from './reset.ts';

const APP_ROLE = 'patient_portal_app';

const idle: PgliteDriver[] = [];

/**
 * A migrated, otherwise empty database that acts as the application's role. Closing it returns it to the pool. A test may change
 * rows as the superuser and add tables; one that changes tables of the portal takes {@link ownersDriver}.
 */
export async function embeddedDriver(): Promise<PgliteDriver> {
  const driver = await take();
  let isOpen = true;
  return {
    ...driver,
    run: (statements, mode) => {
      if (!isOpen) return Promise.reject(new Unavailable('database'));
      return driver.run(statements, mode);
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      idle.push(driver);
    },
  };
}

async function take(): Promise<PgliteDriver> {
  const used = idle.pop();
  if (used === undefined) {
    const started = await createPgliteDriver({ snapshot: await migratedSnapshot() });
    await started.pglite.exec(KEEP_SEED);
    await started.actAs(APP_ROLE);
    return started;
  }
  await used.pglite.exec(`RESET ROLE; ${WITHOUT_TRIGGERS}; ${RESET}; SET session_replication_role = DEFAULT`);
  await used.actAs(APP_ROLE);
  return used;
}

/** A database without tables that belongs to the test alone. Acts as the superuser. */
export async function emptyDriver(): Promise<PgliteDriver> {
  return createPgliteDriver({ snapshot: await snapshot('TEST_PGLITE_EMPTY') });
}

/** A migrated database that belongs to the test alone, which may change its schema. Acts as the superuser. */
export async function ownersDriver(): Promise<PgliteDriver> {
  return createPgliteDriver({ snapshot: await migratedSnapshot() });
}

export function migratedSnapshot(): Promise<Blob> {
  return snapshot('TEST_PGLITE_SNAPSHOT');
}

/** A data directory that `setup.ts` prepared. */
async function snapshot(name: 'TEST_PGLITE_EMPTY' | 'TEST_PGLITE_SNAPSHOT'): Promise<Blob> {
  const path = process.env[name];
  if (path === undefined) throw new Error('tests/support/setup.ts did not run');
  return new Blob([new Uint8Array(await readFile(path))]);
}

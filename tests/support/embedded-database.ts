/**
 * Embedded databases for tests. Starting one takes a second, emptying a used one a few milliseconds: a worker keeps
 * databases that its tests have closed, and returns them to the state after the migrations before it hands them out
 * again.
 */
import { readFile } from 'node:fs/promises';
import { createPgliteDriver, type PgliteDriver } from '../../adapters/postgres/driver/pglite.ts';
import { Unavailable } from '../../domain/shared/ports.ts';
import { KEEP_SEED, RESET } from './reset.ts';

const APP_ROLE = 'patient_portal_app';

const idle: PgliteDriver[] = [];

/** A migrated, otherwise empty database that acts as the application's role. Closing it returns it to the pool. */
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
  await used.pglite.exec(RESET);
  await used.actAs(APP_ROLE);
  return used;
}

/** The data directory that `setup.ts` prepared. */
export async function migratedSnapshot(): Promise<Blob> {
  const path = process.env.TEST_PGLITE_SNAPSHOT;
  if (path === undefined) throw new Error('tests/support/setup.ts did not run');
  return new Blob([new Uint8Array(await readFile(path))]);
}

/**
 * Embedded databases for tests. Starting one costs a second, emptying a used one a few milliseconds: a worker keeps those that
 * its tests have closed, and hands them out again in the state that the migrations leave.
 */
import { readFile } from 'node:fs/promises';
import { createPgliteDriver, type PgliteDriver } from '../../adapters/postgres/driver/pglite.ts';
import { Unavailable } from '../../domain/shared/ports.ts';

const APP_ROLE = 'patient_portal_app';

const idle: PgliteDriver[] = [];

/** A migrated, otherwise empty database that acts as the application's role. Closing it hands it back. */
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

/** Copies the rows that migrations insert. Tables without any have no copy. */
const KEEP_SEED = `
  CREATE SCHEMA test_seed;
  DO $$
  DECLARE found record; filled boolean;
  BEGIN
    FOR found IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_migrations' LOOP
      EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', found.tablename) INTO filled;
      IF filled THEN EXECUTE format('CREATE TABLE test_seed.%1$I AS TABLE public.%1$I', found.tablename); END IF;
    END LOOP;
  END $$;
`;

/** Deletes every row, puts the seed back and restarts sequences. Triggers and foreign keys are off meanwhile. */
const RESET = `
  RESET ROLE;
  SET session_replication_role = replica;
  DO $$
  DECLARE found record; filled boolean; copied text;
  BEGIN
    FOR found IN
      SELECT tablename, to_regclass(format('test_seed.%I', tablename)) IS NOT NULL AS has_seed
      FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_migrations'
    LOOP
      EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', found.tablename) INTO filled;
      IF filled THEN EXECUTE format('DELETE FROM public.%I', found.tablename); END IF;
      IF found.has_seed THEN
        SELECT string_agg(quote_ident(column_name), ', ') INTO copied FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name = found.tablename AND is_generated = 'NEVER';
        EXECUTE format('INSERT INTO public.%1$I (%2$s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM test_seed.%1$I',
          found.tablename, copied);
      END IF;
    END LOOP;
    FOR found IN SELECT format('%I.%I', schemaname, sequencename) AS name, start_value FROM pg_sequences WHERE schemaname = 'public' LOOP
      PERFORM setval(found.name, found.start_value, false);
    END LOOP;
  END $$;
  SET session_replication_role = DEFAULT;
`;

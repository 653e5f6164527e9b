/** A process that dies while it makes thumbnails: afterwards the storage holds what the tables tell of, and nothing else. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createOutbox } from '../../adapters/postgres/commit/outbox.ts';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { MAKE_THUMBNAILS, THUMBNAIL_MS } from '../../domain/files/thumbnail.ts';
import type { FileStorage } from '../../domain/shared/ports.ts';
import { createJobs } from '../../src/jobs/jobs.ts';
import { type NoticedFiles, noticedFiles } from '../support/noticed-files.ts';
import { type Portal, startPortal } from '../support/portal.ts';
import { testDatabase } from '../support/test-database.ts';
import { uploadPicture } from '../support/upload.ts';

/** Thrown where the process dies: nothing after it reaches the database or the storage. */
class Died extends Error {}

let real: SqlDriver;
let portal: Portal;
let files: NoticedFiles;
/** Steps of making thumbnails until the process dies. */
let left = Infinity;

function step(): void {
  if (left <= 0) throw new Died();
  left -= 1;
}

beforeAll(async () => {
  ({ driver: real } = await testDatabase());
  const driver: SqlDriver = {
    ...real,
    run: (statements, mode, bounds) => {
      const isStep =
        mode === 'write' && statements.some(({ sql: text }) => /thumbnail_attempt = |file_thumbnails/.test(text));
      if (isStep) step();
      else if (left <= 0) throw new Died();
      return real.run(statements, mode, bounds);
    },
  };
  portal = await startPortal({ driver, environment: { LOG_LEVEL: 'silent' } });
  files = noticedFiles(portal.deps.files, (key) => {
    if (/thumbnail|preview/.test(key)) step();
  });
  (portal.deps as { files: FileStorage }).files = files;
});
beforeEach(() => {
  left = Infinity;
});
afterAll(() => real.close());

async function told(): Promise<string[]> {
  const [rows = []] = await real.run(
    [
      sql`SELECT 'files/' || file_id || '/' || number || '-' || attempt AS key FROM file_parts
          UNION ALL SELECT 'files/' || file_id || '/' || size || '-' || attempt FROM file_thumbnails`,
    ],
    'read',
  );
  return rows.map(({ key }) => key as string).sort();
}

// Begun, two objects, made.
test.each([0, 1, 2, 3, 4])('after %i steps', async (steps) => {
  const { email } = await portal.person('patient', `p${steps}`);
  const id = await uploadPicture(portal, await portal.signIn(email));
  left = steps;
  await portal.platform.jobs.runDue().catch(() => {});
  left = Infinity;
  for (let n = 0; n < 3; n++) {
    portal.clock.advance(THUMBNAIL_MS / 1000 + 1);
    const jobs = createJobs(portal.deps, createOutbox(real), null);
    await jobs.runDue();
    await jobs.everyMinute();
  }
  const [[file] = []] = await real.run([sql`SELECT thumbnails FROM files WHERE id = ${id}::uuid`], 'read');
  expect(file).toEqual({ thumbnails: 'ready' });
  expect(files.held()).toEqual(await told());
});

test.each([
  ['outages of the database', sql`attempts = 50`, 'ready'],
  ['processes that were killed', sql`attempts = 4, unended = 4`, 'failed'],
])('after many attempts because of %s', async (name, change, thumbnails) => {
  const { email } = await portal.person('patient', name.replaceAll(' ', '-'));
  const id = await uploadPicture(portal, await portal.signIn(email));
  left = 1;
  await portal.platform.jobs.runDue().catch(() => {});
  left = Infinity;
  portal.clock.advance(THUMBNAIL_MS / 1000 + 1);
  await real.run(
    [
      sql`UPDATE outbox SET failures = 0, leased_until = NULL, ${change} WHERE topic = ${MAKE_THUMBNAILS} AND state IN ('pending', 'published')`,
    ],
    'write',
  );
  await portal.platform.jobs.runDue();
  const [[file] = []] = await real.run([sql`SELECT thumbnails FROM files WHERE id = ${id}::uuid`], 'read');
  expect(file).toEqual({ thumbnails });
});

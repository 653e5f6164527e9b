/** Uploads that end at every step as if the process had died: after the sweep, storage and tables tell of the same files. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createOutbox } from '../../adapters/postgres/commit/outbox.ts';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { objectKey } from '../../domain/files/file.ts';
import type { FileStorage } from '../../domain/shared/ports.ts';
import { createJobs } from '../../src/jobs/jobs.ts';
import { type Portal, startPortal } from '../support/portal.ts';
import { testDatabase } from '../support/test-database.ts';
import { uploadText } from '../support/upload.ts';

/** Thrown where the process dies: nothing after it runs, not even what cleans up. */
class Died extends Error {}

/** What dies, and when: before or after the n-th call. */
interface Death {
  readonly of: 'write' | 'put' | 'deleteFolder';
  readonly nth: number;
  readonly when: 'before' | 'after';
}

let real: SqlDriver;
let death: Death | undefined;
let calls = 0;
let isDead = false;

/** Runs the call, unless the process is dead or dies first. */
async function mortal<T>(of: Death['of'], work: () => Promise<T>): Promise<T> {
  if (isDead) throw new Died();
  const isDue = death?.of === of && calls++ === death.nth;
  if (isDue && death?.when === 'before') isDead = true;
  if (isDead) throw new Died();
  const result = await work();
  if (isDue) isDead = true;
  if (isDead) throw new Died();
  return result;
}

const held = new Set<string>();

function noticing(files: FileStorage): FileStorage {
  return {
    ...files,
    put: (key, bytes, type) =>
      mortal('put', async () => {
        await files.put(key, bytes, type);
        held.add(key);
      }),
    deleteFolder: (folder) =>
      mortal('deleteFolder', async () => {
        await files.deleteFolder(folder);
        for (const key of held) if (key.startsWith(`${folder}/`)) held.delete(key);
      }),
    async delete(key) {
      await files.delete(key);
      held.delete(key);
    },
  };
}

describe('a process that dies during an upload', () => {
  let portal: Portal;
  let token: string;
  beforeAll(async () => {
    ({ driver: real } = await testDatabase());
    const driver: SqlDriver = {
      ...real,
      run: (statements, mode, bounds) => {
        const isOfFiles = mode === 'write' && statements.some(({ sql: text }) => /\bfiles\b|file_/.test(text));
        return isOfFiles
          ? mortal('write', () => real.run(statements, mode, bounds))
          : real.run(statements, mode, bounds);
      },
    };
    portal = await startPortal({ driver, environment: { LOG_LEVEL: 'silent' } });
    (portal.deps as { files: FileStorage }).files = noticing(portal.deps.files);
  });
  beforeEach(async () => {
    death = undefined;
    [calls, isDead] = [0, false];
    const { email } = await portal.person('patient', `p${crypto.randomUUID().slice(0, 8)}`);
    token = await portal.signIn(email);
  });
  afterAll(() => real.close());

  /** As the next process would: an hour and some minutes later. */
  async function restarted(): Promise<void> {
    death = undefined;
    isDead = false;
    portal.clock.advance(3600 + 601);
    const jobs = createJobs(portal.deps, createOutbox(real), null);
    for (let minute = 0; minute < 2; minute++) {
      await jobs.runDue();
      await jobs.everyMinute();
    }
  }

  async function expectAgreement(): Promise<void> {
    const [parts = [], open = []] = await real.run(
      [
        sql`SELECT p.file_id, p.number, p.attempt FROM file_parts p JOIN files f ON f.id = p.file_id WHERE f.completed_at IS NOT NULL`,
        sql`SELECT id FROM files WHERE completed_at IS NULL UNION ALL SELECT file_id FROM file_purges UNION ALL SELECT file_id FROM file_attempts`,
      ],
      'read',
    );
    const told = parts.map(({ file_id, number, attempt }) =>
      objectKey(file_id as never, { number: number as number, attempt: attempt as string }),
    );
    expect([...held].sort()).toEqual(told.sort());
    expect(open).toEqual([]);
  }

  const form = () => uploadText(portal, token).catch(() => undefined);
  const directly = async () => {
    const send = (method: string, path: string, body?: object) =>
      portal.request(method, `/api/v1/files${path}`, { token, ...(body === undefined ? {} : { body }) });
    const file = { filename: 'a.txt', mimeType: 'text/plain', sizeBytes: 5, fileType: 'other' };
    const { body } = await send('POST', '', file);
    if (body.uploadUrl === undefined) return;
    const put = () => portal.fetch(new Request(body.uploadUrl, { method: 'PUT', body: 'abcd\n' }));
    await put();
    if (isDead) {
      // The client sends again, to the next process, and completes.
      death = undefined;
      isDead = false;
    }
    await put();
    await send('POST', `/${body.id}/complete`);
  };

  const steps: Death[] = [0, 1, 2, 3].flatMap((nth) => [
    { of: 'write', nth, when: 'before' } as const,
    { of: 'write', nth, when: 'after' } as const,
  ]);
  const puts: Death[] = [0, 1].flatMap((nth) => [
    { of: 'put', nth, when: 'before' } as const,
    { of: 'put', nth, when: 'after' } as const,
  ]);

  test.each([...steps, ...puts])('a form: $when $of $nth', async (at) => {
    death = at;
    await form();
    await restarted();
    await expectAgreement();
  });

  test.each([...steps, ...puts])('a direct upload that is sent again: $when $of $nth', async (at) => {
    death = at;
    await directly().catch(() => undefined);
    await restarted();
    await expectAgreement();
  });

  test('while its bytes are purged: the next purge goes on', async () => {
    await form();
    await real.run([sql`DELETE FROM files`], 'write');
    death = { of: 'deleteFolder', nth: 0, when: 'after' };
    calls = 0;
    await createJobs(portal.deps, createOutbox(real), null).everyMinute();
    expect(isDead).toBe(true);
    await restarted();
    await expectAgreement();
  });
});

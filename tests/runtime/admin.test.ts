import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPgliteDriver } from '../../adapters/postgres/driver/pglite.ts';
import { freshDatabase } from '../support/postgres.ts';
import { databaseUrl, needsPostgres } from '../tools/services.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

describe('the operators’ command line', () => {
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(`${tmpdir()}/portal-admin-`);
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  async function admin(arguments_: string[], environment: Record<string, string> = {}) {
    const command = ['run', '--quiet', '--no-prompt', `--config=${ROOT}deno.json`, '-A', `${ROOT}tools/admin.ts`];
    const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', DATA_DIR: dataDir, ...environment };
    try {
      const { stdout } = await run(`${ROOT}node_modules/.bin/deno`, [...command, ...arguments_], { env });
      return { code: 0, text: stdout };
    } catch (error) {
      const { code, stderr } = error as { code: number; stderr: string };
      return { code, text: stderr };
    }
  }

  /** Runs a statement in the embedded database, which no process uses between two commands. */
  async function inDatabase(statement: string): Promise<unknown[]> {
    const driver = await createPgliteDriver({ dataDir: `${dataDir}/database` });
    try {
      return (await driver.pglite.query(statement)).rows;
    } finally {
      await driver.close();
    }
  }

  it('prints its help, and reports mistakes in one line', async () => {
    expect((await admin(['--help'])).text).toContain('Usage: npm run admin');
    for (const [arguments_, message] of [
      [['bogus'], 'unknown command bogus'],
      [['unlock'], '--email <address> is missing'],
      [['rotate-keys', 'all'], 'rotate-keys needs one of'],
      [['audit', 'new-origin'], 'set PUBLIC_URL to the portal’s value'],
      [['sessions', '--color'], "Unknown option '--color'"],
    ] as const) {
      const { code, text } = await admin([...arguments_]);
      expect(code).toBe(1);
      expect(text).toContain(`error: `);
      expect(text).toContain(message);
      expect(text).not.toContain('    at ');
    }
  });

  it('changes only what the command says: no jobs, no sealing, and a dry run deletes nothing', async () => {
    await admin(['create-admin', '--email', 'first@clinic.example']);
    await inDatabase(
      `INSERT INTO outbox (id, topic, payload, state, not_before, finished_at, created_at)
       VALUES ('01900000-0000-7000-8000-000000000001', 'delete_files', '{}', 'done', 'epoch', 'epoch', 'epoch'),
              ('01900000-0000-7000-8000-000000000002', 'delete_files', '{}', 'pending', 'epoch', NULL, 'epoch')`,
    );
    const look = () =>
      inDatabase(`SELECT (SELECT count(*) FROM outbox WHERE finished_at = 'epoch') AS overdue,
        (SELECT count(*) FROM outbox WHERE state = 'pending') AS pending, (SELECT count(*) FROM audit_events) AS events,
        (SELECT count(*) FROM audit_checkpoints) AS sealed`);
    const before = await look();
    expect(before).toMatchObject([{ overdue: 1, pending: expect.any(Number), sealed: 0 }]);
    expect((await admin(['retention', '--dry-run'])).text).toMatch(/Would delete:[\s\S]*outbox {2}1/);
    expect((await admin(['sessions', '--email', 'first@clinic.example'])).code).toBe(0);
    expect(await look()).toEqual(before);
    expect((await admin(['retention'])).text).toMatch(/Deleted:[\s\S]*outbox {2}1/);
    expect(await look()).toMatchObject([{ overdue: 0, sealed: 0 }]);
  }, 120_000);

  it('creates an administrator, unlocks, lists sessions, and rotates keys without losing what they protect', async () => {
    const email = 'ops@clinic.example';
    const weak = await admin(['create-admin', '--email', email], { ADMIN_PASSWORD: 'short' });
    expect(weak).toMatchObject({ code: 1, text: expect.stringContaining('ADMIN_PASSWORD is not acceptable') });
    expect((await admin(['create-admin', '--email', email])).text).toMatch(/Password, shown this once: \S{20}/);
    expect((await admin(['create-admin', '--email', email])).text).toContain('has an account already');
    const before = JSON.parse(await readFile(`${dataDir}/secrets.json`, 'utf8'));
    expect((await admin(['rotate-keys', 'field'])).text).toContain('wraps 2 data keys');
    expect((await admin(['rotate-keys', 'token'])).code).toBe(0);
    expect((await admin(['rotate-keys', 'index'])).text).toContain('4 entries of the index are under a fresh key');
    const after = JSON.parse(await readFile(`${dataDir}/secrets.json`, 'utf8'));
    const [fresh, previous] = JSON.parse(after.TOKEN_KEYS);
    expect(fresh.d).toBeDefined();
    expect(previous).toEqual({ ...JSON.parse(before.TOKEN_KEYS)[0], d: undefined });
    expect(after.INDEX_KEY).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(after.INDEX_KEY).not.toBe(before.INDEX_KEY);
    expect(JSON.parse(after.FIELD_KEYS).slice(1)).toEqual(JSON.parse(before.FIELD_KEYS));
    expect((await admin(['unlock', '--email', email])).text).toContain('Unlocked');
    expect((await admin(['sessions', '--email', email])).text).toContain('signed in nowhere');
  }, 120_000);

  it.skipIf(databaseUrl === undefined)(
    `rotates keys step by step while instances run${needsPostgres}`,
    async () => {
      const database = await freshDatabase();
      const folder = await mkdtemp(`${tmpdir()}/portal-rotating-`);
      const environment = { DATABASE_URL: database.url, DATA_DIR: folder };
      const rings = async () => JSON.parse(await readFile(`${folder}/secrets.json`, 'utf8'));
      try {
        await admin(['create-admin', '--email', 'ops@clinic.example'], environment);
        const before = await rings();
        const rotate = async (which: string) => (await admin(['rotate-keys', which], environment)).text;
        expect(await rotate('field')).toContain('Step 1 of 3');
        const [current, fresh] = JSON.parse((await rings()).FIELD_KEYS);
        expect([current]).toEqual(JSON.parse(before.FIELD_KEYS));
        expect(await rotate('field')).toContain('Step 2 of 3');
        expect(JSON.parse((await rings()).FIELD_KEYS).map(({ id }: { id: string }) => id)).toEqual([
          fresh.id,
          current.id,
        ]);
        const early = await admin(['rotate-keys', 'field', '--retire'], environment);
        expect(early.text).toContain('still wrapped by an older key');
        expect(await rotate('field')).toContain('Step 3 of 3: wrapped 1 data keys');
        expect(await rotate('index')).toContain('Step 1 of 3');
        expect(JSON.parse((await rings()).INDEX_KEY)[0]).toEqual({ key: before.INDEX_KEY });
        expect(await rotate('index')).toContain('Step 2 of 3');
        const [{ key: freshIndexKey }] = JSON.parse((await rings()).INDEX_KEY);
        expect(await rotate('index')).toContain('Step 3 of 3: 2 entries of the index');
        expect((await rings()).INDEX_KEY).toBe(freshIndexKey);
        expect((await admin(['sessions', '--email', 'ops@clinic.example'], environment)).text).toContain('signed in');
        // Once the backups from before have expired, the older key is retired.
        const retired = await admin(['rotate-keys', 'field', '--retire'], environment);
        expect(retired.text).toContain(`Retired ${current.id}`);
        expect(JSON.parse((await rings()).FIELD_KEYS).map(({ id }: { id: string }) => id)).toEqual([fresh.id]);
        expect((await admin(['rotate-keys', 'field', '--retire'], environment)).text).toContain('no older field key');
        expect(await rotate('token')).toContain('Step 1 of 2');
        // If the ring is set in the environment, nothing is stored and the value is shown.
        const set = { ...environment, TOKEN_KEYS: (await rings()).TOKEN_KEYS };
        expect((await admin(['rotate-keys', 'token'], set)).text).toMatch(
          /Step 2 of 2[\s\S]*Set TOKEN_KEYS to this[\s\S]*"kty"/,
        );
        expect(await rotate('token')).toContain('Step 2 of 2');
        expect(JSON.parse((await rings()).TOKEN_KEYS)[1]).toEqual({
          ...JSON.parse(before.TOKEN_KEYS)[0],
          d: undefined,
        });
      } finally {
        await database.drop();
        await rm(folder, { recursive: true, force: true });
      }
    },
    120_000,
  );
});

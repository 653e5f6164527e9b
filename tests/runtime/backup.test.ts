import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Checkpoint } from '../../domain/audit/checkpoint.ts';
import { verifyConsistency } from '../../domain/audit/merkle.ts';
import { fromHex } from '../../domain/shared/bytes.ts';
import { generateSecrets } from '../../src/compose/secrets.ts';
import { endedAccessText } from '../../tools/backup/ended-access.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../support/embedded-postgres.ts';
import { freshDatabase } from '../support/postgres.ts';
import { createScratchDatabase, databaseUrl, needsPostgres } from '../tools/services.ts';
import {
  ADMIN,
  admin,
  backup,
  beginOrigin,
  checkpointBeyond,
  json,
  logKeys,
  readyLog,
  restore,
  signIn,
} from './backup-drill.ts';
import { startProcess } from './deno-process.ts';
import { prepareFolder } from './prepared-folder.ts';

let folder: string;
let recipient: string;
beforeAll(async () => {
  folder = await mkdtemp(`${tmpdir()}/portal-backup-`);
  await Promise.all(['data', 'secrets'].map((name) => mkdir(`${folder}/${name}`)));
  const { text } = await backup(['--new-identity', `${folder}/identity`]);
  recipient = /age1\w+/.exec(text)?.[0] ?? '';
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const archives = (name: string) => ({
  data: `${folder}/data/${name}.age`,
  secrets: `${folder}/secrets/${name}.age`,
});
const made = (name: string) => {
  const { data, secrets } = archives(name);
  return ['--out', data, '--secrets-out', secrets, '--to', recipient];
};
const from = (name: string, secretsOf = name) => {
  const [data, { secrets }] = [archives(name).data, archives(secretsOf)];
  return ['--from', data, '--secrets', secrets, '--identity', `${folder}/identity`];
};

describe('the embedded portal', () => {
  beforeAll(async () => {
    await prepareFolder(`${folder}/portal`);
    const portal = await startProcess({ DATA_DIR: `${folder}/portal` });
    await portal.stop();
    expect(await backup(made('demo'), { DATA_DIR: `${folder}/portal` })).toMatchObject({ ok: true });
  }, 120_000);

  test('data and secrets are in separate archives, and neither can be read', async () => {
    const bytes = await readFile(archives('demo').data);
    expect(bytes.subarray(0, 21).toString()).toBe('age-encryption.org/v1');
    expect(bytes.includes('demo.example')).toBe(false);
    const { text } = await backup([...made('beside').slice(0, 2), '--secrets-out', `${folder}/data/s.age`], {
      DATA_DIR: `${folder}/portal`,
    });
    expect(text).toContain('--secrets-out lies beside --out');
  });

  test('after a restore it has the same rows, files and secrets', async () => {
    const environment = { DATA_DIR: `${folder}/restored` };
    const { text } = await restore(from('demo'), environment);
    expect(text).toMatch(/Restored the backup .*\nThe audit log is sound: \d+ events/);
    const secrets = (name: string) => readFile(`${folder}/${name}/secrets.json`, 'utf8');
    expect(await secrets('restored')).toBe(await secrets('portal'));
    const files = async (name: string) =>
      (await readdir(`${folder}/${name}/files`, { recursive: true })).filter((path) => path.includes('#')).sort();
    expect(await files('restored')).toEqual(await files('portal'));
    expect((await restore(from('demo'), environment)).text).toContain('files already: restore into an empty DATA_DIR');
  });

  test('an archive that was truncated, changed, or belongs to other secrets leaves nothing behind', async () => {
    const whole = await readFile(archives('demo').data);
    await writeFile(archives('short').data, whole.subarray(0, whole.length - 40));
    const changed = Buffer.from(whole);
    changed[whole.length >> 1] = (changed[whole.length >> 1] ?? 0) ^ 1;
    await writeFile(archives('changed').data, changed);
    await cp(`${folder}/portal`, `${folder}/again`, { recursive: true });
    await backup(made('again'), { DATA_DIR: `${folder}/again` });
    const environment = { DATA_DIR: `${folder}/refused` };
    for (const arguments_ of [from('short', 'demo'), from('changed', 'demo'), from('demo', 'again')]) {
      const { ok, text } = await restore(arguments_, environment);
      expect(ok, text).toBe(false);
      expect(text).toMatch(/^error: .*(the archive is cut off or damaged|give those of one backup)/);
      expect(await readdir(`${folder}/refused`)).not.toContain('secrets.json');
      expect(await readdir(`${folder}/refused`)).not.toContain('files');
    }
    await writeFile(`${folder}/refused/secrets.json`, '{"INDEX_KEY":"of another portal"}');
    expect((await restore(from('demo'), environment)).text).toContain('secrets.json holds other secrets');
    await rm(`${folder}/refused/secrets.json`);
    expect(await restore(from('demo'), environment)).toMatchObject({ ok: true });
  }, 120_000);
});

/** Sealing has stopped because of the restore, and goes on once a new origin is begun. @returns what was done, step by step */
async function sealUnderNewOrigin(url: string): Promise<[string, string][]> {
  const steps: [string, string][] = [];
  const token = await signIn(url);
  expect(token).toBeTypeOf('string');
  expect(await readyLog(url)).toMatchObject({ status: 'down', reason: 'sealing_stopped_by_restore' });
  const status = await json(`${url}/api/v1/audit/status`, token);
  expect(status).toMatchObject({ sealing: 'stopped', stopped: { source: 'restore' } });
  steps.push(['sealing refuses', 'sealing_stopped_by_restore']);

  const { formerOrigin, origin, commonSize } = await beginOrigin(url, token);
  expect(origin).not.toBe(formerOrigin);
  steps.push(['new origin', `${origin} from ${commonSize} leaves`]);
  const second = await checkpointBeyond(url, commonSize, await logKeys(url));
  expect(second.origin).toBe(origin);
  steps.push(['sealed again', `${commonSize} → ${second.size} leaves`]);
  const verdict = await json(`${url}/api/v1/audit/verify`, token);
  expect(verdict).toMatchObject({ ok: true, problems: [] });
  steps.push(['log verified', JSON.stringify(verdict)]);
  return steps;
}

describe.skipIf(databaseUrl === undefined)(`self-hosted on PostgreSQL${needsPostgres}`, () => {
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let cluster: EmbeddedPostgres | undefined;
  /** Published before the backup of the drill. */
  let first: Checkpoint;
  beforeAll(async () => {
    [database, cluster] = await Promise.all([freshDatabase({ migrated: false }), startEmbeddedPostgres()]);
  });
  afterAll(() => Promise.all([database.drop(), cluster?.stop()]));

  test('R72 drill: backed up while it runs, restored on a fresh cluster, sealing stops until a new origin is begun', async () => {
    if (cluster === undefined) return;
    const steps: [string, string][] = [];
    const settings = { ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password, MFA_REQUIRED_ROLES: '' };
    const here = { ...settings, DATA_DIR: `${folder}/one`, DATABASE_URL: database.url };
    let before = await startProcess(here);
    const keys = await logKeys(before.url);
    first = await checkpointBeyond(before.url, 0, keys);
    await signIn(before.url);
    const made_ = await backup(made('drill'), { DATA_DIR: `${folder}/one`, DATABASE_URL: database.url });
    expect(made_.text).toMatch(/Backup .*: \d+ rows/);
    steps.push(['backed up while it served', made_.text.split('\n')[0] ?? '']);
    const token = await signIn(before.url);
    const { size: backedUp } = (await json(`${before.url}/api/v1/audit/status`, token)) as { size: number };
    // The events of the sign-in are in a checkpoint that is in no backup: a start seals at once, instead of within a minute.
    await before.stop();
    before = await startProcess(here);
    const lost = await checkpointBeyond(before.url, backedUp, keys);
    steps.push(['published once more', `${lost.size} leaves`]);
    await before.stop();

    const elsewhere = { DATA_DIR: `${folder}/two`, DATABASE_URL: cluster.url };
    const restored = await restore(from('drill'), elsewhere);
    expect(restored.text).toContain('The audit log is sound');
    expect(restored.text).toContain('Sealing of the audit log is stopped');
    steps.push(['restored on a fresh cluster', restored.text.split('\n').slice(0, 2).join(' ')]);
    expect((await restore(from('drill'), { ...elsewhere, DATA_DIR: `${folder}/three` })).text).toContain(
      'the database is in use by a portal',
    );

    const after = await startProcess({ ...settings, ...elsewhere });
    try {
      steps.push(['started', after.url], ...(await sealUnderNewOrigin(after.url)));
    } finally {
      await after.stop();
    }
    console.log(steps.map(([step, what]) => `  ${step.padEnd(38)} ${what}`).join('\n'));
  }, 180_000);

  test('R72 the log continues under its origin if nothing was published after the backup', async () => {
    const scratch = await freshDatabase({ migrated: false });
    const settings = { ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password, MFA_REQUIRED_ROLES: '' };
    const elsewhere = { DATA_DIR: `${folder}/four`, DATABASE_URL: scratch.url };
    const restored = await restore([...from('drill'), '--nothing-was-published-since'], elsewhere);
    expect(restored.text).toContain('The audit log is sound');
    expect(restored.text).not.toContain('Sealing of the audit log is stopped');
    const after = await startProcess({ ...settings, ...elsewhere });
    try {
      const token = await signIn(after.url);
      expect(await readyLog(after.url)).toMatchObject({ status: 'up' });
      const keys = await logKeys(after.url);
      const second = await checkpointBeyond(after.url, first.size, keys);
      const growth = `${after.url}/api/v1/audit/consistency?from=${first.size}&to=${second.size}`;
      const { proof } = (await json(growth, token)) as { proof: string[] };
      const isConsistent = verifyConsistency({
        oldSize: first.size,
        newSize: second.size,
        oldRoot: first.root,
        newRoot: second.root,
        proof: proof.map(fromHex),
      });
      expect(isConsistent).toBe(true);
    } finally {
      await after.stop();
      await scratch.drop();
    }
  }, 180_000);

  describe('if the portal has its own role, and its keys are settings', () => {
    const production = { APP_ENV: 'production', MIGRATE: '0' };
    let urls: { DATABASE_URL: string; MIGRATION_DATABASE_URL: string };
    let tables: () => Promise<number>;
    beforeAll(async () => {
      if (cluster === undefined) return;
      const { url } = await createScratchDatabase(cluster.url);
      const role = new URL(url);
      role.username = 'patient_portal_app';
      role.password = 'any';
      urls = { DATABASE_URL: role.href, MIGRATION_DATABASE_URL: url };
      tables = async () => {
        const client = new pg.Client(url);
        await client.connect();
        const { rowCount } = await client.query(`SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace`);
        await client.end();
        return rowCount ?? 0;
      };
    });

    test('a restore that fails on the way leaves no schema behind', async () => {
      if (cluster === undefined) return;
      // Only the rows show that the keys are others.
      const environment = { ...production, ...urls, ...(await generateSecrets()), DATA_DIR: `${folder}/five` };
      const refused = await restore(from('drill').toSpliced(2, 2), environment);
      expect(refused).toMatchObject({ ok: false, text: expect.stringContaining('which these keys cannot open') });
      expect(await tables()).toBe(0);
    }, 120_000);

    test('the keys come from the archive, and the message says to set them', async () => {
      if (cluster === undefined) return;
      const environment = { ...production, ...urls, DATA_DIR: `${folder}/five` };
      const without = await restore(from('drill').toSpliced(2, 2), environment);
      expect(without.text).toContain(`TOKEN_KEYS is neither set nor in ${folder}/five/secrets.json`);
      const { text } = await restore(from('drill'), environment);
      expect(text).toContain('The audit log is sound');
      expect(text).toContain('set TOKEN_KEYS, FIELD_KEYS, INDEX_KEY, CHECKPOINT_KEYS there to the values of the file');
    }, 120_000);

    test('an operator’s command needs only the keys that it uses, and no mail settings', async () => {
      if (cluster === undefined) return;
      const client = new pg.Client(urls.MIGRATION_DATABASE_URL);
      await client.connect();
      await client.query(`ALTER ROLE patient_portal_app LOGIN PASSWORD 'any'`);
      await client.end();
      const { FIELD_KEYS, INDEX_KEY } = JSON.parse(await readFile(`${folder}/five/secrets.json`, 'utf8'));
      const environment = { ...production, DATABASE_URL: urls.DATABASE_URL, DATA_DIR: `${folder}/six` };
      const make = ['create-admin', '--email', 'second@clinic.example'];
      const refused = (await admin(make, environment)).text.split('\n').filter((line) => line.startsWith('  - '));
      expect(refused).toEqual(
        ['FIELD', 'INDEX'].map((name) => expect.stringMatching(`^  - ${name}_KEYS?: must be set`)),
      );
      const made = await admin(make, { ...environment, FIELD_KEYS, INDEX_KEY });
      expect(made).toMatchObject({ ok: true, text: expect.stringContaining('Made the administrator') });
    }, 120_000);

    test('a backup as the portal’s role says that it needs the owner’s URL, and leaves no archive behind', async () => {
      if (cluster === undefined) return;
      const environment = { ...production, DATABASE_URL: urls.DATABASE_URL, DATA_DIR: `${folder}/five` };
      const { ok, text } = await backup(made('as-role'), environment);
      expect([ok, text]).toEqual([
        false,
        expect.stringContaining('Set MIGRATION_DATABASE_URL to the database as its owner'),
      ]);
      expect(await readdir(`${folder}/secrets`)).not.toContainEqual(expect.stringContaining('as-role'));
      expect(await readdir(`${folder}/data`)).not.toContainEqual(expect.stringContaining('as-role'));
    }, 120_000);
  });
});

test('each access that a restore has ended is listed once', () => {
  const [ended = ''] = endedAccessText();
  const names = ended.replace(/^.*: |\. Everybody.*$/g, '').split(', ');
  expect(names).toContain('links that confirm or take back a change of address');
  expect(names).toEqual([...new Set(names)]);
});

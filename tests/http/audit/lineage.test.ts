/** A log that was rolled back, cut back or copied: sealing stops, verification names it, a new origin goes on (R72, R73). */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createCheckpointSigner,
  generateCheckpointSeed,
  parseCheckpointSeeds,
} from '../../../adapters/crypto/checkpoint-signer.ts';
import { createPgliteDriver, type PgliteDriver } from '../../../adapters/postgres/driver/pglite.ts';
import { parseVerifierKey } from '../../../domain/audit/signed-note.ts';
import { verifyExport } from '../../../domain/audit/verify-export.ts';
import { checkpointFile } from '../../../src/app/audit/checkpoint-files.ts';
import { beginNewOrigin, recordedOriginName } from '../../../src/app/audit/new-origin.ts';
import { sealAuditLog } from '../../../src/app/audit/seal.ts';
import { systemContext } from '../../../src/app/identity/first-admin.ts';
import { requireKnownLogKeys } from '../../../src/compose/known-keys.ts';
import { type Portal, startPortal } from '../../support/portal.ts';

const TABLES = [
  'audit_events',
  'audit_streams',
  'audit_leaves',
  'audit_tiles',
  'audit_checkpoints',
  'audit_unsealed',
  'audit_log',
];

let driver: PgliteDriver;
let portal: Portal;
let admin: string;
let witness: Server;
let witnessed: { status: number; note: string };

beforeEach(async () => {
  witnessed = { status: 404, note: '' };
  witness = createServer((_, response) => {
    response.writeHead(witnessed.status, { 'Content-Type': 'text/plain' }).end(witnessed.note);
  });
  await new Promise<void>((resolve) => witness.listen(0, '127.0.0.1', resolve));
  const snapshot = new Blob([new Uint8Array(await readFile(process.env.TEST_PGLITE_SNAPSHOT ?? ''))]);
  driver = await createPgliteDriver({ snapshot, role: 'patient_portal_app' });
  const url = `http://127.0.0.1:${(witness.address() as AddressInfo).port}/checkpoint`;
  portal = await startPortal({ driver, environment: { CHECKPOINT_WITNESS_URL: url } });
  admin = await portal.signIn((await portal.person('admin', 'ada')).email);
  for (let n = 0; n < 3; n++) await seal();
});
afterEach(async () => {
  await driver.close();
  await new Promise((resolve) => witness.close(resolve));
});

const get = (path: string) => portal.request('GET', path, { token: admin });
const asOwner = (script: string) => driver.pglite.exec(`RESET ROLE; ${script}; SET ROLE patient_portal_app`);

/** Something happens. */
const record = () => get('/api/v1/audit/me');

/** Something happens, and the sealer comes along. */
async function seal(): Promise<number> {
  await record();
  return sealAuditLog(portal.deps);
}

async function copyTables(): Promise<void> {
  await asOwner(TABLES.map((table) => `CREATE TABLE copy_${table} AS TABLE ${table}`).join(';'));
}

/** As a restore of a backup does it. */
async function restoreTables(): Promise<void> {
  await asOwner(
    TABLES.map(
      (table) => `DELETE FROM ${table}; INSERT INTO ${table} OVERRIDING SYSTEM VALUE TABLE copy_${table}`,
    ).join(';'),
  );
}

const exported = async () => {
  const headers = { Authorization: `Bearer ${admin}` };
  return (await portal.fetch(new Request('https://portal.example/api/v1/audit/export', { headers }))).text();
};
const published = async () => (await portal.request('GET', '/audit/log/checkpoint')).body as string;
const verified = async () => (await get('/api/v1/audit/verify')).body;
const status = async () => (await get('/api/v1/audit/status')).body;
const readiness = async () => {
  portal.clock.advance(61);
  const { body } = await portal.request('GET', '/ready');
  return Object.fromEntries(
    body.dependencies.map((each: { name: string; status: string }) => [each.name, each.status]),
  );
};

test('R72 a checkpoint in file storage whose number was never noted gets it late, and publication goes on', async () => {
  // Stopped between file and number, and published by a version that knows no numbers.
  await asOwner('UPDATE audit_checkpoints SET number = NULL WHERE size = (SELECT max(size) FROM audit_checkpoints)');
  const before = await published();
  expect(await seal()).toBeGreaterThan(0);
  expect(await published()).not.toBe(before);
  const { rows } = await driver.pglite.query<{ number: number }>(
    'SELECT number::int FROM audit_checkpoints ORDER BY size',
  );
  expect(rows.map(({ number }) => number)).toEqual(rows.map((_, index) => index + 1));
  expect((await verified()).problems).toEqual([]);
});

test('R72 without the public address a new origin keeps the name that the database records, and gets the next number', async () => {
  const { deps } = portal;
  const begin = async () => {
    await asOwner(
      `SELECT audit_sealing_stopped('restore', (SELECT note FROM audit_checkpoints ORDER BY size DESC LIMIT 1), now())`,
    );
    const elsewhere = { ...deps, settings: { ...deps.settings, publicUrl: 'http://localhost' } };
    const begun = await beginNewOrigin(elsewhere, systemContext(deps), await recordedOriginName(deps));
    return begun.ok ? begun.value.origin : begun.error.code;
  };
  expect(await begin()).toMatch(/^portal\.example\/audit\/log\/\d+$/);
  expect(await begin()).toMatch(/^portal\.example\/audit\/log\/\d+$/);
});

describe('a log that was restored from a backup', () => {
  test('R72 is not sealed any more, and says so, until its own database is back', async () => {
    await copyTables();
    await seal();
    const newest = await published();
    await asOwner(TABLES.map((table) => `CREATE TABLE newer_${table} AS TABLE ${table}`).join(';'));
    await restoreTables();
    expect(await seal()).toBe(0);
    expect(await seal()).toBe(0);
    expect((await readiness()).audit_log).toBe('down');
    expect(await status()).toMatchObject({ sealing: 'stopped', stopped: { source: 'file_storage' } });
    const { body } = await get('/api/v1/audit/events?type=audit.sealing_stopped');
    expect(body.data).toHaveLength(1);
    expect((await verified()).problems).toContainEqual(expect.objectContaining({ kind: 'truncated' }));

    await asOwner(
      TABLES.map(
        (table) => `DELETE FROM ${table}; INSERT INTO ${table} OVERRIDING SYSTEM VALUE TABLE newer_${table}`,
      ).join(';'),
    );
    expect(await seal()).toBeGreaterThan(0);
    expect(await published()).not.toBe(newest);
    expect(await status()).toMatchObject({ sealing: 'running', stopped: null });
    expect((await readiness()).audit_log).toBe('up');
    expect((await verified()).problems).toEqual([]);
  });

  test('R72 goes on under a new origin, which records the last checkpoint of the former one; both verify', async () => {
    const early = await published();
    const formerKey = ((await portal.request('GET', '/audit/log/key')).body as string).trimEnd();
    await copyTables();
    for (let n = 0; n < 5; n++) await seal();
    const lost = await published();
    await restoreTables();
    expect(await seal()).toBe(0);

    const begun = await portal.request('POST', '/api/v1/audit/origins', { token: admin });
    expect(begun).toMatchObject({
      status: 201,
      body: {
        origin: 'portal.example/audit/log/2',
        formerOrigin: 'portal.example/audit/log',
        formerSize: Number(lost.split('\n')[1]),
      },
    });
    expect((await published()).split('\n')[0]).toBe('portal.example/audit/log/2');
    const { body } = await get('/api/v1/audit/events?type=audit.origin_began');
    expect(body.data[0]).toMatchObject({
      leafIndex: expect.any(Number),
      details: { formerSize: begun.body.formerSize, formerOrigin: 'portal.example/audit/log' },
    });
    expect(await seal()).toBeGreaterThan(0);
    expect((await verified()).problems).toEqual([]);
    expect((await readiness()).audit_log).toBe('up');

    const [key = ''] = ((await portal.request('GET', '/audit/log/key')).body as string).split('\n');
    const keys = [key, formerKey].map(parseVerifierKey).filter((known) => known !== undefined);
    const lines = (await exported()).split('\n');
    expect(verifyExport(lines, [early, await published()], keys)).toMatchObject({ ok: true });
    expect(verifyExport(lines, [lost], keys)).toMatchObject({ ok: false });
  });

  test('R72 whose lost checkpoints nothing here knows is not sealed either, until a new origin is begun', async () => {
    await asOwner(
      `SELECT audit_sealing_stopped('restore', note, now()) FROM audit_checkpoints ORDER BY size DESC LIMIT 1`,
    );
    const newest = await published();
    expect([await seal(), await seal()]).toEqual([0, 0]);
    expect(await published()).toBe(newest);
    expect((await readiness()).audit_log).toBe('down');
    expect(await status()).toMatchObject({ stopped: { source: 'restore', checkpoint: newest } });
    expect((await verified()).problems).toEqual([]);

    const { body } = await portal.request('POST', '/api/v1/audit/origins', { token: admin });
    // No number that an origin may have had after the backup.
    expect(Number(body.origin.split('/').at(-1))).toBe(Math.floor(portal.clock.now() / 60_000));
    expect(await seal()).toBeGreaterThan(0);
    expect((await readiness()).audit_log).toBe('up');
    expect((await verified()).problems).toEqual([]);
  });

  test('R72 does not begin a new origin without need, nor for those who may not', async () => {
    const refused = await portal.request('POST', '/api/v1/audit/origins', { token: admin });
    expect(refused).toMatchObject({ status: 409, body: { code: 'origin_not_needed' } });
    const patient = await portal.signIn((await portal.person('patient', 'maria')).email);
    expect((await portal.request('POST', '/api/v1/audit/origins', { token: patient })).status).toBe(403);
  });
});

test('R73 the newest checkpoint, removed from the database alone, is named as deleted', async () => {
  await asOwner('DELETE FROM audit_checkpoints WHERE size = (SELECT max(size) FROM audit_checkpoints)');
  const { problems } = await verified();
  expect(problems).toContainEqual(
    expect.objectContaining({
      kind: 'deleted',
      detail: expect.stringContaining('which this log continues and the database lacks'),
    }),
  );
  expect(JSON.stringify(problems)).not.toContain('does not continue');
});

describe('other keys than those that signed the log', () => {
  const [seed = '', formerSeed = ''] = [generateCheckpointSeed(), generateCheckpointSeed()];
  const signedBy =
    (...seeds: string[]) =>
    (name: string) =>
      parseCheckpointSeeds(JSON.stringify(seeds)).map((each) => createCheckpointSigner({ name, seed: each }));

  test('R85 refuse to start, unless the former key stands behind the new one', async () => {
    const checkpointSigners = signedBy(formerSeed);
    await beginNewOrigin({ ...portal.deps, checkpointSigners }, systemContext(portal.deps));
    await record();
    expect(await sealAuditLog({ ...portal.deps, checkpointSigners })).toBeGreaterThan(0);
    await expect(requireKnownLogKeys(driver, signedBy(seed))).rejects.toThrow(
      /CHECKPOINT_KEYS: .* put the new one first and keep the previous one behind it.* Nothing was changed$/s,
    );
    await requireKnownLogKeys(driver, signedBy(seed, formerSeed));
    await requireKnownLogKeys(driver, checkpointSigners);
  });

  test('R72 seal nothing where no start has asked, until a new origin is begun', async () => {
    const deps = { ...portal.deps, checkpointSigners: signedBy(seed) };
    const before = await published();
    await record();
    expect(await sealAuditLog(deps)).toBe(0);
    expect(await published()).toBe(before);
    expect((await beginNewOrigin(deps, systemContext(deps))).ok).toBe(true);
    expect((await published()).split('\n')[0]).toBe('portal.example/audit/log/2');
    await requireKnownLogKeys(driver, signedBy(seed));
    await record();
    expect(await sealAuditLog(deps)).toBeGreaterThan(0);
  });
});

describe('two that seal', () => {
  test('R72 of two copies of one database that seal at once, one publishes and the other stops', async () => {
    await copyTables();
    await seal();
    const theirs = await published();
    await restoreTables();
    const ours = await published();
    // The other copy stores its checkpoint after this one has looked for it, and before this one stores its own.
    const { deps } = portal;
    const get = async (key: string) => (key === checkpointFile(1, 4) ? undefined : deps.files.get(key));
    await record();
    expect(await sealAuditLog({ ...deps, files: { ...deps.files, get } })).toBeGreaterThan(0);
    expect(await published()).toBe(ours);
    expect(await seal()).toBe(0);
    expect((await status()).stopped.checkpoint).toBe(theirs);
  });

  test('R72 an interrupted publication is finished by the next run', async () => {
    await record();
    const { deps } = portal;
    let fails = true;
    const database = {
      ...deps.database,
      commit: (async (batch) => {
        const isNoting = batch.changes.some(({ type }) => type === 'checkpoint.published');
        if (isNoting && fails) throw new Error('the process was killed here');
        return deps.database.commit(batch);
      }) as typeof deps.database.commit,
    };
    const before = await published();
    await expect(sealAuditLog({ ...deps, database })).rejects.toThrow();
    expect(await published()).toBe(before);
    fails = false;
    await sealAuditLog({ ...deps, database });
    expect(await published()).not.toBe(before);
    expect((await verified()).problems).toEqual([]);
  });
});

describe('the witness', () => {
  test('R72 a checkpoint that it has seen and this log does not continue stops sealing', async () => {
    await copyTables();
    await seal();
    witnessed = { status: 200, note: await published() };
    expect(await seal()).toBeGreaterThan(0);
    await restoreTables();
    // File storage was restored as well, and tells nothing.
    for (const number of [4, 5]) await portal.deps.files.delete(checkpointFile(1, number));
    expect(await seal()).toBe(0);
    expect(await status()).toMatchObject({ sealing: 'stopped', stopped: { source: 'witness' } });
    // Grown past what it has seen, it is another history all the same.
    const { note } = witnessed;
    witnessed = { status: 404, note: '' };
    for (let n = 0; n < 3; n++) expect(await seal()).toBeGreaterThan(0);
    witnessed = { status: 200, note };
    expect(await seal()).toBe(0);
    witnessed = { status: 200, note: await published() };
    expect(await seal()).toBeGreaterThan(0);
  });

  test('R72 one that is unreachable or answers something else keeps nothing from being sealed, and is shown', async () => {
    expect((await readiness()).checkpoint_witness).toBe('up');
    witnessed = { status: 500, note: '' };
    expect(await seal()).toBeGreaterThan(0);
    expect((await readiness()).checkpoint_witness).toBe('down');
    for (const note of ['', 'no note', 'x'.repeat(100_000)]) {
      witnessed = { status: 200, note };
      expect(await seal()).toBeGreaterThan(0);
    }
  });
});

describe('verification', () => {
  const problems = async () => (await verified()).problems as { kind: string; detail: string }[];

  test('R73 finds a log that was cut back to an earlier checkpoint, by the later ones in the database', async () => {
    const [, size] = (await published()).split('\n');
    await seal();
    await asOwner(
      `UPDATE audit_log SET size = ${size}, root = (SELECT root FROM audit_checkpoints WHERE size = ${size})`,
    );
    expect(await problems()).toContainEqual(
      expect.objectContaining({
        kind: 'truncated',
        detail: expect.stringContaining('the database holds a checkpoint'),
      }),
    );
  });

  test('R73 finds a log that was cut back with its checkpoints, by those in file storage', async () => {
    await copyTables();
    await seal();
    await seal();
    const [, size] = (await published()).split('\n');
    await restoreTables();
    expect(await problems()).toContainEqual(
      expect.objectContaining({ kind: 'truncated', detail: expect.stringContaining(`checkpoint of ${size} leaves`) }),
    );
  });

  test('R73 finds a checkpoint in the middle that was removed from the database', async () => {
    await asOwner('DELETE FROM audit_checkpoints WHERE number = 2');
    expect(await problems()).toMatchObject([
      { kind: 'deleted', detail: expect.stringMatching(/^checkpoint 2 of \d+ leaves is missing from the database$/) },
    ]);
  });

  test('R73 finds a copy in file storage that was removed or replaced', async () => {
    await portal.deps.files.delete(checkpointFile(1, 2));
    expect(await problems()).toMatchObject([{ kind: 'deleted', detail: expect.stringContaining('file storage') }]);
    await portal.deps.files.put(checkpointFile(1, 2), new TextEncoder().encode('other'), 'text/plain');
    expect(await problems()).toMatchObject([{ kind: 'edited', detail: expect.stringContaining('file storage') }]);
  });
});

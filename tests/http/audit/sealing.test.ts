/** Sealing beside another sealer, after an interruption, with other keys and with a witness (R72, R85). */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createCheckpointSigner,
  generateCheckpointSeed,
  parseCheckpointSeeds,
} from '../../../adapters/crypto/checkpoint-signer.ts';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { checkpointFile } from '../../../src/app/audit/checkpoint-files.ts';
import { beginNewOrigin, recordedOriginName } from '../../../src/app/audit/new-origin.ts';
import { sealAuditLog } from '../../../src/app/audit/seal.ts';
import { systemContext } from '../../../src/app/identity/first-admin.ts';
import { requireKnownLogKeys } from '../../../src/compose/known-keys.ts';
import { type RestorableLog, startRestorableLog } from './restorable-log.ts';

let log: RestorableLog;
beforeEach(async () => {
  log = await startRestorableLog();
});
afterEach(() => log.close());

test('R72 a checkpoint in file storage without a number in the database gets it, and publication continues', async () => {
  // Stopped between file and number, and published by a version that knows no numbers.
  await log.asOwner(
    'UPDATE audit_checkpoints SET number = NULL WHERE size = (SELECT max(size) FROM audit_checkpoints)',
  );
  const before = await log.published();
  expect(await log.seal()).toBeGreaterThan(0);
  expect(await log.published()).not.toBe(before);
  const [rows = []] = await log.driver.run([sql`SELECT number::int FROM audit_checkpoints ORDER BY size`], 'snapshot');
  expect(rows.map(({ number }) => number)).toEqual(rows.map((_, index) => index + 1));
  expect((await log.verified()).problems).toEqual([]);
});

test('R72 without the public address a new origin keeps the name that the database records, and gets the next number', async () => {
  const { deps } = log.portal;
  const begin = async () => {
    await log.asOwner(
      `SELECT audit_sealing_stopped('restore', (SELECT note FROM audit_checkpoints ORDER BY size DESC LIMIT 1), now())`,
    );
    const elsewhere = { ...deps, settings: { ...deps.settings, publicUrl: 'http://localhost' } };
    const begun = await beginNewOrigin(elsewhere, systemContext(deps), await recordedOriginName(deps));
    return begun.ok ? begun.value.origin : begun.error.code;
  };
  expect(await begin()).toMatch(/^portal\.example\/audit\/log\/\d+$/);
  expect(await begin()).toMatch(/^portal\.example\/audit\/log\/\d+$/);
});

describe('keys that did not sign the log', () => {
  const [seed = '', formerSeed = ''] = [generateCheckpointSeed(), generateCheckpointSeed()];
  const signedBy =
    (...seeds: string[]) =>
    (name: string) =>
      parseCheckpointSeeds(JSON.stringify(seeds)).map((each) => createCheckpointSigner({ name, seed: each }));

  test('R85 refuse to start, unless the former key is configured after the new one', async () => {
    const checkpointSigners = signedBy(formerSeed);
    await beginNewOrigin({ ...log.portal.deps, checkpointSigners }, systemContext(log.portal.deps));
    await log.record();
    expect(await sealAuditLog({ ...log.portal.deps, checkpointSigners })).toBeGreaterThan(0);
    await expect(requireKnownLogKeys(log.driver, signedBy(seed))).rejects.toThrow(
      /CHECKPOINT_KEYS: .* put the new one first and keep the previous one behind it.* Nothing was changed$/s,
    );
    await requireKnownLogKeys(log.driver, signedBy(seed, formerSeed));
    await requireKnownLogKeys(log.driver, checkpointSigners);
  });

  test('R72 seal nothing where no start has asked, until a new origin is begun', async () => {
    const deps = { ...log.portal.deps, checkpointSigners: signedBy(seed) };
    const before = await log.published();
    await log.record();
    expect(await sealAuditLog(deps)).toBe(0);
    expect(await log.published()).toBe(before);
    expect((await beginNewOrigin(deps, systemContext(deps))).ok).toBe(true);
    expect((await log.published()).split('\n')[0]).toBe('portal.example/audit/log/2');
    await requireKnownLogKeys(log.driver, signedBy(seed));
    await log.record();
    expect(await sealAuditLog(deps)).toBeGreaterThan(0);
  });
});

describe('two sealers', () => {
  test('R72 of two copies of one database that seal at once, one publishes and the other stops', async () => {
    await log.backUp('copy');
    await log.seal();
    const theirs = await log.published();
    await log.restore('copy');
    const ours = await log.published();
    // The other copy stores its checkpoint after this one has looked for it, and before this one stores its own.
    const { deps } = log.portal;
    const get = async (key: string) => (key === checkpointFile(1, 4) ? undefined : deps.files.get(key));
    await log.record();
    expect(await sealAuditLog({ ...deps, files: { ...deps.files, get } })).toBeGreaterThan(0);
    expect(await log.published()).toBe(ours);
    expect(await log.seal()).toBe(0);
    expect((await log.status()).stopped.checkpoint).toBe(theirs);
  });

  test('R72 an interrupted publication is finished by the next run', async () => {
    await log.record();
    const { deps } = log.portal;
    let fails = true;
    const database = {
      ...deps.database,
      commit: (async (batch) => {
        const isNoting = batch.changes.some(({ type }) => type === 'checkpoint.published');
        if (isNoting && fails) throw new Error('the process was killed here');
        return deps.database.commit(batch);
      }) as typeof deps.database.commit,
    };
    const before = await log.published();
    await expect(sealAuditLog({ ...deps, database })).rejects.toThrow();
    expect(await log.published()).toBe(before);
    fails = false;
    await sealAuditLog({ ...deps, database });
    expect(await log.published()).not.toBe(before);
    expect((await log.verified()).problems).toEqual([]);
  });
});

describe('the witness', () => {
  test('R72 a checkpoint that it has seen and this log does not continue stops sealing', async () => {
    await log.backUp('copy');
    await log.seal();
    log.witnessed = { status: 200, note: await log.published() };
    expect(await log.seal()).toBeGreaterThan(0);
    await log.restore('copy');
    // File storage was restored as well, and tells nothing.
    for (const number of [4, 5]) await log.portal.deps.files.delete(checkpointFile(1, number));
    expect(await log.seal()).toBe(0);
    expect(await log.status()).toMatchObject({ sealing: 'stopped', stopped: { source: 'witness' } });
    // Grown past what it has seen, it is another history all the same.
    const { note } = log.witnessed;
    log.witnessed = { status: 404, note: '' };
    for (let n = 0; n < 3; n++) expect(await log.seal()).toBeGreaterThan(0);
    log.witnessed = { status: 200, note };
    expect(await log.seal()).toBe(0);
    log.witnessed = { status: 200, note: await log.published() };
    expect(await log.seal()).toBeGreaterThan(0);
  });

  test('R72 one that is unreachable or answers no checkpoint does not stop sealing, and is shown by /ready', async () => {
    expect((await log.readiness()).checkpoint_witness).toBe('up');
    log.witnessed = { status: 500, note: '' };
    expect(await log.seal()).toBeGreaterThan(0);
    expect((await log.readiness()).checkpoint_witness).toBe('down');
    for (const note of ['', 'no note', 'x'.repeat(100_000)]) {
      log.witnessed = { status: 200, note };
      expect(await log.seal()).toBeGreaterThan(0);
    }
  });
});

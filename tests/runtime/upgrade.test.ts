/** A data folder of the previous version, started by this one: nothing is lost, and plaintext is sealed. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateCheckpointSeed } from '../../adapters/crypto/checkpoint-signer.ts';
import { generateTokenKey } from '../../adapters/crypto/token-keys.ts';
import { createPgliteDriver } from '../../adapters/postgres/driver/pglite.ts';
import { migratePglite } from '../../adapters/postgres/migrate/migrate.ts';
import { search } from '../support/byte-search.ts';
import { FORMER_KEYS, fillFormer, formerMigrations } from '../support/former-database.ts';
import { PASSWORD } from '../support/portal.ts';
import { startProcess } from './deno-process.ts';

const CLEAR = ['formerly in the clear', 'maria@example.org', 'Former phone', 'Former script', 'formerly ill'];

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(`${tmpdir()}/portal-upgrade-`);
  await mkdir(`${dataDir}/database`);
  const driver = await createPgliteDriver({ dataDir: `${dataDir}/database` });
  await migratePglite(driver, await formerMigrations());
  await fillFormer(driver, 2_100);
  await driver.close();
  const former = {
    TOKEN_KEYS: JSON.stringify([await generateTokenKey()]),
    FIELD_KEYS: FORMER_KEYS.FIELD_KEYS,
    CHECKPOINT_KEYS: JSON.stringify([generateCheckpointSeed()]),
  };
  await writeFile(`${dataDir}/secrets.json`, JSON.stringify(former));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const tables = () => search([{ name: 'tables', folder: `${dataDir}/database/base` }], CLEAR);

test('the old address signs in, the keys are kept, and no table holds plaintext', async () => {
  expect(new Set((await tables()).map(({ word }) => word)).size).toBe(CLEAR.length);
  const portal = await startProcess({ DATA_DIR: dataDir, MFA_REQUIRED_ROLES: '', DEV_MAILBOX: '1' });
  try {
    expect(portal.output()).toContain('Encrypting what earlier versions stored in plaintext: ');
    const login = await fetch(`${portal.url}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email: 'Maria@Example.org', password: PASSWORD }),
    });
    const { user } = (await login.json()) as { user: unknown };
    expect([login.status, user]).toMatchObject([200, { email: 'maria@example.org', firstName: 'Maria' }]);
    const secrets = JSON.parse(await readFile(`${dataDir}/secrets.json`, 'utf8'));
    expect(secrets).toMatchObject({ FIELD_KEYS: FORMER_KEYS.FIELD_KEYS, INDEX_KEY: expect.any(String) });
  } finally {
    await portal.stop();
  }
  expect(await tables()).toEqual([]);
}, 120_000);

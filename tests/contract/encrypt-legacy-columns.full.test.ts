import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, test, vi } from 'vitest';
import { createBlindIndex, generateIndexKey } from '../../adapters/crypto/blind-index.ts';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { createPgliteDriver } from '../../adapters/postgres/driver/pglite.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { createTcpDriver } from '../../adapters/postgres/driver/tcp.ts';
import { migratePglite, migrateServer } from '../../adapters/postgres/migrate/migrate.ts';
import { rewritePglite } from '../../adapters/postgres/migrate/rewrite.ts';
import { countUnsealed, encryptLegacyColumns } from '../../adapters/postgres/sealed/encrypt-legacy-columns.ts';
import { sealedPlaceOf } from '../../domain/shared/sealed-columns.ts';
import { createLog } from '../../src/app/log.ts';
import { requireKnownKeys } from '../../src/compose/known-keys.ts';
import { sealEmbedded } from '../../src/compose/sealing.ts';
import { migrate } from '../../tools/migrate.ts';
import { search } from '../support/byte-search.ts';
import { emptyDriver } from '../support/embedded-database.ts';
import {
  CHIDI,
  cipher,
  FORMER_KEYS,
  fillFormer,
  format,
  formerMigrations,
  index,
  MARIA,
} from '../support/former-database.ts';
import { startPortal } from '../support/portal.ts';
import { freshDatabase, migrationFiles } from '../support/postgres.ts';
import { databaseUrl, needsPostgres } from '../tools/services.ts';

const log = createLog({ level: 'silent', clock: { now: () => 0 }, sink: () => {} });

async function formerEmbedded(more = 0) {
  const driver = await emptyDriver();
  await migratePglite(driver, await formerMigrations());
  await fillFormer(driver, more);
  expect(await migratePglite(driver, await migrationFiles())).toContain('0010_sealed_identity.sql');
  return driver;
}

/** All rows of the tables with personal data, as text. */
async function dump(driver: SqlDriver): Promise<string> {
  const tables = ['users', 'sessions', 'trusted_devices', 'api_keys', 'time_off', 'waitlist_entries'] as const;
  const [users, ...others] = await driver.run(
    [
      sql`SELECT to_jsonb(t)::text AS line FROM users t`,
      sql`SELECT to_jsonb(t)::text AS line FROM sessions t`,
      sql`SELECT to_jsonb(t)::text AS line FROM trusted_devices t`,
      sql`SELECT to_jsonb(t)::text AS line FROM api_keys t`,
      sql`SELECT to_jsonb(t)::text AS line FROM time_off t`,
      sql`SELECT to_jsonb(t)::text AS line FROM waitlist_entries t`,
    ],
    'snapshot',
  );
  expect(others).toHaveLength(tables.length - 1);
  return [users, ...others]
    .flat()
    .map((row) => row?.line as string)
    .join('\n');
}

const FORMERLY_CLEAR = /formerly|former |Maria|maria@|chidi@|CARDIOLOGY|Recife|pt-BR|@account\.invalid/;

describe('data stored in plaintext by earlier versions', () => {
  test('is sealed, and everything still works: signing in with the old address, names, devices, the waitlist', async () => {
    const driver = await formerEmbedded();
    expect(await dump(driver)).toMatch(FORMERLY_CLEAR);
    const told: string[] = [];
    const sealed = await encryptLegacyColumns(
      driver,
      cipher,
      index,
      (done, total) => void told.push(`${done}/${total}`),
    );
    expect(sealed).toBe(9);
    expect(told.at(-1)).toBe('9/9');
    expect(await dump(driver)).not.toMatch(FORMERLY_CLEAR);

    await driver.actAs('patient_portal_app');
    const portal = await startPortal({ driver, environment: FORMER_KEYS });
    const token = await portal.signIn('maria@example.org');
    const read = (path: string) => portal.request('GET', path, { token });
    expect((await read(`/api/v1/users/${MARIA}/profile`)).body).toMatchObject({
      email: 'maria@example.org',
      firstName: 'Maria',
      lastName: 'Formerly',
      bio: 'formerly in the clear',
      language: 'pt-BR',
      dateOfBirth: '1990-04-23',
    });
    const sessions = (await read('/api/v1/auth/sessions')).body.data;
    expect(sessions.map(({ deviceName }: { deviceName: string }) => deviceName)).toContain('Former phone');
    expect((await read('/api/v1/mfa/trusted-devices')).body.data).toMatchObject([{ name: 'Former laptop' }]);
    expect((await read('/api/v1/api-keys')).body.data).toMatchObject([{ name: 'Former script' }]);
    expect((await read('/api/v1/doctors?q=chidi%20form')).body.data).toMatchObject([{ name: 'Chidi Formerly' }]);
    expect((await read('/api/v1/waitlist')).body.data).toMatchObject([{ specialty: 'CARDIOLOGY' }]);

    // A patient who waits for a cardiologist gets an offer, regardless of the letter case of the specialty.
    const doctor = await portal.signIn('chidi@example.org');
    const weekly = [{ weekday: 2, start: '09:00', end: '12:00' }];
    const hours = { token: doctor, body: { timezone: 'UTC', weekly } };
    expect((await portal.request('PUT', `/api/v1/doctors/${CHIDI}/availability`, hours)).status).toBe(200);
    const away = await portal.request('GET', `/api/v1/doctors/${CHIDI}/time-off`, { token: doctor });
    expect(away.body.data).toMatchObject([{ reason: 'formerly ill' }]);
    await portal.platform.jobs.runDue();
    expect((await read('/api/v1/waitlist')).body.data).toMatchObject([{ state: 'offered' }]);
    await driver.close();
  });

  test('is sealed once, and continues after an interruption; newer values are kept', async () => {
    const driver = await formerEmbedded(450);
    let writes = 0;
    const failing: SqlDriver = {
      ...driver,
      run(statements, mode) {
        if (mode === 'write' && ++writes > 1) throw new Error('pulled the plug');
        return driver.run(statements, mode);
      },
    };
    await expect(encryptLegacyColumns(failing, cipher, index)).rejects.toThrow('pulled the plug');
    expect(await countUnsealed(driver)).toBe(459 - 200);
    const [[key] = []] = await driver.run(
      [sql`SELECT owner_id, ring_key_id, wrapped FROM data_keys WHERE owner_id = ${CHIDI}::uuid`],
      'snapshot',
    );
    const newer = cipher.seal(
      { ownerId: CHIDI, ringKeyId: key?.ring_key_id as string, wrapped: key?.wrapped as Uint8Array },
      sealedPlaceOf('users', 'first_name', CHIDI),
      'Newer',
    );
    const unsealChidi = sql`UPDATE users SET first_name = ${newer}::bytea, unsealed_first_name = 'Older' WHERE id = ${CHIDI}::uuid`;
    await driver.run([unsealChidi], 'write');
    expect(await encryptLegacyColumns(driver, cipher, index)).toBe(459 - 200 + 1);
    expect(await encryptLegacyColumns(driver, cipher, index)).toBe(0);
    expect(await dump(driver)).not.toMatch(FORMERLY_CLEAR);
    await driver.actAs('patient_portal_app');
    const portal = await startPortal({ driver, environment: FORMER_KEYS });
    const token = await portal.signIn('chidi@example.org');
    expect((await portal.request('GET', '/api/v1/users/me', { token })).body.firstName).toBe('Newer');
    await driver.close();
  });

  test('is not left in the files, nor are plaintext idempotency keys, wherever a start was interrupted', async () => {
    const dataDir = await mkdtemp(`${tmpdir()}/portal-sealing-`);
    const driver = await createPgliteDriver({ dataDir });
    await migratePglite(driver, await formerMigrations());
    await fillFormer(driver);
    const repeated = sql`INSERT INTO idempotency_keys (scope, key, fingerprint, status, created_at, expires_at)
      VALUES (${`${MARIA} POST /api/v1/waitlist`}, 'maria asks for a urologist', '', 201, now(), now())`;
    await driver.run([repeated], 'write');
    await migratePglite(driver, await migrationFiles());
    const clear = ['formerly in the clear', 'Former phone', 'formerly ill', 'asks for a urologist'];
    const found = async () => {
      await driver.pglite.exec('CHECKPOINT');
      const hits = await search([{ name: 'tables', folder: `${dataDir}/base` }], clear);
      return new Set(hits.map(({ word }) => word)).size;
    };
    expect(await found()).toBe(clear.length);
    // Interrupted once between sealing and rewriting, then after each table.
    const exec = driver.pglite.exec.bind(driver.pglite);
    let allowed = 0;
    const interrupted = vi.spyOn(driver.pglite, 'exec').mockImplementation(async (script, options) => {
      if (script.startsWith('VACUUM') && allowed-- <= 0) throw new Error('pulled the plug');
      return exec(script, options);
    });
    for (const written of [0, 1, 1]) {
      allowed = written;
      await expect(sealEmbedded(driver, { cipher, index, format }, () => {}, log)).rejects.toThrow('pulled the plug');
      expect(await countUnsealed(driver)).toBe(0);
    }
    allowed = Number.POSITIVE_INFINITY;
    await sealEmbedded(driver, { cipher, index, format }, () => {}, log);
    expect(await found()).toBe(0);
    const writes = () => interrupted.mock.calls.filter(([script]) => script.startsWith('VACUUM')).length;
    const before = writes();
    await sealEmbedded(driver, { cipher, index, format }, () => {}, log);
    expect(writes()).toBe(before);
    await driver.close();
    await rm(dataDir, { recursive: true });
  });

  test('a database that was empty then has nothing to rewrite', async () => {
    const driver = await emptyDriver();
    await migratePglite(driver, await migrationFiles());
    expect(await rewritePglite(driver)).toEqual([]);
    await driver.close();
  });

  test('plaintext of a portal of the previous version is refused, not stored', async () => {
    const driver = await formerEmbedded();
    await encryptLegacyColumns(driver, cipher, index);
    const former = [
      sql`UPDATE users SET first_name = ${'Clear'} WHERE id = ${MARIA}::uuid`,
      sql`UPDATE users SET bio = ${'a longer text that nobody has sealed'} WHERE id = ${MARIA}::uuid`,
      sql`UPDATE sessions SET device_name = ${'Clear phone'}`,
      sql`UPDATE trusted_devices SET name = ${'Clear laptop'}`,
      sql`UPDATE api_keys SET name = ${'Clear script'}`,
      sql`UPDATE time_off SET reason = ${'clearly ill'}`,
      sql`UPDATE waitlist_entries SET specialty = ${'Cardiology'}`,
    ];
    for (const statement of former) {
      await expect(driver.run([statement], 'write')).rejects.toMatchObject({
        sqlState: '23514',
        constraint: expect.stringMatching(/_sealed$/),
      });
    }
    await driver.close();
  });

  test('another index key is refused before it is used', async () => {
    const driver = await formerEmbedded();
    await encryptLegacyColumns(driver, cipher, index);
    await requireKnownKeys(driver, { cipher, index, format });
    const other = createBlindIndex(generateIndexKey());
    await expect(requireKnownKeys(driver, { cipher, index: other, format })).rejects.toThrow(
      'INDEX_KEY: with this key no account',
    );
    await driver.close();
  });
});

describe.skipIf(databaseUrl === undefined)(`the same on a server${needsPostgres}`, () => {
  async function formerServer(more: number) {
    const database = await freshDatabase({ migrated: false });
    await migrateServer(database.url, await formerMigrations());
    const driver = createTcpDriver({ url: database.url });
    await fillFormer(driver, more);
    const close = () => driver.close().then(() => database.drop());
    return { ...database, driver, close };
  }

  test('two processes at once seal each row once, without a deadlock', async () => {
    const { url, driver, close } = await formerServer(450);
    await migrateServer(url, await migrationFiles());
    await Promise.all([encryptLegacyColumns(driver, cipher, index), encryptLegacyColumns(driver, cipher, index)]);
    expect(await countUnsealed(driver)).toBe(0);
    expect(await dump(driver)).not.toMatch(FORMERLY_CLEAR);
    const [rows = []] = await driver.run([sql`SELECT count(email_index) AS found FROM users`], 'snapshot');
    expect(rows[0]?.found).toBe(452);
    await close();
  });

  test('`npm run migrate` seals it with the keys of the portal, and says which keys it needs', async () => {
    const { url, driver, close } = await formerServer(0);
    const nowhere = { DATA_DIR: '/nonexistent' };
    await expect(migrate(url, undefined, nowhere)).rejects.toThrow('FIELD_KEYS, INDEX_KEY: 9 rows hold in the clear');
    await migrate(url, undefined, { ...nowhere, ...FORMER_KEYS });
    expect(await countUnsealed(driver)).toBe(0);
    // If nothing is left to seal, no keys are required; keys that are given must match.
    expect(await migrate(url, undefined, nowhere)).toEqual([]);
    const other = { ...nowhere, ...FORMER_KEYS, INDEX_KEY: generateIndexKey() };
    await expect(migrate(url, undefined, other)).rejects.toThrow('INDEX_KEY: with this key no account');
    const [[left] = []] = await driver.run([sql`SELECT count(*) AS tables FROM tables_to_rewrite`], 'snapshot');
    expect(left?.tables).toBe(0);
    await close();
  });
});

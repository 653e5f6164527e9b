/** A portal whose keys did not seal the data reads and writes nothing, on any runtime (R55). */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createBlindIndex, generateIndexKey } from '../../adapters/crypto/blind-index.ts';
import { generateCheckpointSeed } from '../../adapters/crypto/checkpoint-signer.ts';
import { createFieldCipher, generateFieldKey, parseFieldKeys } from '../../adapters/crypto/field-cipher.ts';
import { generateTokenKey } from '../../adapters/crypto/token-keys.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { createTcpDriver } from '../../adapters/postgres/driver/tcp.ts';
import type { BoxFormat } from '../../domain/shared/sealed-columns.ts';
import { requireKeysBeforeMigrating, requireKnownKeys } from '../../src/compose/known-keys.ts';
import { type NeonServer, startNeon } from '../../tools/cloud/neon.ts';
import { fillFormer, cipher as formerCipher, formerMigrations } from '../support/former-database.ts';
import { ownDatabase } from '../support/own-database.ts';
import { PASSWORD, startPortal } from '../support/portal.ts';
import { freshDatabase } from '../support/postgres.ts';
import { testDatabase } from '../support/test-database.ts';
import { databaseUrl, needsPostgres, required } from '../tools/services.ts';

const KEYS = { FIELD_KEYS: JSON.stringify([generateFieldKey('1')]), INDEX_KEY: generateIndexKey() };

test('a single key or account that cannot be opened is not taken for a wrong setting', async () => {
  const { driver } = await testDatabase();
  const portal = await startPortal({ driver, environment: KEYS });
  await portal.person('patient', 'whole');
  const { id } = await portal.person('patient', 'broken');
  const altered = sql`UPDATE data_keys SET wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1) WHERE owner_id = ${id}::uuid`;
  await driver.run([altered], 'write');
  const format: BoxFormat = { state: 'bound' };
  const cipher = createFieldCipher({ format, ring: parseFieldKeys(KEYS.FIELD_KEYS) });
  await requireKnownKeys(driver, { cipher, index: createBlindIndex(KEYS.INDEX_KEY), format });
  const other = createBlindIndex(generateIndexKey());
  await expect(requireKnownKeys(driver, { cipher, index: other, format })).rejects.toThrow('INDEX_KEY');
  await driver.close();
});

test('R85: other keys are refused on a schema of any age, before it is migrated', async () => {
  const format: BoxFormat = { state: 'unbound' };
  const others = {
    format,
    cipher: createFieldCipher({ format, ring: parseFieldKeys(JSON.stringify([generateFieldKey('1')])) }),
    index: createBlindIndex(generateIndexKey()),
  };
  const { driver: empty, migrate, close } = await ownDatabase({ migrated: false });
  await requireKeysBeforeMigrating(empty, others);
  await migrate(await formerMigrations());
  await requireKeysBeforeMigrating(empty, others);
  await fillFormer(empty, 1);
  await expect(requireKeysBeforeMigrating(empty, others)).rejects.toThrow(/FIELD_KEYS.* Nothing was changed$/);
  await requireKeysBeforeMigrating(empty, { format, cipher: formerCipher, index: others.index });
  await close();
});

const BUNDLE: BuildOptions = {
  entryPoints: [fileURLToPath(new URL('../../src/worker.ts', import.meta.url))],
  bundle: true,
  format: 'esm',
  platform: 'node',
  logLevel: 'error',
};

describe.skipIf(databaseUrl === undefined)(`at the edge${needsPostgres}`, () => {
  let database: { readonly url: string; drop(): Promise<void> };
  let neon: NeonServer;
  let folder: string;
  /** All modules in one, so that each import of it has a state of its own. */
  let bundle: string;
  let isolates = 0;
  beforeAll(async () => {
    folder = await mkdtemp(`${tmpdir()}/portal-isolates-`);
    bundle = `${folder}/worker.mjs`;
    await build({ ...BUNDLE, outfile: bundle });
    database = await freshDatabase();
    neon = await startNeon({ databaseUrl: required(databaseUrl) });
    const driver = createTcpDriver({ url: database.url });
    await (await startPortal({ driver, environment: KEYS })).person('patient', 'known');
    await driver.close();
  });
  afterAll(async () => {
    await neon.close();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  /** A Worker in a new isolate. */
  async function isolate(keys: Partial<typeof KEYS> = {}) {
    const { default: worker } = (await import(
      `${bundle}?isolate=${++isolates}`
    )) as typeof import('../../src/worker.ts');
    const nowhere = 'http://127.0.0.1:9';
    const bindings = {
      DATABASE_URL: database.url,
      NEON_ENDPOINT: `${neon.url}/sql`,
      PUBLIC_URL: 'https://portal.example',
      TOKEN_KEYS: JSON.stringify([await generateTokenKey()]),
      CHECKPOINT_KEYS: JSON.stringify([generateCheckpointSeed()]),
      UPSTASH_REDIS_REST_URL: nowhere,
      UPSTASH_REDIS_REST_TOKEN: 'a token of the test',
      QSTASH_URL: nowhere,
      QSTASH_TOKEN: 'a token of the test',
      QSTASH_CURRENT_SIGNING_KEY: 'a current signing key',
      QSTASH_NEXT_SIGNING_KEY: 'the next signing key',
      MFA_REQUIRED_ROLES: '',
      ...KEYS,
      ...keys,
      FILES: {} as never,
      IMAGES: {} as never,
      ASSETS: {} as never,
    };
    const context = { waitUntil: (work: Promise<unknown>) => void work.catch(() => {}) };
    const ask = (path: string, body?: unknown) =>
      worker.fetch(
        new Request(`https://portal.example${path}`, {
          headers: { 'Content-Type': 'application/json', 'CF-Connecting-IP': '203.0.113.9' },
          ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
        }),
        bindings,
        context,
      );
    return { ask, cron: () => worker.scheduled(null, bindings, context) };
  }
  const credentials = { email: 'known@example.org', password: PASSWORD };

  test.for([
    ['INDEX_KEY', { INDEX_KEY: generateIndexKey() }],
    ['FIELD_KEYS', { FIELD_KEYS: JSON.stringify([generateFieldKey('2')]) }],
  ] as const)(
    'another %s: every request that needs the database is a 503, and the log says why',
    async ([name, keys]) => {
      const { ask, cron } = await isolate(keys);
      const log = vi.spyOn(console, 'error').mockImplementation(() => {});
      for (const _ of [1, 2]) {
        const login = await ask('/api/v1/auth/login', credentials);
        expect([login.status, login.headers.get('retry-after')]).toEqual([503, '60']);
      }
      const ready = await ask('/ready');
      expect(ready.status).toBe(503);
      // Wrong keys are reported as such, not as a database that is down.
      const { dependencies } = (await ready.json()) as { dependencies: { name: string; reason?: string }[] };
      expect(dependencies).toContainEqual(expect.objectContaining({ name: 'database', reason: 'wrong_keys' }));
      expect((await ask('/health')).status).toBe(200);
      log.mockClear();
      await cron();
      const said = log.mock.calls.flat().filter((line) => String(line).includes('settings_refused'));
      log.mockRestore();
      expect(said[0]).toContain(`${name}: `);
    },
  );

  test('the right keys are verified once per isolate', async () => {
    const { ask } = await isolate();
    const trips = async () => {
      neon.resetStats();
      expect((await ask('/api/v1/auth/login', credentials)).status).toBe(200);
      return neon.stats().requests;
    };
    // The first one verifies the keys, and loads the rules of addresses.
    const first = await trips();
    expect(await trips()).toBe(first - 2);
  });
});

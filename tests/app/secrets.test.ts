import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { prepareSecrets, readSecrets, storedSecrets } from '../../src/compose/secrets.ts';
import { ConfigRefused } from '../../src/config.ts';

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(`${tmpdir()}/portal-secrets-`);
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

test('secrets are generated once, readable only by their owner', async () => {
  expect(await readSecrets(dataDir)).toEqual({});
  const made = await storedSecrets(dataDir);
  expect(Object.keys(made)).toEqual(['TOKEN_KEYS', 'FIELD_KEYS', 'INDEX_KEY', 'CHECKPOINT_KEYS']);
  expect(await storedSecrets(dataDir)).toEqual(made);
  expect((await stat(`${dataDir}/secrets.json`)).mode & 0o777).toBe(0o600);
});

test('a file of an earlier version keeps its keys and gets the missing one, once', async () => {
  const { INDEX_KEY: _, ...former } = await storedSecrets(dataDir);
  await writeFile(`${dataDir}/secrets.json`, JSON.stringify(former));
  const completed = await storedSecrets(dataDir);
  expect(completed).toEqual({ ...former, INDEX_KEY: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) });
  expect(await storedSecrets(dataDir)).toEqual(completed);
  expect(JSON.parse(await readFile(`${dataDir}/secrets.json`, 'utf8'))).toEqual(completed);
});

test('R85: generated secrets are stored only when they are known to match the database', async () => {
  await prepareSecrets(dataDir);
  expect(await readSecrets(dataDir)).toEqual({});
});

test.each([
  '{"FIELD_KEYS": "a secret that nobody',
  '[]',
  'null',
  '{"INDEX_KEY": ""}',
  '{"TOKEN_KEYS": {"a secret": 1}}',
])('R84: a damaged file is named and not quoted: %s', async (text) => {
  await writeFile(`${dataDir}/secrets.json`, text);
  const fault = await prepareSecrets(dataDir).catch((error: unknown) => error);
  expect(fault).toBeInstanceOf(ConfigRefused);
  expect(String(fault)).toContain('Restore it from a backup');
  expect(String(fault)).not.toContain('secret that');
  expect(await readFile(`${dataDir}/secrets.json`, 'utf8')).toBe(text);
});

/** A refused start says what is wrong and what to do, and changes nothing (R84, R85). */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startProcess, startRefused } from './deno-process.ts';
import { prepareFolder } from './prepared-folder.ts';

let folder: string;
let whole: string;
beforeAll(async () => {
  folder = await mkdtemp(`${tmpdir()}/portal-refused-`);
  whole = `${folder}/whole`;
  await prepareFolder(whole);
  const portal = await startProcess({ DATA_DIR: whole });
  await portal.stop();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function copy(name: string): Promise<string> {
  const path = `${folder}/${name}`;
  await cp(whole, path, { recursive: true });
  return path;
}

test('R85: without secrets.json no new one is generated next to existing data', async () => {
  const dataDir = await copy('no-secrets');
  await rm(`${dataDir}/secrets.json`);
  const { code, output } = await startRefused({ DATA_DIR: dataDir });
  expect([code, output]).toEqual([1, expect.stringContaining('restore secrets.json into DATA_DIR')]);
  expect(await readdir(dataDir)).not.toContain('secrets.json');
  await cp(`${whole}/secrets.json`, `${dataDir}/secrets.json`);
  const portal = await startProcess({ DATA_DIR: dataDir });
  await portal.stop();
});

test('R84: a damaged secrets.json is not quoted', async () => {
  const dataDir = await copy('damaged-secrets');
  const text = await readFile(`${dataDir}/secrets.json`, 'utf8');
  await writeFile(`${dataDir}/secrets.json`, text.slice(0, 200));
  const { code, output } = await startRefused({ DATA_DIR: dataDir });
  expect([code, output]).toEqual([1, expect.stringContaining('secrets.json is damaged. Restore it from a backup')]);
  expect(output).not.toContain(text.slice(20, 60));
});

test('R84: a damaged database asks for a backup to be restored', async () => {
  const dataDir = await copy('damaged-database');
  await writeFile(`${dataDir}/database/global/pg_control`, 'not a control file');
  const { code, output } = await startRefused({ DATA_DIR: dataDir });
  expect([code, output]).toEqual([1, expect.stringContaining('is damaged, or was created by another version')]);
});

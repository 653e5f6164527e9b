import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PortalProcess, startProcess } from './deno-process.ts';

let dataDir: string;
let portal: PortalProcess;
beforeAll(async () => {
  dataDir = await mkdtemp(`${tmpdir()}/portal-readme-`);
  portal = await startProcess({ DATA_DIR: dataDir });
}, 90_000);
afterAll(async () => {
  await portal.stop();
  await rm(dataDir, { recursive: true, force: true });
});

test('the README’s tour works as it is pasted', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const tour = /<!-- tour -->\n```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const here = tour.replace('http://127.0.0.1:8787', portal.url);
  expect(here).not.toBe(tour);
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', here], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout).toContain('{"status":"verification_sent"}');
  expect(stdout).toContain('"status":"scheduled"');
  expect(stdout).toContain('"code":"slot_unavailable"');
  expect(stdout).toMatch(/^cancelled$/m);
  expect(stdout).toContain('was cancelled');
}, 60_000);

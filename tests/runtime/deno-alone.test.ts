import { spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
let folder: string;

/** The project as `deno install --prod` leaves it: without the runtimes from npm, and in a path with a space. */
beforeAll(async () => {
  folder = await mkdtemp(`${tmpdir()}/deno alone-`);
  await Promise.all([mkdir(`${folder}/bin`), mkdir(`${folder}/portal/node_modules`, { recursive: true })]);
  await symlink(`${ROOT}node_modules/deno/deno`, `${folder}/bin/deno`);
  const parts = ['adapters', 'clients', 'domain', 'migrations', 'src', 'tools', 'web'];
  const files = ['deno.json', 'package.json', 'package-lock.json', 'tsconfig.json'];
  spawnSync('cp', ['-R', ...[...parts, ...files].map((path) => ROOT + path), `${folder}/portal/`]);
  // Hard links where the file system allows them. `deno` and the commands of packages are left out.
  const packages = `find . -mindepth 1 -maxdepth 1 ! -name deno ! -name '.*' -exec cp -R$0 {} "$TO" ';'`;
  const copy = (how: string) =>
    spawnSync('sh', ['-c', packages, how], {
      cwd: `${ROOT}node_modules`,
      env: { PATH: process.env.PATH ?? '', TO: `${folder}/portal/node_modules/` },
      encoding: 'utf8',
    });
  const linked = copy('l');
  const copied = linked.stderr === '' ? linked : copy('f');
  expect(copied.stderr).toBe('');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('with Deno alone in the path `deno task start` runs the portal, and SIGTERM ends it in order', async () => {
  const child = spawn(`${folder}/bin/deno`, ['task', 'start'], {
    cwd: `${folder}/portal`,
    env: { PATH: `${folder}/bin`, HOME: tmpdir(), DATA_DIR: `${folder}/data`, PORT: '0', DEMO: '0', NO_COLOR: '1' },
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  // Waits until the portal has closed the output too, because `deno task` itself ends earlier.
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  let url: string | undefined;
  while (url === undefined && child.exitCode === null) {
    url = /API\s+(http:\S+)\/api\/v1/.exec(output)?.[1];
    await new Promise((wake) => setTimeout(wake, 100));
  }
  expect(url, output).toBeDefined();
  expect((await fetch(`${url}/ready`)).status).toBe(200);
  const page = await fetch(`${url}/login`, { headers: { Accept: 'text/html' } });
  expect([page.status, await page.text()], output).toEqual([200, expect.stringContaining('<div id="root">')]);
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
  await ended;
  expect(output).toContain('Stopped.');
});

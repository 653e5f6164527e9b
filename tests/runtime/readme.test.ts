import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PortalProcess, startProcess } from './deno-process.ts';

let dataDir: string;
let portal: PortalProcess;
let tour: string;
beforeAll(async () => {
  dataDir = await mkdtemp(`${tmpdir()}/portal of the readme-`);
  portal = await startProcess({ DATA_DIR: dataDir });
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const written = /<!-- tour -->\n```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  tour = written.replaceAll('http://127.0.0.1:8787', portal.url);
  expect(tour).not.toBe(written);
});
afterAll(async () => {
  await portal.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** Interactive, as when pasted: then zsh treats `#` as a command and fails if a pattern matches no file. */
async function paste(shell: string, flags: string[]): Promise<{ stdout: string; stderr: string }> {
  const child = spawn(shell, [...flags, '-i', '-s'], { stdio: 'pipe', detached: true });
  const told = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (told.stdout += chunk));
  child.stderr.on('data', (chunk) => (told.stderr += chunk));
  child.stdin.end(`${tour}\nexit\n`);
  await new Promise((done) => child.once('close', done));
  return told;
}

const SHELLS: readonly [string, string[]][] = [
  ['bash', ['--norc', '--noprofile']],
  ['zsh', ['-f']],
];

for (const [shell, flags] of SHELLS) {
  const isHere = spawnSync(shell, ['-c', 'true']).status === 0;
  const title = `the README’s tour works as it is pasted into ${shell}, and again${isHere ? '' : ` (skipped: there is no ${shell})`}`;
  test.skipIf(!isHere)(
    title,
    async () => {
      for (const _ of ['first', 'second']) {
        const { stdout, stderr } = await paste(shell, flags);
        expect(stderr).not.toMatch(/not found|no matches|parse error|SyntaxError|TypeError/);
        expect(stdout).toContain('{"status":"verification_sent"}');
        expect(stdout).toContain('"status":"scheduled"');
        expect(stdout).toContain('"code":"slot_unavailable"');
        expect(stdout).toMatch(/^cancelled$/m);
        expect(stdout).toContain('was cancelled');
      }
    },
    120_000,
  );
}

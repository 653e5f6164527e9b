/** The short form of `npm run chaos`: each fault for a second. */
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const RUN = fileURLToPath(new URL('run.ts', import.meta.url));
/** Linux has it; without it a process cannot be given few descriptors. */
const canLimit = spawnSync('prlimit', ['--version']).status === 0;

test.skipIf(!canLimit)(
  'R80, R82: under each fault nothing acknowledged is lost or doubled, and the processes live',
  async () => {
    const run = spawn('prlimit', ['--nofile=8000', process.execPath, RUN], {
      env: { ...process.env, CHAOS_FAULT_MS: '1000', CHAOS_CONNECTIONS: '1500' },
    });
    let output = '';
    run.stdout.on('data', (chunk) => {
      output += chunk;
    });
    run.stderr.on('data', (chunk) => {
      output += chunk;
    });
    const code = await new Promise((resolve) => run.once('exit', resolve));
    expect(code, output).toBe(0);
    expect(output).toContain('read_only 25006');
    expect(output).toMatch(/Asked to stop with a half-sent body: ended after \d+ ms with 0/);
  },
  300_000,
);

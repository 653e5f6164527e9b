/** The short form of `npm run chaos`: some of its faults, for a second each. */
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const RUN = fileURLToPath(new URL('run.ts', import.meta.url));
/** Linux has it; without it a process cannot be given few descriptors. */
const canLimit = spawnSync('prlimit', ['--version']).status === 0;

test.skipIf(!canLimit)(
  `R80 to R84: under each fault nothing acknowledged is lost or doubled, and the log names the cause${canLimit ? '' : ' (skipped: there is no prlimit)'}`,
  async () => {
    const parameters = ['--brief', '--seconds=1', '--connections=1500'];
    const run = spawn('prlimit', ['--nofile=8000', process.execPath, RUN, ...parameters]);
    let output = '';
    for (const stream of [run.stdout, run.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
      });
    }
    const code = await new Promise((resolve) => run.once('exit', resolve));
    expect(code, output).toBe(0);
    expect(output).toContain('read_only 25006');
    expect(output).toContain('All held.');
  },
  300_000,
);

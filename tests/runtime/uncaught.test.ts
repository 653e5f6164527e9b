import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

test.each([
  ['timer', 'uncaught_exception'],
  ['nextTick', 'uncaught_exception'],
  ['rejection', 'unhandled_rejection'],
])('R84: a fault that nobody catches (%s) is one line of the log, and ends the process', (way, event) => {
  const { status, stdout, stderr } = spawnSync(
    `${ROOT}node_modules/.bin/deno`,
    [
      'run',
      '--quiet',
      '--no-prompt',
      `--config=${ROOT}deno.json`,
      '--allow-env',
      '--allow-read',
      'tests/runtime/uncaught.fixture.ts',
      way,
    ],
    { cwd: ROOT, encoding: 'utf8', env: { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: '1' } },
  );
  expect(status).toBe(1);
  expect(stdout).toBe('');
  expect(JSON.parse(stderr)).toMatchObject({ level: 'error', event, name: 'TypeError', code: 'EFAULT', exitCode: 1 });
  expect(stderr).not.toContain('somebody@example.org');
});

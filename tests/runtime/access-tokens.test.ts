import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FIXTURE = fileURLToPath(new URL('access-tokens.fixture.ts', import.meta.url));

test('R19: under Deno, access tokens are verified by both kinds of key, and altered ones refused', async () => {
  const deno = `${ROOT}node_modules/.bin/deno`;
  const parameters = ['run', '-A', '--quiet', `--config=${ROOT}deno.json`, FIXTURE];
  const { stdout } = await promisify(execFile)(deno, parameters);
  expect(JSON.parse(stdout)).toEqual([]);
});

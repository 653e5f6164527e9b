import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends the mutation test, which removes its copies', async (signal) => {
  const temporary = await mkdtemp(`${tmpdir()}/mutants-test-`);
  onTestFinished(() => rm(temporary, { recursive: true, force: true }));
  const child = spawn(process.execPath, ['tools/mutants.ts', '--count', '1'], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  for await (const text of child.stdout) {
    if (String(text).includes('copied')) break;
  }
  expect(await readdir(temporary)).toHaveLength(1);
  child.kill(signal);
  expect(await ended).toEqual([null, signal]);
  expect(await readdir(temporary)).toEqual([]);
});

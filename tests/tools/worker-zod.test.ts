/** The parts of zod that the Worker gets. */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import * as whole from 'zod';
// @ts-expect-error: a bundler's module, without types
import * as worker from '../../tools/worker/zod.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What is left out on purpose. */
const LEFT_OUT = [
  'ZodCompileAsyncError',
  'ZodCompileUnsupportedError',
  'INVALID',
  'compile',
  'deepPartial',
  'fromJSONSchema',
  'getDiscriminatedOption',
  'locales',
  'memoizer',
  'toJSONSchema',
  'toZod',
  'withParser',
];

test('the Worker gets every part of zod but those that are left out on purpose', () => {
  const missing = Object.keys(whole).filter((name) => !(name in worker));
  expect(missing.sort()).toEqual([...LEFT_OUT].sort());
  expect(Object.keys(worker.z).sort()).toEqual(
    Object.keys(worker)
      .filter((name) => !['z', 'default'].includes(name))
      .sort(),
  );
});

test('no source uses a part that is left out', async () => {
  const files = (await readdir(`${ROOT}src`, { recursive: true })).filter((name) => name.endsWith('.ts'));
  const texts = await Promise.all(files.map((name) => readFile(`${ROOT}src/${name}`, 'utf8')));
  const used = new Set(texts.flatMap((text) => [...text.matchAll(/\bz\.([a-zA-Z]+)\(/g)].map(([, name = '']) => name)));
  expect(used.size).toBeGreaterThan(10);
  expect([...used].filter((name) => !(name in worker))).toEqual([]);
});

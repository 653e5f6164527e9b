/** Under Deno, files may be replaced while the process runs: what requests need is loaded when it starts. */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const AT_START = 'src/deno.ts loads them all before it answers';
const BUNDLE = 'a Worker is one bundle';

/** Every file that imports one of ours on demand, and why none of them meets another version. */
const ON_DEMAND: Readonly<Record<string, string>> = {
  'src/http/groups.ts': AT_START,
  'src/app/notifications/languages.ts': AT_START,
  // While it composes, if a collector is set.
  'src/compose/deno.ts': AT_START,
  'src/worker.ts': BUNDLE,
  'src/compose/edge.ts': BUNDLE,
  // Libraries of channels, of which most portals use one: no request waits for them, and a job is tried again.
  'src/compose/providers.ts': 'jobs alone',
  'adapters/channels/smtp.ts': 'jobs alone',
};

test('each file that is imported on demand is loaded at the start, or by jobs alone', async () => {
  const folders = ['src', 'domain', 'adapters'];
  const names = await Promise.all(folders.map((folder) => readdir(`${ROOT}${folder}`, { recursive: true })));
  const paths = names.flatMap((of, index) =>
    of.filter((name) => name.endsWith('.ts')).map((name) => `${folders[index]}/${name}`),
  );
  const texts = await Promise.all(
    paths.map(async (path) => ({ path, text: await readFile(`${ROOT}${path}`, 'utf8') })),
  );
  const found = texts.filter(({ text }) => /\bimport\(\s*['"`]\./.test(text)).map(({ path }) => path);
  expect(found.toSorted()).toEqual(Object.keys(ON_DEMAND).toSorted());
  const start = texts.find(({ path }) => path === 'src/deno.ts')?.text ?? '';
  expect(start).toMatch(/await Promise\.all\(\[app\.operations\(\), loadTexts\(\)\]\);[\s\S]*await compose\(/);
});

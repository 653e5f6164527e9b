/** What a page of the web application costs to load, compressed: the first one, and each further one. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { buildWeb } from '../../tools/web.ts';

const FOLDER = fileURLToPath(new URL('../../.web/', import.meta.url));
const KILOBYTE = 1000;
/** Signing in should be 150: the words of pages that come later are still part of it. */
const MAXIMUM = { signIn: 152 * KILOBYTE, furtherPage: 75 * KILOBYTE, styles: 12 * KILOBYTE };

interface Part {
  readonly file: string;
  readonly css?: readonly string[];
  readonly imports?: readonly string[];
  readonly isDynamicEntry?: boolean;
}

let parts: Readonly<Record<string, Part>>;
beforeAll(async () => {
  await buildWeb();
  parts = JSON.parse(await readFile(`${FOLDER}manifest.json`, 'utf8'));
});

/** A part and all that it imports before it runs. */
function needed(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  for (const imported of parts[name]?.imports ?? []) needed(imported, found);
  return found;
}

async function compressed(names: Iterable<string>): Promise<number> {
  let bytes = 0;
  for (const name of names) bytes += gzipSync(await readFile(`${FOLDER}${parts[name]?.file}`)).length;
  return bytes;
}

const isPage = (name: string) => name.startsWith('src/features/');

test('signing in', async () => {
  const all = [...needed('index.html'), ...needed('src/features/entry/sign-in.tsx'), ...needed('src/texts/en.ts')];
  expect(await compressed(new Set(all))).toBeLessThanOrEqual(MAXIMUM.signIn);
});

test('each further page', async () => {
  const present = needed('index.html');
  const tooLarge: string[] = [];
  const pages = Object.keys(parts).filter((name) => isPage(name) && parts[name]?.isDynamicEntry);
  expect(pages.length).toBeGreaterThan(10);
  for (const name of pages) {
    const added = await compressed([...needed(name)].filter((each) => !present.has(each)));
    if (added > MAXIMUM.furtherPage) tooLarge.push(`${name}: ${added}`);
  }
  expect(tooLarge).toEqual([]);
});

test('styles', async () => {
  const files = new Set(
    Object.values(parts).flatMap(({ file, css = [] }) => [file, ...css].filter((name) => name.endsWith('.css'))),
  );
  let bytes = 0;
  for (const file of files) bytes += gzipSync(await readFile(`${FOLDER}${file}`)).length;
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThanOrEqual(MAXIMUM.styles);
});

/**
 * Builds the Worker into `.worker/`: `worker.js` with what it imports is evaluated when it starts, and each part behind an
 * `import()` when a request first needs it. wrangler runs it before it serves or uploads (`wrangler.toml`); its own bundler
 * would put everything into one module, which is evaluated at the start.
 *
 * `meta.json` says what is in which file, for `npm run check` and `npm run bench:start`.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { BUNDLED } from './bundled.ts';

process.chdir(fileURLToPath(new URL('../..', import.meta.url)));

const FOLDER = '.worker';

const { outputFiles, metafile } = await build({
  ...BUNDLED,
  entryPoints: ['src/worker.ts'],
  outdir: FOLDER,
  sourcemap: 'linked',
});

/**
 * Replaces a file at once, and only if it differs: several `wrangler dev` may run on this folder, and each watches it.
 * @param {string} path
 * @param {Uint8Array} bytes
 */
async function put(path, bytes) {
  const present = await readFile(path).catch(() => undefined);
  if (present?.equals(bytes)) return;
  const temporary = `${dirname(path)}/.${basename(path)}.${process.pid}`;
  await writeFile(temporary, bytes);
  await rename(temporary, path);
}

await mkdir(`${FOLDER}/parts`, { recursive: true });
const made = outputFiles.map(({ path, contents }) => ({ path: relative('.', path), bytes: Buffer.from(contents) }));
// Parts first, so that what imports them never precedes them.
for (const { path, bytes } of made.toSorted((a, b) => b.path.split('/').length - a.path.split('/').length)) {
  await put(path, bytes);
}
await put(`${FOLDER}/meta.json`, Buffer.from(JSON.stringify(metafile)));
// What an earlier build made would be uploaded as well.
const current = new Set(made.map(({ path }) => path));
for (const name of await readdir(`${FOLDER}/parts`)) {
  const path = `${FOLDER}/parts/${name}`;
  if (/\.js(\.map)?$/.test(name) && !name.startsWith('.') && !current.has(path)) await rm(path, { force: true });
}

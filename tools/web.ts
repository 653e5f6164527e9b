/**
 * Builds the web application into `.web/`, unless it was built of the same sources. It runs under `npm start`,
 * `deno task start` and wrangler, and needs no network.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = `${ROOT}.web`;
/** What it is built of. */
const SOURCES = ['web', 'clients/typescript', 'package-lock.json'];

/** @param path of a folder or a file, from the root */
async function filesIn(path: string): Promise<string[]> {
  if (path.endsWith('.json')) return [path];
  const entries = await readdir(`${ROOT}${path}`, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath.slice(ROOT.length)}/${entry.name}`);
}

async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256');
  for (const path of (await Promise.all(SOURCES.map(filesIn))).flat().sort()) {
    hash.update(`${path}\0`).update(await readFile(`${ROOT}${path}`));
  }
  return hash.digest('hex');
}

/** Two starts at once build into folders of their own, and the one that ends first is kept: their sources are the same. */
async function put(built: string): Promise<void> {
  const former = `${built}.former`;
  await rename(FOLDER, former).catch(unless('ENOENT'));
  await rename(built, FOLDER).catch(unless('ENOTEMPTY', 'EEXIST'));
  await rm(former, { recursive: true, force: true });
}

const unless =
  (...codes: readonly string[]) =>
  (error: NodeJS.ErrnoException) => {
    if (!codes.includes(error.code ?? '')) throw error;
  };

/**
 * @param tell called before and after it is built
 * @throws what Vite throws if the sources have a fault
 */
export async function buildWeb(tell: (text: string) => void = () => {}): Promise<void> {
  const wanted = await hashOfSources();
  const present = await readFile(`${FOLDER}/.sources`, 'utf8').catch(() => '');
  if (present === wanted) return;
  tell('Building the web application (a few seconds, once) …');
  const started = Date.now();
  const { build } = await import('vite');
  const outDir = `${ROOT}.web.${process.pid}`;
  // Vite takes it over, and tests set another one: the application would be that for development.
  const { NODE_ENV } = process.env;
  process.env.NODE_ENV = 'production';
  try {
    await build({ configFile: `${ROOT}web/vite.config.ts`, logLevel: 'error', build: { outDir } });
    await mkdir(outDir, { recursive: true });
    await writeFile(`${outDir}/.sources`, wanted);
    await put(outDir);
  } finally {
    if (NODE_ENV === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = NODE_ENV;
    await rm(outDir, { recursive: true, force: true });
  }
  tell(`The web application is built (${Math.max(1, Math.round((Date.now() - started) / 1000))} s).`);
}

/** For a start: without the pages the API goes on working, so what is wrong is said, and stops nothing. */
export async function buildPages(): Promise<void> {
  await buildWeb(console.log).catch((error: unknown) => {
    console.error('\nThe web application could not be built, so the portal starts without its pages:\n', error);
  });
}

if (import.meta.main) await buildPages();

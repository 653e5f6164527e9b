/**
 * Mutation test of the domain: changes one operator at a time in a copy of the project and runs the tests.
 *
 *     npm run mutants -- [--seed 1 [--seed 2 …]] [--count 30] [--only domain/mfa/phone.ts] [--survivors 1]
 *
 * A seed determines which operators are changed, and the choice stays when other lines change (`choose`). A mutant that no
 * test notices is a survivor; the exit code is 1 if a seed has more survivors than `--survivors`. One with which the tests do
 * not end counts as noticed, and is shown as `no end`. Mutants that behave like the original are listed in `EQUIVALENT`,
 * with the reason.
 */
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { choose, type Mutant, mutantsIn } from './mutants-choice.ts';
import { EQUIVALENT } from './mutants-equivalent.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const { values } = parseArgs({
  options: {
    seed: { type: 'string', multiple: true, default: ['1'] },
    count: { type: 'string', default: '30' },
    only: { type: 'string' },
    survivors: { type: 'string', default: '1' },
  },
});

const names = (await readdir(`${ROOT}domain`, { recursive: true }))
  .filter((name) => name.endsWith('.ts') && !/(ports|errors|changes)\.ts$/.test(name))
  .map((name) => `domain/${name}`)
  .filter((path) => values.only === undefined || path.startsWith(values.only))
  .sort();
const all = (await Promise.all(names.map(async (path) => mutantsIn(path, await readFile(`${ROOT}${path}`, 'utf8')))))
  .flat()
  .filter(({ path, to }) => !EQUIVALENT.some((known) => known.path === path && known.line === to));
const samples = values.seed.map((seed) => ({ seed, mutants: choose(all, Number(seed), Number(values.count)) }));
const chosen = [...new Set(samples.flatMap(({ mutants }) => mutants))];
console.log(`${chosen.length} of ${all.length} mutants, seed ${values.seed.join(', ')}`);

/** Aborted when a signal ends the run: the tests end then, and the copies of the project are removed. */
const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort(signal));

/**
 * What became of a mutant: a test of its own context failed, a test of another context failed, the tests did not end, or
 * nothing noticed it.
 */
const OUTCOMES = ['own tests', 'other tests', 'no end', 'SURVIVED'] as const;
type Outcome = (typeof OUTCOMES)[number];

async function copyProject(folder: string): Promise<void> {
  const copied = ['domain', 'src', 'adapters', 'tests', 'tools', 'migrations', 'package.json', 'tsconfig.json'];
  for (const name of [...copied, 'vitest.pure.config.ts']) {
    stopped.signal.throwIfAborted();
    await cp(`${ROOT}${name}`, `${folder}/${name}`, { recursive: true });
  }
  await symlink(`${ROOT}node_modules`, `${folder}/node_modules`);
}

/** How long the tests of a mutant may take, as a multiple of what they take without one: a mutant may loop for ever. */
const PATIENCE = 8;
/** For a machine that is busy with something else in between. */
const LEAST_MILLISECONDS = 30_000;

/** @param milliseconds Default: no limit */
function run(folder: string, tests: readonly string[], milliseconds?: number): Promise<'passed' | 'failed' | 'no end'> {
  const vitest = `${ROOT}node_modules/.bin/vitest`;
  const child = spawn(vitest, ['run', '--config', 'vitest.pure.config.ts', '--bail=1', '--maxWorkers=1', ...tests], {
    cwd: folder,
    stdio: 'ignore',
    timeout: milliseconds,
    // A worker in an endless loop answers no other signal.
    killSignal: 'SIGKILL',
    signal: stopped.signal,
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code === 0 ? 'passed' : signal === 'SIGKILL' ? 'no end' : 'failed'));
  });
}

const contextOf = (path: string) => path.split('/').slice(1, -1)[0] ?? '';
const contexts = (await readdir(`${ROOT}tests/domain`, { withFileTypes: true }))
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const folderOf = (context: string) => `tests/domain/${context}/`;
/** How long the tests of each context take without a mutant, in milliseconds. */
const durations = new Map<string, number>();

async function measure(folder: string): Promise<void> {
  for (const context of contexts) {
    const started = performance.now();
    const result = await run(folder, [folderOf(context)]);
    if (result !== 'passed') throw new Error(`${folderOf(context)}: the tests fail without any mutant`);
    durations.set(context, performance.now() - started);
  }
}

function limitOf(tested: readonly string[]): number {
  const usual = tested.reduce((sum, context) => sum + (durations.get(context) ?? 0), 0);
  return Math.ceil(Math.max(LEAST_MILLISECONDS, PATIENCE * usual));
}

/** Tests by their path, with their text. */
const tests = await Promise.all(
  (await readdir(`${ROOT}tests/domain`, { recursive: true }))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `tests/domain/${name}`)
    .map(async (test) => [test, await readFile(`${ROOT}${test}`, 'utf8')] as const),
);

/** The tests in the order in which they most likely notice a mutant: those that import its file, of its context, of all others. */
function partsFor(path: string) {
  const context = contextOf(path);
  const isOwn = (test: string) => test.startsWith(folderOf(context));
  const isNear = (test: string, text: string) => isOwn(test) && text.includes(`/${path}'`);
  const named = (wanted: (test: string, text: string) => boolean) =>
    tests.filter(([test, text]) => wanted(test, text)).map(([test]) => test);
  const own = contexts.filter((each) => each === context);
  const others = contexts.filter((each) => each !== context);
  return [
    { outcome: 'own tests', tested: named(isNear), limit: limitOf(own) },
    { outcome: 'own tests', tested: named((test, text) => isOwn(test) && !isNear(test, text)), limit: limitOf(own) },
    { outcome: 'other tests', tested: others.map(folderOf), limit: limitOf(others) },
  ] as const;
}

async function outcomeOf(folder: string, { path, text }: Mutant): Promise<Outcome> {
  const original = await readFile(`${folder}/${path}`, 'utf8');
  await writeFile(`${folder}/${path}`, text);
  try {
    for (const { outcome, tested, limit } of partsFor(path).filter((part) => part.tested.length > 0)) {
      const result = await run(folder, tested, limit);
      if (result !== 'passed') return result === 'no end' ? 'no end' : outcome;
    }
    return 'SURVIVED';
  } finally {
    await writeFile(`${folder}/${path}`, original);
  }
}

const results: { readonly mutant: Mutant; readonly outcome: Outcome }[] = [];
const queue = [...chosen];

async function work(folder: string): Promise<void> {
  for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
    const outcome = await outcomeOf(folder, mutant);
    results.push({ mutant, outcome });
    console.log(`${String(results.length).padStart(3)}  ${outcome.padEnd(11)}  ${mutant.path}:${mutant.line}`);
  }
}

/** How many mutants of each context came to which outcome. */
function table(): string {
  const rows = [...new Set(chosen.map(({ path }) => contextOf(path)))].sort().map((context) => {
    const of = results.filter(({ mutant }) => contextOf(mutant.path) === context);
    return [context || 'domain', ...OUTCOMES.map((outcome) => of.filter((each) => each.outcome === outcome).length)];
  });
  const all = ['all', ...OUTCOMES.map((outcome) => results.filter((each) => each.outcome === outcome).length)];
  return [['context', ...OUTCOMES], ...rows, all]
    .map(([name, ...counts]) => String(name).padEnd(14) + counts.map((count) => String(count).padStart(13)).join(''))
    .join('\n');
}

/** Waits for all, so that nothing writes to a copy that is being removed. */
async function forEachFolder(task: (folder: string) => Promise<void>): Promise<void> {
  const failed = (await Promise.allSettled(folders.map(task))).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

const temporary = await mkdtemp(`${tmpdir()}/portal-mutants-`);
const folders = Array.from({ length: Math.min(2, availableParallelism()) }, (_, index) => `${temporary}/${index}`);
try {
  await forEachFolder(copyProject);
  console.log(`the project is copied to ${temporary}`);
  await measure(folders[0] as string);
  await forEachFolder(work);
} catch (cause) {
  if (!stopped.signal.aborted) throw cause;
} finally {
  await rm(temporary, { recursive: true, force: true });
}
// The listener is gone, so the signal ends this process as it would have without one.
if (stopped.signal.aborted) process.kill(process.pid, stopped.signal.reason);
const survivors = results.filter(({ outcome }) => outcome === 'SURVIVED').map(({ mutant }) => mutant);
console.log(`\n${table()}\n`);
for (const { path, line, from, to } of survivors) {
  console.log(`SURVIVED ${path}:${line}\n  - ${from}\n  + ${to}`);
}
const survived = samples.map(({ seed, mutants }) => {
  const left = mutants.filter((mutant) => survivors.includes(mutant)).length;
  console.log(`seed ${seed}: ${mutants.length - left} noticed, ${left} survived.`);
  return left;
});
process.exit(Math.max(...survived) > Number(values.survivors) ? 1 : 0);

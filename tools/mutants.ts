/**
 * Mutation test of the domain: changes one operator at a time in a copy of the project and runs the tests.
 *
 *     npm run mutants -- [--seed 1] [--count 30] [--only domain/mfa/phone.ts] [--survivors 1]
 *
 * The seed alone determines which operators are changed. A mutant that no test notices is a survivor; the exit code is
 * 1 if there are more survivors than `--survivors`. Mutants that behave like the original are listed in `EQUIVALENT`,
 * with the reason.
 */
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Replacements of operators, with the surrounding blanks that the formatter writes. */
const OPERATORS: Readonly<Record<string, string>> = {
  ' < ': ' <= ',
  ' <= ': ' < ',
  ' > ': ' >= ',
  ' >= ': ' > ',
  ' === ': ' !== ',
  ' !== ': ' === ',
  ' && ': ' || ',
  ' || ': ' && ',
  ' + ': ' - ',
  ' - ': ' + ',
  ' * ': ' / ',
  '!is': 'is',
  ' ?? ': ' && ',
  'return true;': 'return false;',
  'return false;': 'return true;',
};

/** Mutants that behave like the original: the file, the mutated line, and why no test can notice it. */
const EQUIVALENT: readonly { readonly path: string; readonly line: string; readonly why: string }[] = [];

interface Mutant {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

/** Mulberry32: a small generator with the same sequence on every platform. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Lines without decisions: comments, imports, types and texts for people. */
const NO_CODE = /^\s*(\/\/|\/?\*|import |export type |type |interface |\| |readonly |['"`])|=>.*Promise<|`.*\$\{/;

function mutantsIn(path: string, text: string): Mutant[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    if (NO_CODE.test(line)) return [];
    return Object.entries(OPERATORS).flatMap(([from, to]) => {
      const sites: Mutant[] = [];
      for (let at = line.indexOf(from); at >= 0; at = line.indexOf(from, at + 1)) {
        const quotes = line.slice(0, at).split("'").length - 1;
        const mutated = line.slice(0, at) + to + line.slice(at + from.length);
        if (quotes % 2 === 1) continue;
        sites.push({
          path,
          line: index + 1,
          from: line.trim(),
          to: mutated.trim(),
          text: [...lines.slice(0, index), mutated, ...lines.slice(index + 1)].join('\n'),
        });
      }
      return sites;
    });
  });
}

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
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
const random = seeded(Number(values.seed));
const chosen: Mutant[] = [];
const left = [...all];
while (chosen.length < Number(values.count) && left.length > 0) {
  chosen.push(...left.splice(Math.floor(random() * left.length), 1));
}
console.log(`${chosen.length} of ${all.length} mutants, seed ${values.seed}`);

async function copyOfProject(): Promise<string> {
  const folder = await mkdtemp(`${tmpdir()}/portal-mutants-`);
  const copied = ['domain', 'src', 'adapters', 'tests', 'tools', 'migrations', 'package.json', 'tsconfig.json'];
  for (const name of [...copied, 'vitest.pure.config.ts']) {
    await cp(`${ROOT}${name}`, `${folder}/${name}`, { recursive: true });
  }
  await symlink(`${ROOT}node_modules`, `${folder}/node_modules`);
  return folder;
}

/** How long the tests of a mutant may take, as a multiple of what they take without one: a mutant may loop for ever. */
const PATIENCE = 5;

/** @returns whether a test failed, or the tests did not end in time. @param milliseconds Default: no limit */
function isNoticed(folder: string, tests: string, milliseconds?: number): Promise<boolean> {
  const vitest = `${ROOT}node_modules/.bin/vitest`;
  const child = spawn(vitest, ['run', '--config', 'vitest.pure.config.ts', '--bail=1', '--maxWorkers=1', tests], {
    cwd: folder,
    stdio: 'ignore',
    timeout: milliseconds,
  });
  return new Promise((resolve) => child.on('exit', (code) => resolve(code !== 0)));
}

/** Runs the tests of the context first, which usually notice the mutant, then all domain tests. */
async function survives(folder: string, { path, text }: Mutant, milliseconds: number): Promise<boolean> {
  const original = await readFile(`${folder}/${path}`, 'utf8');
  await writeFile(`${folder}/${path}`, text);
  try {
    const context = `tests/${path.split('/').slice(0, 2).join('/')}/`;
    const isMissed = async (tests: string) => !(await isNoticed(folder, tests, milliseconds));
    return (await isMissed(context)) && (await isMissed('tests/domain/'));
  } finally {
    await writeFile(`${folder}/${path}`, original);
  }
}

const survivors: Mutant[] = [];
let done = 0;
const queue = [...chosen];
async function work(): Promise<void> {
  const folder = await copyOfProject();
  try {
    const started = performance.now();
    if (await isNoticed(folder, 'tests/domain/')) throw new Error('the tests fail without any mutant');
    const milliseconds = Math.ceil(PATIENCE * (performance.now() - started));
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const survived = await survives(folder, mutant, milliseconds);
      if (survived) survivors.push(mutant);
      done += 1;
      const { path, line, from, to } = mutant;
      console.log(`${String(done).padStart(3)} ${survived ? 'SURVIVED' : 'noticed '} ${path}:${line}`);
      if (survived) console.log(`      ${from}\n      ${to}`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
await Promise.all(Array.from({ length: Math.max(1, Math.min(2, availableParallelism())) }, work));
console.log(`\n${chosen.length - survivors.length} noticed, ${survivors.length} survived.`);
process.exit(survivors.length > Number(values.survivors) ? 1 : 0);

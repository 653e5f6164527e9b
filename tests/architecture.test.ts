import { readdir, readFile } from 'node:fs/promises';
import { dirname, matchesGlob, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TABLE_GRANTS } from '../adapters/postgres/migrate/application-role.ts';
import { OPERATION_PATHS } from '../src/http/operation-paths.ts';
import { FULL_ONLY, IN_BOTH } from './support/suites.ts';

const ROOT = resolve(import.meta.dirname, '..');

interface Source {
  /** From the root: `domain/shared/ids.ts`. */
  readonly path: string;
  readonly text: string;
  /** What it imports: a path from the root, or the name of a package. */
  readonly imports: readonly string[];
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s*'([^']+)'|(?:^|\n)\s*import\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/g;

async function sources(folder: string): Promise<Source[]> {
  const names = await readdir(`${ROOT}/${folder}`, { recursive: true });
  return Promise.all(
    names
      .filter((name) => /\.m?[jt]s$/.test(name) && !name.includes('node_modules/'))
      .map(async (name) => {
        const path = `${folder}/${name}`;
        const text = await readFile(`${ROOT}/${path}`, 'utf8');
        const imports = [...text.matchAll(IMPORT)].map((match) => {
          const specifier = match[1] ?? match[2] ?? match[3] ?? '';
          return specifier.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(path), specifier)) : specifier;
        });
        return { path, text, imports };
      }),
  );
}

/** Longest file, in lines. */
const MAXIMUM_LINES = 300;
/** Generated: the paths of the operations. */
const PATHS = ['src/http/operation-paths.ts', 'src/http/path-groups.ts'];
/** Tables, as long as what they list: a line for each time zone, for each operation or for each path. */
const GENERATED = ['domain/shared/zone-table.ts', ...PATHS];

const domain = await sources('domain');
const adapters = await sources('adapters');
const src = await sources('src');

/** All sources but the generated types of the client. */
async function everything(): Promise<readonly Source[]> {
  const others = await Promise.all(['tools', 'tests', 'bench'].map(sources));
  return [...domain, ...adapters, ...src, ...others.flat()];
}

/** Every import of the files that breaks a rule, as `file → import`. */
function breaches(files: readonly Source[], isAllowed: (imported: string, file: Source) => boolean): string[] {
  return files.flatMap((file) =>
    file.imports.filter((imported) => !isAllowed(imported, file)).map((imported) => `${file.path} → ${imported}`),
  );
}

const PURE = /^(@noble\/|@scure\/|otplib$|@otplib\/|zod$)/;
/** Pure as well: they format and parse text. A package that streams, stores or calls belongs in an adapter. */
const PURE_IN_USE_CASES = /^(ical-generator|ipaddr\.js)$/;
const folderOf = (path: string) => path.split('/').slice(0, 2).join('/');
const isLocal = (imported: string) => /^(domain|adapters|src|tools|tests|bench)\//.test(imported);

/** Every set of files that import each other in a circle, type-only imports included (Tarjan's algorithm). */
function circles(files: readonly Source[]): string[][] {
  const imports = new Map(files.map((file) => [file.path, file.imports]));
  const index = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const found: string[][] = [];
  const visit = (path: string): number => {
    index.set(path, index.size);
    let low = index.size - 1;
    open.push(path);
    for (const imported of imports.get(path) ?? []) {
      if (!imports.has(imported)) continue;
      if (!index.has(imported)) low = Math.min(low, visit(imported));
      else if (open.includes(imported)) low = Math.min(low, lowest.get(imported) ?? index.get(imported) ?? low);
    }
    lowest.set(path, low);
    if (low === index.get(path)) {
      const circle = open.splice(open.indexOf(path));
      if (circle.length > 1) found.push(circle.sort());
    }
    return low;
  };
  for (const { path } of files) if (!index.has(path)) visit(path);
  return found;
}

/** The context of a file: the folder after its layer. `undefined` for files that belong to none. */
const contextOf = (path: string) =>
  path.match(/^(?:domain|adapters\/postgres|src\/app|src\/http\/routes)\/([^/]+)\//)?.[1];

/** Contexts whose files still import each other in circles. Remove a context here once its circles are open. */
const CIRCULAR: readonly string[] = ['audit', 'migrate', 'privacy'];

describe('the architecture', () => {
  test('there is something to look at', () => {
    expect(Math.min(domain.length, adapters.length, src.length)).toBeGreaterThan(10);
    expect(domain.some(({ imports }) => imports.length > 0)).toBe(true);
  });

  test('each decision has a number of its own', async () => {
    const numbers = (await readdir(`${ROOT}/docs/adr`)).map((name) => name.slice(0, 4));
    expect(numbers.filter((number, place) => numbers.indexOf(number) !== place)).toEqual([]);
  });

  test('the domain imports itself and pure libraries, nothing else', () => {
    expect(breaches(domain, (imported) => imported.startsWith('domain/') || PURE.test(imported))).toEqual([]);
  });

  test('a context imports itself and shared, never a sibling', () => {
    // The files beside the contexts unite what each declares: changes, types of audit event, messages.
    const contexts = domain.filter(({ path }) => path.split('/').length > 2);
    const crossing = breaches(contexts, (imported, file) => {
      if (!imported.startsWith('domain/')) return true;
      const target = folderOf(imported);
      return target === 'domain/shared' || (folderOf(file.path) !== 'domain/shared' && target === folderOf(file.path));
    });
    expect(crossing).toEqual([]);
  });

  test('an adapter imports the domain and its own folder, never src nor another adapter', () => {
    const crossing = breaches(adapters, (imported, file) => {
      if (!isLocal(imported)) return true;
      return imported.startsWith('domain/') || folderOf(imported) === folderOf(file.path);
    });
    expect(crossing).toEqual([]);
  });

  test('a context of the PostgreSQL adapter imports its own folder, the core, and what is listed here', () => {
    const CORE = ['driver', 'commit', 'sealed', 'migrate', 'access'];
    const ARROWS = ['audit → identity', 'identity → mfa', 'privacy → scheduling'];
    const contextIn = (path: string) => /^adapters\/postgres\/(\w+)\//.exec(path)?.[1] ?? '';
    const crossing = breaches(adapters, (imported, file) => {
      const [from, to] = [contextIn(file.path), contextIn(imported)];
      // The commit unites the writers of all contexts.
      if (from === '' || to === '' || from === to || CORE.includes(to)) return true;
      return file.path === 'adapters/postgres/commit/changes.ts' || ARROWS.includes(`${from} → ${to}`);
    });
    expect(crossing).toEqual([]);
  });

  test('only src/compose names adapters', () => {
    const naming = src.filter(({ path }) => !path.startsWith('src/compose/'));
    expect(breaches(naming, (imported) => !imported.startsWith('adapters/'))).toEqual([]);
  });

  test('use cases know neither HTTP nor jobs nor composition', () => {
    const useCases = src.filter(({ path }) => path.startsWith('src/app/'));
    expect(breaches(useCases, (imported) => !/^src\/(http|jobs|compose|config|deno|worker)/.test(imported))).toEqual(
      [],
    );
  });

  test('use cases import no package of a vendor: an adapter does, behind a port', () => {
    const useCases = src.filter(({ path }) => path.startsWith('src/app/'));
    expect(
      breaches(useCases, (imported) => isLocal(imported) || PURE.test(imported) || PURE_IN_USE_CASES.test(imported)),
    ).toEqual([]);
  });

  test('an answer has the type that its route declares', () => {
    const hidden = src.filter(({ path, text }) => path.startsWith('src/http/') && /\bas never\b/.test(text));
    expect(hidden.map(({ path }) => path)).toEqual([]);
  });

  test('a path is written once, where its operation is declared: everything else asks `linkTo`, `pathTo` or `requestOf`', () => {
    const declared = new Set<string>(Object.values(OPERATION_PATHS).map(([, path]) => path));
    const isDeclared = ([, literal = '']: RegExpMatchArray) => literal !== '/' && declared.has(literal);
    const isTyped = (line: string) =>
      /\/api\/v1|`\/[a-z-]+\/\$\{/.test(line) || [...line.matchAll(/'(\/[^']*)'/g)].some(isDeclared);
    const isExempt = (line: string) => /^\s*(\/?\*|\/\/|path: ['`])/.test(line);
    const typed = src
      .filter(({ path }) => !PATHS.includes(path))
      .flatMap(({ path, text }) =>
        text.split('\n').flatMap((line, at) => (isTyped(line) && !isExempt(line) ? `${path}:${at + 1}` : [])),
      );
    expect(typed).toEqual([]);
  });

  test('a Worker evaluates neither routes nor jobs when it starts: it imports them on demand (ADR 0213)', () => {
    const STATIC = /(?:^|\n)(?:import|export)\s(?!type\b)[^'"]*?from\s*'([^']+)'/g;
    const texts = new Map([...domain, ...adapters, ...src].map(({ path, text }) => [path, text]));
    const evaluated = new Set<string>();
    const visit = (path: string) => {
      if (evaluated.has(path)) return;
      evaluated.add(path);
      for (const [, specifier = ''] of texts.get(path)?.matchAll(STATIC) ?? []) {
        visit(specifier.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(path), specifier)) : specifier);
      }
    };
    visit('src/worker.ts');
    expect(evaluated.has('src/http/app.ts')).toBe(true);
    const late =
      /^src\/(http\/(routes|document)\/(?!version)|jobs\/(jobs|handlers)|app\/metrics)|^(prom-client|libphonenumber-js|ical-generator|bowser|uqr|@upstash\/qstash)/;
    expect([...evaluated].filter((path) => late.test(path))).toEqual([]);
  });

  test('jobs call use cases only', () => {
    const jobs = src.filter(({ path }) => path.startsWith('src/jobs/'));
    expect(breaches(jobs, (imported) => !/^src\/(http|compose)/.test(imported))).toEqual([]);
  });

  test('nothing that runs in production imports tools or tests', () => {
    expect(breaches([...domain, ...adapters, ...src], (imported) => !/^(tools|tests|bench)\//.test(imported))).toEqual(
      [],
    );
  });

  test('the domain and the use cases read no clock and roll no dice', () => {
    const impure = [...domain, ...src.filter(({ path }) => path.startsWith('src/app/'))].filter(({ text }) =>
      /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bcrypto\.(randomUUID|getRandomValues)\b/.test(text),
    );
    expect(impure.map(({ path }) => path)).toEqual([]);
  });

  test('R41 SQL converts no time zone but UTC: PostgreSQL has rules of its own', () => {
    const converting = adapters.filter(({ text }) =>
      /AT TIME ZONE(?! 'UTC')|SET (LOCAL )?TIME ?ZONE(?! (= )?'UTC')/i.test(text),
    );
    expect(converting.map(({ path }) => path)).toEqual([]);
  });

  test('a sign-in grant is made by the gate alone', () => {
    const makers = [...domain, ...src].filter(({ text }) => /\bas (unknown as )?SignInGrant\b/.test(text));
    expect(makers.map(({ path }) => path)).toEqual(['domain/mfa/gate.ts']);
  });

  test('a place on disk is made of a URL by fileURLToPath: pathname keeps %20 for a space', async () => {
    const others = await Promise.all(['tools', 'tests', 'bench'].map(sources));
    const wrong = [...domain, ...adapters, ...src, ...others.flat()].filter(({ text }) =>
      /import\.meta\.url\s*\)\s*\.pathname|\bimport\.meta\.url\s*\.replace/.test(text),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('every table has a line in the list of what the application may do', async () => {
    const names = (await readdir(`${ROOT}/migrations`)).filter((name) => name.endsWith('.sql'));
    const scripts = await Promise.all(names.map((name) => readFile(`${ROOT}/migrations/${name}`, 'utf8')));
    const made = scripts.flatMap((script) => [...script.matchAll(/^CREATE TABLE (?:IF NOT EXISTS )?(\w+)/gm)]);
    const dropped = new Set(
      scripts.flatMap((script) => [...script.matchAll(/^DROP TABLE (\w+)/gm)].map(([, table]) => table)),
    );
    const missing = made
      .map(([, table]) => table ?? '')
      .filter((table) => !dropped.has(table) && !Object.hasOwn(TABLE_GRANTS, table));
    expect(missing, 'add a line to TABLE_GRANTS in adapters/postgres/migrate/application-role.ts').toEqual([]);
  });

  test('no files import each other in a circle, type-only imports included', () => {
    const found = circles([...domain, ...adapters, ...src]);
    const isAllowed = (circle: readonly string[]) => circle.every((path) => CIRCULAR.includes(contextOf(path) ?? ''));
    expect(found.filter((circle) => !isAllowed(circle))).toEqual([]);
    const open = CIRCULAR.filter((context) => !found.flat().some((path) => contextOf(path) === context));
    expect(open, 'remove these from CIRCULAR').toEqual([]);
  });

  test('no barrel files', () => {
    const barrels = [...domain, ...adapters, ...src].filter(({ path }) => /(^|\/)index\.ts$/.test(path));
    expect(barrels.map(({ path }) => path)).toEqual([]);
  });

  test(`no file is longer than ${MAXIMUM_LINES} lines`, async () => {
    const files = await everything();
    const long = files.filter(
      ({ path, text }) => !GENERATED.includes(path) && text.split('\n').length - 1 > MAXIMUM_LINES,
    );
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  test('a test that npm test runs at a tenth of its size runs whole in npm run test:full', async () => {
    const reduced = (await everything()).filter(
      ({ path, imports }) => path.endsWith('.test.ts') && imports.includes('tests/support/size.ts'),
    );
    const left = reduced.filter(({ path }) => ![...FULL_ONLY, ...IN_BOTH].some((glob) => matchesGlob(path, glob)));
    expect(
      left.map(({ path }) => path),
      'add these to IN_BOTH in tests/support/suites.ts',
    ).toEqual([]);
  });

  test('no cast by way of unknown: it hides from the compiler that the types do not fit', async () => {
    const cast = ['as', 'unknown', 'as'].join(' ');
    const casts = (await everything()).filter(({ text }) => text.includes(cast));
    expect(casts.map(({ path }) => path)).toEqual([]);
  });
});

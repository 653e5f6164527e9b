/**
 * `npm run reading-cost -- bookAppointment`: which declarations one has to read to understand an operation, by file and
 * lines. It follows value imports from the handler to the use case, the domain, the loads and the writers of its changes.
 * The shared kernel, which all operations have in common, is counted and not followed.
 */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const ROOT = resolve(import.meta.dirname, '..');
const KERNEL =
  /^(domain\/[^/]+\.ts$|domain\/shared\/|src\/app\/[^/]+\.ts$|src\/http\/[^/]+\.ts$|src\/http\/problems\/|adapters\/postgres\/(driver|commit|sealed|access)\/)/;

interface Declaration {
  readonly name: string;
  readonly text: string;
}

interface Module {
  readonly path: string;
  /** Lines without comments. */
  readonly lines: number;
  /** By name. The loads and writers in object literals are declarations of their own. */
  readonly declarations: ReadonlyMap<string, Declaration>;
  /** Value imports: the local name, and where it comes from. */
  readonly imports: ReadonlyMap<string, { readonly path: string; readonly name: string }>;
}

/** The lines from `start` to the line that closes the indentation of `start`. */
function block(lines: readonly string[], start: number): string {
  const indent = lines[start]?.search(/\S/) ?? 0;
  const isInside = (line: string) => line.trim() === '' || line.search(/\S/) > indent;
  let end = start + 1;
  while (end < lines.length && isInside(lines[end] ?? '')) end += 1;
  while (/^\s*[})\]]/.test(lines[end] ?? '') && lines[end]?.search(/\S/) === indent) {
    end += 1;
    if (!/[({[]$/.test(lines[end - 1] ?? '')) break;
    while (end < lines.length && isInside(lines[end] ?? '')) end += 1;
  }
  return lines.slice(start, end).join('\n').trimEnd();
}

/** The line at which the call of `route` begins that has this line in its declaration. */
function callAround(lines: readonly string[], line: number): number {
  return lines.slice(0, line).findLastIndex((before) => /^\s*(return )?(route|define)\($/.test(before));
}

function declarationsOf(path: string, text: string): Map<string, Declaration> {
  const lines = text.split('\n');
  const named: [string, Declaration][] = lines.flatMap((line, start) => {
    const top = /^(?:export )?(?:async )?(?:function|const|class) (\w+)/.exec(line)?.[1];
    const operation = /operationId: '(\w+)'/.exec(line)?.[1];
    const member = /(loads|changes|notifications)\.ts$/.test(path)
      ? /^ {2,4}'?([\w.]+)'?: (?:\(|\w+,|[a-z]\w*\()/.exec(line)?.[1]
      : undefined;
    if (operation !== undefined)
      return [[operation, { name: operation, text: block(lines, callAround(lines, start)) }]];
    const name = top ?? member;
    return name === undefined ? [] : [[name, { name, text: block(lines, start) }]];
  });
  return new Map(named);
}

function importsOf(path: string, text: string): Module['imports'] {
  const found = text.matchAll(/(?:^|\n)import \{([^}]*)\} from '(\.[^']+)'/g);
  return new Map(
    [...found].flatMap(([, names = '', from = '']) => {
      const target = relative(ROOT, resolve(ROOT, dirname(path), from));
      return names
        .split(',')
        .map((each) => each.trim().split(' as '))
        .filter(([name = '']) => name !== '' && !name.startsWith('type '))
        .map(([name = '', local = name]) => [local, { path: target, name }] as const);
    }),
  );
}

async function readModules(): Promise<Map<string, Module>> {
  const folders = await Promise.all(
    ['domain', 'adapters/postgres', 'src'].map(async (folder) =>
      (await readdir(`${ROOT}/${folder}`, { recursive: true })).map((name) => `${folder}/${name}`),
    ),
  );
  const paths = folders.flat().filter((path) => path.endsWith('.ts'));
  const read = paths.map(async (path): Promise<[string, Module]> => {
    const text = (await readFile(`${ROOT}/${path}`, 'utf8')).replace(/^\s*(\/\*\*|\*|\/\/).*\n/gm, '');
    return [
      path,
      {
        path,
        lines: text.split('\n').length - 1,
        declarations: declarationsOf(path, text),
        imports: importsOf(path, text),
      },
    ];
  });
  return new Map(await Promise.all(read));
}

/** The names under which use cases reach the loads: the members of `Loads` in `src/app/context.ts`. */
async function loadNames(): Promise<Set<string>> {
  const text = await readFile(`${ROOT}/src/app/context.ts`, 'utf8');
  return new Set([...text.matchAll(/readonly (\w+): \w+Loads;/g)].map(([, name = '']) => name));
}

/** What a text names beyond imports: a load, as `scheduling.hold(`, and a change, as `type: 'hold.placed'`. */
function portsIn(text: string, modules: ReadonlyMap<string, Module>, contexts: ReadonlySet<string>) {
  const loads = [...text.matchAll(/\b(\w+)\.(\w+)\(/g)].filter(([, owner = '']) => contexts.has(owner));
  const changes = [...text.matchAll(/\btype: '([\w.]+)'/g)];
  const names = new Set([...loads.map(([, , name = '']) => name), ...changes.map(([, name = '']) => name)]);
  return [...modules.values()]
    .filter(({ path }) => path.startsWith('adapters/') && !KERNEL.test(path))
    .flatMap(({ path, declarations }) =>
      [...names].filter((name) => declarations.has(name)).map((name) => ({ path, name })),
    );
}

/** Every declaration that is reached from the operation, by file. */
function reached(
  modules: ReadonlyMap<string, Module>,
  contexts: ReadonlySet<string>,
  operation: string,
): Map<string, Map<string, number>> {
  const files = new Map<string, Map<string, number>>();
  const visit = (path: string, name: string): void => {
    const module = modules.get(path);
    const declaration = module?.declarations.get(name);
    if (module === undefined || declaration === undefined || files.get(path)?.has(name)) return;
    const { text } = declaration;
    files.set(path, (files.get(path) ?? new Map<string, number>()).set(name, text.split('\n').length));
    if (KERNEL.test(path)) return;
    for (const word of new Set(text.match(/[A-Za-z_]\w*/g) ?? [])) {
      const imported = module.imports.get(word);
      if (imported !== undefined) visit(imported.path, imported.name);
      else if (word !== name && /^[A-Za-z]/.test(word)) visitLocal(path, word, name);
    }
    for (const port of portsIn(text, modules, contexts)) visit(port.path, port.name);
  };
  // Members of an object literal are reached by the port that names them, not by a word that happens to be the same.
  const visitLocal = (path: string, word: string, from: string): void => {
    const text = modules.get(path)?.declarations.get(word)?.text ?? '';
    if (/^(?:export |async |function |const |class )/.test(text) && word !== from) visit(path, word);
  };
  const start = [...modules.values()].find(
    ({ path, declarations }) => path.startsWith('src/http/routes/') && declarations.has(operation),
  );
  if (start === undefined) throw new Error(`no operation is named ${operation}`);
  visit(start.path, operation);
  return files;
}

const { positionals } = parseArgs({ allowPositionals: true });
const [modules, contexts] = await Promise.all([readModules(), loadNames()]);
for (const operation of positionals.length === 0 ? ['bookAppointment'] : positionals) {
  const all = [...reached(modules, contexts, operation)].map(([path, names]) => ({
    path,
    names: [...names.keys()],
    lines: [...names.values()].reduce((sum, lines) => sum + lines, 0),
  }));
  const own = all.filter(({ path }) => !KERNEL.test(path)).toSorted((one, other) => one.path.localeCompare(other.path));
  const kernel = all.filter(({ path }) => KERNEL.test(path));
  const sum = (files: typeof all) => files.reduce((lines, file) => lines + file.lines, 0);
  const whole = own.reduce((lines, { path }) => lines + (modules.get(path)?.lines ?? 0), 0);
  console.log(`\n${operation}: ${own.length} files, ${sum(own)} of their ${whole} lines`);
  for (const { path, lines, names } of own) console.log(`${String(lines).padStart(6)}  ${path}: ${names.join(', ')}`);
  console.log(`${String(sum(kernel)).padStart(6)}  the shared kernel, in ${kernel.length} files`);
}

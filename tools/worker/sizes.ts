/** Sizes of the built Worker: what its start evaluates, apart from what is loaded on demand. */
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

/** Largest compressed size of what each start evaluates. */
export const MAXIMUM_START_BYTES = 600_000;
/** Largest compressed size of all files together. Cloudflare takes twice as much. */
export const MAXIMUM_BYTES = 1_600_000;

interface Output {
  readonly imports: readonly { readonly path: string; readonly kind: string; readonly external?: boolean }[];
  readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>;
  readonly entryPoint?: string;
}

/** What esbuild says of a build, by the path of each file from the root of the project. */
export type Outputs = Readonly<Record<string, Output>>;

export interface Share {
  /** Of each file by itself, as it is uploaded. */
  readonly gzipBytes: number;
  /** The largest first: a package, a folder of ours, or the name of a part; with its bytes, minified. */
  readonly largest: readonly (readonly [name: string, bytes: number])[];
}

/** The files that are evaluated when `entry` is, because it imports them, directly or not. */
export function evaluatedWith(outputs: Outputs, entry: string): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (path: string): void => {
    if (found.has(path)) return;
    found.add(path);
    for (const { path: imported, kind, external } of outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && external !== true) visit(imported);
    }
  };
  visit(entry);
  return found;
}

/** @param paths files of the build */
async function shareOf(outputs: Outputs, paths: readonly string[]): Promise<Share> {
  const files = await Promise.all(paths.map((path) => readFile(path)));
  const sizes = new Map<string, number>();
  for (const path of paths) {
    for (const [source, { bytesInOutput }] of Object.entries(outputs[path]?.inputs ?? {})) {
      const name = partOf(source);
      sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput);
    }
  }
  return {
    gzipBytes: files.reduce((sum, file) => sum + gzipSync(file).length, 0),
    largest: [...sizes].sort(([, a], [, b]) => b - a),
  };
}

/** The package of a source, or its folder. */
function partOf(source: string): string {
  const [, inPackage] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source) ?? [];
  return inPackage ?? source.split('/').slice(0, -1).join('/');
}

/** Of the build in `.worker`. */
export async function sizesOfWorker(): Promise<{ readonly start: Share; readonly onDemand: Share }> {
  const { outputs } = JSON.parse(await readFile('.worker/meta.json', 'utf8')) as { readonly outputs: Outputs };
  const scripts = Object.keys(outputs).filter((path) => path.endsWith('.js'));
  const atStart = evaluatedWith(outputs, '.worker/worker.js');
  return {
    start: await shareOf(outputs, [...atStart]),
    onDemand: await shareOf(
      outputs,
      scripts.filter((path) => !atStart.has(path)),
    ),
  };
}

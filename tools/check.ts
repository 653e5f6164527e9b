/**
 * `npm run check`: format, lint, types, architecture, generated documents, size of the Worker. Runs all checks and
 * reports each.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { MAXIMUM_BYTES, MAXIMUM_START_BYTES, type Share, sizesOfWorker } from './worker/sizes.ts';

/** How many of the largest parts are shown if the Worker is too large. */
const PARTS = 15;

interface Outcome {
  readonly ok: boolean;
  readonly output: string;
}

interface Step {
  readonly name: string;
  run(): Promise<Outcome>;
}

function command(name: string, line: string): Step {
  return { name, run: () => shell(line) };
}

function shell(line: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(line, { shell: true, env: { ...process.env, NO_COLOR: '1', WRANGLER_SEND_METRICS: 'false' } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
      });
    }
    child.on('exit', (code) => resolve({ ok: code === 0, output }));
  });
}

/** Its tools are a package of their own, which a fresh clone does not pay for. */
function contract(): Promise<Outcome> {
  if (existsSync('tools/contract/node_modules')) return shell('node tools/contract/main.ts --check');
  return Promise.resolve({ ok: true, output: 'not run: `npm run contract` installs its tools' });
}

/** wrangler builds the Worker as for an upload, and refuses a file that is missing. */
async function bundle(): Promise<Outcome> {
  const folder = await mkdtemp(`${tmpdir()}/portal-bundle-`);
  try {
    const built = await shell(`wrangler deploy --dry-run --outdir ${folder}`);
    if (!built.ok) return built;
    const { start, onDemand } = await sizesOfWorker();
    const all = start.gzipBytes + onDemand.gzipBytes;
    const shown =
      `gzip, ${kilobytes(start.gzipBytes)} of ${kilobytes(MAXIMUM_START_BYTES)} kB evaluated at the start, ` +
      `${kilobytes(all)} of ${kilobytes(MAXIMUM_BYTES)} kB in all`;
    if (start.gzipBytes <= MAXIMUM_START_BYTES && all <= MAXIMUM_BYTES) return { ok: true, output: shown };
    return {
      ok: false,
      output: `${shown}. The largest parts, minified, at the start:\n${listed(start)}\nand on demand:\n${listed(onDemand)}`,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function kilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(0);
}

function listed({ largest }: Share): string {
  return largest
    .slice(0, PARTS)
    .map(([part, size]) => `${kilobytes(size).padStart(5)} kB  ${part}`)
    .join('\n');
}

const STEPS: readonly Step[] = [
  command('format and lint', 'biome ci --colors=off --error-on-warnings .'),
  command('types', 'tsc --noEmit'),
  command('types of the domain, without any platform', 'tsc -p domain'),
  command('types under Deno', 'deno check --quiet --config=deno.json src/deno.ts'),
  command('architecture', 'vitest run --config vitest.pure.config.ts tests/architecture'),
  command('generated documents', 'node tools/docs.ts --check'),
  { name: 'OpenAPI document and client', run: contract },
  { name: 'size of the Worker', run: bundle },
];

let failed = 0;
for (const { name, run } of STEPS) {
  const started = performance.now();
  // In a terminal the line shows the running check and is then overwritten.
  if (process.stdout.isTTY) process.stdout.write(`  …  ${name}`);
  const { ok, output } = await run();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const isRemark = name.startsWith('size') || output.startsWith('not run');
  const note = isRemark && output.length < 120 ? `: ${output}` : '';
  process.stdout.write(`${process.stdout.isTTY ? '\r' : ''}  ${ok ? 'ok' : '✗ '} ${name}${note} (${seconds} s)\n`);
  if (!ok) {
    failed += 1;
    console.log(output.replace(/^/gm, '      '));
  }
}
console.log(failed === 0 ? '\nAll checks passed.' : `\n${failed} of ${STEPS.length} checks failed.`);
process.exit(failed === 0 ? 0 : 1);

/**
 * Runs the benchmarks one after another, with progress, and ends with a table.
 *
 *     npm run bench                                      all that need no server
 *     TEST_DATABASE_URL=postgres://… npm run bench       all
 *     npm run bench -- tokens slots                      these alone
 *     npm run bench -- --json results.json               writes what each printed, and how long it took, to a file
 */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** The benchmarks in their order: whether they need a server, and arguments that keep a whole run under an hour. */
const BENCHMARKS: Readonly<Record<string, { readonly needsServer: boolean; readonly args?: readonly string[] }>> = {
  micro: { needsServer: false },
  slots: { needsServer: false },
  tokens: { needsServer: false },
  identity: { needsServer: false },
  strangers: { needsServer: false },
  start: { needsServer: false },
  files: { needsServer: false },
  audit: { needsServer: false },
  reads: { needsServer: true },
  requests: { needsServer: true },
  booking: { needsServer: true },
  'next-available': { needsServer: true },
  'worker-memory': { needsServer: true },
  latency: { needsServer: true },
  reminders: { needsServer: true },
  mixed: { needsServer: true },
  memory: { needsServer: true },
  'front-desk': { needsServer: true },
  'audit-search': { needsServer: true },
  plans: { needsServer: true, args: ['1000000'] },
  scale: { needsServer: true },
};

interface Result {
  readonly name: string;
  readonly seconds: number;
  readonly ok: boolean;
  readonly output: string;
}

const { values, positionals } = parseArgs({ options: { json: { type: 'string' } }, allowPositionals: true });
const all = Object.keys(BENCHMARKS);
const unknown = positionals.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}. There are: ${all.join(', ')}.`);
  process.exit(2);
}
const server = process.env.TEST_DATABASE_URL;
const named = positionals.length > 0 ? positionals : all;
const isPossible = (name: string) => server !== undefined || BENCHMARKS[name]?.needsServer === false;
const chosen = named.filter(isPossible);
const skipped = named.filter((name) => !isPossible(name));

function run(name: string): Promise<Result> {
  const began = performance.now();
  const args = ['run', '--silent', `bench:${name}`, '--', ...(BENCHMARKS[name]?.args ?? [])];
  const child = spawn('npm', args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
      process.stdout.write(chunk);
    });
  }
  return new Promise((resolve) =>
    child.on('exit', (code) =>
      resolve({ name, seconds: (performance.now() - began) / 1000, ok: code === 0, output: output.trim() }),
    ),
  );
}

const results: Result[] = [];
for (const [place, name] of chosen.entries()) {
  console.log(`\n── ${place + 1} of ${chosen.length}: ${name} ${'─'.repeat(60 - name.length)}\n`);
  results.push(await run(name));
}

console.log(`\n${'benchmark'.padEnd(20)} ${'seconds'.padStart(8)}`);
for (const { name, seconds, ok } of results) {
  console.log(`${name.padEnd(20)} ${seconds.toFixed(1).padStart(8)}  ${ok ? '' : 'FAILED'}`);
}
if (skipped.length > 0)
  console.log(`\nNot run, because they need a server in TEST_DATABASE_URL: ${skipped.join(', ')}.`);
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify({ results, skipped }, null, 2)}\n`);
process.exit(results.every(({ ok }) => ok) ? 0 : 1);

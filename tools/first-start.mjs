/**
 * What a newcomer meets: clones the project as it is committed, starts it there, and says how long it took until it was
 * ready. Plain JavaScript: nothing is installed yet.
 *
 *     node tools/first-start.mjs [--clones 1] [--starts 0] [--busy 0] [--deno]
 *
 *   --clones  fresh clones, the installation included
 *   --starts  starts after that with a data folder that is empty each time
 *   --busy    processes that do nothing but keep the processors busy meanwhile
 *   --deno    by `deno task start`, with Deno alone in the path
 *
 * Ends with 1 when a start failed, or took longer than is promised on a machine that is not kept busy.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** What the project promises for a clone on an idle machine, the installation included. */
const LIMIT_SECONDS = 90;
/** When a start counts as hanging. */
const PATIENCE_SECONDS = 600;

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    clones: { type: 'string', default: '1' },
    starts: { type: 'string', default: '0' },
    busy: { type: 'string', default: '0' },
    deno: { type: 'boolean', default: false },
  },
});
const count = (name) => {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= 0) return value;
  console.error(`--${name} is not a whole number`);
  process.exit(2);
};
const [clones, starts, busy] = ['clones', 'starts', 'busy'].map(count);

// A blank in the path, as many have; and nothing that this project's own scripts put in front of it.
const folder = mkdtempSync(join(tmpdir(), 'portal first start-'));
const PATH = values.deno ? denoAlone() : withoutModules();
const command = values.deno ? ['deno', ['task', 'start']] : ['npm', ['start']];

function withoutModules() {
  return (process.env.PATH ?? '')
    .split(':')
    .filter((part) => !part.includes('node_modules'))
    .join(':');
}

function denoAlone() {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  symlinkSync(join(ROOT, 'node_modules/deno/deno'), join(bin, 'deno'));
  return bin;
}

/** @returns the seconds until `/ready` answered, and what was said */
async function start(clone) {
  const began = Date.now();
  const child = spawn(command[0], command[1], { cwd: clone, detached: true, env: { ...process.env, PATH, PORT: '0' } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  let seconds;
  while (seconds === undefined && child.exitCode === null && Date.now() - began < PATIENCE_SECONDS * 1000) {
    await new Promise((wake) => setTimeout(wake, 250));
    const url = /API\s+(http:\S+)\/api\/v1/.exec(output)?.[1];
    if (url !== undefined && (await isReady(url))) seconds = (Date.now() - began) / 1000;
  }
  if (child.exitCode === null) {
    const ended = new Promise((done) => child.once('exit', done));
    process.kill(-child.pid, 'SIGTERM');
    await ended;
  }
  return { seconds, output };
}

async function isReady(url) {
  return fetch(`${url}/ready`, { signal: AbortSignal.timeout(10_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}

const load = Array.from({ length: busy }, () => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }));
const rows = [];
let failed = 0;
let clone;
async function measure(what, limit) {
  const { seconds, output } = await start(clone);
  const isGood = seconds !== undefined && seconds <= limit;
  if (!isGood) failed += 1;
  rows.push([what, seconds?.toFixed(1) ?? '-', loadavg()[0].toFixed(1), isGood ? 'ready' : 'FAILED']);
  console.log(rows.at(-1).join('  '));
  if (!isGood) console.error(output);
}
try {
  for (let n = 1; n <= Math.max(1, clones); n++) {
    clone = join(folder, `clone ${n}`);
    spawnSync('git', ['clone', '--quiet', ROOT, clone], { stdio: 'inherit' });
    await measure(`fresh clone ${n}`, busy === 0 ? LIMIT_SECONDS : PATIENCE_SECONDS);
  }
  for (let n = 1; n <= starts; n++) {
    rmSync(join(clone, '.data'), { recursive: true, force: true });
    await measure(`fresh data ${n}`, PATIENCE_SECONDS);
  }
} finally {
  for (const process_ of load) process_.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
console.log(`\n${cpus().length} processors, ${busy} processes keeping them busy, ${command.flat().join(' ')}`);
console.log('start           seconds  load   outcome');
for (const [what, seconds, load_, outcome] of rows) {
  console.log(`${what.padEnd(15)} ${seconds.padStart(7)}  ${load_.padStart(4)}   ${outcome}`);
}
console.log(`${rows.length - failed} of ${rows.length} started.`);
process.exit(failed === 0 ? 0 : 1);

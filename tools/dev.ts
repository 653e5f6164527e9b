/**
 * `npm run dev`: starts the portal, and again whenever a source changes. Data stays; a process finishes what is under way before
 * the next one begins, as a deployment does. Beside it Vite serves the pages, which change while they are open.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const WATCHED = ['adapters', 'domain', 'migrations', 'src'];
/** An editor saves several files at once, and some files twice. */
const SETTLE_MS = 150;

let running: ChildProcess | undefined;
let isStopping = false;
let isReplaced = false;

/** A portal that fails to start is tried again at the next change. */
function start(): void {
  const child = spawn(process.execPath, [resolve(ROOT, 'tools/start.ts')], { stdio: 'inherit', env: process.env });
  running = child;
  isReplaced = false;
  child.on('exit', (code) => {
    if (running === child) running = undefined;
    if (isStopping) process.exit(0);
    if (isReplaced) start();
    else if (code !== 0) console.log('\nThe portal ended. It starts again when a source changes.\n');
  });
}

function restart(path: string): void {
  console.log(`\n${path} changed: starting again …\n`);
  if (running === undefined) {
    start();
    return;
  }
  isReplaced = true;
  running.kill('SIGTERM');
}

let timer: NodeJS.Timeout | undefined;
for (const folder of WATCHED) {
  watch(resolve(ROOT, folder), { recursive: true }, (_event, name) => {
    if (name === null || !/\.(ts|sql)$/.test(name)) return;
    clearTimeout(timer);
    timer = setTimeout(() => restart(`${folder}/${name}`), SETTLE_MS);
  });
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    isStopping = true;
    if (running === undefined) process.exit(0);
    running.kill(signal);
  });
}
/** In front of the portal: what is not a page is passed on. */
async function servePages(): Promise<void> {
  const { createServer } = await import('vite');
  const server = await createServer({ configFile: resolve(ROOT, 'web/vite.config.ts') });
  await server.listen();
  server.printUrls();
}

start();
await servePages();

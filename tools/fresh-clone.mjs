/**
 * What a newcomer meets: clones the project as it is committed into an empty folder, runs `npm start` there, and says how
 * long it took until the portal was ready, the installation included. Plain JavaScript: nothing is installed yet.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the project promises. */
const LIMIT_SECONDS = 90;

const folder = mkdtempSync(join(tmpdir(), 'portal fresh-'));
const root = fileURLToPath(new URL('..', import.meta.url));
spawnSync('git', ['clone', '--quiet', root, folder], { stdio: 'inherit' });

// Without what this project's own scripts put in front of the path: the runtimes must come from the clone.
const PATH = (process.env.PATH ?? '')
  .split(':')
  .filter((part) => !part.includes('node_modules'))
  .join(':');
const started = Date.now();
const child = spawn('npm', ['start'], { cwd: folder, detached: true, env: { ...process.env, PATH, PORT: '0' } });
let output = '';
for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));

let seconds;
while (seconds === undefined && child.exitCode === null && Date.now() - started < 2 * LIMIT_SECONDS * 1000) {
  await new Promise((wake) => setTimeout(wake, 250));
  const url = /API\s+(http:\S+)\/api\/v1/.exec(output)?.[1];
  const isReady =
    url !== undefined &&
    (await fetch(`${url}/ready`).then(
      ({ ok }) => ok,
      () => false,
    ));
  if (isReady) seconds = Math.round((Date.now() - started) / 1000);
}
if (child.exitCode === null) {
  process.kill(-child.pid, 'SIGTERM');
  await new Promise((done) => child.once('exit', done));
}
rmSync(folder, { recursive: true, force: true });
if (seconds === undefined || seconds > LIMIT_SECONDS) {
  console.error(`A fresh clone was not ready within ${LIMIT_SECONDS} s:\n${output}`);
  process.exit(1);
}
console.log(`A fresh clone was ready after ${seconds} s, the installation included.`);

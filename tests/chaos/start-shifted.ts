/** Starts the portal of a code folder (`PORTAL_ROOT`) under Deno with the clock of `CLOCK_SHIFT_MS`. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = process.env.PORTAL_ROOT ?? '';
const preload = fileURLToPath(new URL('shifted-clock.ts', import.meta.url));
const child = spawn(
  `${root}node_modules/.bin/deno`,
  ['run', '-A', '--quiet', `--config=${root}deno.json`, `--preload=${preload}`, `${root}src/deno.ts`],
  { stdio: 'inherit' },
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));

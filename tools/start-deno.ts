/**
 * Starts the portal where there is Deno and neither Node nor npm: `deno task start`. Installs what it needs first, without
 * what only development needs (a plain `deno install` would take that too, and fails on packages for Node alone). The
 * portal itself gets the same narrow permissions as under `npm start`; this launcher only reads, and starts it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname ?? '.', '..');

if (!existsSync(resolve(ROOT, 'node_modules/hono/package.json'))) {
  console.log('Installing the dependencies (about a minute, once) …');
  const { status } = spawnSync(Deno.execPath(), ['install', '--prod', '--quiet'], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) {
    console.error('\nThe dependencies could not be installed: Deno says why above. It needs the npm registry once.');
    Deno.exit(status ?? 1);
  }
}
const { start } = await import('./start.ts');
start(Deno.execPath());

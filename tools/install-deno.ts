/**
 * The first step of `deno task start`, where there is Deno and neither Node nor npm: installs what the portal needs, without
 * what only development needs (a plain `deno install` would take that too, and fails on packages for Node alone). A process
 * of its own, for Deno looks at `node_modules` once, when a process begins.
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

/**
 * The first step of `deno task start`, for machines with Deno but without Node and npm: installs the production
 * dependencies. A plain `deno install` would install the development dependencies too, and fails on packages for Node.
 * It is a separate process, because Deno reads `node_modules` only once, when a process starts.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname ?? '.', '..');

if (!existsSync(resolve(ROOT, 'node_modules/hono/package.json'))) {
  console.log('Installing the dependencies (about a minute, once) …');
  const { status } = spawnSync(Deno.execPath(), ['install', '--prod', '--quiet'], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) {
    console.error(
      '\nThe dependencies could not be installed: see the message of Deno above. Deno needs access to the npm registry once.',
    );
    Deno.exit(status ?? 1);
  }
}

/**
 * Installs what package-lock.json names, unless that is done already. Runs before every npm script, on whatever Node the
 * machine has and with nothing installed: so it is plain JavaScript without dependencies.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

process.chdir(new URL('..', import.meta.url).pathname);

const STAMP = 'node_modules/.installed';
const wanted = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
const installed = existsSync(STAMP) ? readFileSync(STAMP, 'utf8') : '';

if (installed !== wanted) {
  console.log('Installing the dependencies (about half a minute, once) …');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: 'inherit' });
  if (status !== 0) {
    console.error('\nThe dependencies could not be installed: npm says why above. It needs the npm registry once.');
    process.exit(status ?? 1);
  }
  writeFileSync(STAMP, wanted);
}

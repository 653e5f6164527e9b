/**
 * Installs what package-lock.json names, unless it is there already. Runs before every npm script, on whatever Node the
 * machine has and with nothing installed: so it is plain JavaScript without dependencies.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

/** npm keeps a list of what it has installed; packages for other platforms are not in it. */
function isInstalled() {
  const list = 'node_modules/.package-lock.json';
  if (!existsSync(list)) return false;
  const wanted = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;
  const present = JSON.parse(readFileSync(list, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || optional || present[path]?.version === version,
  );
}

/** npm says nothing for half a minute; on a terminal the seconds show that it works. */
function showSeconds(started) {
  if (!process.stdout.isTTY) return undefined;
  return setInterval(() => process.stdout.write(`\r  ${Math.round((Date.now() - started) / 1000)} s `), 1000);
}

if (!isInstalled()) {
  console.log('Installing the dependencies (about half a minute, once) …');
  const started = Date.now();
  const timer = showSeconds(started);
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: 'inherit' });
  const status = await new Promise((done) => {
    npm.once('error', () => done(1));
    npm.once('exit', (code) => done(code ?? 1));
  });
  clearInterval(timer);
  if (process.stdout.isTTY) process.stdout.write('\r\u001b[2K');
  if (status !== 0) {
    console.error('\nThe dependencies could not be installed: npm says why above. It needs the npm registry once.');
    process.exit(status);
  }
  console.log(`The dependencies are installed (${Math.round((Date.now() - started) / 1000)} s).`);
}

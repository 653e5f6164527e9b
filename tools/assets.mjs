/** Puts the files that the Worker serves into one folder: the web application, and the reference's script. */
import { copyFileSync, cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildWeb } from './web.ts';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
await buildWeb(console.log);
mkdirSync('.assets/assets', { recursive: true });
copyFileSync('node_modules/@scalar/api-reference/dist/browser/standalone.js', '.assets/standalone.js');
cpSync('.web', '.assets', { recursive: true, filter: (path) => !/\.sources$|index\.html$|manifest\.json$/.test(path) });
copyFileSync('.web/index.html', '.assets/shell.html');
// Those of an earlier build would be uploaded as well.
const current = new Set(readdirSync('.web/assets'));
for (const name of readdirSync('.assets/assets')) if (!current.has(name)) rmSync(`.assets/assets/${name}`);
// Of files that are served without the Worker. The rest gets its headers from the Worker.
writeFileSync(
  '.assets/_headers',
  `/assets/*
  Cache-Control: public, max-age=31536000, immutable
  X-Content-Type-Options: nosniff
  Cross-Origin-Resource-Policy: same-origin
  Referrer-Policy: no-referrer
  Strict-Transport-Security: max-age=63072000; includeSubDomains
`,
);

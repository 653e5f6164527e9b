/** Puts the one file that the Worker serves as an asset, the reference's script, into a folder of its own. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
mkdirSync('.assets', { recursive: true });
copyFileSync('node_modules/@scalar/api-reference/dist/browser/standalone.js', '.assets/standalone.js');

/** Writes the table of time zones from the installed `moment-timezone`: install the version to use first, exactly. */
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { zoneTable } from './zones/encode.ts';

const source = createRequire(import.meta.url).resolve('moment-timezone/data/packed/latest.json');
const table = zoneTable(JSON.parse(await readFile(source, 'utf8')));
await writeFile(new URL('../domain/shared/zone-table.ts', import.meta.url), table);
console.log(table.match(/TZ_VERSION = .*/)?.[0], `${table.length} bytes`);

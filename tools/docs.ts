/**
 * Writes what is generated: the settings in the README, the description of the schema, the fates of personal data, what
 * ends with what. `--check` only compares.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { migratePglite } from '../adapters/postgres/migrate.ts';
import { createPgliteDriver } from '../adapters/postgres/pglite.ts';
import { SETTING_DOCS } from '../src/config.ts';
import { catalogueDocument, catalogueFaults } from './personal-data.ts';
import { revocationTable } from './revocation-table.ts';
import { describeSchema } from './schema.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const BEGIN = '<!-- settings: generated from src/settings.ts by `npm run docs` -->';
const END = '<!-- settings end -->';

function settingsTable(): string {
  const rows = SETTING_DOCS.map(
    ({ name, default: fallback, about }) => `| \`${name}\` | ${fallback === '' ? 'unset' : fallback} | ${about} |`,
  );
  return ['| variable | default | what it does |', '|---|---|---|', ...rows].join('\n');
}

const ABOUT_FILE = [
  '# Settings of Patient Portal, generated from src/settings.ts by `npm run docs`; the README has them as a table.',
  '# For compose (.env) and systemd (/etc/patient-portal/env): take the # away before a name to set it.',
];

/** A default that is a value is shown as one; words about it go into the comment. */
function environmentFile(): string {
  const settings = SETTING_DOCS.map(({ name, default: fallback, about }) => {
    const isValue = !/[ `]/.test(fallback);
    const told = isValue || fallback === '' ? about : `${about}. Default: ${fallback}`;
    return [`# ${told}`, `#${name}=${isValue ? fallback : ''}`].join('\n');
  });
  return `${ABOUT_FILE.join('\n')}\n\n${settings.join('\n\n')}\n`;
}

let unclassified: string[] = [];

async function schema(): Promise<string> {
  const driver = await createPgliteDriver();
  const names = (await readdir(`${ROOT}migrations`)).filter((name) => name.endsWith('.sql'));
  const files = await Promise.all(
    names.map(async (name) => ({ name, sql: await readFile(`${ROOT}migrations/${name}`, 'utf8') })),
  );
  await migratePglite(driver, files);
  await driver.actAs('patient_portal_app');
  const text = await describeSchema(driver);
  unclassified = await catalogueFaults(driver);
  await driver.close();
  return text;
}

const readme = await readFile(`${ROOT}README.md`, 'utf8');
const [before = '', rest = ''] = readme.split(BEGIN);
const [, after = ''] = rest.split(END);
const wanted: [string, string][] = [
  ['README.md', `${before}${BEGIN}\n${settingsTable()}\n${END}${after}`],
  ['.env.example', environmentFile()],
  ['migrations/schema.txt', await schema()],
  ['docs/personal-data.md', catalogueDocument()],
  ['docs/revocation.md', revocationTable()],
];
let stale = false;
for (const [path, text] of wanted) {
  const current = await readFile(`${ROOT}${path}`, 'utf8').catch(() => '');
  if (current === text) continue;
  if (process.argv.includes('--check')) {
    console.error(`${path} is not what it is generated from: run \`npm run docs\``);
    stale = true;
  } else {
    await writeFile(`${ROOT}${path}`, text);
    console.log(`wrote ${path}`);
  }
}
for (const fault of unclassified) console.error(`what becomes of this column (R79)? ${fault}`);
process.exit(stale || unclassified.length > 0 ? 1 : 0);

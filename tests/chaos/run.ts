/**
 * Faults under load. `npm run chaos` prints a table and fails when anything acknowledged was lost or doubled, when a mail was
 * doubled, when a fault was answered with another 5xx than 503 or without `Retry-After`, when coming back took too long, or
 * when no line of the log names the cause.
 */
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openClinic } from './clinic.ts';
import { DATABASE_FAULTS } from './faults-database.ts';
import { processFaults } from './faults-process.ts';
import { SERVICE_FAULTS } from './faults-services.ts';
import { balance } from './ledger.ts';
import { startLoad } from './load.ts';
import { drainMails, measure, type Row } from './measure.ts';
import { startWorld } from './world.ts';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    brief: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '10000' },
    root: { type: 'string' },
    json: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});
/** Who is not root mounts small disks in a namespace of its own, where the system allows that. */
const NAMESPACE = ['--user', '--map-root-user', '--mount'];
if (process.getuid?.() !== 0 && spawnSync('unshare', [...NAMESPACE, 'true']).status === 0) {
  const { status } = spawnSync('unshare', [...NAMESPACE, process.execPath, ...process.argv.slice(1)], {
    stdio: 'inherit',
  });
  process.exit(status ?? 1);
}

const PATIENTS = 8;
const STEPS_PER_SECOND = 30;
/** What a process had taken when it lost the database is free again after a minute. */
const LEASES_MS = 75_000;
const faults = [...DATABASE_FAULTS, ...SERVICE_FAULTS, ...processFaults(Number(options.connections))];
const chosen = faults.filter(
  ({ name, isBrief }) => (options.only === undefined || name.includes(options.only)) && (!options.brief || isBrief),
);
if (chosen.length === 0) throw new Error(`no fault is called ${options.only}`);

console.log('Starting PostgreSQL, Redis, a mail provider and two processes …');
const world = await startWorld(options.root === undefined ? {} : { root: `${resolve(options.root)}/` });
const clinic = await openClinic(world.urls[0] ?? '', world.provider, PATIENTS);
const { urls } = world;
const load = startLoad({ urls, clinic, stepsPerSecond: STEPS_PER_SECOND, seed: Number(options.seed) });
const rows: Row[] = [];
const skipped: string[] = [];
const broken: string[] = [];
const stamp = () => new Date().toISOString().slice(11, 19);
for (const [index, fault] of chosen.entries()) {
  const missing = fault.needs?.(world);
  if (missing !== undefined) {
    skipped.push(`${fault.name}: ${missing}`);
    continue;
  }
  console.log(`${stamp()} ${index + 1}/${chosen.length} ${fault.name} …`);
  try {
    const row = await measure(world, load, fault, 1_000 * Number(options.seconds));
    rows.push(row);
    console.log(
      `    ${row.written} writes, ${row.read} reads; refused: ${row.refused}; back after ${row.recoveryMs} ms`,
    );
    for (const failure of row.failures) console.log(`    FAILED: ${failure}`);
  } catch (error) {
    console.log(`    FAILED: ${(error as Error).message}`);
    broken.push(`${fault.name}: ${(error as Error).message}`);
    await load.rest();
    await world.revive();
  }
}
// What is still due then belongs to a process that had taken it, and is free again when its lease ends.
if (!options.brief)
  console.log(`${stamp()} waiting for the mails that processes had taken when they lost the database …`);
const waiting = await drainMails(world, options.brief ? 0 : LEASES_MS, true);
const atTheEnd = await balance(world.database, load, world.provider.mails);
await world.close();

const COLUMNS: readonly (readonly [string, (row: Row) => string | number])[] = [
  ['fault', ({ fault }) => fault],
  ['written, read', ({ written, read }) => `${written}, ${read}`],
  ['refused', ({ refused }) => refused],
  ['slowest read', ({ slowestReadMs }) => `${slowestReadMs} ms`],
  ['recovery', ({ recoveryMs }) => `${recoveryMs} ms`],
  ['lost', ({ lost }) => lost],
  ['doubled', ({ doubled }) => doubled],
  ['overlapping', ({ overlapping }) => overlapping],
  ['mails doubled', ({ mailsDoubled }) => mailsDoubled],
  ['sent again', ({ mailsAgain }) => mailsAgain],
  ['mails lost', ({ mailsLost }) => mailsLost],
  ['the log says', ({ logged }) => logged],
];
console.log(`\n| ${COLUMNS.map(([name]) => name).join(' | ')} |\n|${'---|'.repeat(COLUMNS.length)}`);
for (const row of rows) console.log(`| ${COLUMNS.map(([, read]) => read(row)).join(' | ')} |`);
for (const reason of skipped) console.log(`Skipped: ${reason}`);
const { lost, doubled, overlapping, mails } = atTheEnd;
console.log(
  `\nAt the end: ${load.appointments.size} appointments acknowledged, ${lost} lost, ${doubled} doubled, ${overlapping} overlapping; ` +
    `${world.provider.mails.accepted.size} mails, ${mails.doubled} doubled, ${mails.again} sent again, ${mails.lost} lost, ${waiting} still due`,
);
if (options.json !== undefined)
  await writeFile(options.json, JSON.stringify({ rows, broken, skipped, atTheEnd, waiting }, null, 2));
const failed = rows.filter(({ failures }) => failures.length > 0);
const isWhole = broken.length + failed.length + mails.doubled + mails.lost === 0;
console.log(isWhole ? '\nAll held.' : `\nDid not hold: ${[...failed.map(({ fault }) => fault), ...broken].join('; ')}`);
process.exit(isWhole ? 0 : 1);

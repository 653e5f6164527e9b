/**
 * Mixed load without faults, for as long as told. Prints memory and descriptors of both processes, and fails when they grow, when
 * anything fails, or when the ledger does not balance at the end.
 *
 * `npm run chaos:soak -- --minutes=60 --rate=10`
 */
import { readdir, readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { openClinic, signInAdmin } from './clinic.ts';
import { balance } from './ledger.ts';
import { startLoad } from './load.ts';
import { drainMails, UNVERIFIED, verifyAudit } from './measure.ts';
import { pause } from './services.ts';
import { startWorld } from './world.ts';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    /** Steps a second. */
    rate: { type: 'string', default: '10' },
    samples: { type: 'string', default: '60' },
  },
});
const PATIENTS = 8;
/** How much the median of the last fifth may be above that of the second fifth: the first one warms up. */
const MEMORY_GROWTH = 0.15;
const DESCRIPTOR_GROWTH = 5;
const DRAIN_MS = 30_000;

interface Sample {
  readonly minutes: number;
  readonly residentMb: readonly number[];
  readonly descriptors: readonly number[];
}

/** Of the runtime behind the launcher. */
async function measureProcess(launcher: number): Promise<{ residentMb: number; descriptors: number }> {
  let runtime = launcher;
  for (;;) {
    const children = await readFile(`/proc/${runtime}/task/${runtime}/children`, 'utf8');
    const [child] = children.trim().split(' ').map(Number);
    if (child === undefined || child === 0) break;
    runtime = child;
  }
  const status = await readFile(`/proc/${runtime}/status`, 'utf8');
  const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
  const { length: descriptors } = await readdir(`/proc/${runtime}/fd`);
  return { residentMb: Math.round(kilobytes / 1024), descriptors };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** @returns the medians of the second and the last fifth */
function fifths(values: readonly number[]): readonly [number, number] {
  const fifth = Math.floor(values.length / 5);
  return [median(values.slice(fifth, 2 * fifth)), median(values.slice(-fifth))];
}

const world = await startWorld();
const clinic = await openClinic(world.urls[0] ?? '', world.provider, PATIENTS);
const load = startLoad({ urls: world.urls, clinic, stepsPerSecond: Number(options.rate), seed: 1 });
await load.signIn();
world.logged();
load.resume();
const count = Number(options.samples);
const samples: Sample[] = [];
for (let sample = 1; sample <= count; sample++) {
  await pause((Number(options.minutes) * 60_000) / count);
  const measured = await Promise.all(world.portals.map(({ pid }) => measureProcess(pid)));
  samples.push({
    minutes: Number(((Number(options.minutes) / count) * sample).toFixed(1)),
    residentMb: measured.map(({ residentMb }) => residentMb),
    descriptors: measured.map(({ descriptors }) => descriptors),
  });
  const refusals = Object.groupBy(load.refused, ({ status, step }) => `${step} ${status ?? 'no answer'}`);
  const refused = Object.fromEntries(Object.entries(refusals).map(([kind, each]) => [kind, each?.length]));
  const done = { written: load.written.length, read: load.served.length, refused, signedOut: load.signedOut() };
  console.log(JSON.stringify({ ...samples.at(-1), ...done }));
}
await load.rest();
const waiting = await drainMails(world, DRAIN_MS);
const audit = await verifyAudit(world, await signInAdmin(world.urls[0] ?? ''));
const result = await balance(world.database, load, world.provider.mails);
const log = world.logged();
await world.close();

const failures: string[] = [];
for (const [index] of world.portals.entries()) {
  const [memoryBefore, memoryAfter] = fifths(samples.map(({ residentMb }) => residentMb[index] ?? 0));
  const [before, after] = fifths(samples.map(({ descriptors }) => descriptors[index] ?? 0));
  console.log(`Process ${index + 1}: ${memoryBefore} to ${memoryAfter} MB, ${before} to ${after} descriptors`);
  if (memoryAfter > memoryBefore * (1 + MEMORY_GROWTH)) failures.push(`memory of process ${index + 1} grew`);
  if (after > before + DESCRIPTOR_GROWTH) failures.push(`descriptors of process ${index + 1} grew`);
}
console.log(JSON.stringify({ ...result, waiting, audit, signedOut: load.signedOut() }));
if (log.includes('{')) console.log(`Logged:\n${log.slice(0, 5_000)}`);
if (result.lost + result.doubled + result.overlapping > 0) failures.push('the ledger does not balance');
if (result.mails.doubled + result.mails.lost > 0) failures.push('mails were doubled or lost');
if (load.signedOut() > 0) failures.push('people were signed out');
if (audit !== 'verified' && audit !== UNVERIFIED) failures.push('the audit log was not verified');
if (load.refused.some(({ status }) => status !== 503)) failures.push('requests failed');
console.log(failures.length === 0 ? 'Flat.' : `Did not hold: ${failures.join('; ')}`);
process.exit(failures.length === 0 ? 0 : 1);

/**
 * Whether the memory of the server grows with the number of requests: the mix of `mix.ts`, 16 at a time, and the resident
 * memory of the process after each tenth.
 *
 *     TEST_DATABASE_URL=postgres://… TEST_REDIS_URL=redis://… npm run bench:memory -- [requests]     default 50,000
 *
 * Linux only.
 */
import { readFile } from 'node:fs/promises';
import { createClient, repeatedly } from './http-client.ts';
import { type PreparedClinic, prepareClinic, type RunningClinic, runClinic } from './live-clinic.ts';
import { createMix, seeded } from './mix.ts';

const REQUESTS = Number(process.argv[2] ?? 50_000);
const AT_ONCE = 16;
const PORTIONS = 10;
/** Hashing passwords would take most of the time and says nothing about memory. */
const SHARE_OF_SIGN_INS = 0.002;

async function megabytes(pid: number, which: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${which}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
}

async function measure(clinic: PreparedClinic, { port, pid }: RunningClinic): Promise<readonly number[]> {
  const client = createClient(port, AT_ONCE);
  try {
    console.log(`after its start ${(await megabytes(pid, 'VmRSS')).toFixed(0)} MB`);
    const mix = await createMix(client, clinic, seeded(1), SHARE_OF_SIGN_INS);
    const sizes: number[] = [];
    for (let portion = 1; portion <= PORTIONS; portion++) {
      await repeatedly(REQUESTS / PORTIONS, AT_ONCE, () => mix.next());
      const size = await megabytes(pid, 'VmRSS');
      sizes.push(size);
      const done = ((REQUESTS / PORTIONS) * portion).toLocaleString('en').padStart(9);
      console.log(`${done} requests: ${size.toFixed(0)} MB, at most ${(await megabytes(pid, 'VmHWM')).toFixed(0)} MB`);
    }
    return sizes;
  } finally {
    client.close();
  }
}

function mean(sizes: readonly number[]): number {
  return sizes.reduce((sum, each) => sum + each, 0) / sizes.length;
}

console.log('Preparing the clinic …');
const clinic = await prepareClinic({ doctors: 100, patients: 100 });
try {
  const running = await runClinic(clinic);
  try {
    const sizes = await measure(clinic, running);
    const [third, last] = [sizes.slice(2, 5), sizes.slice(-3)].map(mean);
    console.log(`\nthe last three tenths to the third to fifth: ${((last ?? 0) / (third ?? 1)).toFixed(2)}`);
  } finally {
    await running.stop();
  }
} finally {
  await clinic.drop();
}

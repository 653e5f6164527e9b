/**
 * Whether the work of a load follows its answer or the size of the clinic: the loads of `clinic-cases.ts`, as the statements
 * that the portal sends, in clinics of different sizes. Work is counted in pages of the database, which no other program on
 * the machine disturbs; the time is printed beside it.
 *
 *     TEST_DATABASE_URL=postgres://… npm run bench:scale -- [appointments …]     default 100,000 and 1,000,000
 *     TEST_DATABASE_URL=postgres://… npm run bench:scale -- 100000 1000000 10000000
 *     TEST_DATABASE_URL=postgres://… npm run bench:scale -- --lists 'list of the clinic' 100000 10000000
 *
 * `--lists` asks only the lists of appointments whose name contains the text, in clinics that have only what these lists read.
 *
 * Sizes differ in the past alone: 200 doctors have 8 appointments a day, the last of them 60 days ahead, which are the first
 * 100,000. So a smaller clinic would have less to answer. Every size is a scratch database, which is dropped afterwards. Ten million appointments take about 20 GB and an hour.
 */
import { parseArgs } from 'node:util';
import { createFieldCipher } from '../adapters/crypto/field-cipher.ts';
import type { Work } from '../tests/support/plan-work.ts';
import { clinicCases, listCases } from './clinic-cases.ts';
import { fillClinic } from './clinic-rows.ts';
import { createExplain } from './plans.ts';
import { inScratch } from './scratch.ts';

/** More pages than this many times those of the smallest clinic are marked. */
const GROWTH = 1.3;
/** A difference of so few pages is the height of an index. */
const FEW_PAGES = 20;
const PATIENTS_A_HUNDRED_APPOINTMENTS = 10;

const { values, positionals } = parseArgs({ options: { lists: { type: 'string' } }, allowPositionals: true });
const { lists } = values;
const named = positionals.map(Number);
const sizes = named.length === 0 ? [100_000, 1_000_000] : named;

async function measure(size: number): Promise<ReadonlyMap<string, Work>> {
  const works = new Map<string, Work>();
  const code = await inScratch('bench:scale', async (client) => {
    await fillClinic(client, size, Math.max(10_000, (size / 100) * PATIENTS_A_HUNDRED_APPOINTMENTS), {
      listsOnly: lists !== undefined,
    });
    const explain = await createExplain(client);
    const cipher = createFieldCipher({ ring: [{ id: 'bench', key: new Uint8Array(32) }] });
    const cases = lists === undefined ? clinicCases(cipher) : listCases(cipher);
    for (const [name, load] of Object.entries(cases)) {
      if (name.includes(lists ?? '')) works.set(name, await explain(load));
    }
    return true;
  });
  if (code !== 0) process.exit(code);
  return works;
}

/** @returns how many loads grow with the clinic */
function tell(results: readonly ReadonlyMap<string, Work>[]): number {
  const [smallest] = results;
  const width = Math.max(...[...(smallest?.keys() ?? [])].map((name) => name.length)) + 2;
  const line = (name: string, cells: readonly string[]) =>
    name.padEnd(width) + cells.map((each) => each.padStart(22)).join('');
  console.log(`\nPages of the database, and ms; at the end pages in the largest clinic to those in the smallest`);
  console.log(line('', [...sizes.map((size) => size.toLocaleString('en')), 'ratio']));
  let growing = 0;
  for (const name of smallest?.keys() ?? []) {
    const works = results.flatMap((each) => each.get(name) ?? []);
    const [first, last] = [works[0]?.pages ?? 0, works.at(-1)?.pages ?? 0];
    const isGrowing = last > first * GROWTH && last - first > FEW_PAGES;
    if (isGrowing) growing++;
    const cells = works.map(({ pages, milliseconds }) => `${pages}  ${milliseconds.toFixed(1)}`.padStart(16));
    console.log(line(name, [...cells, (last / Math.max(1, first)).toFixed(2)]) + (isGrowing ? '  grows' : ''));
  }
  return growing;
}

const results: ReadonlyMap<string, Work>[] = [];
for (const [place, size] of sizes.entries()) {
  console.log(`\n${place + 1} of ${sizes.length}: a clinic of ${size.toLocaleString('en')} appointments`);
  results.push(await measure(size));
}
const growing = tell(results);
console.log(
  growing === 0 ? '\nNo load grows with the clinic.' : `\n${growing} loads read over ${GROWTH} times as many pages.`,
);

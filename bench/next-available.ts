/**
 * What the search for the earliest free times costs in a clinic of busy doctors, beside the search through everything at once that
 * it replaced: time, peak memory above idle, and how long `/health` waits meanwhile.
 *
 *   TEST_DATABASE_URL=postgres://… npm run bench:next-available -- [doctors]     default 1,000 with 480 bookings each
 *
 * The portal runs in this process, on a scratch database of that server, which is dropped afterwards. Making it takes minutes.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import type { Row } from '../adapters/postgres/driver/driver.ts';
import { sql } from '../adapters/postgres/driver/sql.ts';
import { createTcpDriver } from '../adapters/postgres/driver/tcp.ts';
import {
  DOCTORS,
  HOURS_STATEMENTS,
  hoursStatements,
  OPEN_DOCTOR,
  readHours,
} from '../adapters/postgres/scheduling/booking-state.ts';
import { busyStatement, sqlDates } from '../adapters/postgres/scheduling/busy-statements.ts';
import { readBusy } from '../adapters/postgres/scheduling/rows.ts';
import { readType, TYPE_COLUMNS } from '../adapters/postgres/scheduling/type-rows.ts';
import { SEARCHED_DAYS } from '../domain/scheduling/earliest-search.ts';
import { earliestSlots } from '../domain/scheduling/next-available.ts';
import { NO_RESOURCES } from '../domain/scheduling/resource-choice.ts';
import { addDays } from '../domain/shared/time.ts';
import { localDateAt, UTC } from '../domain/shared/zone.ts';
import { systemContext } from '../src/app/identity/first-admin.ts';
import { nextAvailable } from '../src/app/scheduling/slots.ts';
import { composeDeno } from '../src/compose/deno.ts';
import { parseConfig } from '../src/config.ts';
import { createApp } from '../src/http/app.ts';
import { fillBusyClinic } from '../tests/support/busy-clinic.ts';
import { createScratchDatabase } from '../tests/tools/services.ts';

const DOCTORS_COUNT = Number(process.argv[2] ?? 1000);
const RUNS = 15;
/** Each doctor has 480 bookings: half of the day for 60 days, or the whole day for 30. */
const CLINICS = [
  { name: 'half of each day is booked', days: 60, bookedADay: 8 },
  { name: 'everybody is booked up for 30 days', days: 30, bookedADay: 16 },
];

const server = process.env.TEST_DATABASE_URL;
if (server === undefined) throw new Error('set TEST_DATABASE_URL');

async function portalOn(url: string) {
  const dataDir = await mkdtemp(`${tmpdir()}/bench-next-`);
  const env = { DATA_DIR: dataDir, DATABASE_URL: url, RATE_LIMIT_FACTOR: '0', DEMO: '0', LOG_LEVEL: 'error' };
  const { platform, close } = await composeDeno({ ...parseConfig(env, 'deno'), PUBLIC_URL: 'http://localhost' });
  return { platform, close: () => close().then(() => rm(dataDir, { recursive: true, force: true })) };
}
type Platform = Awaited<ReturnType<typeof portalOn>>['platform'];

/** All doctors with all busy times of 92 days, as before. */
async function everythingAtOnce(driver: ReturnType<typeof createTcpDriver>): Promise<number> {
  const now = Date.now();
  const from = addDays(localDateAt(UTC, now), -1);
  const dates = { from, to: addDays(from, SEARCHED_DAYS) };
  const results = await driver.run(
    [
      ...hoursStatements(sql`${OPEN_DOCTOR}`, sqlDates(dates)),
      busyStatement(
        'provider',
        (participant) => sql`${participant} IN (SELECT d.user_id FROM ${DOCTORS} WHERE ${OPEN_DOCTOR})`,
        sqlDates(dates),
        now,
      ),
      sql`SELECT ${TYPE_COLUMNS} FROM appointment_types t WHERE t.code = 'consultation'`,
    ],
    'snapshot',
  );
  const busy = Map.groupBy(results[HOURS_STATEMENTS] ?? [], ({ participant_id }) => participant_id);
  const type = readType(results[HOURS_STATEMENTS + 1]?.[0] as Row);
  const queries = readHours(results).map(({ doctor, availability }) => ({
    ...{ availability, type, now, resources: NO_RESOURCES, ...dates },
    busy: (busy.get(doctor.id) ?? []).map(readBusy),
  }));
  return earliestSlots(queries, 1)[0]?.start ?? 0;
}

async function inWindows({ deps }: Platform): Promise<number> {
  const found = await nextAvailable(deps, systemContext(deps), {
    ...{ typeCode: 'consultation', from: null, limit: 1, viewer: null },
    filter: { specialty: null, doctorIds: null, text: null },
  });
  return found.ok ? (found.value.slots[0]?.slot.start ?? 0) : 0;
}

/** In MB. The operating system counts the peak since it was asked to begin anew. */
async function residentMegabytes(which: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8');
  return Number(new RegExp(`${which}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
}

interface Measured {
  readonly median: number;
  readonly start: number;
}

async function measure(name: string, platform: Platform, search: () => Promise<number>): Promise<Measured> {
  const app = createApp();
  let isOver = false;
  let longest = 0;
  let refused = 0;
  const asking = (async () => {
    while (!isOver) {
      const began = performance.now();
      await setTimeout(1);
      await app.fetch(new Request('http://localhost/health'), { platform, clientAddress: '127.0.0.1' });
      longest = Math.max(longest, performance.now() - began - 1);
    }
  })();
  // Compiled, and with a heap as large as `/health` alone makes it.
  for (let run = 0; run < 3; run++) await search().catch(() => 0);
  await setTimeout(2000);
  longest = 0;
  const idle = await residentMegabytes('VmRSS');
  await writeFile('/proc/self/clear_refs', '5');
  const times: number[] = [];
  let start = 0;
  for (let run = 0; run < RUNS; run++) {
    const began = performance.now();
    start = await search().catch(() => {
      refused++;
      return Number.NaN;
    });
    times.push(performance.now() - began);
  }
  isOver = true;
  await asking;
  const grown = (await residentMegabytes('VmHWM')) - idle;
  times.sort((a, b) => a - b);
  const median = times[times.length >> 1] ?? Number.NaN;
  const figures = [
    `median ${median.toFixed(0)} ms`,
    `longest ${(times.at(-1) ?? 0).toFixed(0)} ms`,
    `memory + ${grown.toFixed(0)} MB`,
    `/health waits ${longest.toFixed(0)} ms at most`,
  ];
  if (refused > 0) figures.push(`${refused} of ${RUNS} refused as too slow`);
  console.log(`   ${name.padEnd(20)} ${figures.join(', ')}`);
  return { median, start };
}

for (const { name, ...booked } of CLINICS) {
  const scratch = await createScratchDatabase(server);
  const { platform, close } = await portalOn(scratch.url);
  const driver = createTcpDriver({ url: scratch.url, maxConnections: 2 });
  const client = new pg.Client(scratch.url);
  try {
    await client.connect();
    const from = new Date().toISOString().slice(0, 10);
    await fillBusyClinic(client, { doctors: DOCTORS_COUNT, from, ...booked });
    console.log(`${name}: ${DOCTORS_COUNT} doctors with ${booked.days * booked.bookedADay} bookings each`);
    const windows = await measure('in windows', platform, () => inWindows(platform));
    const everything = await measure('everything at once', platform, () => everythingAtOnce(driver));
    if (everything.start > 0 && windows.start !== everything.start) throw new Error('the searches found other times');
    console.log(`   ${(everything.median / windows.median).toFixed(1)} times as fast as before`);
  } finally {
    await client.end();
    await driver.close();
    await close();
    await scratch.drop();
  }
}

/**
 * One process of `bench/reminders.ts`: sends what is due, as the server does, and prints what it cost. Its keys and addresses
 * come in the environment.
 */
import { setTimeout } from 'node:timers/promises';
import { sendgridChannel } from '../adapters/channels/sendgrid.ts';
import { systemClock } from '../adapters/crypto/system.ts';
import { createOutbox } from '../adapters/postgres/commit/outbox.ts';
import type { SqlDriver } from '../adapters/postgres/driver/driver.ts';
import { createTcpDriver } from '../adapters/postgres/driver/tcp.ts';
import { providersOver } from '../src/compose/providers.ts';
import { createJobs } from '../src/jobs/jobs.ts';
import { startPortal } from '../tests/support/portal.ts';

export interface Cost {
  /** Jobs that it has claimed. */
  readonly jobs: number;
  /** Round trips to the database. */
  readonly trips: number;
  readonly seconds: number;
  /** Resident memory at its peak, in MB. */
  readonly peakMegabytes: number;
}

const { BENCH_DATABASE = '', BENCH_PROVIDER = '', BENCH_KEYS = '{}', BENCH_RATE = '0' } = process.env;
const tcp = createTcpDriver({ url: BENCH_DATABASE, maxConnections: 10 });
let trips = 0;
const driver: SqlDriver = {
  close: () => tcp.close(),
  run(statements, mode, bounds) {
    trips += 1;
    return tcp.run(statements, mode, bounds);
  },
};
const portal = await startPortal({
  driver,
  environment: { ...JSON.parse(BENCH_KEYS), EMAILS_PER_MINUTE: BENCH_RATE, LOG_LEVEL: 'error' },
});
const sendgrid = sendgridChannel({ apiKey: 'key', from: 'clinic@example.org', url: BENCH_PROVIDER });
const channel = providersOver([{ name: 'sendgrid', sendsTo: ['email'], channel: sendgrid }], systemClock);
const jobs = createJobs(
  { ...portal.deps, clock: systemClock, channel },
  createOutbox(driver, portal.deps.settings.rates),
  null,
);

let peak = 0;
const watching = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage().rss);
}, 100);
trips = 0;
const began = performance.now();
/** As the runner looks again. */
const LONGEST_SLEEP_MS = 15_000;
let claimed = await jobs.runDue();
for (let next = await jobs.nextDue(); next !== undefined; next = await jobs.nextDue()) {
  await setTimeout(Math.min(LONGEST_SLEEP_MS, Math.max(0, next - systemClock.now())));
  claimed += await jobs.runDue();
}
const cost: Cost = {
  jobs: claimed,
  trips,
  seconds: (performance.now() - began) / 1000,
  peakMegabytes: Math.round(peak / 2 ** 20),
};
clearInterval(watching);
process.stdout.write(`${JSON.stringify(cost)}\n`);
await driver.close();

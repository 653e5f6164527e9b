import { expect, test } from 'vitest';
import { createDatabaseClock } from '../../src/app/database-clock.ts';
import { createLog, type LogLine } from '../../src/app/log.ts';

function clocks(aheadMs: number) {
  const lines: LogLine[] = [];
  const local = { now: () => 1_000_000 };
  const database = { now: (): number => local.now() - aheadMs, isDown: false };
  const ask = async () => {
    if (database.isDown) throw new Error('down');
    return database.now();
  };
  const log = createLog({ level: 'info', clock: local, sink: (line) => lines.push(line) });
  return { lines, database, clock: createDatabaseClock(local, ask, log) };
}

test('leases use the time of the database, even if the clock of the process is wrong', async () => {
  const { clock, database } = clocks(90_000);
  expect(clock.now()).toBe(1_000_000);
  await clock.compare();
  expect(clock.now()).toBe(database.now());
});

test.each([
  [2_001, 1],
  [-2_001, 1],
  [2_000, 0],
  [0, 0],
])('a clock that is %i ms ahead is warned of %i times', async (ahead, times) => {
  const { clock, lines } = clocks(ahead);
  await clock.compare();
  expect(lines.filter(({ event }) => event === 'clock_differs')).toHaveLength(times);
  if (times > 0) expect(lines[0]).toMatchObject({ level: 'warn', aheadOfDatabaseMs: ahead });
});

test('while the database does not answer, the last difference is kept', async () => {
  const { clock, database, lines } = clocks(5_000);
  await clock.compare();
  database.isDown = true;
  await clock.compare();
  expect(clock.now()).toBe(995_000);
  expect(lines.at(-1)).toMatchObject({ event: 'clock_not_compared' });
});

/** Instants and wall clocks as the database keeps them, in every zone. Their calendar files: `calendar-instants.full.test.ts`. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { at, sql } from '../../adapters/postgres/driver/sql.ts';
import { agreedInstant, isAsAgreed, wallClockOf } from '../../domain/scheduling/wall-clock.ts';
import type { AppointmentId } from '../../domain/shared/ids.ts';
import { formatInstant, type LocalDate, type LocalTime } from '../../domain/shared/time.ts';
import { resolveWallClock, type ZoneId } from '../../domain/shared/zone.ts';
import { zoneNames } from '../../domain/shared/zone-rules.ts';
import { type TestDatabase, testDatabase } from '../support/test-database.ts';
import { startsIn } from './calendar-instants.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.driver.close());

/** What a statement gives back for parameters as the commit writes them. */
async function stored(zone: ZoneId) {
  const starts = startsIn(zone).map((start) => ({ start, clock: wallClockOf({ start, timezone: zone }) }));
  const [rows = []] = await database.driver.run(
    [
      sql`SELECT starts_at, local_date, local_time, to_char(starts_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS shown FROM unnest(
            ${starts.map(({ start }) => at(start))}::timestamptz[], ${starts.map(({ clock }) => clock.date)}::date[],
            ${starts.map(({ clock }) => clock.time)}::text[]) WITH ORDINALITY AS t (starts_at, local_date, local_time, place)
          ORDER BY place`,
    ],
    'snapshot',
  );
  expect(rows).toHaveLength(starts.length);
  return rows.map((row, n) => ({
    written: starts[n]?.start,
    start: row.starts_at as number,
    shown: row.shown as string,
    agreed: { date: row.local_date as LocalDate, time: row.local_time as LocalTime },
  }));
}

test('R41 the API, SQL and the stored wall clock name one instant in every zone, 2025 to 2030', async () => {
  for (const name of zoneNames()) {
    const timezone = name as ZoneId;
    const wrong = (await stored(timezone)).filter(({ written, start, shown, agreed }) => {
      const appointment = { id: '' as AppointmentId, version: 1, start, timezone, agreed };
      const isLaterOfFold = resolveWallClock(timezone, agreed.date, agreed.time).kind === 'fold';
      const isDerived = agreedInstant(appointment) === start || isLaterOfFold;
      return start !== written || shown !== formatInstant(start) || !isAsAgreed(appointment) || !isDerived;
    });
    expect(wrong, name).toEqual([]);
  }
}, 300_000);

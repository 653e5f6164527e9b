/** How PostgreSQL finds what the earliest times are computed from, among 1,000 doctors: its work follows the window (ADR 0202). */

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBlindIndex, generateIndexKey } from '../../adapters/crypto/blind-index.ts';
import { createFieldCipher } from '../../adapters/crypto/field-cipher.ts';
import type { SqlLoad } from '../../adapters/postgres/driver/sql.ts';
import { migrateServer } from '../../adapters/postgres/migrate/migrate.ts';
import { createSchedulingLoads } from '../../adapters/postgres/scheduling/loads.ts';
import type { SearchQuery } from '../../domain/scheduling/ports.ts';
import type { UserId } from '../../domain/shared/ids.ts';
import { fillBusyClinic } from '../support/busy-clinic.ts';
import { migrationFiles } from '../support/postgres.ts';
import { createScratchDatabase, databaseUrl, needsPostgres, required } from '../tools/services.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.parse('2026-03-03T10:10:00Z');
const DOCTORS = 1000;

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
}

describe.skipIf(databaseUrl === undefined)(`the search for the earliest times${needsPostgres}`, () => {
  let database: Awaited<ReturnType<typeof createScratchDatabase>>;
  let client: pg.Client;
  const cipher = createFieldCipher({ ring: [{ id: 'test', key: new Uint8Array(32) }] });
  const loads = createSchedulingLoads(cipher, createBlindIndex(generateIndexKey()));

  beforeAll(async () => {
    database = await createScratchDatabase(required(databaseUrl));
    await migrateServer(database.url, await migrationFiles());
    client = new pg.Client(database.url);
    await client.connect();
    await fillBusyClinic(client, { doctors: DOCTORS, from: '2026-03-01', days: 10, bookedADay: 8 });
  }, 600_000);
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  /** The index entries of busy times that the load reads, and the tables that it reads from end to end. */
  async function workOf(fields: Partial<SearchQuery>) {
    const load = loads.searched({
      ...{ typeCode: 'consultation', after: null, doctors: DOCTORS, patientId: null, now: NOW },
      filter: { specialty: null, doctorIds: null, text: null },
      window: { from: NOW, milliseconds: DAY, doctorDays: 0, widestDays: 0, until: NOW + 90 * DAY },
      ...fields,
    }) as SqlLoad<unknown>;
    const nodes: Plan[] = [];
    const walk = (plan: Plan) => {
      nodes.push(plan);
      for (const part of plan.Plans ?? []) walk(part);
    };
    for (const { text, values } of load.statements) {
      const explained = `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`;
      const { rows } = await client.query({ text: explained, values: [...values] });
      walk(rows[0]['QUERY PLAN'][0].Plan);
    }
    const ofBusy = nodes.filter((node) => node['Relation Name'] === 'appointment_participants');
    const read = ofBusy.map(
      (node) => (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
    );
    return {
      read: read.reduce((sum, rows) => sum + rows, 0),
      indexes: [...new Set(ofBusy.filter((node) => node['Actual Loops'] > 0).map((node) => node['Index Name']))],
      scanned: nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name']),
    };
  }

  test('reads the busy times of the window alone, in one index', async () => {
    const day = await workOf({});
    expect(day.indexes).toEqual(['participants_by_time']);
    expect(day.scanned).not.toContain('appointments');
    // Sixteen hours more, because an appointment may have begun before: at most two days of eight bookings.
    expect(day.read).toBeLessThanOrEqual(DOCTORS * 16);
    const week = await workOf({
      window: { from: NOW, milliseconds: 4 * DAY, doctorDays: 0, widestDays: 0, until: NOW + 90 * DAY },
    });
    expect(week.indexes).toEqual(['participants_by_time']);
    expect(week.read).toBeLessThanOrEqual(DOCTORS * 8 * 5);
  }, 120_000);

  test('reads the busy times of the doctors of the page alone', async () => {
    expect((await workOf({ doctors: 50 })).read).toBeLessThanOrEqual(51 * 16);
    const { rows } = await client.query('SELECT user_id FROM doctors LIMIT 1');
    const doctorIds = [rows[0].user_id as UserId];
    expect((await workOf({ filter: { specialty: null, doctorIds, text: null } })).read).toBeLessThanOrEqual(16);
  });

  test('loads no doctor who has no hours on the dates of the window', async () => {
    await client.query(`DELETE FROM availability_rules WHERE weekday BETWEEN 1 AND 5`);
    expect(
      (await workOf({ window: { from: NOW, milliseconds: HOUR, doctorDays: 0, widestDays: 0, until: NOW + DAY } }))
        .read,
    ).toBe(0);
    expect(
      (
        await workOf({
          window: { from: NOW + 4 * DAY, milliseconds: DAY, doctorDays: 0, widestDays: 0, until: NOW + 9 * DAY },
        })
      ).read,
    ).toBeGreaterThan(0);
  });
});

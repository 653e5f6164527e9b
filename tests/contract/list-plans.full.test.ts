/**
 * Lists of the front desk on a server with 40 thousand appointments and patients: rare rows are found in an index, whether PostgreSQL
 * plans for the values or for any, as it may from the sixth run on.
 */

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBlindIndex, generateIndexKey } from '../../adapters/crypto/blind-index.ts';
import { createFieldCipher } from '../../adapters/crypto/field-cipher.ts';
import type { Sql, SqlLoad, SqlRecordedLoad } from '../../adapters/postgres/driver/sql.ts';
import { migrateServer } from '../../adapters/postgres/migrate/migrate.ts';
import { bookedHoursLoad } from '../../adapters/postgres/scheduling/booked-hours.ts';
import { digestLoads } from '../../adapters/postgres/scheduling/digests.ts';
import { createFrontDeskLoads } from '../../adapters/postgres/scheduling/front-desk-loads.ts';
import { createSchedulingLoads } from '../../adapters/postgres/scheduling/loads.ts';
import type { LocationId } from '../../domain/scheduling/location.ts';
import type { UserId } from '../../domain/shared/ids.ts';
import type { LocalDate } from '../../domain/shared/time.ts';
import type { Viewer } from '../../domain/shared/viewer.ts';
import { UTC } from '../../domain/shared/zone.ts';
import { FILL_DOCTOR_PATIENTS } from '../support/doctor-patients.ts';
import { literal } from '../support/plan-work.ts';
import { migrationFiles } from '../support/postgres.ts';
import { createScratchDatabase, databaseUrl, needsPostgres, required } from '../tools/services.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');
const PAGE = { after: null, limit: 20 };
const id = (kind: number, n: string) => `('0000000${kind}-0000-7000-8000-' || lpad((${n})::text, 12, '0'))::uuid`;

/** 40 doctors with 4 appointments a day, the last of them 60 days ahead; requests are among the last. Few entries wait. */
const FILL = `
  SET session_replication_role = replica;
  INSERT INTO users (id, role, status, timezone, created_at, updated_at)
    SELECT ${id(1, 'n')}, 'doctor', 'active', 'UTC', now(), now() FROM generate_series(1, 40) n
    UNION ALL SELECT ${id(2, 'n')}, 'patient', 'active', 'UTC', now(), now() FROM generate_series(0, 39999) n;
  INSERT INTO data_keys (owner_id, ring_key_id, wrapped, created_at) SELECT id, 'test', '\\x00', now() FROM users;
  INSERT INTO doctors (user_id, first_name, last_name, timezone)
    SELECT ${id(1, 'n')}, 'D', n::text, 'UTC' FROM generate_series(1, 40) n;
  INSERT INTO locations (id, name, timezone, active, created_at, updated_at) VALUES (${id(6, '1')}, 'Park', 'UTC', true, now(), now());
  INSERT INTO appointments (id, patient_id, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy, status, created_at, updated_at,
      location_id)
    SELECT ${id(3, 'n')}, ${id(2, 'n % 40000')}, ${id(1, '1 + n % 40')}, '01900000-0000-7000-8000-000000000001', s,
      s + interval '30 minutes', 'UTC', tstzrange(s, s + interval '30 minutes'),
      CASE WHEN n < 3000 AND n % 100 = 0 THEN 'requested' WHEN n < 9600 THEN 'scheduled' ELSE 'completed' END, s, s, CASE n % 2 WHEN 0 THEN ${id(6, '1')} END
    FROM (SELECT n, timestamptz '2026-05-01 08:00+00' - (n / 160) * interval '1 day' + (n / 40 % 4) * interval '1 hour' AS s
          FROM generate_series(0, 39999) n) f;
  INSERT INTO waitlist_entries (id, patient_id, appointment_type_id, first_date, last_date, state, created_at, updated_at, version)
    SELECT ${id(4, 'n')}, ${id(2, 'n')}, '01900000-0000-7000-8000-000000000001', '2026-03-01', '2026-03-20',
      CASE n % 100 WHEN 0 THEN 'waiting' ELSE 'booked' END, now(), now(), 1 FROM generate_series(0, 39999) n;
  INSERT INTO daily_digest (date, begun_at, version) VALUES ('2026-03-09', now(), 1);
  ${FILL_DOCTOR_PATIENTS}
  SET session_replication_role = DEFAULT;`;

const doctorId = '00000001-0000-7000-8000-000000000007' as UserId;
const staff: Viewer = {
  ...{ userId: '00000005-0000-7000-8000-000000000001' as UserId, role: 'staff', ofPatients: true },
  ...{ ofRestricted: false, emergency: null, proxyAt: null },
};
const doctor: Viewer = { ...staff, userId: doctorId, role: 'doctor' };
const newDoctor: Viewer = { ...doctor, userId: '00000001-0000-7000-8000-000000000041' as UserId };
const otherDoctorId = '00000001-0000-7000-8000-000000000008' as UserId;
const patientId = '00000002-0000-7000-8000-000000000006' as UserId;
const locationId = '00000006-0000-7000-8000-000000000001' as LocationId;
const EVERYTHING = {
  patientId: null,
  doctorIds: null,
  typeCode: null,
  locationId: null,
  from: null,
  to: null,
  statuses: null,
};
const date = '2026-03-09' as LocalDate;
const dates = { from: date, to: date };

const cipher = createFieldCipher({ ring: [{ id: 'test', key: new Uint8Array(32) }] });
const desk = createFrontDeskLoads(cipher);
const scheduling = createSchedulingLoads(cipher, createBlindIndex(generateIndexKey()));
const statementsOf = (load: unknown): readonly Sql[] => {
  const { load: own, streams } = load as Partial<SqlRecordedLoad<unknown>>;
  return own === undefined || streams === undefined
    ? (load as SqlLoad<unknown>).statements
    : [...own.statements, streams];
};

describe.skipIf(databaseUrl === undefined)(`lists of the front desk${needsPostgres}`, () => {
  let database: Awaited<ReturnType<typeof createScratchDatabase>>;
  let client: pg.Client;

  beforeAll(async () => {
    database = await createScratchDatabase(required(databaseUrl));
    await migrateServer(database.url, await migrationFiles());
    client = new pg.Client(database.url);
    await client.connect();
    await client.query(`SET TIME ZONE 'UTC'`);
    await client.query(FILL);
    await client.query('VACUUM (ANALYZE)');
  }, 180_000);
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  test.each([
    [
      'requests',
      'appointments',
      100,
      () => desk.appointmentsRead({ ...EVERYTHING, statuses: ['requested'] }, staff, PAGE),
    ],
    ['a doctor’s patients', 'users', 100, () => desk.appointmentsRead({ ...EVERYTHING, from: date }, doctor, PAGE)],
    // 21 of one in 40 appointments are among the next 880, or 1,680 with the days before: not the 1,000 that the doctor has had.
    [
      'a doctor’s page',
      'appointments',
      2_300,
      () => desk.appointmentsRead({ ...EVERYTHING, from: date }, doctor, PAGE),
    ],
    // The page is read once for its rows and once for whose they are. Each looks at 5,000 of the clinic's and counts these.
    ['a new doctor’s list', 'appointments', 20_000, () => desk.appointmentsRead(EVERYTHING, newDoctor, PAGE)],
    [
      'a doctor’s requests, none of which are there',
      'appointments',
      300,
      () => desk.appointmentsRead({ ...EVERYTHING, statuses: ['requested'] }, newDoctor, PAGE),
    ],
    // 240 are to come.
    ['what keeps a doctor in the role', 'appointments', 241, () => scheduling.resignation(doctorId, NOW)],
    ['what uses a location', 'appointments', 1_001, () => scheduling.locationUse(locationId, NOW)],
    [
      'the waitlist of the clinic',
      'waitlist_entries',
      100,
      () => desk.entriesRead({ doctorId: null, typeCode: null, state: null }, staff, PAGE),
    ],
    [
      'requests, and who has arrived',
      'appointments',
      150,
      () => desk.appointmentsRead({ ...EVERYTHING, statuses: ['requested', 'arrived'] }, staff, PAGE),
    ],
    [
      'two doctors’ appointments from a date',
      'appointments',
      300,
      () => desk.appointmentsRead({ ...EVERYTHING, doctorIds: [doctorId, otherDoctorId], from: date }, staff, PAGE),
    ],
    // 160 appointments of that day with one doctor each, and 30 requests.
    ['the digests of a day', 'appointments', 200, () => digestLoads.portion({ date, timezone: UTC })],
    ['whom the digests are for', 'users', 40, () => digestLoads.portion({ date, timezone: UTC })],
    ['closing the account of a doctor', 'appointments', 350, () => scheduling.offboarding(doctorId, NOW, 101)],
    ['closing the account of a patient', 'appointments', 10, () => scheduling.offboarding(patientId, NOW, 101)],
    [
      'the waitlist of one doctor',
      'waitlist_entries',
      10,
      () => desk.entriesRead({ doctorId, typeCode: null, state: null }, staff, PAGE),
    ],
    [
      'whom a doctor’s hours affect',
      'appointments',
      300,
      () => bookedHoursLoad({ doctorId, dates, near: null, now: NOW }, cipher),
    ],
    [
      'whom a holiday affects',
      'appointments',
      1000,
      () => bookedHoursLoad({ doctorId: null, dates, near: [dates], now: NOW }, cipher),
    ],
  ])('%s: few of the %s are read', async (_, table, atMost, load) => {
    for (const mode of ['force_custom_plan', 'force_generic_plan']) {
      await client.query(`SET plan_cache_mode = ${mode}`);
      let read = 0;
      for (const { text, values } of statementsOf(load())) {
        await client.query(`PREPARE explained AS ${text}`);
        const execute = `EXECUTE explained${values.length === 0 ? '' : `(${values.map(literal).join()})`}`;
        const { rows } = await client.query(`EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${execute}`);
        await client.query('DEALLOCATE explained');
        read += rowsOf(rows[0]['QUERY PLAN'][0].Plan, table);
      }
      expect(read, mode).toBeLessThanOrEqual(atMost);
    }
  });
});

interface Plan {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
}

function rowsOf(plan: Plan, table: string): number {
  const own =
    plan['Relation Name'] === table
      ? (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)) * plan['Actual Loops']
      : 0;
  return (plan.Plans ?? []).reduce((sum, part) => sum + rowsOf(part, table), own);
}

/**
 * How PostgreSQL finds free times and bookings among 10 million appointments: the very statements the portal runs, under
 * EXPLAIN ANALYZE. Fails when one of them reads the table of appointments from end to end.
 *
 *   TEST_DATABASE_URL=postgres://… npm run bench:plans -- [appointments]     default 10,000,000; about 5 GB while it runs
 *
 * The rows are made in a scratch database, which is dropped afterwards. The two exclusion constraints are replaced by
 * GiST indexes of the same definition: built in bulk they take minutes, checked row by row they would take an hour, and
 * to the planner they are the same.
 */
import pg from 'pg';
import { createFieldCipher } from '../adapters/crypto/field-cipher.ts';
import type { Sql, SqlLoad, SqlRecordedLoad } from '../adapters/postgres/driver/sql.ts';
import { migrateServer } from '../adapters/postgres/migrate/migrate.ts';
import { createSchedulingLoads } from '../adapters/postgres/scheduling/loads.ts';
import { createWaitlistLoads } from '../adapters/postgres/scheduling/waitlist-loads.ts';
import { firstWindow } from '../domain/scheduling/earliest-search.ts';
import type { AppointmentId, HoldId, UserId } from '../domain/shared/ids.ts';
import type { LocalDate } from '../domain/shared/time.ts';
import { migrationFiles } from '../tests/support/postgres.ts';
import { createScratchDatabase } from '../tests/tools/services.ts';

const ROWS = Number(process.argv[2] ?? 10_000_000);
const DOCTORS = 1000;
const PATIENTS = 100_000;
const PER_DAY = 8;
const NOW = Date.parse('2026-03-02T12:00:00Z');

const server = process.env.TEST_DATABASE_URL;
if (server === undefined) throw new Error('set TEST_DATABASE_URL');

/**
 * Ids as the portal makes them, with the time in front. Ids that differed at their ends alone would all be one to GiST,
 * which tells them apart by their first half: a search would read a tenth of the index.
 */
const FIRST_ID = 0x018000000000;
const KIND = 2 ** 36;
const EACH_MS = 6_000;
const id = (kind: number, n: number) =>
  (FIRST_ID + kind * KIND + n * EACH_MS)
    .toString(16)
    .padStart(12, '0')
    .replace(/^(.{8})(.{4})$/, '$1-$2-7000-8000-000000000000');
const sqlId = (kind: number, n: string) =>
  `(lpad(to_hex(${FIRST_ID + kind * KIND} + (${n})::bigint * ${EACH_MS}), 12, '0') || '70008000000000000000')::uuid`;

/** Every doctor has as many appointments a day, the last of them 60 days ahead, most of them long ago. */
const FILL = `
  SET session_replication_role = replica;
  ALTER TABLE appointments DROP CONSTRAINT appointments_doctor_overlap, DROP CONSTRAINT appointments_patient_overlap;
  DROP INDEX appointments_by_patient, appointments_by_doctor, appointments_by_series, appointments_expiring_holds, appointments_held_by;
  INSERT INTO users (id, role, status, timezone, created_at, updated_at)
    SELECT ${sqlId(1, 'n')}, 'doctor', 'active', 'UTC', now(), now()
    FROM generate_series(1, ${DOCTORS}) n;
  INSERT INTO users (id, role, status, timezone, created_at, updated_at)
    SELECT ${sqlId(2, 'n')}, 'patient', 'active', 'UTC', now(), now()
    FROM generate_series(0, ${PATIENTS - 1}) n;
  INSERT INTO data_keys (owner_id, ring_key_id, wrapped, created_at) SELECT id, 'bench', '\\x00', now() FROM users;
  INSERT INTO doctors (user_id, first_name, last_name, specialty, timezone)
    SELECT ${sqlId(1, 'n')}, 'D', n::text, 'specialty ' || n % 50, 'UTC' FROM generate_series(1, ${DOCTORS}) n;
  INSERT INTO availability_rules (doctor_id, position, weekday, start_time, end_time)
    SELECT user_id, d, d, '08:00', '18:00' FROM doctors, generate_series(1, 7) d;
  INSERT INTO appointments (id, patient_id, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy, status, created_at, updated_at)
    SELECT ${sqlId(3, 'n')},
      ${sqlId(2, `n % ${PATIENTS}`)},
      ${sqlId(1, `1 + n % ${DOCTORS}`)},
      '01900000-0000-7000-8000-000000000001', s, s + interval '30 minutes', 'UTC', tstzrange(s, s + interval '30 minutes'),
      CASE WHEN s < '2026-03-02' THEN 'completed' ELSE 'scheduled' END, s, s
    FROM (SELECT n, timestamptz '2026-05-01 08:00+00' - (n / ${DOCTORS} / ${PER_DAY}) * interval '1 day'
        + (n / ${DOCTORS} % ${PER_DAY}) * interval '1 hour' AS s FROM generate_series(0, ${ROWS - 1}) n) f;`;

const INDEXES = [
  `CREATE INDEX appointments_doctor_overlap ON appointments USING gist (doctor_id, busy) WHERE (status NOT IN ('cancelled', 'no_show'))`,
  `CREATE INDEX appointments_patient_overlap ON appointments USING gist (patient_id, tstzrange(starts_at, ends_at)) WHERE (status NOT IN ('cancelled', 'no_show'))`,
  `CREATE INDEX appointments_by_patient ON appointments (patient_id, starts_at, id) WHERE status <> 'held'`,
  `CREATE INDEX appointments_by_doctor ON appointments (doctor_id, starts_at, id) WHERE status <> 'held'`,
  `CREATE INDEX appointments_by_series ON appointments (series_id, starts_at) WHERE series_id IS NOT NULL`,
  `CREATE INDEX appointments_expiring_holds ON appointments (hold_expires_at) WHERE status = 'held'`,
  `CREATE INDEX appointments_held_by ON appointments (held_by, hold_expires_at) WHERE status = 'held'`,
  'VACUUM (ANALYZE) appointments',
  'ANALYZE',
];

const database = await createScratchDatabase(server);
try {
  await migrateServer(database.url, await migrationFiles());
  const client = new pg.Client(database.url);
  await client.connect();
  await client.query(`SET TIME ZONE 'UTC'`);
  await client.query(`SET maintenance_work_mem = '512MB'`);
  const timed = async (name: string, work: () => Promise<unknown>) => {
    const before = performance.now();
    await work();
    console.log(`${((performance.now() - before) / 1000).toFixed(1).padStart(7)} s  ${name}`);
  };
  await timed(`${ROWS.toLocaleString('en')} appointments of ${DOCTORS} doctors`, () => client.query(FILL));
  for (const statement of INDEXES) await timed(statement.slice(0, 70), () => client.query(statement));
  await client.query('SET session_replication_role = DEFAULT');

  const cipher = createFieldCipher({ ring: [{ id: 'bench', key: new Uint8Array(32) }] });
  const scheduling = createSchedulingLoads(cipher);
  const waitlist = createWaitlistLoads(cipher);
  const doctorId = id(1, 7) as UserId;
  const patientId = id(2, 6) as UserId;
  const appointmentId = id(3, 4006) as AppointmentId;
  const dates = { from: '2026-03-02' as LocalDate, to: '2026-04-01' as LocalDate };
  const viewer = {
    userId: patientId,
    role: 'patient',
    ofPatients: false,
    ofRestricted: false,
    emergency: null,
    proxyAt: null,
  } as const;
  const page = { after: null, limit: 20 };
  const mine = { patientId, doctorIds: null, typeCode: null, locationId: null, from: null, to: null, statuses: null };
  const start = Date.parse('2026-03-10T10:00:00Z');
  const type = { code: 'consultation' };
  const statementsOf = (load: unknown): readonly Sql[] => {
    const recorded = load as Partial<SqlRecordedLoad<unknown>>;
    return recorded.load !== undefined && recorded.streams !== undefined
      ? [...(recorded.load as SqlLoad<unknown>).statements, recorded.streams]
      : (load as SqlLoad<unknown>).statements;
  };
  const cases: Readonly<Record<string, unknown>> = {
    'available-slots, 31 days': scheduling.bookingState({
      doctorId,
      appointmentType: type,
      patientId: null,
      dates,
      now: NOW,
    }),
    'booking: what it decides on': scheduling.bookingState({
      doctorId,
      appointmentType: type,
      patientId,
      dates,
      now: NOW,
    }),
    'rescheduling: what it decides on': scheduling.moveState({
      appointmentId,
      doctorId: null,
      dates,
      following: false,
      now: NOW,
    }),
    'next-available, the doctors of one specialty': scheduling.searched({
      typeCode: type.code,
      filter: { specialty: 'specialty 7', doctorIds: null, text: null },
      window: firstWindow(dates, NOW),
      after: null,
      doctors: 1000,
      patientId: null,
      now: NOW,
    }),
    'one appointment': scheduling.appointmentRead(appointmentId, viewer),
    'my appointments': scheduling.appointmentsRead(mine, viewer, page),
    'my appointments, a doctor’s': scheduling.appointmentsRead(
      { ...mine, patientId: null, doctorIds: [doctorId], from: NOW },
      { userId: doctorId, role: 'doctor', ofPatients: true, ofRestricted: false, emergency: null, proxyAt: null },
      page,
    ),
    'a patient’s appointments, by a doctor': scheduling.patientAppointmentsRead(
      patientId,
      mine,
      { userId: doctorId, role: 'doctor', ofPatients: true, ofRestricted: false, emergency: null, proxyAt: null },
      page,
    ),
    'a hold': scheduling.hold(id(3, 1) as HoldId),
    'live holds of one holder': scheduling.liveHolds(patientId, NOW),
    'closing a patient’s account': scheduling.offboarding(patientId, NOW, 101),
    'closing a doctor’s account': scheduling.offboarding(doctorId, NOW, 101),
    'the offer behind a hold': waitlist.openOfferOf(id(3, 1) as HoldId, patientId),
    'the waitlist: the time of a doctor': waitlist.doctorTimes({ doctorId, start, end: start + 1_800_000, now: NOW }),
  };

  let scans = 0;
  for (const [name, load] of Object.entries(cases)) {
    console.log(`\n== ${name}`);
    for (const statement of statementsOf(load)) {
      if (!/\bappointments\b/.test(statement.text)) continue;
      const { rows } = await client.query({
        text: `EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY ON) ${statement.text}`,
        values: statement.values.map((value) => value),
      });
      const plan = rows.map((row) => String(row['QUERY PLAN']));
      console.log(plan.map((line) => `   ${line}`).join('\n'));
      const read = plan.filter((line) => /Seq Scan on appointments/.test(line));
      scans += read.length;
      if (read.length > 0) console.log('   ^^^ reads all appointments');
    }
  }
  await client.end();
  console.log(scans === 0 ? '\nNo statement reads all appointments.' : `\n${scans} statements read all appointments.`);
  process.exitCode = scans === 0 ? 0 : 1;
} finally {
  await database.drop();
}

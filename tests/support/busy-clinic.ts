/** A clinic of many busy doctors on a server, for the benchmark and the test of the search for the earliest times. */

export interface BusyClinic {
  readonly doctors: number;
  /** The date of the first bookings, which are on every day of the week. */
  readonly from: string;
  readonly days: number;
  /** Of the sixteen half hours from 9 to 17 o'clock by UTC. */
  readonly bookedADay: number;
}

interface Client {
  query(statement: string): Promise<unknown>;
}

const PATIENTS = 10_000;
const CONSTRAINTS = {
  appointments_doctor_overlap: `EXCLUDE USING gist (participant_id WITH =, busy WITH &&, occupancy WITH <>) WHERE (active AND role <> 'patient')`,
  appointments_lane_taken: `EXCLUDE USING gist (participant_id WITH =, busy WITH &&, lane WITH =) WHERE (active AND role <> 'patient')`,
};

/** The id of the n-th doctor, counted from 0. */
export const doctorIdOf = (n: string) => `md5('doctor ' || ${n})::uuid`;
const patientIdOf = (n: string) => `md5('patient ' || ${n})::uuid`;

/** Constraints are checked once, at the end, because checking each row takes long. */
export async function fillBusyClinic(client: Client, { doctors, from, days, bookedADay }: BusyClinic): Promise<void> {
  await client.query(`SET session_replication_role = replica; SET maintenance_work_mem = '256MB'; SET TIME ZONE 'UTC'`);
  await client.query(
    `ALTER TABLE appointment_participants ${Object.keys(CONSTRAINTS)
      .map((name) => `DROP CONSTRAINT ${name}`)
      .join(', ')}`,
  );
  const person = (id: string, role: string, count: number) => `
    INSERT INTO users (id, role, status, timezone, created_at, updated_at)
      SELECT ${id}, '${role}', 'active', 'UTC', now(), now() FROM generate_series(0, ${count - 1}) n`;
  await client.query(`${person(doctorIdOf('n'), 'doctor', doctors)};
    ${person(patientIdOf('n'), 'patient', PATIENTS)};
    INSERT INTO doctors (user_id, first_name, last_name, specialty, timezone)
      SELECT ${doctorIdOf('n')}, 'D', n::text, 'specialty ' || n % 50, 'UTC' FROM generate_series(0, ${doctors - 1}) n;
    INSERT INTO availability_rules (doctor_id, position, weekday, start_time, end_time)
      SELECT user_id, d, d, '09:00', '17:00' FROM doctors, generate_series(1, 7) d;
    INSERT INTO appointments (id, patient_id, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy, status,
        created_at, updated_at)
      SELECT md5(d || ' ' || day || ' ' || half)::uuid, ${patientIdOf(`(d * 7 + day * 31 + half) % ${PATIENTS}`)}, ${doctorIdOf('d')},
        '01900000-0000-7000-8000-000000000001', s, s + interval '30 minutes', 'UTC', tstzrange(s, s + interval '30 minutes'),
        'scheduled', s - interval '30 days', s - interval '30 days'
      FROM generate_series(0, ${doctors - 1}) d, generate_series(0, ${days - 1}) day, generate_series(0, 15) half,
        LATERAL (SELECT timestamptz '${from} 09:00+00' + day * interval '1 day' + half * interval '30 minutes') AS f (s)
      WHERE (half * 7 + d * 3 + day * 5) % 16 < ${bookedADay};
    INSERT INTO appointment_participants (appointment_id, role, user_id, busy, active, occupancy, lane)
      SELECT id, 'doctor', doctor_id, busy, true, id, 0 FROM appointments`);
  for (const [name, definition] of Object.entries(CONSTRAINTS)) {
    await client.query(`ALTER TABLE appointment_participants ADD CONSTRAINT ${name} ${definition}`);
  }
  await client.query('RESET session_replication_role');
  await client.query('VACUUM (ANALYZE)');
}

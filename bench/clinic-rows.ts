/** A clinic with a long history: rows of every table that the statements of scheduling read. */
import type pg from 'pg';
import { FILL_DOCTOR_PATIENTS } from '../tests/support/doctor-patients.ts';
import { inBulk, timed } from './bulk-fill.ts';

export const DOCTORS = 200;
const PER_DAY = 8;
const EVERY_ROOM = 4;
const HELD = 40;
const WAITING = 5_000;
const CHUNK = 100_000;

/**
 * Ids as the portal makes them, with the time in front. Ids that differed at their ends alone would all be one to GiST,
 * which tells them apart by their first half: a search would read a tenth of the index.
 */
const FIRST_ID = 0x018000000000;
const KIND = 2 ** 36;
const EACH_MS = 6_000;
const KINDS = { doctor: 1, patient: 2, appointment: 3, staff: 4, place: 5, room: 6, entry: 7, offer: 8, other: 9 };
type Kind = keyof typeof KINDS;

export const idOf = (kind: Kind, n: number) =>
  (FIRST_ID + KINDS[kind] * KIND + n * EACH_MS)
    .toString(16)
    .padStart(12, '0')
    .replace(/^(.{8})(.{4})$/, '$1-$2-7000-8000-000000000000');
/** The number that `idOf` was given. */
export const numberOf = (kind: Kind, id: string) =>
  (Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16) - FIRST_ID - KINDS[kind] * KIND) / EACH_MS;
export const sqlId = (kind: Kind, n: string) =>
  `(lpad(to_hex(${FIRST_ID + KINDS[kind] * KIND} + (${n})::bigint * ${EACH_MS}), 12, '0') || '70008000000000000000')::uuid`;

const CONSULTATION = `'01900000-0000-7000-8000-000000000001'::uuid`;
const CHECK_UP = `'01900000-0000-7000-8000-000000000004'::uuid`;
/** A hash of 32 bytes, for a feed. */
export const secretOf = (n: number) => new Uint8Array(32).fill(n);

const person = (kind: Kind, role: string, from: number, to: number) => `
  INSERT INTO users (id, role, status, timezone, created_at, updated_at)
    SELECT ${sqlId(kind, 'n')}, '${role}', 'active', 'UTC', now(), now() FROM generate_series(${from}, ${to}) n;
  INSERT INTO data_keys (owner_id, ring_key_id, wrapped, created_at)
    SELECT ${sqlId(kind, 'n')}, 'bench', '\\x00', now() FROM generate_series(${from}, ${to}) n;`;

/** Doctors with hours at one location, which has a room for each fourth of them. Check-ups take a room. */
const STAFF = `
  ${person('staff', 'staff', 0, 0)} ${person('doctor', 'doctor', 0, DOCTORS - 1)}
  INSERT INTO doctors (user_id, first_name, last_name, specialty, timezone)
    SELECT ${sqlId('doctor', 'n')}, 'D', n::text, 'specialty ' || n % 20, 'UTC' FROM generate_series(0, ${DOCTORS - 1}) n;
  INSERT INTO locations (id, name, timezone, created_at, updated_at) VALUES (${sqlId('place', '0')}, 'House', 'UTC', now(), now());
  INSERT INTO resources (id, kind, name, location_id, created_at, updated_at)
    SELECT ${sqlId('room', 'n')}, 'room', 'Room ' || n, ${sqlId('place', '0')}, now(), now()
    FROM generate_series(0, ${DOCTORS / EVERY_ROOM - 1}) n;
  UPDATE appointment_types SET requires = '{room}' WHERE id = ${CHECK_UP};
  INSERT INTO availability_rules (doctor_id, position, weekday, start_time, end_time, location_id)
    SELECT user_id, d, d, '08:00', '18:00', ${sqlId('place', '0')} FROM doctors, generate_series(1, 7) d;
  INSERT INTO time_off (id, doctor_id, first_date, last_date, created_at)
    SELECT ${sqlId('other', `n * 100 + year`)}, ${sqlId('doctor', 'n')}, make_date(2020 + year, 8, 1), make_date(2020 + year, 8, 14), now()
    FROM generate_series(0, ${DOCTORS - 1}) n, generate_series(0, 9) year;
  INSERT INTO clinic_holidays (id, first_date, last_date, name, created_at, yearly)
    SELECT ${sqlId('other', 'month')}, make_date(2020, month, 20), make_date(2020, month, 20), 'Holiday', now(), true FROM generate_series(1, 12) month;`;

/**
 * Appointments from the last day, 60 days ahead, into the past; each doctor has as many a day, and the first few are holds. Half of
 * them belong to a tenth of the patients.
 */
function appointments(from: number, to: number, patients: number): string {
  const regulars = Math.ceil(patients / 10);
  const hours = 9 * PER_DAY;
  return `
  INSERT INTO appointments (id, patient_id, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy, status, hold_expires_at, held_by,
      cancelled_at, created_at, updated_at, first_starts_at, local_date, local_time, local_version, location_id, visit_mode)
    SELECT ${sqlId('appointment', 'n')}, patient, ${sqlId('doctor', `n % ${DOCTORS}`)},
      CASE WHEN n % ${EVERY_ROOM} = 0 THEN ${CHECK_UP} ELSE ${CONSULTATION} END, s, s + interval '30 minutes', 'UTC',
      tstzrange(s, s + interval '30 minutes'), status, CASE status WHEN 'held' THEN timestamptz '2026-03-02 12:10+00' END,
      CASE status WHEN 'held' THEN patient END, CASE status WHEN 'cancelled' THEN s END, s - interval '${hours} hours', s, s,
      s::date, to_char(s, 'HH24:MI'), 1, ${sqlId('place', '0')}, 'in_person'
    FROM generate_series(${from}, ${to - 1}) n,
      LATERAL (SELECT timestamptz '2026-05-01 08:00+00' - (n / ${DOCTORS * PER_DAY}) * interval '1 day'
        + (n / ${DOCTORS} % ${PER_DAY}) * interval '1 hour' AS s) f,
      LATERAL (SELECT ${sqlId('patient', `CASE n % 2 WHEN 0 THEN n / 2 % ${regulars} ELSE ${regulars} + n % ${patients - regulars} END`)} AS patient,
        CASE WHEN n < ${HELD} THEN 'held' WHEN n % 10 = 3 THEN 'cancelled' WHEN s < '2026-03-02' AND n % 50 = 7 THEN 'no_show'
          WHEN s < '2026-03-02' THEN 'completed' WHEN n % 100 = 1 THEN 'requested' ELSE 'scheduled' END AS status) g;
  WITH a AS (SELECT *, status NOT IN ('cancelled', 'no_show') AS active FROM appointments
    WHERE id >= ${sqlId('appointment', String(from))} AND id < ${sqlId('appointment', String(to))})
  INSERT INTO appointment_participants (appointment_id, role, user_id, resource_id, busy, active, occupancy, lane)
    SELECT id, 'doctor', doctor_id, NULL::uuid, busy, active, id, 0 FROM a
    UNION ALL SELECT id, 'patient', patient_id, NULL, tstzrange(starts_at, ends_at), active, id, 0 FROM a
    UNION ALL SELECT ${sqlId('appointment', 'n')}, 'room', NULL, ${sqlId('room', `n % ${DOCTORS} / ${EVERY_ROOM}`)}, busy, active, id, 0
      FROM generate_series(${Math.ceil(from / EVERY_ROOM) * EVERY_ROOM}, ${to - 1}, ${EVERY_ROOM}) n JOIN a ON a.id = ${sqlId('appointment', 'n')};`;
}

function steps(from: number, to: number): string {
  return `
  INSERT INTO appointment_steps (appointment_id, version, status, at, by_kind, channel)
    SELECT a.id, place, CASE place WHEN 1 THEN 'scheduled' ELSE a.status END, a.created_at, 'patient', 'web'
    FROM appointments a, generate_series(1, CASE WHEN a.status IN ('scheduled', 'requested') THEN 1 ELSE 2 END) place
    WHERE a.id >= ${sqlId('appointment', String(from))} AND a.id < ${sqlId('appointment', String(to))} AND a.status <> 'held';`;
}

/** Those who wait with their offers, the feeds, and the appointments of a doctor who fell ill, and of others before. */
const OTHERS = `
  INSERT INTO waitlist_entries (id, patient_id, appointment_type_id, doctor_id, first_date, last_date, rank, state, created_at, updated_at, version)
    SELECT ${sqlId('entry', 'n')}, ${sqlId('patient', 'n')}, ${CONSULTATION}, CASE n % 3 WHEN 0 THEN ${sqlId('doctor', `n % ${DOCTORS}`)} END,
      '2026-03-01', date '2026-03-08' + n % 60, n % 5, CASE n % 4 WHEN 0 THEN 'waiting' ELSE 'booked' END, now() - n * interval '1 minute', now(), 1
    FROM generate_series(0, ${WAITING * 4 - 1}) n;
  INSERT INTO waitlist_offers (id, entry_id, patient_id, hold_id, doctor_id, starts_at, ends_at, state, created_at, expires_at, version)
    SELECT ${sqlId('offer', 'n')}, ${sqlId('entry', 'n')}, ${sqlId('patient', 'n')}, ${sqlId('appointment', 'n')}, ${sqlId('doctor', `n % ${DOCTORS}`)},
      timestamptz '2026-03-10 10:00+00' + n % 50 * interval '1 day', timestamptz '2026-03-10 10:30+00' + n % 50 * interval '1 day',
      CASE WHEN n < ${HELD} THEN 'open' ELSE 'expired' END, '2026-03-01', timestamptz '2026-03-01' + (n < ${HELD})::int * interval '3 days', 1
    FROM generate_series(0, ${WAITING * 4 - 1}) n;
  INSERT INTO calendar_feeds (id, user_id, secret_hash, created_at, scope, doctor_id) VALUES
    (${sqlId('other', '1001')}, ${sqlId('patient', '6')}, decode(repeat('01', 32), 'hex'), now(), 'own', NULL),
    (${sqlId('other', '1002')}, ${sqlId('doctor', '7')}, decode(repeat('02', 32), 'hex'), now(), 'own', NULL),
    (${sqlId('other', '1003')}, ${sqlId('staff', '0')}, decode(repeat('03', 32), 'hex'), now(), 'doctor', ${sqlId('doctor', '7')}),
    (${sqlId('other', '1004')}, ${sqlId('staff', '0')}, decode(repeat('04', 32), 'hex'), now(), 'clinic', NULL);
  INSERT INTO rebookings (id, doctor_id, action, by_kind, created_at)
    SELECT ${sqlId('other', 'n')}, ${sqlId('doctor', `n % ${DOCTORS}`)}, 'move', 'staff', now() FROM generate_series(0, 999) n;
  INSERT INTO rebooked_appointments (rebooking_id, appointment_id, state)
    SELECT ${sqlId('other', 'n / 30')}, ${sqlId('appointment', `1000 + n`)}, CASE WHEN n < 30 THEN 'pending' ELSE 'offered' END
    FROM generate_series(0, 29999) n;`;

export interface ClinicParts {
  /** Only what lists of appointments read: neither the steps of appointments nor the indexes of overlaps. Takes a third of the time. */
  readonly listsOnly?: boolean;
}

const OF_OVERLAPS = ['appointments_doctor_overlap', 'appointments_lane_taken', 'appointments_patient_overlap'];

export async function fillClinic(
  client: pg.Client,
  count: number,
  patients: number,
  { listsOnly = false }: ClinicParts = {},
): Promise<void> {
  const fill = async () => {
    await client.query(STAFF);
    for (let from = 0; from < patients; from += CHUNK) {
      const to = Math.min(patients, from + CHUNK);
      await timed(`${to.toLocaleString('en')} patients`, () =>
        client.query(person('patient', 'patient', from, to - 1)),
      );
    }
    for (let from = 0; from < count; from += CHUNK) {
      const to = Math.min(count, from + CHUNK);
      const rows = appointments(from, to, patients) + (listsOnly ? '' : steps(from, to));
      await timed(`${to.toLocaleString('en')} appointments`, () => client.query(rows));
    }
    await client.query(OTHERS);
  };
  const tables = ['users', 'appointments', 'appointment_participants', 'appointment_steps'];
  await inBulk(client, tables, fill, listsOnly ? OF_OVERLAPS : []);
  await timed('the patients of doctors', () => client.query(FILL_DOCTOR_PATIENTS));
  await client.query('VACUUM (ANALYZE) doctor_patients');
}

/** `doctor_patients` is what its sources say, whatever is done to them (ADR 0249). */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sql, sql } from '../../adapters/postgres/driver/sql.ts';
import { WRONG_DOCTOR_PATIENTS } from '../support/doctor-patients.ts';
import { type OwnDatabase, ownDatabase } from '../support/own-database.ts';
import { migrationFiles } from '../support/postgres.ts';

const id = (kind: number, n: number) => `0000000${kind}-0000-7000-8000-${String(n).padStart(12, '0')}`;
const [DOCTORS, PATIENTS] = [3, 3];
const doctor = (n: number) => id(1, n);
const patient = (n: number) => id(2, n);
const appointment = (n: number) => id(3, n);
const TYPE = '01900000-0000-7000-8000-000000000001';
const START = Date.parse('2026-03-02T00:00:00Z');
const HOUR = 3_600_000;

const PERSONS = sql`INSERT INTO users (id, role, status, timezone, created_at, updated_at)
  SELECT id::uuid, role, 'active', 'UTC', now(), now() FROM unnest(
    ${[...Array.from({ length: DOCTORS }, (_, n) => doctor(n)), ...Array.from({ length: PATIENTS }, (_, n) => patient(n))]}::text[],
    ${[...Array(DOCTORS).fill('doctor'), ...Array(PATIENTS).fill('patient')]}::text[]) p (id, role)`;
const NAMES = sql`INSERT INTO doctors (user_id, first_name, last_name, timezone)
  SELECT id, 'D', 'D', 'UTC' FROM users WHERE role = 'doctor'`;

/** Half an hour at an hour that no other has, `slot` hours after the start, or before it. */
const time = (slot: number) => sql`to_timestamp(${(START + slot * HOUR) / 1000}::float8)`;

function booked(n: number, slot: number, ofPatient: number, byDoctor: number, status: string): Sql {
  const isHeld = status === 'held';
  return sql`INSERT INTO appointments (id, patient_id, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy,
      status, hold_expires_at, held_by, cancelled_at, created_at, updated_at)
    SELECT ${appointment(n)}::uuid, ${patient(ofPatient)}::uuid, ${doctor(byDoctor)}::uuid, ${TYPE}::uuid, s, s + interval '30 minutes', 'UTC',
      tstzrange(s, s + interval '30 minutes'), ${status}, CASE WHEN ${isHeld}::boolean THEN s END,
      CASE WHEN ${isHeld}::boolean THEN ${patient(ofPatient)}::uuid END,
      CASE ${status}::text WHEN 'cancelled' THEN s END, s, s FROM ${time(slot)} s`;
}

const one = { of: fc.nat(PATIENTS - 1), by: fc.nat(DOCTORS - 1), which: fc.nat(19) };
const step = fc.record({
  ...one,
  what: fc.constantFrom(
    ...([
      'book',
      'book',
      'book',
      'move',
      'give',
      'merge',
      'join',
      'leave',
      'register',
      'forget',
      'remove',
      'take',
    ] as const),
  ),
  status: fc.constantFrom('scheduled', 'scheduled', 'cancelled', 'held'),
  isEarlier: fc.boolean(),
});

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const of = (what: Step['what'], by = 0): Step => ({ what, by, of: 0, which: 0, status: 'scheduled', isEarlier: false });
const ALWAYS = [
  [of('book'), of('join', 1), of('leave')],
  [of('book'), of('join', 1), of('remove')],
  [of('register', 1), of('book'), of('give', 2), of('forget'), of('move')],
].map((steps): [Step[]] => [steps]);

/** @param n the place of the step, which makes ids and times unique */
function statementOf({ what, of, by, which, status, isEarlier }: Step, n: number): Sql {
  const its = sql`id = ${appointment(which)}::uuid`;
  const slot = isEarlier ? -n - 1 : n;
  switch (what) {
    case 'book':
      return booked(n, slot, of, by, status);
    case 'move':
      return sql`UPDATE appointments SET starts_at = s, ends_at = s + interval '30 minutes',
        busy = tstzrange(s, s + interval '30 minutes') FROM ${time(slot)} s WHERE ${its}`;
    case 'give':
      return sql`UPDATE appointments SET doctor_id = ${doctor(by)}::uuid WHERE ${its}`;
    case 'merge':
      return sql`UPDATE appointments SET patient_id = ${patient(of)}::uuid WHERE patient_id = ${patient(which % PATIENTS)}::uuid`;
    case 'join':
      return sql`INSERT INTO appointment_participants (appointment_id, role, user_id, busy, active, occupancy, lane, additional)
        SELECT id, 'doctor', ${doctor(by)}::uuid, busy, false, id, 0, true FROM appointments WHERE ${its} AND status <> 'held'
        ON CONFLICT (appointment_id, role, participant_id) DO NOTHING`;
    case 'leave':
      return sql`DELETE FROM appointment_participants WHERE appointment_id = ${appointment(which)}::uuid AND additional`;
    case 'register':
      return sql`UPDATE users SET registered_by = ${doctor(by)}::uuid WHERE id = ${patient(of)}::uuid`;
    case 'forget':
      return sql`UPDATE users SET registered_by = NULL WHERE id = ${patient(of)}::uuid`;
    case 'remove':
      return sql`DELETE FROM appointments WHERE ${its}`;
    case 'take':
      return sql`UPDATE appointments SET status = 'scheduled', hold_expires_at = NULL, held_by = NULL WHERE ${its} AND status = 'held'`;
  }
}

describe('the patients of doctors', () => {
  let database: OwnDatabase;
  const run = async (...statements: Sql[]) => (await database.driver.run(statements, 'write')).at(-1) ?? [];
  const wrong = () => run(WRONG_DOCTOR_PATIENTS);

  beforeAll(async () => {
    database = await ownDatabase({ migrated: false });
    const files = await migrationFiles();
    await database.migrate(files.filter(({ name }) => name < '0195'));
    await run(PERSONS, NAMES);
    await run(booked(0, 0, 0, 0, 'scheduled'), booked(1, 1, 0, 1, 'cancelled'), booked(2, 2, 1, 0, 'held'));
    await run(
      sql`UPDATE users SET registered_by = ${doctor(2)}::uuid WHERE id = ANY(${[patient(0), patient(2)]}::uuid[])`,
      statementOf(of('join', 2), 0),
    );
    await database.migrate(files);
  });
  afterAll(() => database.close());

  test('of the appointments that were there are filled in', async () => {
    expect(await run(sql`SELECT doctor_id, last_starts_at FROM doctor_patients ORDER BY doctor_id`)).toEqual(
      [0, 1, 2].map((n) => ({ doctor_id: doctor(n), last_starts_at: START + HOUR })),
    );
    expect(await wrong()).toEqual([]);
  });

  test('follow whatever is done to appointments, additional doctors and registrations', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
        await run(sql`DELETE FROM appointments`, sql`UPDATE users SET registered_by = NULL`);
        for (const [n, each] of steps.entries()) {
          await run(statementOf(each, n));
          expect(await wrong()).toEqual([]);
        }
      }),
      { numRuns: 60, examples: ALWAYS },
    );
  }, 60_000);
});

/** The participants of an appointment follow it, also when the version before wrote it (ADR 0161). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { type Sql, sql } from '../../adapters/postgres/driver/sql.ts';
import { type OwnDatabase, ownDatabase } from '../support/own-database.ts';
import { migrationFiles } from '../support/postgres.ts';

const id = (n: number) => `01900000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
const [DOCTOR, OTHER, PATIENT] = [id(0xa1), id(0xa2), id(0xa3)];
const TYPE = '01900000-0000-7000-8000-000000000001';

/** An appointment of half an hour with five minutes before it, as the version before wrote it. */
function former(n: number, hour: number, status = 'scheduled', patient: string | null = PATIENT): Sql {
  const start = `2026-03-03T${String(hour).padStart(2, '0')}:00:00Z`;
  const held = status === 'held';
  return sql`INSERT INTO appointments (id, patient_id, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy,
      status, hold_expires_at, held_by, cancelled_at, created_at, updated_at)
    VALUES (${id(n)}::uuid, ${patient}::uuid, ${DOCTOR}::uuid, ${TYPE}::uuid, ${start}::timestamptz,
      ${start}::timestamptz + interval '30 minutes', 'UTC',
      tstzrange(${start}::timestamptz - interval '5 minutes', ${start}::timestamptz + interval '30 minutes'), ${status},
      ${held ? start : null}::timestamptz, ${held ? DOCTOR : null}::uuid,
      ${status === 'cancelled' ? start : null}::timestamptz, now(), now())`;
}

describe('participants', () => {
  let database: OwnDatabase;
  let driver: SqlDriver;
  const of = async (n: number) => {
    const [found = []] = await driver.run(
      [
        sql`SELECT p.role, p.user_id, lower(p.busy) AS from, upper(p.busy) AS until, p.active, p.lane,
              p.occupancy = p.appointment_id AS own
            FROM appointment_participants p WHERE p.appointment_id = ${id(n)}::uuid ORDER BY p.role`,
      ],
      'snapshot',
    );
    return found.map(({ role, user_id, from, until, active, own }) => ({
      role,
      who: user_id,
      time: [from, until].map((at) => new Date(at as number).toISOString().slice(11, 16)).join('-'),
      active,
      own,
    }));
  };
  const run = (statement: Sql) => driver.run([statement], 'write');

  beforeAll(async () => {
    database = await ownDatabase({ migrated: false });
    ({ driver } = database);
    const files = await migrationFiles();
    await database.migrate(files.filter(({ name }) => name < '0030'));
    for (const [person, role] of [
      [DOCTOR, 'doctor'],
      [OTHER, 'doctor'],
      [PATIENT, 'patient'],
    ] as const) {
      await run(sql`INSERT INTO users (id, role, status, timezone, created_at, updated_at)
        VALUES (${person}::uuid, ${role}, 'closed', 'UTC', now(), now())`);
      if (role === 'doctor') await run(sql`INSERT INTO doctors (user_id, timezone) VALUES (${person}::uuid, 'UTC')`);
    }
    await driver.run([former(1, 9), former(2, 10, 'cancelled'), former(3, 11, 'held', null)], 'write');
    await database.migrate(files);
  });
  afterAll(() => database.close());

  test('of the appointments that were there are filled in', async () => {
    expect(await of(1)).toEqual([
      { role: 'doctor', who: DOCTOR, time: '08:55-09:30', active: true, own: true },
      { role: 'patient', who: PATIENT, time: '09:00-09:30', active: true, own: true },
    ]);
    expect((await of(2)).map(({ active }) => active)).toEqual([false, false]);
    expect(await of(3)).toMatchObject([{ role: 'doctor', active: true }]);
  });

  test('follow an appointment that is moved to another doctor, cancelled, or deleted', async () => {
    await run(former(4, 13));
    await run(sql`UPDATE appointments SET doctor_id = ${OTHER}::uuid, starts_at = starts_at + interval '1 hour',
      ends_at = ends_at + interval '1 hour', busy = tstzrange(lower(busy) + interval '1 hour', upper(busy) + interval '1 hour')
      WHERE id = ${id(4)}::uuid`);
    expect(await of(4)).toEqual([
      { role: 'doctor', who: OTHER, time: '13:55-14:30', active: true, own: true },
      { role: 'patient', who: PATIENT, time: '14:00-14:30', active: true, own: true },
    ]);
    await run(sql`UPDATE appointments SET status = 'cancelled', cancelled_at = now() WHERE id = ${id(4)}::uuid`);
    expect((await of(4)).map(({ active }) => active)).toEqual([false, false]);
    await run(sql`DELETE FROM appointments WHERE id = ${id(4)}::uuid`);
    expect(await of(4)).toEqual([]);
  });

  test.each([
    ['of a doctor', former(5, 9, 'held', null), 'appointments_doctor_overlap'],
    ['of a patient', former(6, 9), 'appointments_'],
  ])('that overlap are refused by the name that the version before knows: %s', async (_, insert, constraint) => {
    await expect(run(insert)).rejects.toMatchObject({ constraint: expect.stringContaining(constraint) });
  });

  test('of one occupancy overlap, each in a lane of its own', async () => {
    await run(former(7, 16));
    const joining = (n: number, lane: number) =>
      run(sql`INSERT INTO appointments (id, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy, status,
          hold_expires_at, held_by, created_at, updated_at, occupancy, lane)
        SELECT ${id(n)}::uuid, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy, 'held',
          now(), ${DOCTOR}::uuid, now(), now(), ${id(7)}::uuid, ${lane}::smallint
        FROM appointments WHERE id = ${id(7)}::uuid`);
    await expect(joining(8, 0)).rejects.toMatchObject({ constraint: 'appointments_lane_taken' });
    await joining(8, 1);
    await run(sql`UPDATE appointments SET status = 'cancelled', cancelled_at = now() WHERE id = ${id(7)}::uuid`);
    // Lane 0 is free again; whoever has another occupancy is refused all the same.
    await expect(run(former(9, 16, 'held', null))).rejects.toMatchObject({
      constraint: 'appointments_doctor_overlap',
    });
  });
});

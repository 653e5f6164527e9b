/** The steps of an appointment and its first start are kept whichever version changes it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { type Sql, sql } from '../../adapters/postgres/driver/sql.ts';
import { type OwnDatabase, ownDatabase } from '../support/own-database.ts';
import { migrationFiles } from '../support/postgres.ts';

const id = (n: number) => `01900000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
const [DOCTOR, PATIENT, STAFF] = [id(0xa1), id(0xa2), id(0xa3)];
const TYPE = '01900000-0000-7000-8000-000000000001';
const BOOKED = '2026-03-01T08:00:00Z';

/** As the version before wrote it. */
function booked(n: number, hour: number, by: string = PATIENT): Sql {
  const start = `2026-03-03T${String(hour).padStart(2, '0')}:00:00Z`;
  return sql`INSERT INTO appointments (id, patient_id, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy,
      status, created_by, created_at, updated_at)
    VALUES (${id(n)}::uuid, ${PATIENT}::uuid, ${DOCTOR}::uuid, ${TYPE}::uuid, ${start}::timestamptz,
      ${start}::timestamptz + interval '30 minutes', 'UTC',
      tstzrange(${start}::timestamptz, ${start}::timestamptz + interval '30 minutes'), 'scheduled', ${by}::uuid,
      ${BOOKED}::timestamptz, ${BOOKED}::timestamptz)`;
}

function changed(n: number, status: string, at: string, fields: Sql = sql``): Sql {
  return sql`UPDATE appointments SET status = ${status}, updated_at = ${at}::timestamptz, version = version + 1${fields}
    WHERE id = ${id(n)}::uuid`;
}

function movedTo(n: number, hour: number): Sql {
  return sql`UPDATE appointments SET starts_at = starts_at + ${`${hour} hours`}::interval, ends_at = ends_at + ${`${hour} hours`}::interval,
      busy = tstzrange(starts_at + ${`${hour} hours`}::interval, ends_at + ${`${hour} hours`}::interval),
      reschedule_count = reschedule_count + 1, version = version + 1 WHERE id = ${id(n)}::uuid`;
}

const CANCELLED = sql`, cancelled_at = '2026-03-02T10:00:00Z', cancelled_by_kind = 'staff'`;

describe('steps of an appointment', () => {
  let database: OwnDatabase;
  let driver: SqlDriver;
  const run = (...statements: Sql[]) => driver.run(statements, 'write');
  const steps = async (n: number) => {
    const [found = []] = await driver.run(
      [
        sql`SELECT version, status, at, by_kind, channel FROM appointment_steps WHERE appointment_id = ${id(n)}::uuid ORDER BY id`,
      ],
      'snapshot',
    );
    return found.map(({ version, status, at, by_kind, channel }) =>
      [version, status, new Date(at as number).toISOString().slice(5, 16), by_kind, channel].join(' '),
    );
  };
  const firstStart = async (n: number) => {
    const [found = []] = await driver.run(
      [sql`SELECT first_starts_at AS at FROM appointments WHERE id = ${id(n)}::uuid`],
      'snapshot',
    );
    const at = found[0]?.at as number | null | undefined;
    return at === null || at === undefined ? null : new Date(at).toISOString().slice(11, 16);
  };

  beforeAll(async () => {
    database = await ownDatabase({ migrated: false });
    ({ driver } = database);
    const files = await migrationFiles();
    const filesBefore = (name: string) => files.filter((file) => file.name < name);
    await database.migrate(filesBefore('0036'));
    for (const person of [DOCTOR, PATIENT, STAFF]) {
      await run(sql`INSERT INTO users (id, role, status, timezone, created_at, updated_at)
        VALUES (${person}::uuid, ${person === DOCTOR ? 'doctor' : 'patient'}, 'closed', 'UTC', now(), now())`);
    }
    await run(sql`INSERT INTO doctors (user_id, timezone) VALUES (${DOCTOR}::uuid, 'UTC')`);
    await run(booked(1, 9), booked(2, 10, STAFF), booked(3, 11), booked(4, 12), booked(5, 13));
    await run(changed(2, 'cancelled', '2026-03-02T10:00:00Z', CANCELLED));
    await run(changed(3, 'confirmed', '2026-03-02T11:00:00Z'), changed(4, 'confirmed', '2026-03-02T12:00:00Z'));
    await run(movedTo(5, 4));
    await database.migrate(filesBefore('0037'));
    // Changed between the two files.
    await run(changed(4, 'completed', '2026-03-03T12:30:00Z'));
    await database.migrate(files);
  });
  afterAll(() => database.close());

  test('of earlier appointments are what the appointments tell', async () => {
    expect(await steps(1)).toEqual(['1 scheduled 03-01T08:00 patient ']);
    expect(await steps(2)).toEqual(['1 scheduled 03-01T08:00  ', '2 cancelled 03-02T10:00 staff ']);
    expect(await steps(3)).toEqual(['1 scheduled 03-01T08:00 patient ', '2 confirmed 03-02T11:00  ']);
    expect(await steps(4)).toEqual([
      '1 scheduled 03-01T08:00 patient ',
      '2 confirmed 03-02T12:00  ',
      '3 completed 03-03T12:30  ',
    ]);
  });

  test('are added when the version before books and changes; holds and edits add none', async () => {
    await run(booked(6, 14), changed(6, 'confirmed', '2026-03-02T09:00:00Z'));
    await run(sql`UPDATE appointments SET version = version + 1 WHERE id = ${id(6)}::uuid`);
    await run(changed(6, 'cancelled', '2026-03-02T10:00:00Z', CANCELLED));
    expect(await steps(6)).toEqual([
      '1 scheduled 03-01T08:00 patient ',
      '2 confirmed 03-02T09:00  ',
      '4 cancelled 03-02T10:00 staff ',
    ]);
    await run(sql`INSERT INTO appointments (id, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy, status,
        hold_expires_at, held_by, created_at, updated_at)
      SELECT ${id(7)}::uuid, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy, 'held', now(),
        ${PATIENT}::uuid, now(), now() FROM appointments WHERE id = ${id(6)}::uuid`);
    expect(await steps(7)).toEqual([]);
    expect(await firstStart(7)).toBeNull();
  });

  test('name the actor of their batch, and nobody in the next batch', async () => {
    await run(
      sql`SELECT set_config('portal.step_by', 'doctor', true), set_config('portal.step_channel', 'phone', true)`,
      changed(1, 'confirmed', '2026-03-02T09:00:00Z'),
    );
    await run(changed(1, 'in_progress', '2026-03-03T09:00:00Z'));
    expect((await steps(1)).slice(1)).toEqual(['2 confirmed 03-02T09:00 doctor phone', '3 in_progress 03-03T09:00  ']);
  });

  test('the first start stays when an appointment is moved; of one moved before this was kept it is not known', async () => {
    await run(booked(8, 16));
    await run(movedTo(8, 2));
    await run(movedTo(8, 3));
    await run(movedTo(3, 9));
    expect(await Promise.all([8, 3, 5].map(firstStart))).toEqual(['16:00', '11:00', null]);
  });
});

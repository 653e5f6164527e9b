/** The patients of doctors (ADR 0249) while transactions that have not locked the patient change them at once. */
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { WRONG_DOCTOR_PATIENTS } from '../support/doctor-patients.ts';
import { onServer } from './on-server.ts';

const idOf = (n: number) => `01900000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

onServer('patients of doctors', {}, (server) => {
  let one: pg.Client;
  let other: pg.Client;
  let doctors: string[];
  let patient: string;

  beforeAll(async () => {
    doctors = [(await server.portal.person('doctor', 'dora')).id, (await server.portal.person('doctor', 'dan')).id];
    patient = (await server.portal.person('patient', 'paul')).id;
    [one, other] = [new pg.Client(server.url), new pg.Client(server.url)];
    await Promise.all([one.connect(), other.connect()]);
  });
  afterAll(() => Promise.all([one.end(), other.end()]));
  beforeEach(async () => void (await one.query('DELETE FROM appointments')));

  const booking = (n: number, doctor: number) => () =>
    `INSERT INTO appointments (id, patient_id, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy, status, created_at, updated_at)
     SELECT '${idOf(0xa0 + n)}', '${patient}', '${doctors[doctor]}', '01900000-0000-7000-8000-000000000001', s, s + interval '30 minutes', 'UTC',
       tstzrange(s, s + interval '30 minutes'), 'scheduled', s, s FROM (SELECT timestamptz '2026-03-02 00:00+00' + interval '1 hour' * ${n} AS s) t`;
  const removal = (n: number) => () => `DELETE FROM appointments WHERE id = '${idOf(0xa0 + n)}'`;

  async function untilBlocked(): Promise<void> {
    const blocked = `SELECT FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))`;
    while ((await one.query(blocked)).rowCount === 0);
  }

  /** Both change before either commits, unless the second waits for the first. */
  async function atOnce(first: string, second: string): Promise<void> {
    await one.query('BEGIN');
    await one.query(first);
    await other.query('BEGIN');
    const waiting = other.query(second);
    await Promise.race([waiting, untilBlocked()]);
    await one.query('COMMIT');
    await waiting;
    await other.query('COMMIT');
  }

  test.each([
    ['first visits with two doctors, the later one first', booking(9, 0), booking(1, 1)],
    ['first visits with two doctors, the earlier one first', booking(1, 0), booking(9, 1)],
    ['the only visit is removed, and another one is booked', removal(5), booking(6, 0)],
    ['a visit is booked, and the only one before it is removed', booking(6, 0), removal(5)],
    ['the last visit is removed, and one with another doctor is booked', removal(5), booking(1, 1)],
  ])('%s', async (_, first, second) => {
    await one.query(booking(5, 0)());
    await atOnce(first(), second());
    expect(await server.rows(WRONG_DOCTOR_PATIENTS)).toEqual([]);
    expect((await server.rows(sql`SELECT 1 AS one FROM doctor_patients`)).length).toBeGreaterThan(0);
  });
});

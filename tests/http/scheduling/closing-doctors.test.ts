/** A doctor with more appointments than one batch ends is closed in several, each of a bounded size (R55). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Clinic, startClinic } from './clinic.ts';

const COUNT = 230;
let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.portal.close());

async function statuses(): Promise<Record<string, number>> {
  const [found = []] = await clinic.portal.driver.run(
    [
      sql`SELECT status, count(*)::int AS count FROM appointments WHERE doctor_id = ${clinic.doctor.id}::uuid GROUP BY status`,
    ],
    'snapshot',
  );
  return Object.fromEntries(found.map(({ status, count }) => [status as string, count as number]));
}

test('every appointment is cancelled, recorded and told to its patient once, before the account is erased', async () => {
  const { portal, doctor, maria, admin } = clinic;
  await portal.driver.run(
    [
      sql`INSERT INTO appointments (id, patient_id, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy, status,
            created_at, updated_at)
          SELECT gen_random_uuid(), ${maria.id}::uuid, ${doctor.id}::uuid, '01900000-0000-7000-8000-000000000001', f.s,
            f.s + interval '30 minutes', 'UTC', tstzrange(f.s, f.s + interval '30 minutes'), 'scheduled', now(), now()
          FROM (SELECT timestamptz '2026-03-03 09:00Z' + (n / 16) * interval '1 day' + (n % 16) * interval '30 minutes' AS s
            FROM generate_series(0, ${COUNT - 1}::int) n) f`,
    ],
    'write',
  );
  expect((await clinic.delete(`/users/${doctor.id}`, admin.token, { 'If-Match': '"v99"' })).status).toBe(412);
  expect(await statuses()).toEqual({ scheduled: COUNT });
  const before = portal.database.roundTrips();
  expect((await clinic.delete(`/users/${doctor.id}`, admin.token)).status).toBe(204);
  // Two full batches and the rest, each with its load.
  expect(portal.database.roundTrips() - before).toBe(6);
  expect(await statuses()).toEqual({ cancelled: COUNT });
  const [events = [], mails = []] = await portal.driver.run(
    [
      sql`SELECT count(*)::int AS count FROM audit_events WHERE event_type = 'appointment.cancelled'
            AND stream = ${maria.id}`,
      sql`SELECT count(DISTINCT appointment_id)::int AS count FROM notifications
            WHERE user_id = ${maria.id}::uuid AND template = 'appointment-cancelled'`,
    ],
    'snapshot',
  );
  expect(events[0]?.count).toBe(COUNT);
  expect(mails[0]?.count).toBe(COUNT);
  expect((await clinic.get(`/doctors/${doctor.id}`, maria.token)).status).toBe(404);
});

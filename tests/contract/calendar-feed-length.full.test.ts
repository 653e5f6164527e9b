import { expect, test } from 'vitest';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { startClinic, WEEK } from '../http/scheduling/clinic.ts';
import { eventsOf } from './calendar-readers.ts';

test('a busy doctor’s feed keeps what comes next: a long past takes no place of the future', async () => {
  const clinic = await startClinic();
  await clinic.hours(clinic.doctor.id, WEEK, 'Europe/Berlin');
  const booked = await clinic.book(clinic.maria.token, '10:00');
  const copies = (count: number, first: string, byMinutes: number) =>
    clinic.portal.driver.run(
      [
        sql`INSERT INTO appointments (id, patient_id, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy, status,
              created_by, created_at, updated_at)
            SELECT gen_random_uuid(), a.patient_id, a.doctor_id, a.appointment_type_id, s.at, s.at + interval '5 minutes',
              a.timezone, tstzrange(s.at, s.at + interval '5 minutes'), 'completed', a.created_by, a.created_at, a.updated_at
            FROM appointments a, (SELECT ${first}::timestamptz + n * ${byMinutes}::int * interval '1 minute' AS at
                                  FROM generate_series(1, ${count}::int) n) s
            WHERE a.id = ${booked.body.id}::uuid`,
      ],
      'write',
    );
  await copies(1100, '2026-03-02T11:55:00Z', -10);
  await copies(2100, '2026-03-04T00:00:00Z', 10);
  const { url } = (await clinic.post('/calendar/feeds', clinic.doctor.token)).body;
  const starts = eventsOf(await (await clinic.portal.fetch(new Request(url))).text()).map(({ start }) => start);
  const now = '2026-03-02T12:00:00.000Z';
  expect(starts.filter((start) => start < now)).toHaveLength(500);
  expect(starts.filter((start) => start >= now)).toHaveLength(2000);
  expect(starts).toContain('2026-03-03T09:00:00.000Z');
  expect(starts).toContain('2026-03-02T11:45:00.000Z');
  expect(starts).toEqual(starts.toSorted());
  await clinic.portal.close();
});

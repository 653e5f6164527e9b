/** Exceptions to weekly hours can be listed and removed on any date. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Clinic, startClinic } from './clinic.ts';

/** 730 days after the portal's day, 2026-03-02, and the next. */
const LAST = '2028-03-01';
const BEYOND = '2028-03-02';

describe('exceptions far ahead', () => {
  let clinic: Clinic;
  let base: string;
  beforeAll(async () => {
    clinic = await startClinic();
    base = `/doctors/${clinic.doctor.id}`;
  });
  afterAll(() => clinic.portal.close());

  const kinds = [
    ['an override', () => `${base}/availability/overrides`, (date: string) => ({ date, available: [] }), '/date'],
    ['time off', () => `${base}/time-off`, (date: string) => ({ from: date, until: date }), '/from'],
    ['a holiday', () => '/clinic/holidays', (date: string) => ({ from: date, until: date, name: 'Closed' }), '/from'],
  ] as const;

  test.each(kinds)('%s on the last date shown is listed and can be removed', async (_, path, body) => {
    const { status, body: made } = await clinic.post(path(), clinic.admin.token, body(LAST));
    expect(status).toBe(201);
    const listed = (await clinic.get(path(), clinic.admin.token)).body.data;
    expect(listed.map(({ id }: { id: string }) => id)).toEqual([made.id]);
    expect((await clinic.delete(`${path()}/${made.id}`, clinic.admin.token)).status).toBe(204);
    expect((await clinic.delete(`${path()}/${made.id}`, clinic.admin.token)).status).toBe(404);
  });

  test.each(kinds)(
    '%s beyond it, or over already, is refused with the dates that can be',
    async (_, path, body, at) => {
      const far = await clinic.post(path(), clinic.admin.token, body(BEYOND));
      expect([far.status, far.body.code, far.body.errors[0].pointer]).toEqual([422, 'invalid_fields', at]);
      expect(far.body.errors[0].message).toContain(LAST);
      expect((await clinic.post(path(), clinic.admin.token, body('2026-02-28'))).status).toBe(422);
    },
  );

  test('exceptions beyond the bound, entered before it existed, can be removed', async () => {
    const [override, timeOff] = ['0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f', '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e90'];
    const doctor = clinic.doctor.id;
    await clinic.portal.driver.run(
      [
        sql`INSERT INTO availability_overrides (id, doctor_id, date, available, created_at)
            VALUES (${override}::uuid, ${doctor}::uuid, '2031-01-01', '[]', now())`,
        sql`INSERT INTO time_off (id, doctor_id, first_date, last_date, created_at)
            VALUES (${timeOff}::uuid, ${doctor}::uuid, '2031-01-01', '2031-01-02', now())`,
      ],
      'write',
    );
    const { token } = clinic.doctor;
    expect((await clinic.delete(`${base}/availability/overrides/${override}`, token)).status).toBe(204);
    expect((await clinic.delete(`${base}/time-off/${timeOff}`, token)).status).toBe(204);
  });
});

/** Settings of how many rows are worked on at once: a small one changes no answer. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Clinic, startClinic } from '../scheduling/clinic.ts';

let clinic: Clinic;

beforeAll(async () => {
  clinic = await startClinic({ environment: { EXPORT_ROWS: '10', CLOSING_ROWS: '1' } });
  for (let n = 0; n < 25; n++) {
    clinic.portal.clock.advance(1);
    await clinic.get(`/users/${clinic.maria.id}/profile`, clinic.staff.token);
  }
});
afterAll(() => clinic.portal.close());

const lines = (text: string) => text.trimEnd().split(/\r?\n/).slice(1);

test('EXPORT_ROWS: an export of more than two portions has every row once', async () => {
  const { body: listed } = await clinic.get('/audit/me?limit=100', clinic.maria.token);
  const own = lines((await clinic.get('/audit/me/export', clinic.maria.token)).body);
  // Reading the list is an event too.
  expect(own).toHaveLength(listed.data.length + 1);
  expect(new Set(own).size).toBe(own.length);

  const found = await clinic.get(`/audit/events?limit=100&subject=${clinic.maria.id}`, clinic.admin.token);
  const { body } = await clinic.get(`/audit/events/export?format=csv&subject=${clinic.maria.id}`, clinic.admin.token);
  expect(lines(body).length).toBeGreaterThanOrEqual(found.body.data.length);
  expect(new Set(lines(body)).size).toBe(lines(body).length);
});

test('CLOSING_ROWS: an account with more appointments than one transaction ends is closed with all of them', async () => {
  for (const startTime of ['09:00', '10:00', '11:00']) await clinic.book(clinic.maria.token, startTime);
  const before = clinic.portal.database.roundTrips();
  const closed = await clinic.delete(`/users/${clinic.maria.id}`, clinic.maria.token);
  expect(closed.status, JSON.stringify(closed.body)).toBe(204);
  // Two portions of one appointment, each loaded and committed, before the account.
  expect(clinic.portal.database.roundTrips() - before).toBeGreaterThanOrEqual(6);
  const [rows = []] = await clinic.portal.driver.run(
    [sql`SELECT DISTINCT status FROM appointments WHERE patient_id = ${clinic.maria.id}::uuid`],
    'read',
  );
  expect(rows).toEqual([{ status: 'cancelled' }]);
});

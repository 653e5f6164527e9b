/** Calendar feeds of the clinic and of single doctors, for those who plan for all doctors. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { eventsOf } from '../../contract/calendar-readers.ts';
import { type Clinic, startClinic } from './clinic.ts';

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
  await clinic.hours(clinic.otherDoctor.id);
  await clinic.book(clinic.maria.token, '10:00', { reason: 'A secret cough' });
  await clinic.book(clinic.paul.token, '11:00', { doctorId: clinic.otherDoctor.id });
});
afterAll(() => clinic.portal.close());

const make = (token: string, body: object = {}) => clinic.post('/clinic/calendar-feeds', token, body);
const read = (url: string) => clinic.portal.fetch(new Request(url));
const shown = async (url: string) => eventsOf(await (await read(url)).text()).map(({ summary }) => summary);

test('the clinic’s feed shows the appointments of all doctors, a doctor’s those of one, and neither names a patient', async () => {
  const { staff, otherDoctor } = clinic;
  const all = await make(staff.token);
  expect(all).toMatchObject({ status: 201, body: { scope: 'clinic', doctorId: null } });
  const text = await (await read(all.body.url)).text();
  expect(text).not.toMatch(/maria|paul|cough/i);
  expect(await shown(all.body.url)).toEqual([
    'Appointment with doctor Example',
    'Appointment with other-doctor Example',
  ]);
  clinic.portal.clock.advance(1);
  const one = await make(staff.token, { doctorId: otherDoctor.id });
  expect(one.body).toMatchObject({ scope: 'doctor', doctorId: otherDoctor.id });
  expect(await shown(one.body.url)).toEqual(['Appointment with other-doctor Example']);
  const { body } = await clinic.get('/calendar/feeds', staff.token);
  expect(body.data.map(({ scope }: { scope: string }) => scope)).toEqual(['clinic', 'doctor']);
  const own = await clinic.post('/calendar/feeds', clinic.doctor.token);
  expect(own.body.scope).toBe('own');
  expect(await shown(own.body.url)).toEqual(['Appointment']);
  await clinic.delete('/calendar/feeds', staff.token);
  expect((await read(all.body.url)).status).toBe(404);
});

test('neither patients nor doctors get one, and of an unknown doctor nobody does', async () => {
  for (const { token } of [clinic.maria, clinic.doctor]) expect((await make(token)).status).toBe(403);
  expect(await make(clinic.staff.token, { doctorId: clinic.maria.id })).toMatchObject({
    ...{ status: 404, body: { code: 'doctor_not_found' } },
  });
});

test('it is recorded when it is made and when it is read', async () => {
  const temp = await clinic.person('staff', 'temp');
  const { body } = await make(temp.token, { doctorId: clinic.doctor.id });
  await read(body.url);
  const events = await clinic.get(`/audit/events?user=${temp.id}`, clinic.admin.token);
  expect(events.body.data).toContainEqual(expect.objectContaining({ eventType: 'calendar_feed.read' }));
  expect(events.body.data).toContainEqual(
    expect.objectContaining({
      ...{ eventType: 'calendar_feed.created', details: { scope: 'doctor', doctorId: clinic.doctor.id } },
    }),
  );
});

test('it ends with the right: when the role changes, and for a role that has it no longer', async () => {
  const temp = await clinic.person('staff', 'leaving');
  const { body } = await make(temp.token);
  expect((await read(body.url)).status).toBe(200);
  const role = (name: string) => sql`UPDATE users SET role = ${name} WHERE id = ${temp.id}::uuid`;
  await clinic.portal.driver.run([role('patient')], 'write');
  expect((await read(body.url)).status).toBe(404);
  await clinic.portal.driver.run([role('staff')], 'write');
  expect((await read(body.url)).status).toBe(200);
  const changed = await clinic.portal.request('PUT', `/api/v1/users/${temp.id}/role`, {
    token: clinic.admin.token,
    body: { role: 'doctor' },
    headers: { 'If-Match': '*' },
  });
  expect(changed.status).toBe(200);
  await clinic.portal.driver.run([role('staff')], 'write');
  expect((await read(body.url)).status).toBe(404);
});

/** Holidays that recur every year, and holidays from a list. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Clinic, startClinic } from './clinic.ts';

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.portal.close());

const IMPORT = '/clinic/holidays/import';

function list(...events: string[][]): string {
  const inside = events.flatMap((lines) => ['BEGIN:VEVENT', ...lines, 'END:VEVENT']);
  return ['BEGIN:VCALENDAR', 'VERSION:2.0', ...inside, 'END:VCALENDAR', ''].join('\r\n');
}

async function slotsOn(date: string): Promise<number> {
  const query = `doctorId=${clinic.doctor.id}&from=${date}&to=${date}`;
  const reply = await clinic.get(`/appointments/available-slots?${query}`, clinic.maria.token);
  expect(reply.status, JSON.stringify(reply.body)).toBe(200);
  return reply.body.data.length;
}

test('a yearly holiday closes its dates in every year, and opens all of them when it is removed', async () => {
  const yearly = { from: '2020-03-03', until: '2020-03-03', name: 'Founding day', yearly: true };
  expect(await slotsOn('2026-03-03')).toBeGreaterThan(0);
  const entered = await clinic.post('/clinic/holidays', clinic.staff.token, yearly);
  expect(entered).toMatchObject({ status: 201, body: { ...yearly, yearlyUntil: null, affected: { count: 0 } } });
  expect([await slotsOn('2026-03-03'), (await slotsOn('2026-03-04')) > 0]).toEqual([0, true]);
  const next = `/appointments/next-available?doctorIds=${clinic.doctor.id}&from=2026-03-03&limit=1`;
  expect((await clinic.get(next, clinic.maria.token)).body.data).toMatchObject([{ date: '2026-03-04' }]);
  const booked = await clinic.book(clinic.maria.token, '10:00');
  expect(booked).toMatchObject({ status: 422, body: { reasons: [{ code: 'outside_availability' }] } });
  const { data } = (await clinic.get('/clinic/holidays', clinic.maria.token)).body;
  expect(data).toMatchObject([yearly]);
  expect((await clinic.delete(`/clinic/holidays/${entered.body.id}`, clinic.staff.token)).status).toBe(204);
  expect(await slotsOn('2026-03-03')).toBeGreaterThan(0);

  const short = { ...yearly, yearlyUntil: '2025-12-31' };
  expect(await clinic.post('/clinic/holidays', clinic.staff.token, short)).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: '/yearlyUntil' }] },
  });
});

test('a list is shown first, then entered once with what becomes of the appointments, and what it lacks is named', async () => {
  const { body: visit } = await clinic.book(clinic.maria.token, '10:00', { appointmentDate: '2026-03-05' });
  const calendar = list(
    ['UID:1', 'DTSTART;VALUE=DATE:20200305', 'RRULE:FREQ=YEARLY', 'SUMMARY:Yearly\\, day'],
    ['UID:2', 'DTSTART;VALUE=DATE:20270401', 'DTEND;VALUE=DATE:20270403', 'SUMMARY:Twice'],
    ['UID:3', 'DTSTART:20260310T090000Z', 'SUMMARY:Meeting'],
    ['UID:4', 'DTSTART;VALUE=DATE:20200101', 'SUMMARY:Over'],
  );
  const body = { calendar, affected: { action: 'cancel', message: 'We are closed.' } };
  const dry = await clinic.post(`${IMPORT}?dryRun=true`, clinic.staff.token, body);
  const expected = {
    holidays: [
      { from: '2020-03-05', until: '2020-03-05', name: 'Yearly, day', yearly: true, yearlyUntil: null },
      { from: '2027-04-01', until: '2027-04-02', name: 'Twice', yearly: false, yearlyUntil: null },
    ],
    unchanged: 0,
    past: 1,
    errors: [{ line: 17, code: 'not_whole_days' }],
    affected: { count: 1, action: 'cancel' },
  };
  expect(dry).toMatchObject({ status: 200, body: expected });
  expect(dry.body.affected.appointments).toMatchObject([{ id: visit.id }]);
  expect((await clinic.get('/clinic/holidays', clinic.staff.token)).body.data).toEqual([]);
  expect((await clinic.post(IMPORT, clinic.doctor.token, body)).status).toBe(403);

  expect(await clinic.post(IMPORT, clinic.staff.token, body)).toMatchObject({ status: 201, body: expected });
  await clinic.runJobs();
  expect((await clinic.get(`/appointments/${visit.id}`, clinic.maria.token)).body.status).toBe('cancelled');
  expect([await slotsOn('2026-03-05'), (await slotsOn('2026-03-06')) > 0]).toEqual([0, true]);

  const again = await clinic.post(IMPORT, clinic.staff.token, { calendar });
  expect(again).toMatchObject({ status: 201, body: { holidays: [], unchanged: 2, affected: { count: 0 } } });
  expect((await clinic.get('/clinic/holidays', clinic.staff.token)).body.data).toHaveLength(2);
});

test('a list of which nothing can be read is refused, line by line', async () => {
  const reply = await clinic.post(IMPORT, clinic.staff.token, { calendar: list(['DTSTART:20260310T090000Z']) });
  expect(reply).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: '/calendar', message: expect.stringContaining('line 4: expected a date') }] },
  });
  const table = await clinic.post(IMPORT, clinic.staff.token, { calendar: 'Christmas;2026-12-25' });
  expect(table).toMatchObject({ status: 422, body: { errors: [{ message: 'line 1: expected BEGIN:VCALENDAR' }] } });
});

test('the same holiday twice is refused, also at once; another name or recurrence is another holiday', async () => {
  const holiday = { from: '2026-09-07', until: '2026-09-08', name: 'Works outing' };
  const replies = await Promise.all([1, 2, 3].map(() => clinic.post('/clinic/holidays', clinic.staff.token, holiday)));
  expect(replies.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
  expect(replies.find(({ status }) => status === 409)?.body.code).toBe('holiday_exists');
  expect((await clinic.post('/clinic/holidays?dryRun=true', clinic.staff.token, holiday)).status).toBe(409);
  for (const other of [{ name: 'Outing' }, { yearly: true }, { yearly: true, yearlyUntil: '2030-09-07' }]) {
    expect((await clinic.post('/clinic/holidays', clinic.staff.token, { ...holiday, ...other })).status).toBe(201);
  }
  const { id } = replies.find(({ status }) => status === 201)?.body ?? {};
  expect((await clinic.delete(`/clinic/holidays/${id}`, clinic.staff.token)).status).toBe(204);
  expect((await clinic.post('/clinic/holidays', clinic.staff.token, holiday)).status).toBe(201);
});

test('a holiday that the version before has entered is not entered twice', async () => {
  const id = '01900000-0000-7000-8000-000000000001';
  await clinic.portal.driver.run(
    [
      sql`INSERT INTO clinic_holidays (id, first_date, last_date, name, created_at)
          VALUES (${id}::uuid, '2026-10-05'::date, '2026-10-05'::date, 'Before', now())`,
    ],
    'write',
  );
  const holiday = { from: '2026-10-05', until: '2026-10-05', name: 'Before' };
  expect((await clinic.post('/clinic/holidays', clinic.staff.token, holiday)).status).toBe(409);
});

test('a list that names a holiday twice enters it once', async () => {
  const twice = ['DTSTART;VALUE=DATE:20261109', 'SUMMARY:Once'];
  const calendar = list(twice, twice);
  const entered = await clinic.post(IMPORT, clinic.staff.token, { calendar });
  expect(entered).toMatchObject({ status: 201, body: { holidays: [{ name: 'Once' }], unchanged: 1 } });
});

test('links to the removal are for those who may remove', async () => {
  const relations = async (token: string) =>
    Object.keys((await clinic.get('/clinic/holidays', token)).body.data[0]._links);
  for (const { token } of [clinic.staff, clinic.admin]) expect(await relations(token)).toEqual(['remove']);
  for (const { token } of [clinic.maria, clinic.doctor]) expect(await relations(token)).toEqual([]);
});

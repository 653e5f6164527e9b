/** Hours at locations, and appointments that take rooms and devices there. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Clinic, type Person, startClinic, TUESDAY, WEDNESDAY } from './clinic.ts';

let clinic: Clinic;
let park: string;
let lake: string;
let rooms: string[];
let doctors: Person[];

const add = async (path: string, body: object): Promise<string> => {
  const { status, body: made } = await clinic.post(path, clinic.admin.token, body);
  expect(status, JSON.stringify(made)).toBe(201);
  return made.id;
};
/** Tuesdays at the park, other days at the lake. */
const week = () =>
  [1, 2, 3, 4, 5].map((weekday) => ({
    weekday,
    start: '09:00',
    end: '17:00',
    locationId: weekday === 2 ? park : lake,
  }));
const book = (n: number, startTime: string, extra: Record<string, unknown> = {}) =>
  clinic.book(clinic.staff.token, startTime, {
    doctorId: doctors[n]?.id,
    appointmentType: 'scan',
    patientId: clinic.maria.id,
    ...extra,
  });
const slots = async (n: number, date = TUESDAY) => {
  const query = `doctorId=${doctors[n]?.id}&date=${date}&type=scan`;
  const { body } = await clinic.get(`/appointments/available-slots?${query}`, clinic.maria.token);
  return body.data as { startTime: string; location: { id: string; name: string } | null }[];
};

beforeAll(async () => {
  clinic = await startClinic();
  const address = { street: 'Am Ufer 3', city: 'Bonn', postalCode: '53111' };
  park = await add('/locations', { name: 'Park', timezone: 'UTC', ...address });
  lake = await add('/locations', { name: 'Lake', timezone: 'UTC' });
  rooms = [
    await add('/resources', { kind: 'room', name: 'Room 1', locationId: park }),
    await add('/resources', { kind: 'room', name: 'Room 2', locationId: park }),
  ];
  await add('/resources', { kind: 'room', name: 'Room of the lake', locationId: lake });
  await add('/appointment-types', {
    code: 'scan',
    name: 'Scan',
    durationMinutes: 30,
    slotIntervalMinutes: 30,
    requires: ['room'],
  });
  doctors = [clinic.doctor, clinic.otherDoctor, await clinic.person('doctor', 'third')];
  for (const { id } of doctors) expect((await clinic.hours(id, week())).status).toBe(200);
});
afterAll(() => clinic.portal.close());

test('slots name the location of the day, and the hours show it', async () => {
  expect((await slots(0))[0]).toMatchObject({ startTime: '09:00', location: { id: park, name: 'Park', city: 'Bonn' } });
  expect((await slots(0, WEDNESDAY))[0]).toMatchObject({ location: { id: lake } });
  const hours = await clinic.get(`/doctors/${doctors[0]?.id}/availability`, clinic.maria.token);
  expect(hours.body.weekly[1]).toMatchObject({ weekday: 2, locationId: park });
});

test('an appointment takes the first free room; the next doctor gets the next, and for the third nothing is offered', async () => {
  const first = await book(0, '10:00');
  expect(first.body).toMatchObject({
    location: { id: park, name: 'Park', street: 'Am Ufer 3' },
    resources: [{ id: rooms[0], kind: 'room', name: 'Room 1' }],
  });
  const shown = await clinic.get(`/appointments/${first.body.id}`, clinic.maria.token);
  expect(shown.body.resources).toMatchObject([{ name: 'Room 1' }]);
  const second = await book(1, '10:00', { patientId: clinic.paul.id });
  expect(second.body.resources).toMatchObject([{ name: 'Room 2' }]);
  expect((await slots(2)).map(({ startTime }) => startTime)).not.toContain('10:00');
  const next = await clinic.get(
    `/appointments/next-available?type=scan&doctorIds=${doctors[2]?.id}&from=${TUESDAY}&limit=4`,
    clinic.maria.token,
  );
  const offered = next.body.data.map(({ startTime }: { startTime: string }) => startTime);
  expect(offered).toEqual(['09:00', '09:30', '10:30', '11:00']);
  expect(next.body.data[0].location.id).toBe(park);
});

test('without a free room it is refused with no_room, which the clinic may confirm', async () => {
  const third = await clinic.person('patient', 'third-patient');
  const refused = await book(2, '10:00', { patientId: third.id });
  expect(refused.body).toMatchObject({
    code: 'slot_unavailable',
    reasons: [{ code: 'no_room', missing: ['room'], acknowledgeable: true }],
  });
  const confirmed = await book(2, '10:00', { patientId: third.id, acknowledge: ['no_room'] });
  expect(confirmed.body).toMatchObject({ outsideRules: true, resources: [], location: { id: park } });
});

test('a hold keeps its room, and the booking that consumes it takes that room', async () => {
  const held = await clinic.post('/appointments/holds', clinic.maria.token, {
    doctorId: doctors[0]?.id,
    start: `${TUESDAY}T13:00:00Z`,
    type: 'scan',
  });
  expect(held.status).toBe(201);
  const other = await book(1, '13:00', { patientId: clinic.paul.id });
  expect(other.body.resources).toMatchObject([{ name: 'Room 2' }]);
  expect((await slots(2)).map(({ startTime }) => startTime)).not.toContain('13:00');
  const booked = await clinic.book(clinic.maria.token, '13:00', { appointmentType: 'scan', holdId: held.body.id });
  expect(booked.body.resources).toMatchObject([{ name: 'Room 1' }]);
});

test('moving to another day takes a room of the location there and frees the former one', async () => {
  const booked = await book(0, '15:00');
  const moved = await clinic.post(`/appointments/${booked.body.id}/reschedule`, clinic.staff.token, {
    appointmentDate: WEDNESDAY,
    startTime: '15:00',
  });
  expect(moved.body).toMatchObject({ location: { name: 'Lake' }, resources: [{ name: 'Room of the lake' }] });
  const [rows = []] = await clinic.portal.driver.run(
    [
      sql`SELECT role, lower(busy) AS start FROM appointment_participants WHERE appointment_id = ${booked.body.id}::uuid`,
    ],
    'snapshot',
  );
  expect(rows.map(({ role }) => role).sort()).toEqual(['doctor', 'patient', 'room']);
  expect(new Set(rows.map(({ start }) => start))).toEqual(new Set([Date.parse(`${WEDNESDAY}T15:00:00Z`)]));
});

test('the places of a group session share its room, and another type finds it taken', async () => {
  await add('/appointment-types', {
    ...{
      code: 'school',
      name: 'School',
      durationMinutes: 60,
      slotIntervalMinutes: 60,
      capacity: 2,
      requires: ['room'],
    },
  });
  const session = { appointmentType: 'school', appointmentDate: '2026-03-06' };
  const first = await book(0, '10:00', session);
  const offered = `doctorId=${doctors[0]?.id}&date=2026-03-06&type=school`;
  const { body } = await clinic.get(`/appointments/available-slots?${offered}`, clinic.maria.token);
  expect(body.data.map(({ startTime }: { startTime: string }) => startTime)).toContain('10:00');
  const second = await book(0, '10:00', { ...session, patientId: clinic.paul.id });
  expect(second.body.resources).toEqual(first.body.resources);
  expect(second.body.resources).toMatchObject([{ name: 'Room of the lake' }]);
  expect((await slots(1, '2026-03-06')).map(({ startTime }) => startTime)).not.toContain('10:30');
});

test('a hold that has expired leaves its room to others', async () => {
  const wanted = { doctorId: doctors[0]?.id, start: '2026-03-09T10:00:00Z', type: 'scan' };
  const held = await clinic.post('/appointments/holds', clinic.maria.token, wanted);
  const isFree = async () => (await slots(1, '2026-03-09')).some(({ startTime }) => startTime === '10:00');
  expect(await isFree()).toBe(false);
  // Moving the clock that far would end the sessions.
  const past = new Date(clinic.portal.clock.now()).toISOString();
  await clinic.portal.driver.run(
    [sql`UPDATE appointments SET hold_expires_at = ${past}::timestamptz WHERE id = ${held.body.id}::uuid`],
    'write',
  );
  expect(await isFree()).toBe(true);
});

test('a cancelled appointment frees its room', async () => {
  const wanted = { appointmentDate: '2026-03-05' };
  const first = await book(0, '09:00', wanted);
  expect((await book(1, '09:00', { ...wanted, patientId: clinic.paul.id })).body.code).toBe('slot_unavailable');
  await clinic.post(`/appointments/${first.body.id}/cancel`, clinic.staff.token, {});
  expect((await book(1, '09:00', { ...wanted, patientId: clinic.paul.id })).status).toBe(201);
});

test('the confirmation names the place', async () => {
  await clinic.runJobs();
  const mails = await clinic.portal.mails();
  const confirmation = mails.find(({ text }) => text.includes('Where: Park, Am Ufer 3, 53111 Bonn.'));
  expect(confirmation).toBeDefined();
});

test('a location with hours or appointments to come is not closed, and a room that is to be taken stays in use', async () => {
  const close = { name: 'Park', timezone: 'UTC', active: false };
  const refused = await clinic.put(`/locations/${park}`, clinic.admin.token, close, 1);
  expect(refused.body).toMatchObject({ code: 'location_in_use', doctorIds: doctors.map(({ id }) => id).sort() });
  expect(refused.body.appointments).toBe(refused.body.appointmentIds.length);
  expect(refused.body.appointments).toBeGreaterThan(0);
  const elsewhere = { name: 'Park', timezone: 'Europe/Berlin' };
  expect((await clinic.put(`/locations/${park}`, clinic.admin.token, elsewhere, 1)).body.code).toBe('location_in_use');
  const room = { kind: 'room', name: 'Room 1', locationId: park, active: false };
  const kept = await clinic.put(`/resources/${rooms[0]}`, clinic.admin.token, room, 1);
  expect(kept.body).toMatchObject({ code: 'resource_in_use', doctorIds: [] });
  expect(kept.body.until).toMatch(/Z$/);
});

test('hours are refused at an unknown location, in another zone, and at two locations at once', async () => {
  const berlin = await add('/locations', { name: 'Berlin', timezone: 'Europe/Berlin' });
  const range = { weekday: 1, start: '09:00', end: '12:00' };
  const unknown = await clinic.hours(doctors[2]?.id ?? '', [{ ...range, locationId: clinic.maria.id }]);
  expect(unknown.body.errors).toMatchObject([{ pointer: '/weekly/0/locationId', code: 'unknown_location' }]);
  const zone = await clinic.hours(doctors[2]?.id ?? '', [{ ...range, locationId: berlin }]);
  expect(zone.body.errors).toMatchObject([{ pointer: '/weekly/0/locationId', code: 'other_zone' }]);
  const both = await clinic.hours(doctors[2]?.id ?? '', [
    { ...range, locationId: park },
    { ...range, weekday: 7, start: '22:00', end: '09:30', locationId: lake },
  ]);
  expect(both.body.errors).toMatchObject([{ pointer: '/weekly/1', code: 'overlap' }]);
});

test('an override names a location for its date', async () => {
  const date = '2026-03-06';
  const path = `/doctors/${doctors[2]?.id}/availability/overrides`;
  const body = { date, available: [{ start: '09:00', end: '10:00', locationId: park }] };
  expect((await clinic.post(path, clinic.admin.token, body)).body.available).toMatchObject([{ locationId: park }]);
  expect(await slots(2, date)).toMatchObject([{ location: { id: park } }, { location: { id: park } }]);
  const elsewhere = await clinic.hours(doctors[2]?.id ?? '', [], 'Europe/Berlin');
  expect(elsewhere.body.errors).toMatchObject([{ pointer: '/timezone', code: 'other_zone' }]);
});

test('the clinic lists the appointments of one location', async () => {
  const at = async (location: string) => {
    const { body } = await clinic.get(`/appointments?locationId=${location}&limit=100`, clinic.staff.token);
    return body.data.map(({ location: shown }: { location: { name: string } }) => shown.name);
  };
  expect(new Set(await at(park))).toEqual(new Set(['Park']));
  expect(new Set(await at(lake))).toEqual(new Set(['Lake']));
});

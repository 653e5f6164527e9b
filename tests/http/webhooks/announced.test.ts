import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { WEBHOOK_EVENT_NAMES } from '../../../domain/webhooks/event-types.ts';
import { WEEK } from '../scheduling/clinic.ts';
import { type Hooks, startHooks } from './hooks.ts';

let hooks: Hooks;
beforeAll(async () => {
  hooks = await startHooks();
});
afterAll(() => hooks.close());
beforeEach(() => hooks.clear());

const everything = () => hooks.add({ eventTypes: WEBHOOK_EVENT_NAMES });
/** The events that were stored, in the order in which they happened. */
async function events() {
  const [rows = []] = await hooks.clinic.portal.driver.run(
    [sql`SELECT type, data FROM webhook_events ORDER BY id`],
    'read',
  );
  return rows.map(({ type, data }) => ({ type: type as string, data: data as Record<string, unknown> }));
}
const jobs = async () => {
  const [rows = []] = await hooks.clinic.portal.driver.run(
    [sql`SELECT count(*) AS jobs FROM outbox WHERE topic = 'webhook.deliver' AND state = 'pending'`],
    'read',
  );
  return rows[0]?.jobs as number;
};

test('a visit is announced step by step, with the version that each step made', async () => {
  await everything();
  const { clinic } = hooks;
  const { body } = await clinic.book(clinic.maria.token, '09:00', { reason: 'a rash' });
  const one = `/appointments/${body.id}`;
  // Events of one millisecond have no order.
  const { clock } = clinic.portal;
  clock.advance(1);
  await clinic.put(one, clinic.maria.token, { reason: 'two rashes' }, 1);
  clock.advance(1);
  await clinic.post(`${one}/reschedule`, clinic.maria.token, { appointmentDate: '2026-03-04', startTime: '10:00' });
  clock.advance(1);
  await clinic.post(`${one}/confirm`, clinic.staff.token);
  clock.advance(1);
  await clinic.post(`${one}/cancel`, clinic.maria.token, { reason: 'well again' });
  const told = await events();
  expect(told.map(({ type, data }) => [type, data.version])).toEqual([
    ['appointment.booked', 1],
    ['appointment.updated', 2],
    ['appointment.moved', 3],
    ['appointment.status_changed', 4],
    ['appointment.cancelled', 5],
  ]);
  expect(new Set(told.map(({ data }) => data.id))).toEqual(new Set([body.id]));
  expect(JSON.stringify(told)).not.toMatch(/rash|well again|maria|2026-03/i);
  const { version } = (await clinic.get(one, clinic.maria.token)).body;
  expect(version).toBe(5);
});

test('patients, hours and holidays are announced', async () => {
  await everything();
  const { clinic } = hooks;
  const patient = { firstName: 'Ana', lastName: 'Lind', channel: 'phone' };
  const { body } = await clinic.post('/patients', clinic.staff.token, patient);
  clinic.portal.clock.advance(1);
  await clinic.hours(clinic.doctor.id, WEEK.slice(0, 5));
  clinic.portal.clock.advance(1);
  const holiday = { from: '2026-06-01', until: '2026-06-01', name: 'Closed' };
  await clinic.post('/clinic/holidays', clinic.admin.token, holiday);
  const availability = (await clinic.get(`/doctors/${clinic.doctor.id}/availability`, clinic.admin.token)).body;
  expect(await events()).toEqual([
    { type: 'patient.registered', data: { id: body.id, version: 1 } },
    { type: 'availability.changed', data: { doctorId: clinic.doctor.id, version: availability.version } },
    { type: 'availability.changed', data: { doctorId: null, version: null } },
  ]);
});

test('each endpoint that has subscribed gets an event of its own delivery, others and disabled ones none', async () => {
  const first = await hooks.add();
  const second = await hooks.add({ eventTypes: ['appointment.cancelled', 'appointment.booked'] });
  const other = await hooks.add({ eventTypes: ['appointment.cancelled'] });
  const disabled = await hooks.add();
  const token = await hooks.clinic.portal.signIn(hooks.clinic.admin.email);
  const off = { url: hooks.receiver.url, eventTypes: ['appointment.booked'], enabled: false };
  expect((await hooks.clinic.put(`/admin/webhooks/${disabled.id}`, token, off, 1)).status).toBe(200);
  await hooks.clinic.book(hooks.clinic.maria.token, '09:30');
  expect(await events()).toHaveLength(1);
  expect(await jobs()).toBe(2);
  const [[one] = [], [two] = [], none, nothing] = await Promise.all(
    [first, second, other, disabled].map(({ id }) => hooks.deliveries(id)),
  );
  expect(one.event.id).toBe(two.event.id);
  expect(one.id).not.toBe(two.id);
  expect([none, nothing]).toEqual([[], []]);
  await hooks.clinic.runJobs();
  expect(hooks.receiver.received).toHaveLength(2);
});

test('a clinic without endpoints stores nothing, and books with as many round trips', async () => {
  const { clinic } = hooks;
  const trips = async (startTime: string) => {
    const before = clinic.portal.database.roundTrips();
    expect((await clinic.book(clinic.maria.token, startTime)).status).toBe(201);
    return clinic.portal.database.roundTrips() - before;
  };
  const without = await trips('10:30');
  expect(await events()).toEqual([]);
  expect(await jobs()).toBe(0);
  await everything();
  expect(await trips('11:00')).toBe(without);
  expect(await events()).toHaveLength(1);
});

test('what is refused is not announced', async () => {
  const { clinic } = hooks;
  await clinic.book(clinic.maria.token, '12:00');
  await everything();
  expect((await clinic.book(clinic.paul.token, '12:00')).status).toBe(409);
  expect(await events()).toEqual([]);
});

test('of many who book one time at once, one is announced', async () => {
  await everything();
  const { clinic } = hooks;
  const booked = await Promise.all(
    [clinic.maria, clinic.paul, clinic.maria, clinic.paul].map(({ token }) => clinic.book(token, '14:00')),
  );
  expect(booked.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(await events()).toHaveLength(1);
});

test('a booking is not disturbed by an endpoint that is removed at the same time', async () => {
  const { clinic } = hooks;
  for (const startTime of ['15:00', '15:30', '16:00', '16:30']) {
    const { id } = await hooks.add();
    const token = await clinic.portal.signIn(clinic.admin.email);
    const [booked, removed] = await Promise.all([
      clinic.book(clinic.maria.token, startTime),
      clinic.delete(`/admin/webhooks/${id}`, token),
    ]);
    expect([booked.status, removed.status]).toEqual([201, 204]);
  }
  await clinic.runJobs();
});

test('the dispatcher is woken by an announcement alone', async () => {
  const { clinic } = hooks;
  const deps = clinic.portal.deps as { dispatch: () => void };
  const { dispatch } = deps;
  let woken = 0;
  deps.dispatch = () => {
    woken += 1;
  };
  // A patient without an address gets no mail.
  const register = (firstName: string) =>
    clinic.post('/patients', clinic.staff.token, { firstName, lastName: 'Berg', channel: 'phone' });
  try {
    expect((await register('Ida')).status).toBe(201);
    expect(woken).toBe(0);
    await everything();
    woken = 0;
    expect((await register('Otto')).status).toBe(201);
    expect(woken).toBe(1);
  } finally {
    deps.dispatch = dispatch;
  }
});

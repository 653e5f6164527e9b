/** What people are told of an appointment that changed while messages about it were held back. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Sql, sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Clinic, startClinic, WEDNESDAY } from '../scheduling/clinic.ts';

let clinic: Clinic;
let id: string;
/** It is noon. */
const HOURS = 3600;
beforeEach(async () => {
  clinic = await startClinic();
  const quietHours = { from: '11:00', to: '14:00', timezone: 'UTC' };
  const changed = { token: clinic.maria.token, body: { quietHours }, headers: { 'If-Match': '*' } };
  expect((await clinic.portal.request('PUT', '/api/v1/notifications/preferences', changed)).status).toBe(200);
  ({ id } = (await clinic.book(clinic.maria.token, '10:00', { appointmentDate: WEDNESDAY })).body);
  await clinic.runJobs();
});
afterEach(() => clinic.portal.close());

const rows = async (statement: Sql) => (await clinic.portal.driver.run([statement], 'snapshot'))[0] ?? [];
const move = async (startTime: string) => {
  const body = { appointmentDate: WEDNESDAY, startTime };
  expect((await clinic.post(`/appointments/${id}/reschedule`, clinic.maria.token, body)).status).toBe(200);
  await clinic.runJobs();
};
const desk = async (action: string) => {
  expect((await clinic.post(`/appointments/${id}/${action}`, clinic.staff.token, {})).status).toBe(200);
  await clinic.runJobs();
};
/** What became of the mails about the appointment once the quiet hours are over, in the order in which they were made. */
const told = async () => {
  clinic.portal.clock.advance(2 * HOURS + 1);
  await clinic.runJobs();
  const found =
    await rows(sql`SELECT n.template, d.state, d.reason FROM deliveries d JOIN notifications n ON n.id = d.notification_id
    WHERE n.appointment_id = ${id}::uuid AND d.channel = 'email' ORDER BY n.appointment_version`);
  return found.map(({ template, state, reason }) => [String(template).replace('appointment-', ''), reason ?? state]);
};

test('of several moves the last one is told, and the booking is not, also where it is moved back to the time booked', async () => {
  await move('11:00');
  await move('10:00');
  expect(await told()).toEqual([
    ['confirmation', 'appointment_changed'],
    ['rescheduled', 'appointment_changed'],
    ['rescheduled', 'sent'],
  ]);
});

test('a cancellation that was undone is not told', async () => {
  await desk('cancel');
  await desk('undo');
  expect(await told()).toEqual([
    ['confirmation', 'appointment_changed'],
    ['cancelled', 'appointment_changed'],
    ['restored', 'sent'],
  ]);
});

test('what changes nothing that was told holds nothing back', async () => {
  await desk('confirm');
  expect(await told()).toEqual([['confirmation', 'sent']]);
});

test('each stands in the portal nevertheless', async () => {
  await move('11:00');
  const { data } = (await clinic.get('/notifications?category=appointment', clinic.maria.token)).body;
  expect(data.map(({ template }: { template: string }) => template)).toEqual([
    'appointment-rescheduled',
    'appointment-confirmation',
  ]);
});

test('a reminder that waits for its channel while its appointment is confirmed is written anew', async () => {
  clinic.portal.clock.advance(22 * HOURS);
  const [due] = await rows(
    sql`SELECT id FROM outbox WHERE topic = 'notification.deliver' AND state <> 'done' ORDER BY not_before LIMIT 1`,
  );
  await clinic.portal.platform.jobs.runOne('notification.deliver', due?.id as string);
  await clinic.portal.driver.run(
    [
      sql`UPDATE outbox SET not_before = not_before + interval '30 minutes' WHERE topic = 'delivery.email' AND state <> 'done'`,
    ],
    'write',
  );
  const token = await clinic.portal.signIn(clinic.staff.email);
  expect((await clinic.post(`/appointments/${id}/confirm`, token, {})).status).toBe(200);
  await clinic.runJobs();
  clinic.portal.clock.advance(HOURS / 2);
  await clinic.runJobs();
  expect(
    await rows(sql`SELECT d.state, d.reason FROM deliveries d JOIN notifications n ON n.id = d.notification_id
      WHERE n.category = 'reminder' AND d.channel = 'email' ORDER BY d.id`),
  ).toEqual([
    { state: 'skipped', reason: 'appointment_changed' },
    { state: 'sent', reason: null },
  ]);
});

describe('a series', () => {
  const book = async (count: number) => {
    const booked = await clinic.post('/appointments/series', clinic.maria.token, {
      ...{ doctorId: clinic.doctor.id, appointmentDate: WEDNESDAY, startTime: '14:00', frequency: 'daily', count },
      appointmentType: 'consultation',
    });
    expect(booked.status).toBe(201);
    await clinic.runJobs();
    return booked.body.appointments.map((each: { id: string }) => each.id) as string[];
  };
  const change = async (appointment: string, action: string, body: object = {}) => {
    expect((await clinic.post(`/appointments/${appointment}/${action}`, clinic.staff.token, body)).status).toBe(200);
    await clinic.runJobs();
  };
  const mailed = async (first: string) => {
    clinic.portal.clock.advance(2 * HOURS + 1);
    const mails = await clinic.portal.mails(clinic.maria.email);
    const [delivery] =
      await rows(sql`SELECT d.state, d.reason FROM deliveries d JOIN notifications n ON n.id = d.notification_id
      WHERE n.appointment_id = ${first}::uuid AND n.template = 'appointment-series-booked' AND d.channel = 'email'`);
    return { mails, told: delivery?.reason ?? delivery?.state };
  };

  test('is told with the dates that stand, at the times that they have when the quiet hours end', async () => {
    const [first = '', second = '', third = ''] = await book(3);
    await change(second, 'cancel');
    await change(third, 'reschedule', { appointmentDate: '2026-03-06', startTime: '15:00' });
    const { mails, told } = await mailed(first);
    expect(told).toBe('sent');
    const series = mails.find(({ subject }) => subject.startsWith('Your 2 appointments'));
    expect(series?.text).toContain('- Wednesday 4 March 2026 at 14:00');
    expect(series?.text).toContain('- Friday 6 March 2026 at 15:00');
    expect(series?.text).not.toContain('5 March');
    const [file] = series?.attachments ?? [];
    expect(file?.text.match(/^UID:.{36}/gm)).toEqual([`UID:${first}`, `UID:${third}`]);
    expect(file?.text.match(/^DTSTART.*(20260306T150000)/m)).not.toBeNull();
    expect(file?.text.match(/^SEQUENCE:\d/gm)).toEqual(['SEQUENCE:0', 'SEQUENCE:1']);
  });

  test('of which one date is left is told as that one', async () => {
    const [first = '', second = ''] = await book(2);
    await change(first, 'cancel');
    const { mails, told } = await mailed(first);
    expect(told).toBe('sent');
    const one = mails.find(({ template, text }) => template === 'appointment-confirmation' && text.includes('5 March'));
    expect(one?.text).toContain('is booked for Thursday 5 March 2026 at 14:00');
    expect(one?.links).toContain(`https://portal.example/appointments/${second}`);
    expect(one?.text).not.toContain(first);
  });

  test('of which nothing is left is not told', async () => {
    const [first = '', second = ''] = await book(2);
    await change(first, 'cancel');
    await change(second, 'cancel');
    expect((await mailed(first)).told).toBe('appointment_closed');
  });
});

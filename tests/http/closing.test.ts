import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Portal, startPortal } from '../support/portal.ts';

let portal: Portal;
beforeAll(async () => {
  portal = await startPortal();
});
afterAll(() => portal.close());

test('who closes the account frees the times that were still to come', async () => {
  await portal.person('admin', 'admin');
  const admin = await portal.signIn('admin@example.org');
  const { id: doctorId } = await portal.person('doctor', 'doctor');
  const weekly = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, start: '09:00', end: '17:00' }));
  await portal.request('PUT', `/api/v1/doctors/${doctorId}/availability`, {
    token: admin,
    body: { timezone: 'UTC', weekly },
  });
  const book = (token: string) =>
    portal.request('POST', '/api/v1/appointments', {
      token,
      body: { doctorId, appointmentDate: '2026-03-03', startTime: '10:00', appointmentType: 'consultation' },
    });
  const { id } = await portal.person('patient', 'leaving');
  const leaving = await portal.signIn('leaving@example.org');
  const booked = await book(leaving);
  expect(booked.status).toBe(201);
  await portal.person('patient', 'next');
  const next = await portal.signIn('next@example.org');
  expect((await book(next)).status).toBe(409);

  const closed = await portal.request('DELETE', `/api/v1/users/${id}`, { token: leaving });
  expect(closed.status).toBe(204);
  expect((await book(next)).status).toBe(201);
  const kept = await portal.request('GET', `/api/v1/appointments/${booked.body.id}`, { token: admin });
  expect(kept.body).toMatchObject({ status: 'cancelled', version: 2 });
});

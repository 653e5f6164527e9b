import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PASSWORD, type Portal, startPortal } from '../../support/portal.ts';

const WEEK = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '09:00', end: '17:00' }));

describe('the first slice: from registration to a cancelled appointment', () => {
  let portal: Portal;
  let admin: string;
  let doctorId: string;
  let patient: string;
  let appointment: { id: string; version: number };

  beforeAll(async () => {
    portal = await startPortal();
    admin = await portal.signIn((await portal.person('admin', 'admin')).email);
  });
  afterAll(() => portal.close());

  test('an administrator invites a doctor, who opens the account with the mailed token', async () => {
    const invited = await portal.request('POST', '/api/v1/users', {
      token: admin,
      body: {
        email: 'Doctor@Example.org',
        firstName: 'Dora',
        lastName: 'Okafor',
        role: 'doctor',
        timezone: 'Europe/Berlin',
        specialty: 'Cardiology',
      },
    });
    expect(invited.status).toBe(201);
    expect(invited.body).toMatchObject({ email: 'doctor@example.org', role: 'doctor', status: 'invited' });
    doctorId = invited.body.id;
    const [mail] = await portal.mails('doctor@example.org');
    expect(mail?.template).toBe('invitation');
    const opened = await portal.request('POST', '/api/v1/auth/accept-invitation', {
      body: { token: mail?.codes[0], password: 'the tides of march 77' },
    });
    expect(opened.status).toBe(204);
  });

  test('the doctor gets weekly hours', async () => {
    const saved = await portal.request('PUT', `/api/v1/doctors/${doctorId}/availability`, {
      token: admin,
      body: { timezone: 'Europe/Berlin', weekly: WEEK },
    });
    expect(saved.status).toBe(200);
    expect(saved.body.weekly).toHaveLength(7);
  });

  test('a patient registers, proves the address and signs in; before that, the right password is not enough', async () => {
    const body = {
      email: 'Maria@Example.org',
      password: PASSWORD,
      firstName: 'Maria',
      lastName: 'Silva',
      dateOfBirth: '1988-02-29',
    };
    const registered = await portal.request('POST', '/api/v1/auth/register', { body });
    expect(registered).toMatchObject({ status: 202, body: { status: 'verification_sent' } });
    const credentials = { email: 'maria@example.org', password: PASSWORD };
    const early = await portal.request('POST', '/api/v1/auth/login', { body: credentials });
    expect(early).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
    const [mail] = await portal.mails('maria@example.org');
    const token = mail?.codes[0];
    expect((await portal.request('POST', '/api/v1/auth/verify-email', { body: { token } })).status).toBe(204);
    expect(await portal.request('POST', '/api/v1/auth/verify-email', { body: { token } })).toMatchObject({
      status: 400,
      body: { code: 'token_invalid' },
    });
    const signedIn = await portal.request('POST', '/api/v1/auth/login', { body: credentials });
    expect(signedIn).toMatchObject({
      status: 200,
      body: { tokenType: 'Bearer', expiresIn: 900, user: { role: 'patient' } },
    });
    patient = signedIn.body.accessToken;
  });

  test('free times are listed in the doctor’s zone', async () => {
    const slots = await portal.request(
      'GET',
      `/api/v1/appointments/available-slots?doctorId=${doctorId}&date=2026-03-03`,
      { token: patient },
    );
    expect(slots.status).toBe(200);
    expect(slots.body.data).toHaveLength(16);
    expect(slots.body.data[0]).toMatchObject({
      start: '2026-03-03T08:00:00Z',
      startTime: '09:00',
      timezone: 'Europe/Berlin',
    });
  });

  test('the patient books; the confirmation is mailed and the taken time is no longer free', async () => {
    const body = {
      doctorId,
      appointmentDate: '2026-03-03',
      startTime: '10:00',
      appointmentType: 'consultation',
      reason: 'a cough',
    };
    const booked = await portal.request('POST', '/api/v1/appointments', { token: patient, body });
    expect(booked.status).toBe(201);
    expect(booked.headers.get('location')).toBe(`/api/v1/appointments/${booked.body.id}`);
    expect(booked.body).toMatchObject({
      status: 'scheduled',
      start: '2026-03-03T09:00:00Z',
      reason: 'a cough',
      version: 1,
    });
    expect(booked.body).not.toHaveProperty('notes');
    appointment = booked.body;
    const mails = await portal.mails('maria@example.org');
    expect(mails.map(({ template }) => template)).toContain('appointment-confirmation');
    const slots = await portal.request(
      'GET',
      `/api/v1/appointments/available-slots?doctorId=${doctorId}&date=2026-03-03`,
      { token: patient },
    );
    expect(slots.body.data).toHaveLength(15);
  });

  test('R31: a repeated request with the same key books once and gets the same answer', async () => {
    const body = { doctorId, appointmentDate: '2026-03-04', startTime: '11:00', appointmentType: 'consultation' };
    const send = (changed = body) =>
      portal.request('POST', '/api/v1/appointments', {
        token: patient,
        body: changed,
        headers: { 'Idempotency-Key': 'once-1' },
      });
    const first = await send();
    const second = await send();
    expect(first.status).toBe(201);
    expect(second.status).toBe(201);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
    expect(await send({ ...body, startTime: '12:00' })).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
  });

  test('R51: of a cancelled appointment no reminder is sent; of the other one it is', async () => {
    const cancelled = await portal.request('POST', `/api/v1/appointments/${appointment.id}/cancel`, {
      token: patient,
      body: { reason: 'better' },
    });
    expect(cancelled).toMatchObject({
      status: 200,
      body: { status: 'cancelled', version: 2, cancellation: { reason: 'better' } },
    });
    portal.clock.advance(23 * 3600);
    const mails = await portal.mails('maria@example.org');
    const reminders = mails.filter(({ template }) => template === 'appointment-reminder');
    expect(reminders.length).toBeGreaterThan(0);
    expect(reminders.every(({ text }) => /\b4 March 2026|March 4, 2026/.test(text))).toBe(true);
  });

  test('the audit log verifies', async () => {
    const token = await portal.signIn('admin@example.org');
    const verdict = await portal.request('GET', '/api/v1/audit/verify', { token });
    expect(verdict.body).toMatchObject({ ok: true, problems: [] });
    expect(verdict.body.checked).toBeGreaterThan(10);
  });
});

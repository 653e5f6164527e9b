import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Clinic, type Person, startClinic, TUESDAY, WEDNESDAY } from '../scheduling/clinic.ts';

describe('closing an account', () => {
  let clinic: Clinic;
  beforeEach(async () => {
    clinic = await startClinic();
  });
  afterEach(() => clinic.portal.close());

  const close = (person: Person, token = person.token) => clinic.delete(`/users/${person.id}`, token);
  const join = (token: string, extra: Record<string, unknown> = {}) =>
    clinic.post('/waitlist', token, { type: 'consultation', from: TUESDAY, to: TUESDAY, ...extra });
  const entryOf = async (person: Person) => (await clinic.get('/waitlist', person.token)).body.data[0];
  const appointment = async (id: string, token = clinic.admin.token) =>
    (await clinic.get(`/appointments/${id}`, token)).body;
  const events = async (query: string): Promise<{ eventType: string; resourceId: string; streamId: string }[]> =>
    (await clinic.get(`/audit/events?${query}`, clinic.admin.token)).body.data;

  /** The doctor's week has one time; the other doctor has none. */
  async function oneTime() {
    await clinic.hours(clinic.doctor.id, [{ weekday: 2, start: '10:00', end: '10:30' }]);
    await clinic.hours(clinic.otherDoctor.id, []);
  }

  test('of a patient cancels future appointments and keeps past ones', async () => {
    const { maria, paul } = clinic;
    const past = (await clinic.book(maria.token, '09:00')).body;
    const next = (await clinic.book(maria.token, '10:00', { appointmentDate: WEDNESDAY })).body;
    clinic.portal.clock.advance(24 * 3600);
    const token = await clinic.portal.signIn(maria.email);
    expect((await close(maria, token)).status).toBe(204);
    const admin = await clinic.portal.signIn(clinic.admin.email);
    expect(await appointment(past.id, admin)).toMatchObject({ status: 'scheduled', version: 1 });
    expect(await appointment(next.id, admin)).toMatchObject({
      status: 'cancelled',
      version: 2,
      cancellation: { by: maria.id, at: '2026-03-03T12:00:00Z' },
    });
    const again = await clinic.portal.signIn(paul.email);
    expect((await clinic.book(again, '10:00', { appointmentDate: WEDNESDAY })).status).toBe(201);
  });

  test('of a doctor leaves the appointments in lists and calendars, with a former doctor', async () => {
    const { maria, doctor, admin } = clinic;
    const booked = (await clinic.book(maria.token, '10:00')).body;
    const feed = (await clinic.post('/calendar/feeds', maria.token)).body;
    expect((await close(doctor, admin.token)).status).toBe(204);
    expect(await appointment(booked.id, maria.token)).toMatchObject({ doctorName: 'a former doctor' });
    const [listed] = (await clinic.get('/appointments/my', maria.token)).body.data;
    expect(listed).toMatchObject({ doctorName: 'a former doctor' });
    const one = `http://localhost/api/v1/appointments/${booked.id}.ics`;
    const requests = [new Request(feed.url), new Request(one, { headers: { Authorization: `Bearer ${maria.token}` } })];
    for (const request of requests) {
      expect(await (await clinic.portal.fetch(request)).text()).toContain('SUMMARY:Appointment with a former doctor');
    }
  });

  test('of a patient offers the time to the waitlist, and is recorded in the streams of patient and doctor', async () => {
    await oneTime();
    const { maria, paul, doctor } = clinic;
    const booked = (await clinic.book(maria.token, '10:00')).body;
    const feed = (await clinic.post('/calendar/feeds', doctor.token)).body;
    await join(paul.token);
    await clinic.runJobs();
    expect((await entryOf(paul)).offer).toBeNull();
    await close(maria);
    await clinic.runJobs();
    expect((await entryOf(paul)).offer).toMatchObject({ start: '2026-03-03T10:00:00Z' });

    const cancelled = await events(`type=appointment.cancelled`);
    expect(cancelled.map(({ resourceId }) => resourceId)).toEqual([booked.id, booked.id]);
    const { data } = (await clinic.get('/audit/me', doctor.token)).body;
    expect(data.map(({ eventType }: { eventType: string }) => eventType)).toContain('appointment.cancelled');
    const calendar = await (await clinic.portal.fetch(new Request(feed.url))).text();
    expect(calendar).toContain('STATUS:CANCELLED');
    expect(calendar).toContain('SEQUENCE:1');
    const verdict = await clinic.get('/audit/verify', clinic.admin.token);
    expect(verdict.body).toMatchObject({ ok: true, problems: [] });
  });

  test('of a patient offers the time of holds and open offers to the next patient, and ends the waitlist entries', async () => {
    await oneTime();
    const { maria, paul, doctor } = clinic;
    const quick = await clinic.person('patient', 'quick');
    const taken = (await clinic.book(quick.token, '10:00')).body;
    await join(maria.token, { doctorId: doctor.id });
    clinic.portal.clock.advance(1);
    await join(paul.token, { doctorId: doctor.id });
    await clinic.post(`/appointments/${taken.id}/cancel`, quick.token, {});
    await clinic.runJobs();
    expect((await entryOf(maria)).state).toBe('offered');
    await close(maria);
    await clinic.runJobs();
    const { offer } = await entryOf(paul);
    expect(offer).toMatchObject({ start: '2026-03-03T10:00:00Z' });
    await clinic.post(`/waitlist/offers/${offer.id}/decline`, paul.token);
    await clinic.runJobs();

    const held = { doctorId: doctor.id, start: '2026-03-03T10:00:00Z', type: 'consultation' };
    expect((await clinic.post('/appointments/holds', quick.token, held)).status).toBe(201);
    const last = await clinic.person('patient', 'last');
    await join(last.token);
    await clinic.runJobs();
    expect((await entryOf(last)).offer).toBeNull();
    await close(quick);
    await clinic.runJobs();
    expect((await entryOf(last)).offer).toMatchObject({ start: '2026-03-03T10:00:00Z' });
  });

  test('of a doctor cancels future appointments in the name of the clinic, and the patients get a mail', async () => {
    const { maria, paul, doctor, otherDoctor, admin } = clinic;
    const first = (await clinic.book(maria.token, '09:00', { reason: 'a cough' })).body;
    const second = (await clinic.book(paul.token, '10:00')).body;
    const elsewhere = (await clinic.book(maria.token, '11:00', { doctorId: otherDoctor.id })).body;
    await clinic.runJobs();
    expect((await close(doctor, admin.token)).status).toBe(204);
    for (const { id } of [first, second]) {
      expect(await appointment(id)).toMatchObject({ status: 'cancelled', version: 2, cancellation: { by: admin.id } });
    }
    // The patient’s record is whole.
    expect((await clinic.get(`/appointments/${first.id}`, maria.token)).body.reason).toBe('a cough');
    expect(await appointment(elsewhere.id)).toMatchObject({ status: 'scheduled', version: 1 });

    const [mail] = await clinic.portal.mails(maria.email);
    expect(mail).toMatchObject({ template: 'appointment-cancelled' });
    expect(mail?.text).toContain('doctor Example on Tuesday 3 March 2026 at 09:00 (UTC) was cancelled');
    expect((await clinic.portal.mails(paul.email))[0]).toMatchObject({ template: 'appointment-cancelled' });
    // Reminders of what is cancelled never come (R51).
    clinic.portal.clock.advance(21 * 3600);
    const reminders = (await clinic.portal.mails()).filter(({ template }) => template === 'appointment-reminder');
    expect(reminders.map(({ text }) => text.includes('other-doctor'))).toEqual([true]);
  });

  test('of a doctor ends waitlist entries for that doctor alone with a mail, and keeps entries for any doctor', async () => {
    const { maria, paul, doctor, otherDoctor, admin } = clinic;
    await oneTime();
    const quick = await clinic.person('patient', 'quick');
    const taken = (await clinic.book(quick.token, '10:00')).body;
    await join(paul.token, { specialty: 'General practice' });
    await clinic.post(`/appointments/${taken.id}/cancel`, quick.token, {});
    await clinic.runJobs();
    const { offer } = await entryOf(paul);
    expect(offer).not.toBeNull();
    await join(maria.token, { doctorId: doctor.id });

    await close(doctor, admin.token);
    expect((await entryOf(maria)).state).toBe('withdrawn');
    expect((await clinic.portal.mails(maria.email))[0]).toMatchObject({ template: 'waitlist-ended' });
    expect(await entryOf(paul)).toMatchObject({ state: 'waiting', offer: null });
    expect(await clinic.post(`/waitlist/offers/${offer.id}/accept`, paul.token)).toMatchObject({
      status: 409,
      body: { code: 'offer_closed' },
    });

    await clinic.hours(otherDoctor.id, [{ weekday: 2, start: '14:00', end: '14:30' }]);
    await clinic.runJobs();
    expect((await entryOf(paul)).offer).toMatchObject({ doctorId: otherDoctor.id, start: '2026-03-03T14:00:00Z' });
    const verdict = await clinic.get('/audit/verify', admin.token);
    expect(verdict.body).toMatchObject({ ok: true, problems: [] });
  });
});

/** Giving a later appointment back when an earlier time is accepted from the waitlist. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Clinic, startClinic, TUESDAY } from './clinic.ts';

interface Offer {
  readonly id: string;
  readonly start: string;
  readonly holdId: string;
  readonly giveBack: Record<string, unknown> | null;
}

describe('a patient who waits for an earlier time', () => {
  let clinic: Clinic;
  let later: { readonly id: string };
  let offer: Offer;
  beforeEach(async () => {
    clinic = await startClinic();
    const { maria, paul, doctor, otherDoctor, admin } = clinic;
    await clinic.hours(otherDoctor.id, []);
    await clinic.hours(doctor.id, [{ weekday: 2, start: '10:00', end: '16:00' }]);
    const { body } = await clinic.get('/appointment-types', admin.token);
    const { id, version, _links, selfService, ...type } = body.data.find(
      ({ code }: { code: string }) => code === 'consultation',
    );
    const limited = { ...type, patientOpenLimit: 2, cancelNoticeMinutes: 0 };
    expect((await clinic.put(`/appointment-types/${id}`, admin.token, limited, version)).status).toBe(200);
    const taken = (await clinic.book(paul.token, '10:00')).body;
    await clinic.book(maria.token, '15:30');
    later = (await clinic.book(maria.token, '14:00')).body;
    const dailyWindow = { start: '10:00', end: '10:30' };
    const wish = { type: 'consultation', from: TUESDAY, to: TUESDAY, dailyWindow };
    expect((await clinic.post('/waitlist', maria.token, wish)).status).toBe(201);
    await clinic.runJobs();
    await clinic.post(`/appointments/${taken.id}/cancel`, paul.token, {});
    await clinic.runJobs();
    offer = (await clinic.get('/waitlist', maria.token)).body.data[0].offer;
  });
  afterEach(() => clinic.portal.close());

  const accept = (body?: object) => clinic.post(`/waitlist/offers/${offer.id}/accept`, clinic.maria.token, body);
  const statusOf = async ({ id }: { id: string }) =>
    (await clinic.get(`/appointments/${id}`, clinic.maria.token)).body.status;

  test('is told of the next later one, and gives it back in one step, also where the type limits how many are open', async () => {
    const { doctor, paul } = clinic;
    expect(offer).toMatchObject({
      start: `${TUESDAY}T10:00:00Z`,
      giveBack: { id: later.id, doctorId: doctor.id, start: `${TUESDAY}T14:00:00Z`, end: `${TUESDAY}T14:30:00Z` },
    });
    const dailyWindow = { start: '14:00', end: '14:30' };
    await clinic.post('/waitlist', paul.token, { type: 'consultation', from: TUESDAY, to: TUESDAY, dailyWindow });
    await clinic.runJobs();
    const full = await accept();
    expect(full.body).toMatchObject({ code: 'slot_unavailable', reasons: [{ code: 'patient_open_limit' }] });
    const booked = await accept({ giveBack: later.id });
    expect(booked).toMatchObject({ status: 201, body: { startTime: '10:00' } });
    expect(booked.body._links).not.toHaveProperty('giveBack');
    expect(await statusOf(later)).toBe('cancelled');
    await clinic.runJobs();
    // What was given back is offered to the next one.
    const { body } = await clinic.get('/waitlist', paul.token);
    expect(body.data).toMatchObject([{ offer: { start: `${TUESDAY}T14:00:00Z`, giveBack: null } }]);
    const subjects = (await clinic.portal.mails(clinic.maria.email)).map(({ subject }) => subject);
    expect(subjects).toEqual(
      expect.arrayContaining([
        'Your appointment on Tuesday 3 March 2026 at 10:00',
        'Your appointment on Tuesday 3 March 2026 was cancelled',
      ]),
    );
  });

  test('books with the hold of the offer, and gives back the later one with it or afterwards', async () => {
    const { maria, paul } = clinic;
    const theirs = (await clinic.book(paul.token, '11:00')).body;
    const book = (more: object) => clinic.book(maria.token, '10:00', { holdId: offer.holdId, ...more });
    expect((await book({ giveBack: theirs.id })).body.code).toBe('appointment_not_found');
    expect((await book({})).body).toMatchObject({
      code: 'slot_unavailable',
      reasons: [{ code: 'patient_open_limit' }],
    });
    const booked = await book({ giveBack: later.id });
    expect(booked, JSON.stringify(booked.body)).toMatchObject({ status: 201, body: { startTime: '10:00' } });
    expect(booked.body._links).not.toHaveProperty('giveBack');
    expect(await statusOf(later)).toBe('cancelled');
    expect((await clinic.get('/waitlist', maria.token)).body.data).toMatchObject([{ state: 'booked' }]);
    await clinic.runJobs();
    const cancelled = (await clinic.portal.mails(maria.email)).filter(
      ({ template }) => template === 'appointment-cancelled',
    );
    expect(cancelled).toHaveLength(1);
    expect((await clinic.book(paul.token, '14:00')).status).toBe(201);
  });

  test('is led to the later one by a booking with the hold that gives nothing back', async () => {
    const mine = await clinic.get(`/appointments/user/${clinic.maria.id}`, clinic.maria.token);
    const other = mine.body.data.find(({ startTime }: { startTime: string }) => startTime === '15:30');
    await clinic.post(`/appointments/${other.id}/cancel`, clinic.maria.token, {});
    const booked = await clinic.book(clinic.maria.token, '10:00', { holdId: offer.holdId });
    expect(booked.body._links.giveBack).toEqual({ href: `/api/v1/appointments/${later.id}/cancel`, method: 'POST' });
  });

  test('gives back for any earlier time, in one step, but not for a later one', async () => {
    const { maria, staff } = clinic;
    const mismatch = await clinic.book(maria.token, '15:00', { giveBack: later.id });
    expect(mismatch.body.code).toBe('give_back_mismatch');
    expect((await clinic.book(maria.token, '11:00', { giveBack: offer.id })).body.code).toBe('appointment_not_found');
    expect(await statusOf(later)).toBe('scheduled');
    const booked = await clinic.book(staff.token, '11:00', { patientId: maria.id, giveBack: later.id });
    expect(booked, JSON.stringify(booked.body)).toMatchObject({ status: 201, body: { startTime: '11:00' } });
    expect(await statusOf(later)).toBe('cancelled');
  });

  test('may do it afterwards', async () => {
    const mine = await clinic.get(`/appointments/user/${clinic.maria.id}`, clinic.maria.token);
    const other = mine.body.data.find(({ startTime }: { startTime: string }) => startTime === '15:30');
    expect((await clinic.post(`/appointments/${other.id}/cancel`, clinic.maria.token, {})).status).toBe(200);
    const booked = await accept({});
    expect(booked.body._links.giveBack).toEqual({ href: `/api/v1/appointments/${later.id}/cancel`, method: 'POST' });
    expect((await clinic.post(`/appointments/${later.id}/cancel`, clinic.maria.token, {})).status).toBe(200);
  });

  test('gives back nothing of others, and nothing that is not later; the offer stays open', async () => {
    const { paul, maria, otherDoctor, staff } = clinic;
    const theirs = (await clinic.book(paul.token, '11:00')).body;
    expect((await accept({ giveBack: theirs.id })).body.code).toBe('appointment_not_found');
    await clinic.hours(otherDoctor.id, [{ weekday: 1, start: '15:00', end: '16:00' }]);
    const today = { doctorId: otherDoctor.id, appointmentDate: '2026-03-02', patientId: maria.id };
    const before = await clinic.book(staff.token, '15:00', {
      ...today,
      ...{ acknowledge: ['patient_open_limit'], exceptionReason: 'Called' },
    });
    expect(before.status, JSON.stringify(before.body)).toBe(201);
    expect((await accept({ giveBack: before.body.id })).body.code).toBe('give_back_mismatch');
    expect(await statusOf(later)).toBe('scheduled');
    expect((await accept({ giveBack: later.id })).body.code).toBe('slot_unavailable');
    await clinic.post(`/appointments/${before.body.id}/cancel`, staff.token, {});
    expect((await accept({ giveBack: later.id })).status).toBe(201);
  });
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Clinic, startClinic, TUESDAY, WEDNESDAY } from '../scheduling/clinic.ts';

describe('a doctor who is given another role', () => {
  let clinic: Clinic;
  beforeEach(async () => {
    clinic = await startClinic();
  });
  afterEach(() => clinic.portal.close());

  const makeStaff = (role = 'staff') => clinic.put(`/users/${clinic.doctor.id}/role`, clinic.admin.token, { role });
  const entryOf = async (token: string) => (await clinic.get('/waitlist', token)).body.data[0];

  test('stays a doctor while patients are still to come, and the clinic is told how many and which', async () => {
    const { maria, paul, doctor, otherDoctor, admin } = clinic;
    const first = (await clinic.book(maria.token, '09:00')).body;
    const second = (await clinic.book(paul.token, '10:00', { appointmentDate: WEDNESDAY })).body;
    await clinic.book(paul.token, '11:00', { doctorId: otherDoctor.id });

    expect(await makeStaff()).toMatchObject({
      status: 409,
      body: {
        code: 'doctor_still_booked',
        appointments: 2,
        appointmentIds: [first.id, second.id],
        until: '2026-03-04T10:00:00Z',
      },
    });
    expect((await clinic.get(`/doctors/${doctor.id}`, maria.token)).status).toBe(200);

    const moved = { appointmentDate: TUESDAY, startTime: '12:00', doctorId: otherDoctor.id };
    expect((await clinic.post(`/appointments/${first.id}/reschedule`, admin.token, moved)).status).toBe(200);
    expect((await makeStaff()).body).toMatchObject({ appointments: 1, appointmentIds: [second.id] });
    expect((await clinic.post(`/appointments/${second.id}/cancel`, admin.token, {})).status).toBe(200);
    expect(await makeStaff()).toMatchObject({ status: 200, body: { role: 'staff' } });
    expect((await clinic.book(maria.token, '14:00')).status).toBeGreaterThanOrEqual(400);
  });

  test('nothing stands in the way of giving the role that the doctor has', async () => {
    await clinic.book(clinic.maria.token, '09:00');
    expect((await makeStaff('doctor')).status).toBe(200);
  });

  test('what is over, cancelled, or the doctor’s own as a patient does not hold the change up, and stays', async () => {
    const { maria, paul, doctor, admin } = clinic;
    const visit = (await clinic.book(maria.token, '09:00')).body;
    const give = (role: string) => clinic.put(`/users/${maria.id}/role`, admin.token, { role });
    expect((await give('doctor')).status).toBe(200);
    await clinic.hours(maria.id);
    const cancelled = (await clinic.book(paul.token, '11:00', { doctorId: maria.id })).body;
    expect(await give('staff')).toMatchObject({ status: 409, body: { appointmentIds: [cancelled.id] } });
    await clinic.post(`/appointments/${cancelled.id}/cancel`, paul.token, {});
    expect((await give('staff')).status).toBe(200);
    expect((await clinic.get(`/doctors/${doctor.id}`, paul.token)).status).toBe(200);
    expect((await clinic.get(`/appointments/${visit.id}`, admin.token)).body).toMatchObject({
      status: 'scheduled',
      version: 1,
    });
  });

  test('lets go of what is held and waited for: who waits for that doctor alone is told, others wait on', async () => {
    const { maria, paul, doctor, otherDoctor, admin } = clinic;
    await clinic.hours(doctor.id, [{ weekday: 2, start: '10:00', end: '10:30' }]);
    await clinic.hours(otherDoctor.id, []);
    const quick = await clinic.person('patient', 'quick');
    const join = (token: string, extra: Record<string, unknown>) =>
      clinic.post('/waitlist', token, { type: 'consultation', from: TUESDAY, to: TUESDAY, ...extra });
    const taken = (await clinic.book(quick.token, '10:00')).body;
    await join(paul.token, { specialty: 'General practice' });
    await clinic.post(`/appointments/${taken.id}/cancel`, quick.token, {});
    await clinic.runJobs();
    const { offer } = await entryOf(paul.token);
    expect(offer).not.toBeNull();
    await join(maria.token, { doctorId: doctor.id });

    expect((await makeStaff()).status).toBe(200);
    expect((await entryOf(maria.token)).state).toBe('withdrawn');
    expect((await clinic.portal.mails(maria.email))[0]).toMatchObject({ template: 'waitlist-ended' });
    expect(await entryOf(paul.token)).toMatchObject({ state: 'waiting', offer: null });
    const accepted = await clinic.post(`/waitlist/offers/${offer.id}/accept`, paul.token);
    expect(accepted).toMatchObject({ status: 409, body: { code: 'offer_closed' } });
    const verdict = await clinic.get('/audit/verify', admin.token);
    expect(verdict.body).toMatchObject({ ok: true, problems: [] });
  });
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Clinic, type Person, startClinic, TUESDAY, WEDNESDAY } from './clinic.ts';

describe('the order of the waitlist', () => {
  let clinic: Clinic;
  let quick: Person;
  beforeEach(async () => {
    clinic = await startClinic();
    await clinic.hours(clinic.doctor.id, [{ weekday: 2, start: '10:00', end: '10:30' }]);
    await clinic.hours(clinic.otherDoctor.id, []);
    quick = await clinic.person('patient', 'quick');
    await clinic.runJobs();
  });
  afterEach(() => clinic.portal.close());

  const join = (token: string, extra: Record<string, unknown> = {}) =>
    clinic.post('/waitlist', token, { type: 'consultation', from: TUESDAY, to: '2026-03-08', ...extra });
  const entries = async ({ email }: Person) => {
    const token = await clinic.portal.signIn(email);
    return (await clinic.get('/waitlist', token)).body.data as {
      state: string;
      offer: Record<string, string> | null;
    }[];
  };
  const offerOf = async (person: Person) => (await entries(person)).find(({ offer }) => offer !== null)?.offer ?? null;
  const free = async (appointment: { id: string }) => {
    await clinic.post(`/appointments/${appointment.id}/cancel`, await clinic.portal.signIn(quick.email), {});
    await clinic.runJobs();
  };
  const openOn = async (date: string, start = '13:00', end = '13:30') => {
    clinic.portal.clock.advance(1);
    const token = await clinic.portal.signIn(clinic.admin.email);
    const available = [{ start, end }];
    await clinic.post(`/doctors/${clinic.doctor.id}/availability/overrides`, token, { date, available });
    await clinic.runJobs();
  };

  /** What one of them declines is offered to the other. */
  const declineAll = async (...people: Person[]) => {
    for (let rounds = 0; rounds < 4; rounds++) {
      for (const person of people) {
        const offer = await offerOf(person);
        if (offer !== null) {
          await clinic.post(`/waitlist/offers/${offer.id}/decline`, await clinic.portal.signIn(person.email));
        }
      }
      await clinic.runJobs();
    }
  };

  test('who leaves an offer unanswered comes after all others, whatever the rank, until the next answer', async () => {
    const { maria, paul, staff } = clinic;
    const taken = (await clinic.book(quick.token, '10:00')).body;
    await join(staff.token, { patientId: maria.id, rank: 9 });
    clinic.portal.clock.advance(1);
    await join(paul.token);
    await free(taken);
    expect(await offerOf(maria)).not.toBeNull();
    clinic.portal.clock.advance(30 * 60);
    await clinic.runJobs();
    const { id } = (await offerOf(paul)) ?? {};
    await clinic.post(`/waitlist/offers/${id}/decline`, await clinic.portal.signIn(paul.email));
    await clinic.runJobs();
    // Nobody is offered the time again.
    expect([await offerOf(maria), await offerOf(paul)]).toEqual([null, null]);

    await openOn(WEDNESDAY);
    expect(await offerOf(paul)).toMatchObject({ start: '2026-03-04T13:00:00Z' });
    await openOn('2026-03-05');
    const second = await offerOf(maria);
    expect(second).toMatchObject({ start: '2026-03-05T13:00:00Z' });
    // Her answer ends it.
    await declineAll(maria, paul);
    await openOn('2026-03-06');
    expect(await offerOf(maria)).toMatchObject({ start: '2026-03-06T13:00:00Z' });
    expect(await offerOf(paul)).toBeNull();
  });

  test('who leaves the waitlist after an unanswered offer and joins again still comes after all others', async () => {
    const { maria, paul } = clinic;
    const joined = await join(maria.token);
    await openOn(WEDNESDAY);
    expect(await offerOf(maria)).not.toBeNull();
    clinic.portal.clock.advance(30 * 60);
    await clinic.runJobs();
    const again = await clinic.portal.signIn(maria.email);
    expect((await clinic.delete(`/waitlist/${joined.body.id}`, again)).status).toBe(204);
    await join(again);
    clinic.portal.clock.advance(1);
    await join(await clinic.portal.signIn(paul.email));
    await openOn('2026-03-05');
    expect([await offerOf(maria), await offerOf(paul)]).toEqual([
      null,
      expect.objectContaining({ start: '2026-03-05T13:00:00Z' }),
    ]);
    // Her answer ends it, also for an entry that is made later.
    await openOn('2026-03-06');
    await declineAll(maria, paul);
    const [waiting] = (await clinic.get('/waitlist', await clinic.portal.signIn(maria.email))).body.data.slice(-1);
    const staff = await clinic.portal.signIn(clinic.staff.email);
    expect((await clinic.delete(`/waitlist/${waiting.id}`, staff)).status).toBe(204);
    await join(staff, { patientId: maria.id, rank: 9 });
    await openOn('2026-03-07');
    expect(await offerOf(maria)).toMatchObject({ start: '2026-03-07T13:00:00Z' });
  });

  test('a patient is not offered a time twice, whichever entry it fits', async () => {
    const { maria } = clinic;
    const taken = (await clinic.book(quick.token, '10:00')).body;
    await join(maria.token);
    await join(maria.token, { to: WEDNESDAY });
    await free(taken);
    const { id } = (await offerOf(maria)) ?? {};
    await clinic.post(`/waitlist/offers/${id}/decline`, maria.token);
    await clinic.runJobs();
    expect(await offerOf(maria)).toBeNull();
    expect((await clinic.book(quick.token, '10:00')).status).toBe(201);
  });

  test('what becomes bookable while a patient has an open offer is offered after the answer, and not without one', async () => {
    const { maria, paul } = clinic;
    await join(maria.token);
    await openOn(WEDNESDAY);
    const first = await offerOf(maria);
    expect(first).toMatchObject({ start: '2026-03-04T13:00:00Z' });
    await openOn('2026-03-05');
    await clinic.post(`/waitlist/offers/${first?.id}/decline`, maria.token);
    await clinic.runJobs();
    const second = await offerOf(maria);
    expect(second).toMatchObject({ start: '2026-03-05T13:00:00Z' });

    await openOn('2026-03-06');
    clinic.portal.clock.advance(30 * 60);
    await clinic.runJobs();
    expect(await offerOf(maria)).toBeNull();
    // The time stays free for everybody else.
    await join(await clinic.portal.signIn(paul.email));
    await openOn('2026-03-07');
    expect(await offerOf(paul)).toMatchObject({ start: '2026-03-07T13:00:00Z' });
  });

  test('a doctor who accepts no new patients is offered to own patients alone', async () => {
    const { maria, paul, doctor, admin } = clinic;
    expect((await clinic.book(paul.token, '10:00')).status).toBe(201);
    const { body } = await clinic.get(`/doctors/${doctor.id}`, admin.token);
    const changed = { specialty: body.specialty, languages: body.languages, bio: null, acceptingPatients: false };
    expect((await clinic.put(`/doctors/${doctor.id}`, admin.token, changed, body.version ?? 1)).status).toBe(200);
    // Whoever waits for this doctor alone would wait in vain.
    expect(await join(maria.token, { doctorId: doctor.id })).toMatchObject({
      status: 409,
      body: { code: 'doctor_accepts_no_new_patients' },
    });
    expect((await join(maria.token)).status).toBe(201);
    expect((await join(paul.token, { doctorId: doctor.id })).status).toBe(201);
    await openOn(WEDNESDAY, '13:00', '15:00');
    expect(await offerOf(paul)).toMatchObject({ start: '2026-03-04T13:00:00Z' });
    expect(await offerOf(maria)).toBeNull();
  });
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Clinic, type Person, startClinic, TUESDAY, WEDNESDAY } from './clinic.ts';

describe('the waitlist', () => {
  let clinic: Clinic;
  let quick: Person;
  beforeEach(async () => {
    clinic = await startClinic();
    // The only slot of the week is booked.
    await clinic.hours(clinic.doctor.id, [{ weekday: 2, start: '10:00', end: '10:30' }]);
    await clinic.hours(clinic.otherDoctor.id, []);
    quick = await clinic.person('patient', 'quick');
  });
  afterEach(() => clinic.portal.close());

  const join = (token: string, extra: Record<string, unknown> = {}) =>
    clinic.post('/waitlist', token, {
      type: 'consultation',
      doctorId: clinic.doctor.id,
      from: TUESDAY,
      to: '2026-03-08',
      ...extra,
    });
  const mine = async (token: string) => (await clinic.get('/waitlist', token)).body.data;
  const offered = async (person: Person) => (await mine(person.token))[0]?.offer;

  test('freed time is offered to the best-ranked entry that fits, held for it, and booked when accepted', async () => {
    const { maria, paul, staff } = clinic;
    const taken = (await clinic.book(quick.token, '10:00')).body;
    expect((await join(maria.token)).status).toBe(201);
    expect(await join(paul.token, { rank: 5 })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/rank' }] },
    });
    expect((await join(staff.token, { patientId: paul.id, rank: 5 })).status).toBe(201);
    await clinic.runJobs();
    expect(await offered(paul)).toBeNull();

    await clinic.post(`/appointments/${taken.id}/cancel`, quick.token, {});
    await clinic.runJobs();
    const offer = await offered(paul);
    expect(offer).toMatchObject({ start: '2026-03-03T10:00:00Z', expiresAt: '2026-03-02T12:30:00Z' });
    expect(await offered(maria)).toBeNull();
    const [mail] = await clinic.portal.mails(paul.email);
    expect(mail).toMatchObject({ template: 'waitlist-offer' });
    expect(mail?.text).toContain('Tuesday 3 March 2026 at 10:00');

    // Nobody else can book the time, and only Paul can answer the offer.
    expect(await clinic.book(quick.token, '10:00')).toMatchObject({ status: 409 });
    expect(await clinic.post(`/waitlist/offers/${offer.id}/accept`, maria.token)).toMatchObject({ status: 404 });
    expect(await clinic.post(`/waitlist/offers/${offer.id}/decline`, maria.token)).toMatchObject({ status: 404 });
    const accepted = await clinic.post(`/waitlist/offers/${offer.id}/accept`, paul.token, undefined, {
      'Idempotency-Key': 'yes',
    });
    expect(accepted).toMatchObject({ status: 201, body: { status: 'scheduled', start: '2026-03-03T10:00:00Z' } });
    const again = await clinic.post(`/waitlist/offers/${offer.id}/accept`, paul.token, undefined, {
      'Idempotency-Key': 'yes',
    });
    expect(again.body.id).toBe(accepted.body.id);
    expect(await clinic.post(`/waitlist/offers/${offer.id}/accept`, paul.token)).toMatchObject({
      status: 409,
      body: { code: 'offer_closed' },
    });
    expect((await mine(paul.token))[0].state).toBe('booked');
  });

  test('a declined offer goes to the next entry; no entry is offered the same time twice', async () => {
    const { maria, paul } = clinic;
    const taken = (await clinic.book(quick.token, '10:00')).body;
    await join(maria.token);
    clinic.portal.clock.advance(1);
    await join(paul.token);
    await clinic.post(`/appointments/${taken.id}/cancel`, quick.token, {});
    await clinic.runJobs();
    // The longest wait comes first.
    const first = await offered(maria);
    expect(await clinic.post(`/waitlist/offers/${first.id}/decline`, maria.token)).toMatchObject({ status: 204 });
    await clinic.runJobs();
    const second = await offered(paul);
    expect(second).toMatchObject({ start: '2026-03-03T10:00:00Z' });
    expect(await offered(maria)).toBeNull();
    await clinic.post(`/waitlist/offers/${second.id}/decline`, paul.token);
    await clinic.runJobs();
    expect([await offered(maria), await offered(paul)]).toEqual([null, null]);
    expect((await clinic.book(quick.token, '10:00')).status).toBe(201);
  });

  test('an unanswered offer expires and goes to the next entry; accepting it later is refused', async () => {
    const { maria, paul } = clinic;
    const taken = (await clinic.book(quick.token, '10:00')).body;
    await join(maria.token);
    clinic.portal.clock.advance(1);
    await join(paul.token);
    await clinic.post(`/appointments/${taken.id}/cancel`, quick.token, {});
    await clinic.runJobs();
    const first = await offered(maria);
    clinic.portal.clock.advance(30 * 60);
    const late = await clinic.portal.signIn(maria.email);
    expect(await clinic.post(`/waitlist/offers/${first.id}/accept`, late)).toMatchObject({
      status: 409,
      body: { code: 'offer_expired' },
    });
    await clinic.runJobs();
    const token = await clinic.portal.signIn(paul.email);
    const [entry] = await mine(token);
    expect(entry).toMatchObject({ state: 'offered', offer: { expiresAt: '2026-03-02T13:00:01Z' } });
  });

  test('an expired offer is closed even if its hold was deleted', async () => {
    const { maria, paul } = clinic;
    const taken = (await clinic.book(quick.token, '10:00')).body;
    await join(maria.token);
    await clinic.post(`/appointments/${taken.id}/cancel`, quick.token, {});
    await clinic.runJobs();
    expect(await offered(maria)).not.toBeNull();
    clinic.portal.clock.advance(30 * 60);
    // The time is booked before the job runs: an expired hold blocks nothing (R38).
    const token = await clinic.portal.signIn(paul.email);
    expect((await clinic.book(token, '10:00')).status).toBe(201);
    await clinic.runJobs();
    const [entry] = await mine(await clinic.portal.signIn(maria.email));
    expect(entry).toMatchObject({ state: 'waiting', offer: null });
    const [open] = await clinic.portal.driver.run(
      [sql`SELECT topic FROM outbox WHERE state <> 'done' AND topic LIKE 'waitlist.%'`],
      'snapshot',
    );
    expect(open).toEqual([]);
  });

  test('new hours, a moved appointment and an expired hold also free time', async () => {
    const { maria, paul, doctor } = clinic;
    await join(maria.token, { from: WEDNESDAY, to: WEDNESDAY, dailyWindow: { start: '14:00', end: '16:00' } });
    await clinic.post(`/doctors/${doctor.id}/availability/overrides`, doctor.token, {
      date: WEDNESDAY,
      available: [{ start: '13:00', end: '17:00' }],
    });
    await clinic.runJobs();
    expect(await offered(maria)).toMatchObject({ start: '2026-03-04T14:00:00Z' });

    const taken = (await clinic.book(quick.token, '10:00')).body;
    await join(paul.token, { to: TUESDAY });
    await clinic.post(`/appointments/${taken.id}/reschedule`, quick.token, {
      appointmentDate: WEDNESDAY,
      startTime: '15:00',
    });
    await clinic.runJobs();
    const offer = await offered(paul);
    expect(offer).toMatchObject({ start: '2026-03-03T10:00:00Z' });
    await clinic.post(`/waitlist/offers/${offer.id}/decline`, paul.token);

    const held = await clinic.post('/appointments/holds', paul.token, {
      doctorId: doctor.id,
      start: '2026-03-03T10:00:00Z',
      type: 'consultation',
    });
    expect(held.status).toBe(201);
    await join(quick.token, { to: TUESDAY });
    await clinic.runJobs();
    expect(await offered(quick)).toBeNull();
    clinic.portal.clock.advance(601);
    await clinic.runJobs();
    expect(await offered(quick)).toMatchObject({ start: '2026-03-03T10:00:00Z' });
  });

  test('leaving withdraws the open offer and its time goes to the next entry; criteria are validated', async () => {
    const { maria, paul } = clinic;
    const taken = (await clinic.book(quick.token, '10:00')).body;
    const entry = (await join(maria.token)).body;
    clinic.portal.clock.advance(1);
    await join(paul.token);
    await clinic.post(`/appointments/${taken.id}/cancel`, quick.token, {});
    await clinic.runJobs();
    expect(await offered(maria)).not.toBeNull();
    expect(await clinic.delete(`/waitlist/${entry.id}`, paul.token)).toMatchObject({ status: 404 });
    expect(await clinic.delete(`/waitlist/${entry.id}`, maria.token)).toMatchObject({ status: 204 });
    expect(await clinic.delete(`/waitlist/${entry.id}`, maria.token)).toMatchObject({
      status: 409,
      body: { code: 'waitlist_entry_closed' },
    });
    await clinic.runJobs();
    expect(await offered(paul)).not.toBeNull();

    expect(await join(maria.token, { to: '2026-03-01' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/to', code: 'end_before_start' }] },
    });
    expect(await join(maria.token, { type: 'unheard_of' })).toMatchObject({ status: 422 });
    expect(await join(maria.token, { patientId: paul.id })).toMatchObject({ status: 404 });
    const until = (n: number) => join(maria.token, { to: `2026-03-${10 + n}` });
    for (let n = 0; n < 10; n++) expect((await until(n)).status).toBe(201);
    expect(await until(10)).toMatchObject({ status: 409, body: { limit: 10 } });
  });

  test('the same criteria twice are refused, and a patient has one open offer at a time', async () => {
    const { maria, doctor, otherDoctor } = clinic;
    const replies = await Promise.all(Array.from({ length: 10 }, () => join(maria.token)));
    const [first] = replies.filter(({ status }) => status === 201);
    const refused = replies.filter(({ status }) => status !== 201);
    expect(refused).toHaveLength(9);
    for (const reply of refused) {
      expect(reply).toMatchObject({ status: 409, body: { code: 'waitlist_entry_exists', entryId: first?.body.id } });
    }
    // In sequence, so that the order does not depend on random ids.
    clinic.portal.clock.advance(1);
    expect((await join(maria.token, { doctorId: otherDoctor.id })).status).toBe(201);
    clinic.portal.clock.advance(1);
    expect((await join(maria.token, { to: TUESDAY })).status).toBe(201);

    const open = (id: string) =>
      clinic.post(`/doctors/${id}/availability/overrides`, clinic.admin.token, {
        date: TUESDAY,
        available: [{ start: '13:00', end: '17:00' }],
      });
    const offers = async () => (await mine(maria.token)).map(({ offer }: { offer: unknown }) => offer !== null);
    await open(doctor.id);
    await clinic.runJobs();
    expect(await offers()).toEqual([true, false, false]);
    await open(otherDoctor.id);
    await clinic.runJobs();
    expect(await offers()).toEqual([true, false, false]);
    // After the answer, the patient gets the next offer.
    const [{ offer }] = await mine(maria.token);
    await clinic.post(`/waitlist/offers/${offer.id}/decline`, maria.token);
    await clinic.runJobs();
    expect((await offers()).filter(Boolean)).toHaveLength(1);
    // After leaving, the same criteria are accepted again.
    expect((await clinic.delete(`/waitlist/${first?.body.id}`, maria.token)).status).toBe(204);
    expect((await join(maria.token)).status).toBe(201);
  });

  test('no time is offered at which the patient is busy; the audit log verifies', async () => {
    const { maria, otherDoctor, admin } = clinic;
    await clinic.hours(otherDoctor.id, [{ weekday: 2, start: '10:00', end: '11:00' }]);
    const taken = (await clinic.book(quick.token, '10:00')).body;
    await clinic.book(maria.token, '10:00', { doctorId: otherDoctor.id });
    await join(maria.token);
    await clinic.post(`/appointments/${taken.id}/cancel`, quick.token, {});
    await clinic.runJobs();
    expect(await offered(maria)).toBeNull();
    const verdict = await clinic.get('/audit/verify', admin.token);
    expect(verdict.body).toMatchObject({ ok: true, problems: [] });
  });
});

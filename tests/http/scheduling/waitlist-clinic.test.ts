import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Clinic, type Person, startClinic, TUESDAY } from './clinic.ts';

describe('the waitlist as the clinic sees it, and the holds of its offers', () => {
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

  const wish = () => ({ type: 'consultation', doctorId: clinic.doctor.id, from: TUESDAY, to: TUESDAY });
  const listed = (person: Person, token: string) => clinic.get(`/waitlist?patientId=${person.id}`, token);
  const entryOf = async (person: Person) => (await clinic.get('/waitlist', person.token)).body.data[0];

  /** Maria is offered the only slot, and Paul is next. */
  async function offerToMaria() {
    const taken = (await clinic.book(quick.token, '10:00')).body;
    await clinic.post('/waitlist', clinic.maria.token, wish());
    clinic.portal.clock.advance(1);
    await clinic.post('/waitlist', clinic.paul.token, wish());
    await clinic.post(`/appointments/${taken.id}/cancel`, quick.token, {});
    await clinic.runJobs();
    const { offer } = await entryOf(clinic.maria);
    expect(offer).not.toBeNull();
    return offer as { id: string; holdId: string };
  }

  test('R28: staff see entries and offers of every patient, doctors those of own patients, patients their own', async () => {
    const { maria, paul, staff, admin, doctor, otherDoctor } = clinic;
    const offer = await offerToMaria();
    for (const token of [staff.token, admin.token]) {
      expect((await listed(maria, token)).body.data).toMatchObject([
        { patientId: maria.id, state: 'offered', offer: { id: offer.id, start: '2026-03-03T10:00:00Z' } },
      ]);
    }
    // A waitlist entry for a doctor makes no relation to the patient; an appointment does.
    expect((await listed(maria, doctor.token)).status).toBe(404);
    expect((await listed(quick, doctor.token)).status).toBe(200);
    expect((await listed(quick, otherDoctor.token)).status).toBe(404);
    expect((await listed(maria, maria.token)).status).toBe(200);
    expect((await listed(maria, paul.token)).status).toBe(404);
    // A person who is not a patient is answered like an unknown id (R26).
    expect((await listed(doctor, staff.token)).status).toBe(404);
    expect((await clinic.get('/waitlist?patientId=01900000-0000-7000-8000-00000000dead', staff.token)).status).toBe(
      404,
    );
  });

  test('without a patient, the clinic sees its list: highest rank first, then the longest wait', async () => {
    const { maria, paul, staff, doctor, otherDoctor } = clinic;
    const join = async (body: object, token = staff.token) => {
      clinic.portal.clock.advance(1);
      expect((await clinic.post('/waitlist', token, { ...wish(), ...body })).status).toBe(201);
    };
    await join({}, maria.token);
    await join({}, paul.token);
    await join({ patientId: quick.id, rank: 5, doctorId: otherDoctor.id });
    await join({ patientId: quick.id, rank: 5, type: 'follow_up' });
    await clinic.book(maria.token, '10:00');
    const list = async (query = '', token = staff.token) => (await clinic.get(`/waitlist${query}`, token)).body;
    const shown = async (query?: string, token?: string) =>
      (await list(query, token)).data.map(({ patientId, type }: { patientId: string; type: string }) => [
        patientId,
        type,
      ]);
    const [mine, his] = [
      [maria.id, 'consultation'],
      [paul.id, 'consultation'],
    ];
    const theirs = [
      [quick.id, 'consultation'],
      [quick.id, 'follow_up'],
    ];
    expect(await shown()).toEqual([...theirs, mine, his]);
    expect((await list()).data[0]).toMatchObject({ rank: 5, patient: { id: quick.id, firstName: 'quick' } });
    expect(await shown(`?doctorId=${otherDoctor.id}`)).toEqual([theirs[0]]);
    expect(await shown('?type=follow_up')).toEqual([theirs[1]]);
    expect(await shown('?state=booked')).toEqual([]);
    expect(await shown('', doctor.token)).toEqual([mine]);
    expect(await shown('', otherDoctor.token)).toEqual([]);
    const pages = [];
    for (let next = '?limit=1'; next !== ''; ) {
      const body = await list(next);
      pages.push(...body.data.map(({ patientId, type }: { patientId: string; type: string }) => [patientId, type]));
      next = body._links.next === undefined ? '' : body._links.next.href.replace('/api/v1/waitlist', '');
    }
    expect(pages).toEqual([...theirs, mine, his]);
    // A patient's own list has neither ranks nor filters.
    expect((await list('', paul.token)).data[0]).not.toHaveProperty('rank');
    expect((await clinic.get('/waitlist?state=booked', paul.token)).status).toBe(422);
    // The clinic does not see the entries of a patient who restricted the processing.
    const limit = { kind: 'restriction', ground: 'accuracy_contested' };
    expect((await clinic.post(`/users/${paul.id}/processing-limits`, clinic.admin.token, limit)).status).toBe(201);
    expect(await shown()).toEqual([...theirs, mine]);
  });

  test('R46: each read by the clinic is recorded in the patient’s stream, and an API key needs the scope', async () => {
    const { maria, staff } = clinic;
    await clinic.post('/waitlist', maria.token, wish());
    await listed(maria, staff.token);
    const { data } = (await clinic.get('/audit/me', maria.token)).body;
    expect(data[0].what).toBe('Your waitlist entries were seen by staff Example.');
    await clinic.get('/waitlist', staff.token);
    const seen = (await clinic.get('/audit/me', maria.token)).body.data.filter(
      ({ what }: { what: string }) => what === 'Your waitlist entries were seen by staff Example.',
    );
    expect(seen).toHaveLength(2);
    const created = await clinic.post('/api-keys', staff.token, { name: 'board', scopes: ['read:own_appointments'] });
    expect(created.status, JSON.stringify(created.body)).toBe(201);
    const asked = await clinic.portal.request('GET', `/api/v1/waitlist?patientId=${maria.id}`, {
      headers: { 'X-API-Key': created.body.key },
    });
    expect(asked.status).toBe(403);
  });

  test('releasing the hold of an offer declines it: the entry waits again, the next one gets an offer', async () => {
    const { maria, paul } = clinic;
    const offer = await offerToMaria();
    expect((await clinic.delete(`/appointments/holds/${offer.holdId}`, paul.token)).status).toBe(404);
    expect((await clinic.delete(`/appointments/holds/${offer.holdId}`, maria.token)).status).toBe(204);
    expect(await entryOf(maria)).toMatchObject({ state: 'waiting', offer: null });
    expect(await clinic.post(`/waitlist/offers/${offer.id}/accept`, maria.token)).toMatchObject({
      status: 409,
      body: { code: 'offer_closed' },
    });
    await clinic.runJobs();
    expect((await entryOf(paul)).offer).toMatchObject({ start: '2026-03-03T10:00:00Z' });
    expect((await entryOf(maria)).offer).toBeNull();
    const { data } = (await clinic.get('/audit/me', maria.token)).body;
    const types = data.map(({ eventType }: { eventType: string }) => eventType);
    expect(types).toEqual(expect.arrayContaining(['hold.released', 'waitlist.offer_declined']));
  });

  test('releasing the hold after the offer’s expiry, before its job runs, expires the offer', async () => {
    const { maria, paul } = clinic;
    const offer = await offerToMaria();
    clinic.portal.clock.advance(30 * 60);
    const token = await clinic.portal.signIn(maria.email);
    expect((await clinic.delete(`/appointments/holds/${offer.holdId}`, token)).status).toBe(204);
    const { data } = (await clinic.get('/audit/me', token)).body;
    expect(data.map(({ eventType }: { eventType: string }) => eventType)).toContain('waitlist.offer_expired');
    await clinic.runJobs();
    const next = { ...paul, token: await clinic.portal.signIn(paul.email) };
    expect((await entryOf(next)).offer).toMatchObject({ start: '2026-03-03T10:00:00Z' });
  });

  test('booking through the hold of an offer accepts it', async () => {
    const { maria, paul } = clinic;
    const offer = await offerToMaria();
    expect((await clinic.book(maria.token, '10:00', { holdId: offer.holdId })).status).toBe(201);
    expect(await entryOf(maria)).toMatchObject({ state: 'booked', offer: null });
    expect(await clinic.post(`/waitlist/offers/${offer.id}/decline`, maria.token)).toMatchObject({
      status: 409,
      body: { code: 'offer_closed' },
    });
    clinic.portal.clock.advance(31 * 60);
    await clinic.runJobs();
    const later = { ...paul, token: await clinic.portal.signIn(paul.email) };
    expect(await entryOf(later)).toMatchObject({ state: 'waiting', offer: null });
  });
});

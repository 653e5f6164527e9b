/** Offers of the waitlist that somebody answers for the patient: reception by telephone, a proxy, the doctor. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Clinic, type Person, startClinic, TUESDAY } from './clinic.ts';

interface Offer {
  readonly id: string;
  readonly start: string;
  readonly _links: Record<string, unknown>;
}

describe('an offer of the waitlist', () => {
  let clinic: Clinic;
  let entry: string;
  beforeEach(async () => {
    clinic = await startClinic();
    const { maria, staff, doctor, otherDoctor } = clinic;
    await clinic.hours(otherDoctor.id, []);
    await clinic.hours(doctor.id, [{ weekday: 2, start: '10:00', end: '10:30' }]);
    const taken = await clinic.book(staff.token, '10:00', { patientId: clinic.paul.id });
    const joined = await clinic.post('/waitlist', maria.token, { type: 'consultation', from: TUESDAY, to: TUESDAY });
    entry = joined.body.id;
    await clinic.runJobs();
    await clinic.post(`/appointments/${taken.body.id}/cancel`, staff.token, {});
    await clinic.runJobs();
  });
  afterEach(() => clinic.portal.close());

  const offerSeenBy = async ({ token }: Person, patientId = clinic.maria.id) => {
    const { body } = await clinic.get(`/waitlist?patientId=${patientId}`, token);
    return (body.data as { offer: Offer | null }[] | undefined)?.find(({ offer }) => offer !== null)?.offer ?? null;
  };
  const answer = (how: 'accept' | 'decline', { token }: Person, offer: Offer | null, body?: object) =>
    clinic.post(`/waitlist/offers/${offer?.id}/${how}`, token, body);
  const recorded = async (type: string) => {
    const [rows = []] = await clinic.portal.driver.run(
      [
        sql`SELECT actor_id, details->>'onBehalfOf' AS "for" FROM audit_events
            WHERE stream = ${clinic.maria.id} AND event_type = ${type} ORDER BY sequence`,
      ],
      'snapshot',
    );
    return rows;
  };
  const becomeProxy = async () => {
    const { maria, paul, staff } = clinic;
    const proof = { personId: paul.id, ground: 'carer', proof: 'Seen the card' };
    expect((await clinic.post(`/patients/${maria.id}/proxies`, staff.token, proof)).status).toBe(201);
  };

  test('is accepted by reception while the patient is on the telephone, and the steps say so', async () => {
    const { maria, staff, paul } = clinic;
    const offer = await offerSeenBy(staff);
    expect(offer?._links).toHaveProperty('accept');
    expect((await answer('accept', paul, offer)).body.code).toBe('offer_not_found');
    expect((await answer('accept', maria, offer, { channel: 'phone' })).status).toBe(422);
    const booked = await answer('accept', staff, offer, { channel: 'phone' });
    expect(booked).toMatchObject({
      status: 201,
      body: { patientId: maria.id, startTime: '10:00', status: 'scheduled' },
    });
    const steps = await clinic.get(`/appointments/${booked.body.id}/steps`, staff.token);
    expect(steps.body.data).toMatchObject([{ status: 'scheduled', by: 'staff', channel: 'phone' }]);
    expect(await recorded('waitlist.offer_accepted')).toEqual([{ actor_id: staff.id, for: null }]);
    expect((await clinic.get('/waitlist', maria.token)).body.data).toMatchObject([{ state: 'booked', offer: null }]);
  });

  test('is answered by a proxy for the patient, who may also leave for them', async () => {
    const { maria, paul, staff } = clinic;
    await becomeProxy();
    const offer = await offerSeenBy(paul);
    expect((await answer('decline', paul, offer)).status).toBe(204);
    expect(await recorded('waitlist.offer_declined')).toEqual([{ actor_id: paul.id, for: maria.id }]);
    await clinic.runJobs();
    const later = { date: '2026-03-03', available: [{ start: '11:00', end: '11:30' }] };
    await clinic.post(`/doctors/${clinic.doctor.id}/availability/overrides`, clinic.admin.token, later);
    await clinic.runJobs();
    // The proxy is told of what is offered from now on, with the name of the patient.
    const told = (await clinic.portal.mails(paul.email)).filter(({ template }) => template === 'waitlist-offer');
    expect(told.map(({ text }) => text.includes('keeping it for maria Example until'))).toEqual([true]);
    const own = (await clinic.portal.mails(maria.email)).filter(({ template }) => template === 'waitlist-offer');
    expect(own.map(({ text }) => text.includes('keeping it for you until'))).toEqual([true, true]);
    const booked = await answer('accept', paul, await offerSeenBy(paul));
    expect(booked).toMatchObject({ status: 201, body: { patientId: maria.id, startTime: '11:00' } });
    const steps = await clinic.get(`/appointments/${booked.body.id}/steps`, staff.token);
    expect(steps.body.data).toMatchObject([{ by: 'proxy', channel: 'web' }]);
    const again = { type: 'consultation', from: TUESDAY, to: TUESDAY, patientId: maria.id };
    const joined = await clinic.post('/waitlist', paul.token, again);
    expect((await clinic.delete(`/waitlist/${joined.body.id}`, paul.token)).status).toBe(204);
  });

  test('is not answered by a doctor whose time it is not, nor for a patient of others', async () => {
    const { doctor, otherDoctor, staff, maria } = clinic;
    const offer = await offerSeenBy(staff);
    expect((await answer('accept', otherDoctor, offer)).body.code).toBe('offer_not_found');
    await clinic.hours(otherDoctor.id, [{ weekday: 3, start: '10:00', end: '10:30' }]);
    const seen = { doctorId: otherDoctor.id, patientId: maria.id, appointmentDate: '2026-03-04' };
    expect((await clinic.book(staff.token, '10:00', seen)).status).toBe(201);
    expect((await offerSeenBy(otherDoctor))?._links).toEqual({});
    for (const how of ['accept', 'decline'] as const) {
      expect((await answer(how, otherDoctor, offer)).body.code).toBe('action_not_permitted');
    }
    expect((await answer('accept', doctor, offer)).body.code).toBe('offer_not_found');
    expect((await clinic.delete(`/waitlist/${entry}`, otherDoctor.token)).status).toBe(404);
  });
});

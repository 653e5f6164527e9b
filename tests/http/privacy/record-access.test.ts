/** Emergency access to a record, restriction of its use, and objection (GDPR Art. 18 and 21; R28). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clinic, startClinic, WEDNESDAY } from '../scheduling/clinic.ts';

let clinic: Clinic;

beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.portal.close());

const signedIn = async (email: string) => clinic.portal.signIn(email);
const whatOf = async (token: string) =>
  (await clinic.get('/audit/me?limit=100', token)).body.data.map(({ what }: { what: string }) => what) as string[];

describe('emergency access', () => {
  let booked: string;
  let access: { id: string };
  let other: string;
  const claim = () => ({ 'X-Emergency-Access': access.id });

  beforeAll(async () => {
    booked = (await clinic.book(clinic.maria.token, '10:00', { reason: 'a rash' })).body.id;
    other = clinic.otherDoctor.token;
  });

  test('R28 only a doctor can open a record, with a reason, and only one that the doctor could not read otherwise', async () => {
    const { maria, doctor, staff, admin } = clinic;
    const wanted = { patientId: maria.id, reason: 'Brought in unconscious' };
    for (const { token } of [maria, staff, admin]) {
      expect((await clinic.post('/break-glass', token, wanted)).status).toBe(403);
    }
    expect((await clinic.post('/break-glass', other, { ...wanted, reason: 'short' })).status).toBe(422);
    expect((await clinic.post('/break-glass', other, { ...wanted, patientId: staff.id })).status).toBe(404);
    const own = await clinic.post('/break-glass', doctor.token, wanted);
    expect(own).toMatchObject({ status: 409, body: { code: 'emergency_not_needed' } });
  });

  test('R28 it allows reading that record for four hours, in requests that name it', async () => {
    const { maria, paul, portal } = clinic;
    const record = `/appointments/user/${maria.id}`;
    expect((await clinic.get(record, other)).status).toBe(404);
    const opened = await clinic.post('/break-glass', other, { patientId: maria.id, reason: 'Brought in unconscious' });
    expect(opened).toMatchObject({ status: 201, body: { expiresAt: '2026-03-02T16:00:00.000Z', review: null } });
    access = opened.body;

    expect((await clinic.get(record, other)).status).toBe(404);
    expect((await clinic.get(record, other, claim())).body.data[0]).toMatchObject({ id: booked, reason: 'a rash' });
    expect((await clinic.get(`/users/${maria.id}/profile`, other, claim())).status).toBe(200);
    expect((await clinic.get(`/appointments/${booked}`, other, claim())).status).toBe(200);
    expect((await clinic.get(`/waitlist?patientId=${maria.id}`, other, claim())).status).toBe(200);
    // Of nobody else, for nobody else, and to change nothing.
    expect((await clinic.get(`/appointments/user/${paul.id}`, other, claim())).status).toBe(404);
    expect((await clinic.get(`/users/${maria.id}/profile`, clinic.paul.token, claim())).status).toBe(404);
    expect((await clinic.post(`/appointments/${booked}/cancel`, other, {}, claim())).status).toBe(404);

    portal.clock.advance(4 * 3600);
    other = await signedIn(clinic.otherDoctor.email);
    expect((await clinic.get(record, other, claim())).status).toBe(404);
  });

  test('R46 each read is recorded as an emergency, and patient and administrators get a mail at once', async () => {
    const { maria, admin, portal, otherDoctor } = clinic;
    const token = await signedIn(admin.email);
    const seen = (await clinic.get(`/audit/events?user=${maria.id}&limit=100`, token)).body.data;
    const reads = seen.filter(({ details }: { details: object }) => 'emergencyAccess' in details);
    expect(reads.map(({ eventType }: { eventType: string }) => eventType)).toEqual(
      expect.arrayContaining(['appointment.listed', 'appointment.read', 'user.profile_read', 'waitlist.listed']),
    );
    expect(
      reads.every(({ details }: { details: { emergencyAccess: string } }) => details.emergencyAccess === access.id),
    ).toBe(true);
    expect(await whatOf(await signedIn(maria.email))).toContain(
      'Your record was opened in an emergency by other-doctor Example.',
    );
    expect(await portal.mails(maria.email)).toContainEqual(
      expect.objectContaining({
        template: 'emergency-access',
        subject: 'Your record was opened in an emergency',
      }),
    );
    const [told] = (await portal.mails(admin.email)).filter(({ template }) => template === 'emergency-access');
    expect(told?.text).toContain('other-doctor Example');
    expect(told?.text).not.toContain('maria');
    expect((await portal.mails(otherDoctor.email)).some(({ template }) => template === 'emergency-access')).toBe(false);
  });

  test('R28 administrators list the accesses to review, with their reasons, and review each once', async () => {
    const token = await signedIn(clinic.admin.email);
    const list = (state: string) => clinic.get(`/break-glass?state=${state}`, token);
    expect((await list('unreviewed')).body.data).toMatchObject([
      { id: access.id, doctorId: clinic.otherDoctor.id, patientId: clinic.maria.id, reason: 'Brought in unconscious' },
    ]);
    const review = (verdict: string) => clinic.post(`/break-glass/${access.id}/review`, token, { verdict });
    expect((await review('fine')).status).toBe(422);
    const both = await Promise.all([review('justified'), review('not_justified')]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await list('unreviewed')).body.data).toEqual([]);
    expect((await list('reviewed')).body.data).toMatchObject([{ review: { by: clinic.admin.id } }]);
    expect((await clinic.get('/break-glass', await signedIn(clinic.staff.email))).status).toBe(403);
  });
});

describe('the end of an emergency access', () => {
  const open = async () => {
    const doctor = await signedIn(clinic.otherDoctor.email);
    const wanted = { patientId: clinic.paul.id, reason: 'Brought in unconscious' };
    const { body } = await clinic.post('/break-glass', doctor, wanted);
    const read = async () =>
      (await clinic.get(`/users/${clinic.paul.id}/profile`, doctor, { 'X-Emergency-Access': body.id })).status;
    expect(await read()).toBe(200);
    return { id: body.id as string, read };
  };

  test('R28 a verdict of not justified ends it at once, a verdict of justified does not', async () => {
    const admin = await signedIn(clinic.admin.email);
    const [bad, good] = [await open(), await open()];
    const review = (id: string, verdict: string) => clinic.post(`/break-glass/${id}/review`, admin, { verdict });
    const judged = (await review(bad.id, 'not_justified')).body;
    expect(judged).toMatchObject({ review: { verdict: 'not_justified' }, endedBy: clinic.admin.id });
    expect(judged.endedAt).toBe(judged.review.at);
    expect(judged._links).not.toHaveProperty('end');
    expect((await review(good.id, 'justified')).body).toMatchObject({ endedAt: null, endedBy: null });
    expect([await bad.read(), await good.read()]).toEqual([404, 200]);
    expect(await whatOf(await signedIn(clinic.paul.email))).toContain(
      'An emergency access to your record was ended by admin Example.',
    );
  });

  test('R28 administrators can end an open access once, and review it afterwards', async () => {
    const admin = await signedIn(clinic.admin.email);
    const { id, read } = await open();
    const end = (token: string) => clinic.post(`/break-glass/${id}/end`, token);
    for (const { email } of [clinic.otherDoctor, clinic.staff, clinic.paul]) {
      expect((await end(await signedIn(email))).status).toBe(403);
    }
    const both = await Promise.all([end(admin), end(admin)]);
    expect(both.map(({ status, body }) => [status, body.code]).sort()).toEqual([
      [200, undefined],
      [409, 'emergency_access_over'],
    ]);
    expect(await read()).toBe(404);
    const judged = await clinic.post(`/break-glass/${id}/review`, admin, { verdict: 'not_justified' });
    expect(judged).toMatchObject({ status: 200, body: { endedBy: clinic.admin.id } });
    expect((await clinic.post('/break-glass/0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f/end', admin)).status).toBe(404);
  });

  test('R28 an expired access is ended neither by an administrator nor by a verdict', async () => {
    const { id } = await open();
    clinic.portal.clock.advance(4 * 3600);
    const admin = await signedIn(clinic.admin.email);
    expect((await clinic.post(`/break-glass/${id}/end`, admin)).body.code).toBe('emergency_access_over');
    const judged = await clinic.post(`/break-glass/${id}/review`, admin, { verdict: 'not_justified' });
    expect(judged).toMatchObject({ status: 200, body: { endedAt: null } });
  });
});

describe('restriction and objection', () => {
  let admin: string;
  let limit: { id: string };
  let paul: string;
  const path = () => `/users/${clinic.paul.id}/processing-limits`;

  beforeAll(async () => {
    await clinic.portal.mails();
    admin = await signedIn(clinic.admin.email);
    paul = await signedIn(clinic.paul.email);
    await clinic.book(paul, '14:00', { appointmentDate: WEDNESDAY, reason: 'a cough' });
  });

  test('administrators restrict a record after a step-up, and the person gets a mail', async () => {
    const restriction = { kind: 'restriction', ground: 'accuracy_contested' };
    expect((await clinic.post(path(), paul, restriction)).status).toBe(404);
    expect((await clinic.post(path(), await signedIn(clinic.staff.email), restriction)).status).toBe(404);
    expect((await clinic.post(path(), admin, { ...restriction, ground: 'because' })).status).toBe(422);
    await clinic.post('/calendar/feeds', paul);
    const set = await clinic.post(path(), admin, restriction);
    // R64: what hands the record on ends; the person goes on.
    expect((await clinic.get('/calendar/feeds', paul)).body.data).toEqual([]);
    expect(set).toMatchObject({ status: 201, body: { kind: 'restriction', inForce: true } });
    limit = set.body;
    expect(await clinic.post(path(), admin, restriction)).toMatchObject({
      status: 409,
      body: { code: 'limit_in_force' },
    });
    const subjects = (await clinic.portal.mails(clinic.paul.email)).map(({ subject }) => subject);
    expect(subjects).toContain('The use of your data is limited');
    clinic.portal.clock.advance(301);
    expect((await clinic.post(path(), admin, { ...restriction, kind: 'objection' })).body.code).toBe(
      'step_up_required',
    );
    admin = await signedIn(clinic.admin.email);
  });

  test('staff, doctors and administrators get record_restricted; answers to others do not change', async () => {
    const { paul: person, doctor, staff, otherDoctor } = clinic;
    const [byDoctor, byStaff, byStranger] = await Promise.all(
      [doctor, staff, otherDoctor].map(({ email }) => signedIn(email)),
    );
    const reads = [
      `/appointments/user/${person.id}`,
      `/users/${person.id}/profile`,
      `/waitlist?patientId=${person.id}`,
    ];
    for (const read of reads) {
      for (const token of [byDoctor, byStaff, admin]) {
        const refused = await clinic.get(read, token ?? '');
        expect([read, refused.status, refused.body.code]).toEqual([read, 403, 'record_restricted']);
      }
      expect([read, (await clinic.get(read, byStranger ?? '')).status]).toEqual([read, 404]);
      expect([read, (await clinic.get(read, paul)).status === 404]).toEqual([read, false]);
    }
    const [own] = (await clinic.get('/appointments/my', paul)).body.data;
    expect(own).toMatchObject({ reason: 'a cough' });
    const cancel = await clinic.post(`/appointments/${own.id}/cancel`, byStaff ?? '', {});
    expect(cancel).toMatchObject({ status: 403, body: { code: 'record_restricted' } });
    const booking = { patientId: person.id, doctorId: doctor.id, appointmentType: 'consultation' };
    const at = { appointmentDate: WEDNESDAY, startTime: '16:00' };
    const attempts = [
      await clinic.post('/appointments', byStaff ?? '', { ...booking, ...at }),
      await clinic.post('/appointments/series', byStaff ?? '', { ...booking, ...at, frequency: 'weekly', count: 2 }),
    ];
    for (const { status, body } of attempts) expect([status, body.code]).toEqual([403, 'record_restricted']);
    // Not even among others.
    expect((await clinic.get(`/appointments/my?from=${WEDNESDAY}`, byDoctor ?? '')).body.data).toEqual([]);
    expect(await whatOf(paul)).toContain('A request by staff Example was refused.');
  });

  test('an administrator with a ground can read it, and the events contain the ground', async () => {
    const ground = { 'X-Access-Ground': 'legal_claim' };
    const read = `/appointments/user/${clinic.paul.id}`;
    expect((await clinic.get(read, admin, { 'X-Access-Ground': 'curiosity' })).status).toBe(403);
    expect((await clinic.get(read, admin, ground)).body.data[0]).toMatchObject({ reason: 'a cough' });
    expect((await clinic.get(read, await signedIn(clinic.staff.email), ground)).status).toBe(403);
    const events = (await clinic.get(`/audit/events?user=${clinic.paul.id}&limit=100`, admin)).body.data;
    expect(
      events.some(({ details }: { details: object }) =>
        JSON.stringify(details).includes('"accessGround":"legal_claim"'),
      ),
    ).toBe(true);
  });

  test('a doctor with an emergency access can read it (Art. 18(2))', async () => {
    const doctor = await signedIn(clinic.otherDoctor.email);
    const read = `/appointments/user/${clinic.paul.id}`;
    const opened = await clinic.post('/break-glass', doctor, {
      patientId: clinic.paul.id,
      reason: 'Found unconscious',
    });
    expect(opened.status).toBe(201);
    const inEmergency = await clinic.get(read, doctor, { 'X-Emergency-Access': opened.body.id });
    expect(inEmergency.body.data[0]).toMatchObject({ reason: 'a cough' });
    expect((await clinic.get(read, doctor)).status).toBe(404);
  });

  test('administrators can still read the account, which is not part of the record', async () => {
    const listed = (await clinic.get('/users?role=patient', admin)).body.data;
    expect(listed.map(({ id }: { id: string }) => id)).toContain(clinic.paul.id);
    const { status, body } = await clinic.get(`/users/${clinic.paul.id}`, admin);
    expect(status).toBe(200);
    for (const field of ['dateOfBirth', 'phoneNumber', 'address', 'insurance', 'emergencyContact']) {
      expect(body).not.toHaveProperty(field);
    }
  });

  test('a lifted restriction is listed, and the record can be read again', async () => {
    paul = await signedIn(clinic.paul.email);
    expect((await clinic.get(path(), paul)).body.data).toMatchObject([{ id: limit.id, inForce: true }]);
    expect((await clinic.get(path(), await signedIn(clinic.staff.email))).status).toBe(403);
    expect((await clinic.delete(`${path()}/${limit.id}`, paul)).status).toBe(404);
    expect((await clinic.delete(`${path()}/${limit.id}`, admin)).status).toBe(204);
    expect((await clinic.delete(`${path()}/${limit.id}`, admin)).status).toBe(404);
    expect((await clinic.get(`/appointments/user/${clinic.paul.id}`, await signedIn(clinic.staff.email))).status).toBe(
      200,
    );
    expect((await clinic.get(path(), admin)).body.data).toMatchObject([{ inForce: false, liftedBy: clinic.admin.id }]);
  });

  test('a person who objects gets no reminders, but still gets confirmations', async () => {
    const { portal } = clinic;
    const objection = await clinic.post(path(), paul, { kind: 'objection', ground: 'own_situation' });
    expect(objection.status).toBe(201);
    portal.clock.advance(24 * 3600);
    const templates = async () => (await portal.mails(clinic.paul.email)).map(({ template }) => template);
    expect(await templates()).not.toContain('appointment-reminder');
    paul = await signedIn(clinic.paul.email);
    await clinic.book(paul, '15:00', { appointmentDate: '2026-03-06' });
    expect((await templates())[0]).toBe('appointment-confirmation');
    expect((await clinic.delete(`${path()}/${objection.body.id}`, paul)).status).toBe(204);
  });
});

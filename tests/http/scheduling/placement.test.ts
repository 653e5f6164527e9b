/** What the clinic may place against the rules, group sessions, and doctors who take no new patients. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clinic, startClinic, TUESDAY, WEDNESDAY } from './clinic.ts';

describe('placing against the rules', () => {
  let clinic: Clinic;
  beforeAll(async () => {
    clinic = await startClinic();
  });
  afterAll(() => clinic.portal.close());

  const byStaff = (startTime: string, extra: Record<string, unknown> = {}) =>
    clinic.book(clinic.staff.token, startTime, { patientId: clinic.maria.id, ...extra });

  test('a refusal says which reasons the clinic may confirm; confirmed, it books', async () => {
    const refused = await byStaff('18:10');
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({
      code: 'slot_unavailable',
      reasons: [{ code: 'outside_availability', acknowledgeable: true }],
    });
    const booked = await byStaff('18:10', {
      acknowledge: ['outside_availability'],
      exceptionReason: 'Doctor stays longer',
    });
    expect(booked.status).toBe(201);
    expect(booked.body).toMatchObject({
      outsideRules: true,
      exceptionReason: 'Doctor stays longer',
      startTime: '18:10',
    });
    const shown = await clinic.get(`/appointments/${booked.body.id}`, clinic.maria.token);
    expect(shown.body.outsideRules).toBe(true);
    expect(shown.body).not.toHaveProperty('exceptionReason');
  });

  test('a reason that was not confirmed still refuses, with all reasons', async () => {
    const refused = await byStaff('19:10', { appointmentDate: '2027-03-03', acknowledge: ['outside_availability'] });
    expect(refused.body.reasons.map(({ code }: { code: string }) => code)).toEqual([
      'beyond_horizon',
      'outside_availability',
    ]);
  });

  test('a walk-in of an hour ago is placed, one of last week is not', async () => {
    const body = { appointmentDate: '2026-03-02', acknowledge: ['in_the_past', 'too_soon'] };
    expect((await byStaff('11:00', body)).status).toBe(201);
    const old = await byStaff('11:00', { ...body, appointmentDate: '2026-02-23' });
    expect(old.body.reasons).toContainEqual({ code: 'in_the_past', acknowledgeable: false });
  });

  test('an overbooking needs a reason and lies over what is there; the next ordinary booking is refused', async () => {
    const first = await clinic.book(clinic.paul.token, '10:00');
    expect(first.status).toBe(201);
    expect((await byStaff('10:00', { overbook: true })).body.errors).toMatchObject([{ pointer: '/exceptionReason' }]);
    const over = await byStaff('10:00', { overbook: true, exceptionReason: 'Cannot wait' });
    expect(over.status).toBe(201);
    expect(over.body.outsideRules).toBe(true);
    await clinic.post(`/appointments/${first.body.id}/cancel`, clinic.staff.token, {});
    // The overbooking alone keeps the time, though the place of the first is free again.
    expect((await clinic.book(clinic.paul.token, '10:00')).body.code).toBe('slot_taken');
    const slots = await clinic.get(
      `/appointments/available-slots?doctorId=${clinic.doctor.id}&date=${TUESDAY}`,
      clinic.paul.token,
    );
    expect(slots.body.data.map(({ startTime }: { startTime: string }) => startTime)).not.toContain('10:00');
  });

  test('nobody is in two places, and an overbooking has a limit', async () => {
    const other = { overbook: true, exceptionReason: 'Cannot wait', doctorId: clinic.otherDoctor.id };
    expect((await byStaff('10:00', other)).body.reasons).toContainEqual({
      code: 'patient_conflict',
      acknowledgeable: false,
    });
    const answers = [];
    for (let n = 0; n < 5; n++) {
      const { id: patientId } = await clinic.person('patient', `crowd-${n}`);
      answers.push(await byStaff('15:00', { patientId, overbook: true, exceptionReason: 'Flu season' }));
    }
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 409]);
  });

  test('patients may confirm nothing', async () => {
    for (const [name, value] of Object.entries({ acknowledge: ['too_soon'], overbook: true, exceptionReason: 'x' })) {
      const refused = await clinic.book(clinic.paul.token, '11:00', { [name]: value });
      expect(refused.status, name).toBe(422);
      expect(refused.body.errors).toMatchObject([{ pointer: `/${name}`, code: 'not_permitted' }]);
    }
  });

  test('a move may be confirmed too; one to the same time changes nothing and mails nobody', async () => {
    const booked = await clinic.book(clinic.paul.token, '12:00', { appointmentDate: WEDNESDAY });
    const mails = async () => (await clinic.portal.mails(clinic.paul.email)).length;
    const before = await mails();
    const path = `/appointments/${booked.body.id}/reschedule`;
    const same = await clinic.post(path, clinic.paul.token, { appointmentDate: WEDNESDAY, startTime: '12:00' });
    expect(same.body).toMatchObject({ version: 1, status: 'scheduled' });
    expect(await mails()).toBe(before);
    const late = { appointmentDate: WEDNESDAY, startTime: '20:00' };
    expect((await clinic.post(path, clinic.staff.token, late)).status).toBe(422);
    const moved = await clinic.post(path, clinic.staff.token, { ...late, acknowledge: ['outside_availability'] });
    expect(moved.body).toMatchObject({ version: 2, startTime: '20:00', outsideRules: true });
  });
});

describe('group sessions and known patients', () => {
  let clinic: Clinic;
  beforeAll(async () => {
    clinic = await startClinic();
    await clinic.post('/appointment-types', clinic.admin.token, {
      code: 'back_school',
      name: 'Back school',
      durationMinutes: 60,
      slotIntervalMinutes: 60,
      capacity: 2,
    });
  });
  afterAll(() => clinic.portal.close());

  test('a session is offered until it is full, and nothing across it', async () => {
    const offered = async () => {
      const answer = await clinic.get(
        `/appointments/available-slots?doctorId=${clinic.doctor.id}&date=${TUESDAY}&type=back_school`,
        clinic.paul.token,
      );
      return answer.body.data.map(({ startTime }: { startTime: string }) => startTime);
    };
    const join = (token: string) => clinic.book(token, '10:00', { appointmentType: 'back_school' });
    expect((await join(clinic.maria.token)).status).toBe(201);
    expect(await offered()).toContain('10:00');
    expect((await clinic.book(clinic.paul.token, '10:30')).body.code).toBe('slot_taken');
    const held = await clinic.post('/appointments/holds', clinic.paul.token, {
      doctorId: clinic.doctor.id,
      start: `${TUESDAY}T10:00:00Z`,
      type: 'back_school',
    });
    expect(held.status).toBe(201);
    expect(await offered()).not.toContain('10:00');
    const booked = await clinic.book(clinic.paul.token, '10:00', {
      appointmentType: 'back_school',
      holdId: held.body.id,
    });
    expect(booked.status).toBe(201);
    const third = await clinic.person('patient', 'third');
    expect((await join(third.token)).body.code).toBe('slot_taken');
  });

  test('a change by a client that does not know the capacity leaves it as it is', async () => {
    const { admin } = clinic;
    const listed = await clinic.get('/appointment-types', admin.token);
    const type = listed.body.data.find(({ code }: { code: string }) => code === 'back_school');
    const { id, version, _links, selfService, capacity, requires, visitModes, ...known } = type;
    const changed = await clinic.put(`/appointment-types/${id}`, admin.token, { ...known, name: 'School' }, version);
    expect(changed).toMatchObject({ status: 200, body: { name: 'School', capacity, requires, visitModes } });
    expect(capacity).toBe(2);
  });

  test('a doctor who takes no new patients stays open to the own ones', async () => {
    const { doctor, paul, maria, admin } = clinic;
    const seen = await clinic.book(maria.token, '14:00', { doctorId: doctor.id });
    expect(seen.status).toBe(201);
    const entry = await clinic.get(`/doctors/${doctor.id}`, admin.token);
    const { specialty, languages, bio } = entry.body;
    const changed = await clinic.put(
      `/doctors/${doctor.id}`,
      admin.token,
      { specialty, languages, bio, acceptingPatients: false },
      entry.body.version,
    );
    expect(changed.status).toBe(200);
    const stranger = await clinic.person('patient', 'stranger');
    const refused = await clinic.book(stranger.token, '15:00');
    expect(refused.body.reasons).toEqual([{ code: 'doctor_inactive', acknowledgeable: false }]);
    expect((await clinic.book(paul.token, '15:00')).status).toBe(201);
    const slots = (token: string) =>
      clinic.get(`/appointments/available-slots?doctorId=${doctor.id}&date=${WEDNESDAY}`, token);
    expect((await slots(stranger.token)).body.data).toEqual([]);
    expect((await slots(maria.token)).body.data.length).toBeGreaterThan(0);
    const next = await clinic.get(`/appointments/next-available?doctorIds=${doctor.id}`, maria.token);
    expect(next.body.data.length).toBeGreaterThan(0);
  });
});

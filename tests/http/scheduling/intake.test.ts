/** Questions that a type asks before the visit: answered at booking or later, sealed, and read by whom they concern. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Clinic, startClinic } from './clinic.ts';

let clinic: Clinic;
let typeId: string;

const TYPE = { code: 'vaccination', name: 'Vaccination', durationMinutes: 30, slotIntervalMinutes: 30 };
const QUESTIONS = [
  { id: 'allergies', text: 'Which allergies do you have?', kind: 'text', required: true },
  { id: 'vaccine', text: 'Which vaccine?', kind: 'choice', choices: ['Flu', 'Tetanus'] },
];
const ALLERGIES = { questionId: 'allergies', value: 'Hazelnuts' };
const book = (token: string, startTime: string, extra: object = {}) =>
  clinic.book(token, startTime, { appointmentType: 'vaccination', ...extra });
const intakeOf = (id: string) => `/appointments/${id}/intake`;

beforeAll(async () => {
  clinic = await startClinic();
  const made = await clinic.post('/appointment-types', clinic.admin.token, { ...TYPE, questions: QUESTIONS });
  expect(made).toMatchObject({
    status: 201,
    body: { questions: [{ required: true, choices: [] }, { required: false }] },
  });
  typeId = made.body.id;
});
afterAll(() => clinic.portal.close());

test('a patient answers at booking; required answers that are missing are named', async () => {
  const { maria, doctor, staff, paul } = clinic;
  const missing = await book(maria.token, '09:00');
  expect(missing).toMatchObject({ status: 422, body: { code: 'invalid_fields' } });
  expect(missing.body.errors).toMatchObject([{ pointer: '/answers', code: 'required' }]);
  const wrong = await book(maria.token, '09:00', { answers: [ALLERGIES, { questionId: 'vaccine', value: 'Rabies' }] });
  expect(wrong.body.errors).toMatchObject([{ pointer: '/answers/1/value', code: 'invalid' }]);

  const booked = await book(maria.token, '09:00', { answers: [ALLERGIES, { questionId: 'vaccine', value: 'Flu' }] });
  expect(booked.status).toBe(201);
  const path = intakeOf(booked.body.id);
  expect(booked.body._links.intake).toEqual({ href: `/api/v1${path}` });
  for (const { token } of [maria, doctor, staff]) {
    const seen = await clinic.get(path, token);
    expect(seen.body.answers).toEqual([ALLERGIES, { questionId: 'vaccine', value: 'Flu' }]);
  }
  expect((await clinic.get(path, paul.token)).body.code).toBe('appointment_not_found');
  const [rows = []] = await clinic.portal.driver.run(
    [
      sql`SELECT position('Hazelnuts'::bytea in intake) AS found,
            (SELECT count(*) FROM audit_events e
             WHERE e.event_type = 'appointment.read' AND e.resource_id = a.id::text AND e.stream = ${maria.id}) AS reads
          FROM appointments a WHERE a.id = ${booked.body.id}::uuid`,
    ],
    'snapshot',
  );
  expect(rows).toEqual([{ found: 0, reads: 3 }]);
});

test('the desk books without answers; the patient answers until the visit, and a doctor of others does not', async () => {
  const { maria, staff, doctor, otherDoctor } = clinic;
  const booked = await book(staff.token, '10:00', { patientId: maria.id });
  expect(booked.status).toBe(201);
  const path = intakeOf(booked.body.id);
  const open = await clinic.get(path, maria.token);
  expect(open.body).toMatchObject({ answers: [], answeredAt: null, version: 1 });
  expect(open.body._links.answer).toEqual({ href: `/api/v1${path}`, method: 'PUT' });
  expect((await clinic.put(path, maria.token, { answers: [] }, 1)).body.errors).toMatchObject([{ code: 'required' }]);
  expect((await clinic.put(path, maria.token, { answers: [ALLERGIES] })).status).toBe(428);
  const answered = await clinic.put(path, maria.token, { answers: [ALLERGIES] }, 1);
  expect(answered).toMatchObject({ status: 200, body: { answers: [ALLERGIES], version: 2 } });
  expect((await clinic.put(path, staff.token, { answers: [] }, 1)).status).toBe(412);
  expect((await clinic.put(path, otherDoctor.token, { answers: [] }, 2)).status).toBe(404);
  expect((await clinic.put(path, doctor.token, { answers: [] }, 2)).status).toBe(200);
  await clinic.post(`/appointments/${booked.body.id}/cancel`, maria.token, {});
  const late = await clinic.put(path, maria.token, { answers: [ALLERGIES] }, 4);
  expect(late.body).toMatchObject({ code: 'appointment_closed', currentStatus: 'cancelled' });
  expect((await clinic.get(path, maria.token)).body._links).not.toHaveProperty('answer');
});

test('a proxy answers, and sees the answers that the proxy has given, no others', async () => {
  const { maria, paul, staff } = clinic;
  const proxy = await clinic.post(`/patients/${maria.id}/proxies`, staff.token, {
    personId: paul.id,
    ground: 'carer',
    proof: 'Seen the card',
  });
  expect(proxy.status).toBe(201);
  const booked = await book(paul.token, '11:00', { patientId: maria.id, answers: [ALLERGIES] });
  expect(booked.status).toBe(201);
  const path = intakeOf(booked.body.id);
  expect((await clinic.get(path, paul.token)).body.answers).toEqual([ALLERGIES]);
  const corrected = [{ questionId: 'allergies', value: 'None' }];
  expect((await clinic.put(path, maria.token, { answers: corrected }, 1)).status).toBe(200);
  const seen = await clinic.get(path, paul.token);
  expect(seen.status).toBe(200);
  expect(seen.body).not.toHaveProperty('answers');
});

test('questions that change later are for later bookings; a client that does not know them keeps them', async () => {
  const { maria, admin, staff } = clinic;
  const before = await book(maria.token, '12:00', { answers: [ALLERGIES] });
  const type = await clinic.get(`/appointment-types/${typeId}`, admin.token);
  const kept = await clinic.put(`/appointment-types/${typeId}`, admin.token, TYPE, type.body.version);
  expect(kept.body.questions).toHaveLength(2);
  const none = await clinic.put(
    `/appointment-types/${typeId}`,
    admin.token,
    { ...TYPE, questions: [] },
    kept.body.version,
  );
  expect(none.body.questions).toEqual([]);
  expect((await clinic.get(intakeOf(before.body.id), maria.token)).body.questions).toHaveLength(2);
  const after = await book(maria.token, '12:30');
  expect(after.body._links).not.toHaveProperty('intake');
  expect((await clinic.get(intakeOf(after.body.id), staff.token)).body.code).toBe('intake_not_found');
  const twice = { ...TYPE, questions: [QUESTIONS[0], QUESTIONS[0]] };
  const refused = await clinic.put(`/appointment-types/${typeId}`, admin.token, twice, none.body.version);
  expect(refused.body.errors).toMatchObject([{ pointer: '/questions/1/id', code: 'conflict' }]);
});

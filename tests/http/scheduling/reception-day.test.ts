/** A day at reception, told in the order in which it happens. The portal's clock stands at Monday noon. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PASSWORD } from '../../support/portal.ts';
import { sized } from '../../support/size.ts';
import { type Clinic, type Person, startClinic, TUESDAY } from './clinic.ts';

const TODAY = '2026-03-02';

let clinic: Clinic;
/** Expects to be seen at 13:00. */
let waiting: Person;
/** Was expected at 11:00. */
let absent: { readonly person: Person; readonly appointmentId: string };

/** An appointment of today, entered by staff: noon is past the notice that patients must give. */
async function todayAt(name: string, startTime: string) {
  const person = await clinic.person('patient', name);
  const acknowledge = ['in_the_past', 'too_soon'];
  const booked = await clinic.book(clinic.staff.token, startTime, {
    appointmentDate: TODAY,
    patientId: person.id,
    acknowledge,
  });
  expect(booked.status, JSON.stringify(booked.body)).toBe(201);
  return { person, appointmentId: booked.body.id as string };
}

beforeAll(async () => {
  clinic = await startClinic();
  waiting = (await todayAt('waiting', '13:00')).person;
  absent = await todayAt('absent', '11:00');
});
afterAll(() => clinic.portal.close());

test('a call: search, free times and booking take three requests', async () => {
  const { staff, doctor, maria } = clinic;
  const { firstName } = (await clinic.get(`/users/${maria.id}/profile`, maria.token)).body;
  const found = await clinic.get(`/patients?q=${firstName}`, staff.token);
  const patient = found.body.data.find(({ id }: { id: string }) => id === maria.id);
  const free = await clinic.get(`/appointments/next-available?doctorIds=${doctor.id}&limit=1`, staff.token);
  const [{ date, startTime }] = free.body.data;
  const booked = await clinic.book(staff.token, startTime, {
    appointmentDate: date,
    patientId: patient.id,
    channel: 'phone',
    reason: 'a cough',
  });
  expect(booked, JSON.stringify(booked.body)).toMatchObject({ status: 201, body: { patientId: maria.id } });
});

test('a walk-in: registered without e-mail, placed at once and roomed', async () => {
  const { staff } = clinic;
  const otto = { firstName: 'Otto', lastName: 'Brandt', channel: 'in_person', dateOfBirth: '1951-08-30' };
  const { id: patientId } = (await clinic.post('/patients', staff.token, otto)).body;
  const now = { appointmentDate: TODAY, patientId, channel: 'in_person' };
  const refused = await clinic.book(staff.token, '12:00', now);
  expect(refused).toMatchObject({ status: 422, body: { reasons: [{ code: 'too_soon', acknowledgeable: true }] } });
  const { body } = await clinic.book(staff.token, '12:00', { ...now, acknowledge: ['too_soon'] });
  expect(body).toMatchObject({ status: 'scheduled', outsideRules: true });
  for (const [step, status] of [
    ['arrived', 'arrived'],
    ['roomed', 'roomed'],
    ['check-in', 'in_progress'],
  ] as const) {
    expect(await clinic.post(`/appointments/${body.id}/${step}`, staff.token)).toMatchObject({ body: { status } });
  }
});

test('a late doctor: those who wait today are told', async () => {
  const { doctor, staff, portal } = clinic;
  expect((await clinic.put(`/doctors/${doctor.id}/delay`, staff.token, { minutes: 30 })).status).toBe(200);
  await clinic.runJobs();
  const mails = (await portal.mails(waiting.email)).filter(({ template }) => template === 'doctor-running-late');
  expect(mails.map(({ text }) => text)).toEqual([expect.stringContaining('13:30')]);
});

test('a no-show who comes after all: the step is undone and the patient is seen', async () => {
  const { staff } = clinic;
  const path = `/appointments/${absent.appointmentId}`;
  expect(await clinic.post(`${path}/no-show`, staff.token)).toMatchObject({ body: { status: 'no_show' } });
  const undone = await clinic.post(`${path}/undo`, staff.token);
  expect(undone).toMatchObject({ status: 200, body: { status: 'scheduled' } });
  expect(await clinic.post(`${path}/check-in`, staff.token)).toMatchObject({ body: { status: 'in_progress' } });
});

test('a mother books for her child, and the clinic sees both', async () => {
  const { staff, maria } = clinic;
  const child = { firstName: 'Ana', lastName: 'Silva', channel: 'phone', dateOfBirth: '2018-05-06' };
  const { id: patientId } = (await clinic.post('/patients', staff.token, child)).body;
  const proxy = { personId: maria.id, ground: 'parent', proof: 'Birth certificate seen' };
  expect((await clinic.post(`/patients/${patientId}/proxies`, staff.token, proxy)).status).toBe(201);
  const [dependant] = (await clinic.get('/users/me/dependants', maria.token)).body.data;
  const booked = await clinic.book(maria.token, '10:30', { patientId: dependant.patientId });
  expect(booked).toMatchObject({ status: 201, body: { patientId } });
  const { data } = (await clinic.get(`/appointments?from=${TUESDAY}&to=${TUESDAY}`, staff.token)).body;
  expect(data.map(({ patient }: { patient: { firstName: string } }) => patient.firstName)).toContain('Ana');
});

test('a duplicate: found by the list and merged, with the appointments of both', async () => {
  const { staff, portal } = clinic;
  const eva = { firstName: 'Eva', lastName: 'Klein', channel: 'phone', dateOfBirth: '1980-02-03' };
  const kept = (await clinic.post('/patients', staff.token, eva)).body;
  const again = { ...eva, firstName: 'Ewa', acknowledgeDuplicates: true };
  const double = (await clinic.post('/patients', staff.token, again)).body;
  const visit = await clinic.book(staff.token, '15:00', { patientId: double.id });
  expect(visit.status, JSON.stringify(visit.body)).toBe(201);
  const { data } = (await clinic.get(`/patients/${kept.id}/duplicates`, staff.token)).body;
  const found = data.find(({ id }: { id: string }) => id === double.id);
  await portal.request('POST', '/api/v1/auth/step-up', { token: staff.token, body: { password: PASSWORD } });
  const merged = await clinic.post(
    found._links.merge.href.replace('/api/v1', ''),
    staff.token,
    { aliasId: double.id, aliasVersion: found.version },
    { 'If-Match': `"v${kept.version}"` },
  );
  expect(merged.status, JSON.stringify(merged.body)).toBe(201);
  const appointments = (await clinic.get(`/appointments/user/${kept.id}`, staff.token)).body.data;
  expect(appointments).toMatchObject([{ id: visit.body.id }]);
});

/** Patients of the ill doctor. */
const ILL = sized(30);

test(`an ill doctor: ${ILL} patients are shown, and moved or told in one command`, async () => {
  const { staff, admin } = clinic;
  const doctor = await clinic.person('doctor', 'ill');
  await clinic.hours(doctor.id);
  const type = { code: 'short', name: 'Short', durationMinutes: 15, slotIntervalMinutes: 15 };
  expect((await clinic.post('/appointment-types', admin.token, type)).status).toBe(201);
  const booked: { readonly person: Person; readonly id: string }[] = [];
  for (let n = 0; n < ILL; n++) {
    const person = await clinic.person('patient', `of-ill-${n}`);
    const startTime = `${String(9 + Math.floor(n / 4)).padStart(2, '0')}:${String(15 * (n % 4)).padStart(2, '0')}`;
    const visit = { doctorId: doctor.id, appointmentType: 'short', patientId: person.id, channel: 'phone' };
    const { body } = await clinic.book(staff.token, startTime, visit);
    booked.push({ person, id: body.id });
  }
  const ill = { from: TUESDAY, until: TUESDAY, reason: 'Ill', affected: { action: 'move', message: 'She is ill.' } };
  const shown = await clinic.post(`/doctors/${doctor.id}/time-off?dryRun=true`, staff.token, ill);
  expect(shown.body.appointments.map(({ id }: { id: string }) => id)).toEqual(booked.map(({ id }) => id));
  const { affected } = (await clinic.post(`/doctors/${doctor.id}/time-off`, staff.token, ill)).body;
  expect(affected).toMatchObject({ count: ILL, action: 'move' });
  await clinic.runJobs();
  const progress = await clinic.get(`/rebookings/${affected.rebookingIds[0]}`, staff.token);
  expect(progress.body).toMatchObject({ pending: 0, offered: ILL });
  for (const { person, id } of booked) {
    expect((await clinic.get(`/appointments/${id}`, staff.token)).body.status).toBe('cancelled');
    const mails = (await clinic.portal.mails(person.email)).filter(
      ({ template }) => template === 'appointment-given-up',
    );
    expect(mails.map(({ text }) => text)).toEqual([expect.stringContaining('She is ill.')]);
  }
  const sheet = await clinic.get(`/clinic/day?date=${TUESDAY}&doctorIds=${doctor.id}`, staff.token);
  expect(sheet.body.doctors[0].absences).toMatchObject([{ kind: 'time_off' }]);
});

test('the day sheet shows what became of the day', async () => {
  const { doctor, staff } = clinic;
  const sheet = await clinic.get(`/clinic/day?date=${TODAY}&doctorIds=${doctor.id}`, staff.token);
  const [day] = sheet.body.doctors;
  expect(day.appointments.map((a: { startTime: string; status: string }) => `${a.startTime} ${a.status}`)).toEqual([
    '11:00 in_progress',
    '12:00 in_progress',
    '13:00 scheduled',
    // The call of this morning.
    '13:30 scheduled',
  ]);
});

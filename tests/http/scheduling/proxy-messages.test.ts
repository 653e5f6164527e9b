/** Whoever acts for a patient is told what the patient is told of appointments, except of what they did themselves. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clinic, type Person, startClinic, TUESDAY, WEDNESDAY } from './clinic.ts';

const DAY_SECONDS = 24 * 3600;

let clinic: Clinic;
let child: string;
let mother: Person;
let father: Person;

const proxyOf = async (patientId: string, person: Person, more: object = {}) => {
  const proof = { personId: person.id, ground: 'parent', proof: 'Birth certificate seen', ...more };
  const made = await clinic.post(`/patients/${patientId}/proxies`, clinic.staff.token, proof);
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return made.body.id as string;
};

beforeAll(async () => {
  clinic = await startClinic();
  mother = clinic.maria;
  father = clinic.paul;
  const mia = { firstName: 'Mia', lastName: 'Brandt', dateOfBirth: '2020-05-01', channel: 'phone' };
  child = (await clinic.post('/patients', clinic.staff.token, mia)).body.id;
  for (const parent of [mother, father]) await proxyOf(child, parent);
  await clinic.runJobs();
});
afterAll(() => clinic.portal.close());

const seen = new Map<string, Set<string>>();
/** The mails to a person since the last look. */
async function told({ email }: Person) {
  await clinic.runJobs();
  const known = seen.get(email) ?? new Set();
  const mails = (await clinic.portal.mails(email)).map((mail) => ({ ...mail, key: JSON.stringify(mail) }));
  seen.set(email, new Set(mails.map(({ key }) => key)));
  return mails.filter(({ template, key }) => template !== 'proxy' && !known.has(key));
}

/** Forgets what everybody was told. */
async function forget(): Promise<void> {
  for (const person of [mother, father]) await told(person);
}

async function booked(startTime: string, by: Person = clinic.staff, more: object = {}) {
  const made = await clinic.book(by.token, startTime, { patientId: child, ...more });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return made.body as { id: string };
}

const templates = (mails: readonly { template: string }[]) => mails.map(({ template }) => template);
const COPY = 'You act for Mia Brandt and get a copy of the message to Mia Brandt:';

describe('both parents of a child without an account', () => {
  test('one who books, moves and cancels is told nothing at once; the other is told who did it', async () => {
    await forget();
    const { id } = await booked('09:00', mother);
    await clinic.runJobs();
    const moved = { appointmentDate: WEDNESDAY, startTime: '09:30' };
    expect((await clinic.post(`/appointments/${id}/reschedule`, mother.token, moved)).status).toBe(200);
    await clinic.runJobs();
    expect((await clinic.post(`/appointments/${id}/cancel`, mother.token, {})).status).toBe(200);
    expect(templates(await told(mother))).toEqual([]);
    const mails = await told(father);
    expect(templates(mails).sort()).toEqual([
      ...['appointment-cancelled', 'appointment-confirmation', 'appointment-rescheduled'],
    ]);
    for (const { text, subject } of mails) {
      expect(text).toContain(COPY);
      expect(text).toContain('maria Example did this for you.');
      expect(subject).toMatch(/^Copy: /);
    }
  });

  test.each<[what: string, template: string, act: (id: string) => Promise<{ status: number; body: unknown }>]>([
    ['books', 'appointment-confirmation', async () => ({ status: 200, body: null })],
    ['cancels', 'appointment-cancelled', (id) => clinic.post(`/appointments/${id}/cancel`, clinic.staff.token, {})],
    [
      'moves',
      'appointment-rescheduled',
      (id) =>
        clinic.post(`/appointments/${id}/reschedule`, clinic.staff.token, {
          ...{ appointmentDate: WEDNESDAY, startTime: '14:00' },
        }),
    ],
    [
      'undoes the cancellation',
      'appointment-restored',
      async (id) => {
        await clinic.post(`/appointments/${id}/cancel`, clinic.staff.token, {});
        return clinic.post(`/appointments/${id}/undo`, clinic.staff.token);
      },
    ],
  ])('the clinic %s: both are told, each once', async (_, template, act) => {
    await forget();
    const { id } = await booked('11:00');
    const { status, body } = await act(id);
    expect(status, JSON.stringify(body)).toBe(200);
    for (const parent of [mother, father]) {
      const mails = (await told(parent)).filter((mail) => mail.template === template);
      expect(mails).toHaveLength(1);
      expect(mails[0]?.text).toContain(COPY);
      expect(mails[0]?.text).not.toContain('did this for you');
    }
    await clinic.post(`/appointments/${id}/cancel`, clinic.staff.token, {});
  });

  test('a series is told in one message', async () => {
    await forget();
    const { doctor, staff } = clinic;
    const series = {
      patientId: child,
      doctorId: doctor.id,
      appointmentType: 'consultation',
      frequency: 'weekly',
      count: 2,
    };
    const made = await clinic.post('/appointments/series', staff.token, {
      ...{ ...series, appointmentDate: TUESDAY, startTime: '15:00' },
    });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    for (const parent of [mother, father]) expect(templates(await told(parent))).toEqual(['appointment-series-booked']);
    for (const { id } of made.body.appointments) await clinic.post(`/appointments/${id}/cancel`, staff.token, {});
  });

  test('a doctor closes the account: both are told that the appointment is cancelled', async () => {
    const leaving = await clinic.person('doctor', 'leaving');
    await clinic.hours(leaving.id);
    await booked('10:00', clinic.staff, { doctorId: leaving.id });
    await forget();
    expect((await clinic.delete(`/users/${leaving.id}`, clinic.admin.token)).status).toBeLessThan(300);
    for (const parent of [mother, father]) {
      const mails = await told(parent);
      expect(templates(mails)).toEqual(['appointment-cancelled']);
      expect(mails[0]?.text).toContain('leaving Example');
    }
  });

  test('a patient with an account cancels: who acts for the patient is told, and not that somebody did it for the patient', async () => {
    const adult = await clinic.person('patient', 'adam');
    await proxyOf(adult.id, father, { ground: 'carer' });
    const { id } = await booked('12:00', adult, { patientId: adult.id });
    await forget();
    expect((await clinic.post(`/appointments/${id}/cancel`, adult.token, {})).status).toBe(200);
    const [mail, ...others] = await told(father);
    expect(others).toEqual([]);
    expect(mail?.text).toContain('You act for adam Example');
    expect(mail?.text).not.toContain('did this for you');
    expect(templates(await told(adult))).toContain('appointment-cancelled');
  });

  test('reminders go to both, also to the one who booked, but not to one who no longer acts for the child', async () => {
    const carer = await clinic.person('patient', 'carla');
    const ending = await proxyOf(child, carer, { ground: 'carer' });
    await booked('16:00', mother);
    await forget();
    expect(templates(await told(carer))).toEqual(['appointment-confirmation']);
    expect((await clinic.delete(`/proxies/${ending}`, carer.token)).status).toBe(204);
    clinic.portal.clock.advance(DAY_SECONDS);
    for (const parent of [mother, father]) {
      const mails = await told(parent);
      expect(new Set(templates(mails))).toEqual(new Set(['appointment-reminder']));
      expect(mails[0]?.text).toContain(COPY);
    }
    expect(templates(await told(carer))).toEqual([]);
  });
});

/** What the clinic's people were answered about a person does not outlive that person, whoever's key it was told under (R31, R55). */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { sealedPlaceOf } from '../../../domain/shared/sealed-columns.ts';
import type { Reply } from '../../support/portal.ts';
import { type Clinic, type Person, startClinic, TUESDAY, WEDNESDAY } from '../scheduling/clinic.ts';

const WORDS = 'a lump nobody knows of';
let keys = 0;
const once = () => ({ 'Idempotency-Key': `request-${++keys}` });

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.portal.close());

const appointment = (doctor: Person, patient: Person, startTime: string) => ({
  doctorId: doctor.id,
  patientId: patient.id,
  appointmentDate: TUESDAY,
  startTime,
  appointmentType: 'consultation',
  reason: WORDS,
  notes: WORDS,
});

interface Case {
  /** Whom it is about. */
  readonly role: 'patient' | 'doctor';
  /** Done twice with the same key. */
  act(about: Person): Promise<() => Promise<Reply>>;
  readonly done: number;
  readonly gone: number;
}

const post = (path: string, body: unknown, by = clinic.staff) => {
  const headers = once();
  return () => clinic.post(path, by.token, body, headers);
};

const CASES: Readonly<Record<string, Case>> = {
  'an appointment': {
    role: 'patient',
    act: async (patient) => post('/appointments', appointment(clinic.doctor, patient, '09:00')),
    done: 201,
    gone: 404,
  },
  'a series': {
    role: 'patient',
    act: async (patient) =>
      post('/appointments/series', { ...appointment(clinic.doctor, patient, '10:00'), frequency: 'weekly', count: 2 }),
    done: 201,
    gone: 404,
  },
  'a cancellation': {
    role: 'patient',
    act: async (patient) => {
      const booked = await clinic.post(
        '/appointments',
        clinic.staff.token,
        appointment(clinic.doctor, patient, '11:00'),
      );
      return post(`/appointments/${booked.body.id}/cancel`, { reason: WORDS });
    },
    done: 200,
    gone: 404,
  },
  'a move': {
    role: 'patient',
    act: async (patient) => {
      const booked = await clinic.post(
        '/appointments',
        clinic.staff.token,
        appointment(clinic.doctor, patient, '12:00'),
      );
      const to = { appointmentDate: WEDNESDAY, startTime: '12:00' };
      return post(`/appointments/${booked.body.id}/reschedule`, to);
    },
    done: 200,
    gone: 404,
  },
  'a hold': {
    role: 'patient',
    act: async (patient) =>
      post('/appointments/holds', {
        doctorId: clinic.doctor.id,
        patientId: patient.id,
        start: `${TUESDAY}T13:00:00Z`,
        type: 'consultation',
      }),
    done: 201,
    gone: 404,
  },
  'a place on the waitlist': {
    role: 'patient',
    act: async (patient) =>
      post('/waitlist', {
        patientId: patient.id,
        type: 'consultation',
        specialty: 'General practice',
        from: TUESDAY,
        to: WEDNESDAY,
      }),
    done: 201,
    gone: 404,
  },
  "a doctor's time off": {
    role: 'doctor',
    act: async (doctor) => {
      await clinic.hours(doctor.id);
      return post(`/doctors/${doctor.id}/time-off`, { from: TUESDAY, until: WEDNESDAY, reason: WORDS }, clinic.admin);
    },
    done: 201,
    gone: 404,
  },
};

describe('a repeated request about an erased person', () => {
  let count = 0;
  test.for(Object.entries(CASES))(
    '%s: gets the answer about an absent person',
    async ([, { role, act, done, gone }]) => {
      count += 1;
      const about = await clinic.person(role, `leaving-${count}`);
      const ask = await act(about);
      const first = await ask();
      expect(first.status, JSON.stringify(first.body)).toBe(done);
      expect((await ask()).body).toEqual(first.body);
      const key = { token: about.token };
      expect((await clinic.portal.request('DELETE', `/api/v1/users/${about.id}`, key)).status).toBe(204);
      const again = await ask();
      expect([again.status, JSON.stringify(again.body)]).toEqual([gone, expect.not.stringContaining(WORDS)]);
    },
  );

  test('that was an invitation sends no second one, and tells nothing about the invited person', async () => {
    const { portal, admin } = clinic;
    const invitation = { email: 'brief@example.org', firstName: 'Brief', lastName: 'Stay', role: 'staff' };
    const invite = post('/users', invitation, admin);
    const { body: invited } = await invite();
    expect((await invite()).body).toEqual(invited);
    expect(await clinic.delete(`/users/${invited.id}`, admin.token)).toMatchObject({ status: 204 });
    expect(await invite()).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    expect(await portal.mails('brief@example.org')).toHaveLength(0);
  });

  test('finds neither the stored answer nor a trace of the request', async () => {
    const patient = await clinic.person('patient', 'leaving-traces');
    expect(await post('/appointments', appointment(clinic.otherDoctor, patient, '09:00'))()).toBeDefined();
    const stored = async () => {
      const statement = sql`SELECT octet_length(fingerprint) AS print, location, body FROM idempotency_keys
        WHERE person_id = ${patient.id}::uuid`;
      return (await clinic.portal.driver.run([statement], 'snapshot'))[0];
    };
    expect(await stored()).toMatchObject([{ print: 32 }]);
    await clinic.portal.request('DELETE', `/api/v1/users/${patient.id}`, { token: patient.token });
    expect(await stored()).toEqual([{ print: 0, location: null, body: null }]);
  });

  test('of an earlier version, whose stored answer names no person: it is not told, and is deleted with the first person who is erased', async () => {
    const { portal, staff } = clinic;
    const [patient, other] = [await clinic.person('patient', 'staying'), await clinic.person('patient', 'leaving-0')];
    const ask = post('/waitlist', { patientId: patient.id, type: 'consultation', from: TUESDAY, to: WEDNESDAY });
    const { body: joined } = await ask();
    // As an earlier version left it: sealed with the caller's key, for nobody in particular.
    const [key] = await portal.database.load(portal.deps.loads.identity.dataKey(staff.id as never));
    const [[row] = []] = await portal.driver.run(
      [
        sql`SELECT scope, key FROM idempotency_keys WHERE person_id = ${patient.id}::uuid AND starts_with(scope, ${staff.id})`,
      ],
      'snapshot',
    );
    const body = portal.deps.cipher.seal(
      key as NonNullable<typeof key>,
      sealedPlaceOf('idempotency_keys', 'body', `${row?.scope} ${row?.key}`),
      JSON.stringify(joined),
    );
    const former = sql`UPDATE idempotency_keys SET person_id = NULL, body = ${body}::bytea
      WHERE person_id = ${patient.id}::uuid AND starts_with(scope, ${staff.id})`;
    await portal.driver.run([former], 'write');
    expect((await ask()).body).toMatchObject({ code: 'waitlist_entry_exists' });
    const nameless = async () => {
      const kept = sql`SELECT body FROM idempotency_keys WHERE person_id IS NULL`;
      return (await portal.driver.run([kept], 'snapshot'))[0];
    };
    expect(await nameless()).not.toEqual([{ body: null }]);
    await portal.request('DELETE', `/api/v1/users/${other.id}`, { token: other.token });
    expect(await nameless()).toEqual([{ body: null }]);
    // With the entry open, the same wish would be refused before anybody asks for the answer.
    await clinic.delete(`/waitlist/${joined.id}`, staff.token);
    expect((await ask()).status).toBe(422);
  });
});

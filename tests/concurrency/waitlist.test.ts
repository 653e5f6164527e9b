import { beforeAll, expect, test } from 'vitest';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { systemContext } from '../../src/app/identity/first-admin.ts';
import { matchWaitlist } from '../../src/app/scheduling/waitlist-jobs.ts';
import { type Clinic, type Person, startClinic } from '../http/scheduling/clinic.ts';
import type { Reply } from '../support/portal.ts';
import { atOnce, countingDeadlocks, onServer } from './on-server.ts';
import { numbers, overlaps } from './scheduling-load.ts';

const DOCTORS = 6;
const PATIENTS = 10;

/** Blocks until this many callers have arrived; later callers pass. */
function barrier(parties: number) {
  const { promise, resolve } = Promise.withResolvers<void>();
  let missing = parties;
  return {
    reached(): Promise<void> {
      missing -= 1;
      if (missing === 0) resolve();
      return promise;
    },
  };
}

/** Starts two batches with offers together; a third for the same persons would not reach the database (R81). */
const start = barrier(2);
/** Runs between the decision to close an account and its commit. */
let beforeErasing: () => Promise<unknown> = async () => {};
/** Runs between the decision to join the waitlist and its commit. */
let beforeJoining: () => Promise<unknown> = async () => {};

function delaying(driver: SqlDriver): SqlDriver {
  return {
    close: driver.close,
    async run(statements, mode) {
      if (statements.some(({ text }) => text.includes('INTO waitlist_offers'))) await start.reached();
      if (statements.some(({ text }) => text.includes('DELETE FROM data_keys'))) await beforeErasing();
      if (statements.some(({ text }) => text.includes('INTO waitlist_entries'))) await beforeJoining();
      return driver.run(statements, mode);
    },
  };
}

const deadlocks = countingDeadlocks();

onServer(
  'the waitlist and closed accounts at the same time',
  { wrap: (driver) => delaying(deadlocks.wrap(driver)) },
  (server) => {
    let clinic: Clinic;

    beforeAll(async () => {
      clinic = await startClinic({ driver: server.driver });
    }, 120_000);

    const date = (n: number) => `2026-03-${String(10 + n).padStart(2, '0')}`;
    const people = (name: string, role: 'doctor' | 'patient', count: number) =>
      atOnce(count, (n) => clinic.person(role, `${name}-${role}-${n}`));

    test('R38: jobs that offer many times at once to the same persons, in different orders, never deadlock', async () => {
      const doctors = await people('waiting', 'doctor', DOCTORS);
      const patients = await people('waiting', 'patient', PATIENTS);
      // Each doctor works on a separate day, so that every patient can get an offer from each of them at once.
      for (const [n, { id }] of doctors.entries()) {
        await clinic.hours(id, [{ weekday: 7, start: '03:00', end: '04:00', validUntil: '2026-03-01' }]);
        await clinic.post(`/doctors/${id}/availability/overrides`, clinic.admin.token, {
          date: date(n),
          available: [{ start: '09:00', end: '17:00' }],
        });
      }
      await clinic.runJobs();
      // All patients wait for all doctors, in a different order for each doctor.
      const pick = numbers(5);
      const join = (patient: Person, doctor: Person, m: number) =>
        clinic.post('/waitlist', clinic.staff.token, {
          patientId: patient.id,
          type: 'consultation',
          doctorId: doctor.id,
          from: date(m),
          to: date(m),
          rank: pick(1000),
        });
      for (const [m, doctor] of doctors.entries()) {
        const joined = await Promise.all(patients.map((patient) => join(patient, doctor, m)));
        expect(joined.map(({ status }) => status)).toEqual(patients.map(() => 201));
      }
      const match = ({ id }: Person, m: number) =>
        matchWaitlist(clinic.portal.deps, systemContext(clinic.portal.deps), {
          doctorId: id,
          start: String(Date.parse(`${date(m)}T09:00:00Z`)),
          end: String(Date.parse(`${date(m)}T17:00:00Z`)),
        });
      const [booked] = await Promise.all([
        clinic.book(patients[3]?.token ?? '', '16:30', { doctorId: doctors[0]?.id, appointmentDate: date(0) }),
        ...doctors.map(match),
      ]);
      expect(booked.status).toBe(201);
      expect(deadlocks.count()).toBe(0);

      const lists = await Promise.all(patients.map(({ token }) => clinic.get('/waitlist', token)));
      const entries = lists.flatMap(({ body }) => body.data as { state: string }[]);
      // Each job sees the offers of the others: nobody has two offers at once.
      expect(entries).toHaveLength(DOCTORS * PATIENTS);
      for (const { body } of lists) {
        expect((body.data as { state: string }[]).filter(({ state }) => state === 'offered')).toHaveLength(1);
      }
      expect(await overlaps(server.driver)).toBe(0);
    }, 120_000);

    test('R38: a booking while the account of the patient or the doctor is closed fails, or is cancelled with the account', async () => {
      const doctors = await people('leaving', 'doctor', 4);
      const patients = await people('leaving', 'patient', 8);
      await Promise.all(doctors.map(({ id }) => clinic.hours(id)));
      const close = ({ id }: Person) => clinic.delete(`/users/${id}`, clinic.admin.token);
      const book = (patient: Person, n: number) =>
        clinic.post('/appointments', clinic.staff.token, {
          doctorId: doctors[n % 4]?.id,
          patientId: patient.id,
          appointmentDate: date(n % 5),
          startTime: `${10 + (n % 7)}:00`,
          appointmentType: 'consultation',
        });
      const leaving = [...doctors.slice(0, 2), ...patients.slice(0, 4)];
      const bookings = Array.from({ length: 80 }, (_, n) => [patients[n % 8], n] as const);
      const [booked, closed] = await Promise.all([
        Promise.all(bookings.map(([patient, n]) => book(patient as Person, n))),
        Promise.all(leaving.map(close)),
      ]);
      expect(closed.map(({ status }) => status)).toEqual(leaving.map(() => 204));
      expect(booked.filter(({ status }) => status === 201).length).toBeGreaterThan(0);
      expect(booked.every(({ status }) => [201, 404, 409, 422].includes(status))).toBe(true);
      const ids = leaving.map(({ id }) => id);
      const [left] = await server.driver.run(
        [
          sql`SELECT status FROM appointments WHERE status IN ('scheduled', 'held')
            AND (doctor_id = ANY(${ids}::uuid[]) OR patient_id = ANY(${ids}::uuid[]))`,
        ],
        'snapshot',
      );
      expect(left).toEqual([]);
      expect(deadlocks.count()).toBe(0);
    });

    test('an appointment booked after the decision to close an account is cancelled with it, and the patient is notified', async () => {
      const [doctor] = await people('closing', 'doctor', 1);
      const [patient] = await people('closing', 'patient', 1);
      if (doctor === undefined || patient === undefined) throw new Error('nobody came');
      await clinic.hours(doctor.id);
      let booked: Reply | undefined;
      beforeErasing = async () => {
        booked ??= await clinic.book(patient.token, '10:00', { doctorId: doctor.id, appointmentDate: date(0) });
      };
      const closed = await clinic.delete(`/users/${doctor.id}`, clinic.admin.token);
      beforeErasing = async () => {};
      expect([booked?.status, closed.status]).toEqual([201, 204]);
      const { body } = await clinic.get(`/appointments/${booked?.body.id}`, patient.token);
      expect(body).toMatchObject({ status: 'cancelled', cancellation: { by: clinic.admin.id } });
      expect((await clinic.portal.mails(patient.email)).map(({ template }) => template)).toContain(
        'appointment-cancelled',
      );
    });

    test('a patient who joins the waitlist of a doctor whose account is closed meanwhile is notified, or refused', async () => {
      const [first, second] = await people('away', 'doctor', 2);
      const [patient] = await people('away', 'patient', 1);
      if (first === undefined || second === undefined || patient === undefined) throw new Error('nobody came');
      const join = (doctorId: string) =>
        clinic.post('/waitlist', patient.token, { type: 'consultation', doctorId, from: date(0), to: date(5) });
      const close = ({ id }: Person) => clinic.delete(`/users/${id}`, clinic.admin.token);

      let joined: Reply | undefined;
      beforeErasing = async () => {
        joined ??= await join(first.id);
      };
      expect((await close(first)).status).toBe(204);
      beforeErasing = async () => {};
      expect(joined?.status).toBe(201);
      const { body } = await clinic.get('/waitlist', patient.token);
      expect(body.data).toMatchObject([{ doctorId: first.id, state: 'withdrawn' }]);
      expect((await clinic.portal.mails(patient.email))[0]).toMatchObject({ template: 'waitlist-ended' });

      let closed: Reply | undefined;
      beforeJoining = async () => {
        closed ??= await close(second);
      };
      expect((await join(second.id)).status).toBe(404);
      beforeJoining = async () => {};
      expect(closed?.status).toBe(204);
    });

    const newType = async (code: string, settings: object = {}) => {
      const body = { name: 'Checkup', durationMinutes: 30, slotIntervalMinutes: 30, code, ...settings };
      const made = await clinic.post('/appointment-types', clinic.admin.token, body);
      expect(made.status, JSON.stringify(made.body)).toBe(201);
      return async (changes: object) => {
        const path = `/appointment-types/${made.body.id}`;
        expect((await clinic.put(path, clinic.admin.token, { ...body, ...changes }, 1)).status).toBe(200);
      };
    };
    const openOf = async (code: string) =>
      (
        await server.rows(sql`SELECT e.state FROM waitlist_entries e
          JOIN appointment_types t ON t.id = e.appointment_type_id WHERE t.code = ${code}`)
      ).map(({ state }) => state);

    test('whoever joins for a type that is retired between decision and commit is refused, as for a doctor who no longer offers it', async () => {
      const [doctor, other] = await people('retired', 'doctor', 2);
      const [patient] = await people('retired', 'patient', 1);
      if (doctor === undefined || other === undefined || patient === undefined) throw new Error('nobody came');
      await Promise.all([doctor, other].map(({ id }) => clinic.hours(id)));
      const meanwhile = async (code: string, changes: object) => {
        const change = await newType(code);
        let isChanged = false;
        beforeJoining = async () => {
          if (isChanged) return;
          isChanged = true;
          await change(changes);
          await clinic.runJobs();
        };
        const wish = { type: code, doctorId: doctor.id, from: date(0), to: date(5) };
        const joined = await clinic.post('/waitlist', patient.token, wish);
        beforeJoining = async () => {};
        expect([isChanged, await openOf(code)]).toEqual([true, []]);
        return joined;
      };
      expect(await meanwhile('retired', { active: false })).toMatchObject({
        status: 422,
        body: { errors: [{ pointer: '/type' }] },
      });
      expect(await meanwhile('dropped', { doctorIds: [other.id] })).toMatchObject({
        status: 422,
        body: { errors: [{ pointer: '/doctorId' }] },
      });
    });

    test('of many who join while the type is retired, each is refused, or finds the wait ended', async () => {
      const patients = await people('many', 'patient', 4);
      const change = await newType('many');
      const join = ({ token }: Person, n: number) =>
        clinic.post('/waitlist', token, { type: 'many', from: date(n % 3), to: date(5) });
      const [joined] = await Promise.all([
        atOnce(12, (n) => join(patients[n % 4] as Person, Math.floor(n / 4))),
        change({ active: false }),
      ]);
      await clinic.runJobs();
      expect(joined.every(({ status }) => [201, 422].includes(status))).toBe(true);
      const states = await openOf('many');
      expect(states).toEqual(joined.filter(({ status }) => status === 201).map(() => 'withdrawn'));
      expect(deadlocks.count()).toBe(0);
    });
  },
);

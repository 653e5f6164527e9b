import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SqlDriver, SqlError } from '../../adapters/postgres/driver.ts';
import { createTcpDriver } from '../../adapters/postgres/tcp.ts';
import { systemContext } from '../../src/app/identity/first-admin.ts';
import { matchWaitlist } from '../../src/app/scheduling/waitlist-jobs.ts';
import { type Clinic, type Person, startClinic } from '../http/scheduling-clinic.ts';
import { freshDatabase } from '../support/postgres.ts';
import { databaseUrl, needsPostgres } from '../tools/services.ts';
import { numbers, overlaps } from './scheduling-load.ts';

const DOCTORS = 6;
const PATIENTS = 10;

/** Lets nobody pass before so many have come; those who come later pass. */
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

describe.skipIf(databaseUrl === undefined)(`the waitlist at the same time, on a real server${needsPostgres}`, () => {
  let database: { readonly url: string; drop(): Promise<void> };
  let driver: SqlDriver;
  let clinic: Clinic;
  let deadlocks = 0;
  /** All batches with offers set out together. */
  const start = barrier(DOCTORS);

  beforeAll(async () => {
    database = await freshDatabase();
    const server = createTcpDriver({ url: database.url, role: 'patient_portal_app', maxConnections: 20 });
    driver = {
      close: server.close,
      run: async (statements, mode) => {
        if (statements.some(({ text }) => text.includes('INTO waitlist_offers'))) await start.reached();
        return server.run(statements, mode).catch((error: unknown) => {
          if (error instanceof SqlError && error.sqlState === '40P01') deadlocks += 1;
          throw error;
        });
      },
    };
    clinic = await startClinic({ driver });
  }, 120_000);
  afterAll(async () => {
    await driver.close();
    await database.drop();
  });

  const date = (n: number) => `2026-03-${String(10 + n).padStart(2, '0')}`;
  const people = (role: 'doctor' | 'patient', count: number) =>
    Promise.all(Array.from({ length: count }, (_, n) => clinic.person(role, `${role}-${n}`)));

  test('R38: jobs that offer many times at once to the same persons, in other orders, never end in a deadlock', async () => {
    const doctors = await people('doctor', DOCTORS);
    const patients = await people('patient', PATIENTS);
    // Each doctor works on a day of their own, so that everybody can be offered something by each of them at once.
    for (const [n, { id }] of doctors.entries()) {
      await clinic.hours(id, [{ weekday: 7, start: '03:00', end: '04:00', validUntil: '2026-03-01' }]);
      await clinic.post(`/doctors/${id}/availability/overrides`, clinic.admin.token, {
        date: date(n),
        available: [{ start: '09:00', end: '17:00' }],
      });
    }
    await clinic.runJobs();
    // All wait for all, and each doctor has another order of those who wait.
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
    expect(deadlocks).toBe(0);

    const lists = await Promise.all(patients.map(({ token }) => clinic.get('/waitlist', token)));
    const entries = lists.flatMap(({ body }) => body.data as { state: string }[]);
    expect(entries.map(({ state }) => state)).toEqual(Array.from({ length: DOCTORS * PATIENTS }, () => 'offered'));
    expect(await overlaps(driver)).toBe(0);
  }, 120_000);
});

/** Appointments that are moved by the clinic while their patients cancel, and others book the times that are offered. */
import { beforeAll, expect, test } from 'vitest';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import type { RebookingId } from '../../domain/scheduling/ids.ts';
import { systemContext } from '../../src/app/identity/first-admin.ts';
import { continueRebooking } from '../../src/app/scheduling/rebooking-jobs.ts';
import { type Clinic, type Person, startClinic } from '../http/scheduling/clinic.ts';
import { atOnce, countingDeadlocks, onServer } from './on-server.ts';
import { overlaps } from './scheduling-load.ts';

const DAY = '2026-03-12';
const NEXT = '2026-03-13';
const MOVED = 16;
const STRANGERS = 8;

const quarter = (n: number) => {
  const minute = 9 * 60 + 15 * n;
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
};

const deadlocks = countingDeadlocks();

/** By appointment: runs once between the decision to settle it and its commit. */
const meanwhile = new Map<string, () => Promise<unknown>>();

function interrupted(driver: SqlDriver): SqlDriver {
  return {
    close: driver.close,
    async run(statements, mode) {
      const settling = statements.filter(({ text }) => text.includes('UPDATE rebooked_appointments'));
      for (const [id, act] of meanwhile) {
        if (!settling.some(({ values }) => values.includes(id))) continue;
        meanwhile.delete(id);
        await act();
      }
      return driver.run(statements, mode);
    },
  };
}

onServer(
  'a rebooking among patients who cancel and book',
  { wrap: (driver) => interrupted(deadlocks.wrap(driver)) },
  (server) => {
    let clinic: Clinic;
    let doctor: Person;
    let visits: { readonly person: Person; readonly id: string }[];

    beforeAll(async () => {
      clinic = await startClinic({ driver: server.driver });
      doctor = await clinic.person('doctor', 'moved-doctor');
      await clinic.hours(doctor.id);
      const type = { code: 'quick', name: 'Quick', durationMinutes: 15, slotIntervalMinutes: 15 };
      expect((await clinic.post('/appointment-types', clinic.admin.token, type)).status).toBe(201);
      visits = await atOnce(MOVED, async (n) => {
        const person = await clinic.person('patient', `moved-${n}`);
        const { body } = await book(person, DAY, n);
        return { person, id: body.id as string };
      });
    }, 120_000);

    const book = ({ token }: Person, appointmentDate: string, n: number, doctorId = doctor.id) =>
      clinic.book(token, quarter(n), { doctorId, appointmentDate, appointmentType: 'quick' });

    /** As two workers would that got the same job: until it is done. */
    async function settle(rebookingId: RebookingId): Promise<void> {
      const { deps } = clinic.portal;
      while ((await continueRebooking(deps, systemContext(deps), { rebookingId })) !== undefined);
    }

    test('nobody loses an appointment unseen, nobody is told or offered twice, and no time is given twice', async () => {
      const strangers = await atOnce(STRANGERS, (n) => clinic.person('patient', `stranger-${n}`));
      const absence = { from: DAY, until: DAY, affected: { action: 'move', message: 'Ill' } };
      const entered = await clinic.post(`/doctors/${doctor.id}/time-off`, clinic.staff.token, absence);
      expect(entered.body.affected).toMatchObject({ count: MOVED });
      const [rebookingId] = entered.body.affected.rebookingIds as [RebookingId];

      // Every fourth cancels, every fourth takes a time of the next day: each at the same time as both workers.
      const cancelling = visits.filter((_, n) => n % 4 === 0);
      const booking = visits.filter((_, n) => n % 4 === 1);
      const [, , cancelled, ...booked] = await Promise.all([
        settle(rebookingId),
        settle(rebookingId),
        Promise.all(cancelling.map(({ person, id }) => clinic.post(`/appointments/${id}/cancel`, person.token, {}))),
        Promise.all(booking.map(({ person }, n) => book(person, NEXT, n))),
        Promise.all(strangers.map((person, n) => book(person, NEXT, n))),
      ]);
      const answers = [cancelled, ...booked].flat().map(({ status }) => status);
      expect(answers.filter((status) => ![200, 201, 409, 422].includes(status))).toEqual([]);
      await clinic.runJobs();

      const { body: progress } = await clinic.get(`/rebookings/${rebookingId}`, clinic.staff.token);
      const byThemselves = cancelled.filter(({ status }) => status === 200).length;
      expect(progress).toMatchObject({ pending: 0, cancelled: 0, unchanged: byThemselves });
      expect(progress.offered + progress.waiting).toBe(MOVED - byThemselves);

      const ended = await server.rows(sql`SELECT s.appointment_id, count(*)::int AS times FROM appointment_steps s
      WHERE s.status = 'cancelled' AND s.appointment_id = ANY(${visits.map(({ id }) => id)}::uuid[]) GROUP BY 1`);
      expect(ended.map(({ times }) => times)).toEqual(Array.from({ length: MOVED }, () => 1));
      for (const { person } of visits) {
        const mails = await clinic.portal.mails(person.email);
        const told = mails.map(({ template }) => template);
        const isMoved = told.includes('appointment-given-up');
        expect(
          told.filter((template) => template === 'appointment-given-up' || template === 'appointment-cancelled'),
        ).toHaveLength(1);
        const { data } = (await clinic.get('/waitlist', person.token)).body;
        expect(data).toHaveLength(isMoved ? 1 : 0);
      }
      const offers = await server.rows(sql`SELECT patient_id, starts_at FROM waitlist_offers WHERE state = 'open'`);
      expect(new Set(offers.map(({ patient_id }) => patient_id)).size).toBe(offers.length);
      expect(new Set(offers.map(({ starts_at }) => starts_at)).size).toBe(offers.length);
      expect(await overlaps(server.driver)).toBe(0);
      expect(deadlocks.count()).toBe(0);
    }, 120_000);

    test('a cancellation, a booking and another worker between a decision and its commit are each respected', async () => {
      const other = await clinic.person('doctor', 'interrupted-doctor');
      await clinic.hours(other.id);
      const given = await atOnce(3, async (n) => {
        const person = await clinic.person('patient', `interrupted-${n}`);
        return { person, id: (await book(person, DAY, n, other.id)).body.id as string };
      });
      const [cancels, outrun, settled] = given as [(typeof given)[0], (typeof given)[0], (typeof given)[0]];
      const absence = { from: DAY, until: DAY, affected: { action: 'move' } };
      const entered = await clinic.post(`/doctors/${other.id}/time-off`, clinic.staff.token, absence);
      const [rebookingId] = entered.body.affected.rebookingIds as [RebookingId];
      const replies: number[] = [];
      const noting = async (reply: ReturnType<typeof book>) => replies.push((await reply).status);
      meanwhile.set(cancels.id, () =>
        noting(clinic.post(`/appointments/${cancels.id}/cancel`, cancels.person.token, {})),
      );
      meanwhile.set(outrun.id, () => noting(book(clinic.maria, NEXT, 0, other.id)));
      meanwhile.set(settled.id, () => settle(rebookingId));
      await settle(rebookingId);
      await clinic.runJobs();

      expect([replies, [...meanwhile]]).toEqual([[200, 201], []]);
      const { body: progress } = await clinic.get(`/rebookings/${rebookingId}`, clinic.staff.token);
      expect(progress).toMatchObject({ pending: 0, offered: 2, unchanged: 1 });
      const told = async ({ person }: (typeof given)[0]) =>
        (await clinic.portal.mails(person.email))
          .filter(({ template }) => template !== 'appointment-confirmation')
          .map(({ template }) => template);
      expect(await told(cancels)).toEqual(['appointment-cancelled']);
      expect([await told(outrun), await told(settled)]).toEqual([['appointment-given-up'], ['appointment-given-up']]);
      const offers = await Promise.all(
        [outrun, settled].map(async ({ person }) => (await clinic.get('/waitlist', person.token)).body.data),
      );
      expect(offers.map((data) => data.map(({ offer }: { offer: { start: string } }) => offer.start))).toEqual([
        [`${NEXT}T09:15:00Z`],
        [`${NEXT}T09:30:00Z`],
      ]);
      expect([await overlaps(server.driver), deadlocks.count()]).toEqual([0, 0]);
    }, 120_000);
  },
);

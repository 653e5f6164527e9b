import { beforeAll, expect, test } from 'vitest';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { type Clinic, type Person, startClinic } from '../http/scheduling/clinic.ts';
import { atOnce, countingDeadlocks, onServer } from './on-server.ts';
import { numbers, overlaps } from './scheduling-load.ts';

const WAITING = 300;
const CLERKS = 10;
const ROUNDS = 4;
const DATES = ['2026-03-03', '2026-03-04', '2026-03-05', '2026-03-06'];
const WINDOWS = [undefined, undefined, { start: '09:00', end: '10:30' }, { start: '13:00', end: '24:00' }];

interface Wish {
  readonly patientId: string;
  readonly doctorId: string | undefined;
  readonly from: string;
  readonly to: string;
  readonly dailyWindow: { readonly start: string; readonly end: string } | undefined;
}

/** Whether half an hour with the doctor meets the wish. Both are in UTC. */
function fits({ from, to, dailyWindow, doctorId }: Wish, doctor: string, start: string): boolean {
  const [day, clock] = [start.slice(0, 10), start.slice(11, 16)];
  const end = new Date(Date.parse(start) + 30 * 60_000).toISOString().slice(11, 16);
  return (
    (doctorId ?? doctor) === doctor &&
    from <= day &&
    day <= to &&
    (dailyWindow === undefined || (dailyWindow.start <= clock && end <= dailyWindow.end))
  );
}

const deadlocks = countingDeadlocks();

onServer('the waitlist with many who wait', { wrap: (driver) => deadlocks.wrap(driver) }, (server) => {
  let clinic: Clinic;
  const wishes: Wish[] = [];
  /** Who left an offer unanswered has no claim to what became bookable until then. */
  const silent = new Set<string>();
  const pick = numbers(12);

  /** The session of a person does not outlast an offer. */
  const as = async ({ email }: Person) => clinic.portal.signIn(email);
  const post = async (token: string, path: string, body: object, expected = 201) => {
    const reply = await clinic.post(path, token, body);
    expect(reply.status, JSON.stringify(reply.body)).toBe(expected);
    return reply.body;
  };
  const open = async (doctorId: string, date: string, start: string, end: string) => {
    const path = `/doctors/${doctorId}/availability/overrides`;
    await post(await as(clinic.admin), path, { date, available: [{ start, end }] });
  };
  const openOffers = async () => {
    const found = await server.rows(
      sql`SELECT id, patient_id FROM waitlist_offers WHERE state = 'open' ORDER BY starts_at, id`,
    );
    return found.map(({ id, patient_id }) => ({ id: id as string, patientId: patient_id as string }));
  };

  beforeAll(async () => {
    clinic = await startClinic({ driver: server.driver });
    for (const { id } of [clinic.doctor, clinic.otherDoctor]) await clinic.hours(id, []);
    await clinic.runJobs();
    const doctors = [undefined, clinic.doctor.id, clinic.otherDoctor.id];
    const drawn = Array.from({ length: WAITING }, () => {
      const [from, to] = [DATES[pick(4)], DATES[pick(4)]].sort() as [string, string];
      return { from, to, doctorId: doctors[pick(3)], dailyWindow: WINDOWS[pick(4)], rank: pick(3) };
    });
    const { token } = clinic.staff;
    await atOnce(CLERKS, async () => {
      for (let wish = drawn.pop(); wish !== undefined; wish = drawn.pop()) {
        const person = { firstName: 'Given', lastName: `Family ${drawn.length}`, dateOfBirth: '1990-01-01' };
        const calling = { channel: 'phone', acknowledgeDuplicates: true };
        const { id: patientId } = await post(token, '/patients', { ...person, ...calling });
        await post(token, '/waitlist', { ...wish, patientId, type: 'consultation' });
        wishes.push({ ...wish, patientId });
      }
    });
  }, 240_000);

  /** Patients without an open offer whom a free time fits that they were not offered: by the slots that the portal shows. */
  async function passedOver(): Promise<string[]> {
    const past = await server.rows(sql`SELECT patient_id, doctor_id, starts_at FROM waitlist_offers`);
    const told = new Set(past.map(({ patient_id, doctor_id, starts_at }) => `${patient_id} ${doctor_id} ${starts_at}`));
    const waiting = await server.rows(sql`SELECT patient_id FROM waitlist_entries WHERE state = 'waiting'`);
    const patients = new Set(waiting.map(({ patient_id }) => patient_id));
    const token = await as(clinic.staff);
    const dates = `from=${DATES[0]}&to=${DATES.at(-1)}`;
    const free = await Promise.all(
      [clinic.doctor.id, clinic.otherDoctor.id].map(async (doctorId) => {
        const path = `/appointments/available-slots?doctorId=${doctorId}&type=consultation&${dates}`;
        const { body } = await clinic.get(path, token);
        return (body.data as { start: string }[]).map(({ start }) => ({ doctorId, start }));
      }),
    );
    const isFree = (wish: Wish) =>
      free
        .flat()
        .some(
          ({ doctorId, start }) =>
            fits(wish, doctorId, start) && !told.has(`${wish.patientId} ${doctorId} ${Date.parse(start)}`),
        );
    return wishes
      .filter(({ patientId }) => patients.has(patientId) && !silent.has(patientId))
      .filter(isFree)
      .map(({ patientId }) => patientId);
  }

  async function check(): Promise<void> {
    const offers = await openOffers();
    expect(new Set(offers.map(({ patientId }) => patientId)).size).toBe(offers.length);
    expect(await passedOver()).toEqual([]);
    expect(await overlaps(server.driver)).toBe(0);
    const twice = await server.rows(
      sql`SELECT patient_id FROM waitlist_offers GROUP BY patient_id, doctor_id, starts_at HAVING count(*) > 1`,
    );
    expect(twice).toEqual([]);
  }

  /** Of three patients one accepts, one declines, and one is silent. Reception answers for the first two, all at once. */
  async function answers(): Promise<void> {
    const offers = await openOffers();
    const token = await as(clinic.staff);
    await atOnce(offers.length, async (n) => {
      const [how, status] = n % 3 === 0 ? (['accept', 201] as const) : (['decline', 204] as const);
      const { id, patientId } = offers[n] as (typeof offers)[number];
      if (n % 3 === 2) silent.add(patientId);
      else await post(token, `/waitlist/offers/${id}/${how}`, { channel: 'phone' }, status);
    });
  }

  async function freeSome(): Promise<void> {
    const token = await as(clinic.staff);
    const booked = await server.rows(sql`SELECT id FROM appointments WHERE status = 'scheduled' ORDER BY id LIMIT 3`);
    expect(booked).toHaveLength(3);
    await Promise.all(booked.map(({ id }) => post(token, `/appointments/${id}/cancel`, {}, 200)));
  }

  test('nobody whom new or freed time fits is passed over, and nobody has two offers', async () => {
    const { doctor, otherDoctor } = clinic;
    await Promise.all([
      open(doctor.id, '2026-03-04', '09:00', '12:00'),
      open(otherDoctor.id, '2026-03-05', '13:00', '17:00'),
    ]);
    await clinic.runJobs();
    expect(await openOffers()).toHaveLength(6 + 8);
    await check();
    for (let round = 0; round < ROUNDS; round++) {
      await answers();
      if (round === 1) await open(doctor.id, '2026-03-06', '08:00', '18:00');
      if (round === 2) await freeSome();
      // What is declined or freed is offered before, what is not answered after half an hour.
      await clinic.runJobs();
      await check();
      clinic.portal.clock.advance(30 * 60);
      await clinic.runJobs();
      await check();
    }
    expect(deadlocks.count()).toBe(0);
  }, 240_000);
});

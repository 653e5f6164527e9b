import { beforeAll, expect, test } from 'vitest';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { type Clinic, type Person, startClinic } from '../http/scheduling/clinic.ts';
import type { Reply } from '../support/portal.ts';
import { atOnce, onServer } from './on-server.ts';
import { numbers, overlaps } from './scheduling-load.ts';

const WORKERS = 12;
const OPERATIONS = 900;
const DATES = ['2026-03-04', '2026-03-05'];

onServer('a random load on the waitlist', { connections: WORKERS }, (server) => {
  let clinic: Clinic;
  let doctors: Person[];
  let patients: Person[];
  const outcomes = new Map<string, number>();
  const serverErrors: Reply[] = [];

  beforeAll(async () => {
    clinic = await startClinic({ driver: server.driver });
    // Offers of a few seconds, so that they expire in use while sessions stay valid.
    const { settings } = clinic.portal.deps;
    Object.assign(settings, {
      scheduling: { ...settings.scheduling, offerMinutes: 0.1, maximumWaitlistEntries: 50 },
    });
    doctors = [clinic.doctor, clinic.otherDoctor];
    // Few times, so that all are taken and freed again and again.
    for (const { id } of doctors) {
      await clinic.hours(
        id,
        [3, 4].map((weekday) => ({ weekday, start: '09:00', end: '11:00' })),
      );
    }
    patients = await atOnce(WORKERS, (n) => clinic.person('patient', `patient-${n}`));
  }, 120_000);

  const note = (name: string, reply: Reply) => {
    const outcome = `${name} ${reply.status}`;
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    if (reply.status >= 500) serverErrors.push(reply);
    return reply;
  };

  /** Inconsistencies that must never be visible, because related changes are committed together. */
  async function faults(): Promise<unknown[]> {
    const now = new Date(clinic.portal.clock.now()).toISOString();
    const results = await server.driver.run(
      [
        sql`SELECT o.id AS open_without_time FROM waitlist_offers o WHERE o.state = 'open' AND o.expires_at > ${now}::timestamptz
              AND NOT EXISTS (SELECT 1 FROM appointments h WHERE h.id = o.hold_id AND h.status = 'held'
                AND h.starts_at = o.starts_at AND h.doctor_id = o.doctor_id AND h.patient_id = o.patient_id)`,
        sql`SELECT h.id AS kept_for_nothing FROM appointments h JOIN waitlist_offers o ON o.hold_id = h.id
            WHERE h.status = 'held' AND o.state <> 'open'`,
        sql`SELECT e.id AS offered_without_offer FROM waitlist_entries e WHERE (e.state = 'offered')
              <> EXISTS (SELECT 1 FROM waitlist_offers o WHERE o.entry_id = e.id AND o.state = 'open')`,
        sql`SELECT e.id AS booked_without_appointment FROM waitlist_entries e WHERE (e.state = 'booked')
              <> EXISTS (SELECT 1 FROM waitlist_offers o JOIN appointments a ON a.patient_id = o.patient_id
                WHERE o.entry_id = e.id AND o.state = 'accepted' AND a.status <> 'held')`,
      ],
      'snapshot',
    );
    return results.flat();
  }

  /** One random action that a patient or an employee may do next in the current state. */
  async function act(pick: (below: number) => number, booked: string[]): Promise<void> {
    const patient = patients[pick(patients.length)] as Person;
    const { token } = patient;
    const doctorId = doctors[pick(doctors.length)]?.id;
    const date = DATES[pick(DATES.length)];
    const startTime = `${['09', '10'][pick(2)]}:${['00', '30'][pick(2)]}`;
    const dice = pick(100);
    if (dice < 30) {
      const reply = note('book', await clinic.book(token, startTime, { doctorId, appointmentDate: date }));
      if (reply.status === 201) booked.push(reply.body.id);
    } else if (dice < 45) {
      const wish = { type: 'consultation', from: DATES[0], to: DATES[1], ...(pick(2) === 0 ? {} : { doctorId }) };
      note('join', await clinic.post('/waitlist', token, wish));
    } else if (dice < 65) {
      const id = booked.splice(pick(booked.length || 1), 1)[0];
      if (id !== undefined) note('cancel', await clinic.post(`/appointments/${id}/cancel`, clinic.staff.token, {}));
    } else if (dice < 75) {
      await clinic.portal.platform.jobs.runDue();
    } else if (dice < 77) {
      clinic.portal.clock.advance(4);
    } else {
      await answer(patient, pick(6), booked);
    }
  }

  /** Two concurrent actions on the same offer or entry, as a client that repeats requests does. */
  async function answer({ id: patientId, token }: Person, choice: number, booked: string[]): Promise<void> {
    const { body } = note('list', await clinic.get(`/waitlist?patientId=${patientId}`, clinic.staff.token));
    const entries = (body.data ?? []) as { id: string; state: string; offer: Record<string, string> | null }[];
    const entry = entries.find(({ offer }) => offer !== null) ?? entries.find(({ state }) => state === 'waiting');
    if (entry === undefined) return;
    const { offer } = entry;
    const leave = async () => note('leave', await clinic.delete(`/waitlist/${entry.id}`, token));
    if (offer === null) {
      if (choice === 0) await leave();
      return;
    }
    const accept = async () => note('accept', await clinic.post(`/waitlist/offers/${offer.id}/accept`, token));
    const decline = async () => note('decline', await clinic.post(`/waitlist/offers/${offer.id}/decline`, token));
    const release = async () => note('release', await clinic.delete(`/appointments/holds/${offer.holdId}`, token));
    const through = async () =>
      note(
        'book through',
        await clinic.book(token, String(offer.start).slice(11, 16), {
          doctorId: offer.doctorId,
          appointmentDate: String(offer.start).slice(0, 10),
          holdId: offer.holdId,
        }),
      );
    const ways = [
      [accept, accept],
      [accept, decline],
      [accept, release],
      [through, accept],
      [decline, leave],
      [release, through],
    ] as const;
    const replies = await Promise.all((ways[choice] ?? ways[0]).map((way) => way()));
    for (const { status, body: made } of replies) if (status === 201) booked.push(made.id);
  }

  test(`R38: after ${OPERATIONS} operations every offer has its time, every entry its offer, and nothing overlaps`, async () => {
    const booked: string[] = [];
    const found: unknown[] = [];
    let left = OPERATIONS;
    await Promise.all(
      Array.from({ length: WORKERS }, async (_, n) => {
        const pick = numbers(100 + n);
        while (left-- > 0) {
          await act(pick, booked);
          if (left % 5 === 0) found.push(...(await faults()));
        }
      }),
    );
    expect(serverErrors.map(({ body }) => body)).toEqual([]);
    for (const name of ['accept 201', 'decline 204', 'release 204', 'book through 201', 'leave 204', 'accept 409']) {
      expect(outcomes.get(name) ?? 0, `${name} of ${[...outcomes].map(String).sort()}`).toBeGreaterThan(0);
    }
    expect(await overlaps(server.driver)).toBe(0);
    expect(await faults()).toEqual([]);
    expect(found).toEqual([]);
  }, 300_000);
});

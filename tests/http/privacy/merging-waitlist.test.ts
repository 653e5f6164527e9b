/** The turn on the waitlist of a patient whose two records are merged, and parted again (ADR 0186). */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Clinic, startClinic, TUESDAY, WEDNESDAY } from '../scheduling/clinic.ts';
import { mergersOf } from './mergers.ts';

let clinic: Clinic;
beforeEach(async () => {
  clinic = await startClinic();
  await clinic.hours(clinic.doctor.id, [{ weekday: 2, start: '10:00', end: '10:30' }]);
  await clinic.hours(clinic.otherDoctor.id, []);
  await clinic.runJobs();
});
afterEach(() => clinic.portal.close());

const { register, merge, renewed } = mergersOf(() => clinic);

const join = async (patientId: string, to: string) => {
  const wish = { type: 'consultation', from: TUESDAY, to, patientId };
  const joined = await clinic.post('/waitlist', clinic.staff.token, wish);
  expect(joined.status, JSON.stringify(joined.body)).toBe(201);
};

/** How many offers in a row each open entry counts as unanswered, oldest entry first. */
const missed = async (patientId: string) => {
  const [found = []] = await clinic.portal.driver.run(
    [sql`SELECT missed FROM waitlist_entries WHERE patient_id = ${patientId}::uuid AND state = 'waiting' ORDER BY id`],
    'read',
  );
  return found.map((entry) => entry.missed);
};

const leaveAnOfferUnanswered = async () => {
  const body = { date: WEDNESDAY, available: [{ start: '13:00', end: '13:30' }] };
  await clinic.post(`/doctors/${clinic.doctor.id}/availability/overrides`, clinic.admin.token, body);
  await clinic.runJobs();
  clinic.portal.clock.advance(30 * 60);
  await clinic.runJobs();
  clinic = await renewed();
};

test.each(['alias', 'survivor'] as const)(
  'takes the larger count, here that of the %s, until it is undone',
  async (silent) => {
    const records = { alias: await register('Ott'), survivor: await register() };
    const other = silent === 'alias' ? 'survivor' : 'alias';
    await join(records[silent].id, '2026-03-08');
    await leaveAnOfferUnanswered();
    await join(records[other].id, '2026-03-09');
    expect([await missed(records[silent].id), await missed(records[other].id)]).toEqual([[1], [0]]);

    const { alias, survivor } = records;
    const merged = await merge(survivor.id, alias.id);
    expect(merged.status, JSON.stringify(merged.body)).toBe(201);
    expect(await missed(survivor.id)).toEqual([1, 1]);
    await join(survivor.id, '2026-03-10');
    expect(await missed(survivor.id)).toEqual([1, 1, 1]);

    const undone = await clinic.post(`/patients/${survivor.id}/unmerge`, clinic.staff.token, {
      mergeId: merged.body.id,
    });
    expect(undone.status).toBe(200);
    const counts = { alias: await missed(alias.id), survivor: await missed(survivor.id) };
    expect(counts).toEqual(silent === 'alias' ? { alias: [1], survivor: [0, 0] } : { alias: [0], survivor: [1, 1] });
  },
);

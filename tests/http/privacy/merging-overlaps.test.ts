/** Merging two records in which one visit was entered twice. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Clinic, startClinic, TUESDAY } from '../scheduling/clinic.ts';
import { mergersOf } from './mergers.ts';

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.portal.close());

const { register, merge, nextTime, renewed } = mergersOf(() => clinic);

/** A visit of each record at one time, with two doctors. */
async function enteredTwice(appointmentDate = TUESDAY) {
  const [survivor, alias] = [await register(), await register()];
  const startTime = nextTime();
  const { doctor, otherDoctor, staff } = clinic;
  const book = async (patientId: string, doctorId: string) => {
    const booked = await clinic.book(staff.token, startTime, { patientId, doctorId, appointmentDate });
    expect(booked.status, JSON.stringify(booked.body)).toBe(201);
    return booked.body.id as string;
  };
  const inSurvivor = await book(survivor.id, doctor.id);
  return { survivor, alias, inSurvivor, inAlias: await book(alias.id, otherDoctor.id) };
}

async function daysLater() {
  clinic.portal.clock.advance(2 * 86_400);
  clinic = await renewed();
}

/** The patients whom the exclusion constraint counts in the appointment. */
async function counted(appointment: string) {
  const [found] = await clinic.portal.driver.run(
    [
      sql`SELECT participant_id FROM appointment_participants
          WHERE appointment_id = ${appointment}::uuid AND role = 'patient' AND active`,
    ],
    'snapshot',
  );
  return found?.map(({ participant_id }) => participant_id);
}

const CONFIRMED = { acknowledge: ['past_overlaps'] };

test('past overlaps are listed, confirmed, kept out of the constraint, and counted again when the merge is undone', async () => {
  const { survivor, alias, inSurvivor, inAlias } = await enteredTwice();
  expect((await merge(survivor.id, alias.id, CONFIRMED)).body.obstacles).toEqual(['overlapping_appointments']);
  await daysLater();
  expect((await clinic.post(`/appointments/${inAlias}/complete`, clinic.staff.token, {})).status).toBe(200);
  expect(await merge(survivor.id, alias.id)).toMatchObject({
    status: 409,
    body: {
      obstacles: ['past_overlaps'],
      overlaps: [{ survivorAppointmentId: inSurvivor, aliasAppointmentId: inAlias, isPast: true }],
    },
  });
  const merged = await merge(survivor.id, alias.id, CONFIRMED);
  expect(merged.status, JSON.stringify(merged.body)).toBe(201);
  expect([await counted(inSurvivor), await counted(inAlias)]).toEqual([[survivor.id], []]);
  const { data } = (await clinic.get(`/appointments/user/${survivor.id}`, clinic.staff.token)).body;
  expect(data.map(({ id }: { id: string }) => id).toSorted()).toEqual([inSurvivor, inAlias].toSorted());
  // Another status leaves it out as well.
  expect((await clinic.post(`/appointments/${inAlias}/undo`, clinic.staff.token, {})).status).toBe(200);
  expect(await counted(inAlias)).toEqual([]);

  const undone = await clinic.post(`/patients/${survivor.id}/unmerge`, clinic.staff.token, { mergeId: merged.body.id });
  expect(undone.status, JSON.stringify(undone.body)).toBe(200);
  expect([await counted(inSurvivor), await counted(inAlias)]).toEqual([[survivor.id], [alias.id]]);
});

test('a visit that was entered twice counts again when it is moved to another time', async () => {
  const { survivor, alias, inAlias } = await enteredTwice('2026-03-05');
  await daysLater();
  expect((await merge(survivor.id, alias.id, CONFIRMED)).status).toBe(201);
  expect(await counted(inAlias)).toEqual([]);
  const time = { appointmentDate: '2026-03-10', startTime: '10:00' };
  const moved = await clinic.post(`/appointments/${inAlias}/reschedule`, clinic.staff.token, time);
  expect(moved.status, JSON.stringify(moved.body)).toBe(200);
  expect(await counted(inAlias)).toEqual([survivor.id]);
  const again = await clinic.book(clinic.staff.token, '10:00', { ...time, patientId: survivor.id });
  expect(again.body.reasons).toMatchObject([{ code: 'patient_conflict' }]);
});

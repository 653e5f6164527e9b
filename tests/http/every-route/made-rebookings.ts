/** Three rebookings, one of them of three appointments. */
import { expect } from 'vitest';
import { type Clinic, WEDNESDAY } from '../scheduling/clinic.ts';

/** @returns the one of three appointments */
export async function makeRebookings(clinic: Clinic): Promise<string> {
  const leaving = await clinic.person('doctor', 'leaving');
  await clinic.hours(leaving.id);
  for (const startTime of ['13:00', '14:00', '16:00'])
    await clinic.book(clinic.paul.token, startTime, { doctorId: leaving.id, appointmentDate: WEDNESDAY });
  const ids: string[] = [];
  for (const from of ['2026-03-01T08:00:00Z', '2031-01-01T08:00:00Z', '2032-01-01T08:00:00Z']) {
    clinic.portal.clock.advance(1);
    const transfer = { from, affected: { action: 'cancel' } };
    const { status, body } = await clinic.post(`/doctors/${leaving.id}/transfer`, clinic.admin.token, transfer);
    expect(status, JSON.stringify(body)).toBe(202);
    ids.push(...body.rebookingIds);
  }
  return ids[0] ?? '';
}

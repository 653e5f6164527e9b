/** What a change of hours takes from appointments, and how much one change looks at. */
import { expect, test } from 'vitest';
import {
  type BookedHours,
  type ComingAppointment,
  lossesOf,
  MAXIMUM_COMING,
} from '../../../domain/scheduling/affected.ts';
import { availability } from './builders.ts';

test('one change looks at fifty thousand appointments at most', () => {
  const hours = (count: number) => {
    const coming: ComingAppointment[] = [];
    coming.length = count;
    const doctorKey = { ownerId: 'doctor', ringKeyId: 'ring', wrapped: new Uint8Array(32) };
    return [{ availability: availability(), doctorKey, coming }] satisfies BookedHours[];
  };
  expect(lossesOf(hours(MAXIMUM_COMING), () => []).ok).toBe(true);
  expect(lossesOf(hours(MAXIMUM_COMING + 1), () => [])).toMatchObject({ error: { errors: [{ code: 'too_many' }] } });
});

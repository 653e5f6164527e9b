import { describe, expect, test } from 'vitest';
import { type HoldContext, isLive, isStart, placeHold, releaseHold } from '../../../domain/scheduling/hold.ts';
import { ALONE } from '../../../domain/scheduling/places.ts';
import { DEFAULT_POLICY } from '../../../domain/scheduling/policy.ts';
import {
  appointmentType,
  at,
  busy,
  DOCTOR_ID,
  date,
  id,
  NOW,
  PATIENT,
  PATIENT_ID,
  refusal,
  STAFF,
  state,
  TYPE_ID,
  time,
  value,
} from './builders.ts';

const start = at('2026-03-03T08:00:00Z');
const at9 = { kind: 'instant', instant: start } as const;

function by(fields: Partial<HoldContext> = {}): HoldContext {
  return {
    actor: PATIENT,
    now: NOW,
    policy: DEFAULT_POLICY,
    holdId: id('hold'),
    patientId: PATIENT_ID,
    liveHolds: 0,
    ...fields,
  };
}

describe('a hold', () => {
  const type = appointmentType({ bufferBeforeMinutes: 10 });
  const { hold, changes } = value(placeHold(state({ type }), at9, by()));

  test('reserves a time with its buffers for ten minutes', () => {
    expect(hold).toEqual({
      id: 'hold',
      holderId: PATIENT_ID,
      patientId: PATIENT_ID,
      doctorId: DOCTOR_ID,
      appointmentTypeId: TYPE_ID,
      start,
      end: start + 1_800_000,
      busy: { start: start - 600_000, end: start + 1_800_000 },
      place: ALONE,
      locationId: null,
      createdAt: NOW,
      expiresAt: NOW + 600_000,
    });
    expect(changes).toEqual([{ type: 'hold.placed', hold, atMost: 3, takings: [] }]);
  });

  test('expires without a job', () => {
    expect(isLive(hold, hold.expiresAt - 1)).toBe(true);
    expect(isLive(hold, hold.expiresAt)).toBe(false);
  });

  test('is checked by the rules of a booking (R39)', () => {
    const taken = state({ busy: [busy('2026-03-03T08:00:00Z', '2026-03-03T08:30:00Z')] });
    expect(refusal(placeHold(taken, at9, by())).code).toBe('slot_taken');
    const occupied = state({ patientBusy: [busy('2026-03-03T08:00:00Z', '2026-03-03T08:30:00Z')] });
    expect(refusal(placeHold(occupied, at9, by()))).toMatchObject({ reasons: [{ code: 'patient_conflict' }] });
    expect(placeHold(occupied, at9, by({ actor: STAFF, patientId: null })).ok).toBe(true);
  });

  test('of the clinic may lie outside the rules for an emergency, as its booking may', () => {
    const emergency = state({ type: appointmentType({ code: 'emergency' }) });
    const night = { kind: 'instant', instant: at('2026-03-03T02:00:00Z') } as const;
    expect(placeHold(emergency, night, by({ actor: STAFF })).ok).toBe(true);
    expect(refusal(placeHold(emergency, night, by())).code).toBe('slot_unavailable');
    expect(refusal(placeHold(state(), night, by({ actor: STAFF }))).code).toBe('slot_unavailable');
  });

  test('is refused beyond the maximum number of live holds', () => {
    expect(refusal(placeHold(state(), at9, by({ liveHolds: 3 })))).toEqual({ code: 'too_many_holds', limit: 3 });
  });

  test('can be released only by its holder', () => {
    expect(value(releaseHold(hold, PATIENT))).toEqual([
      { type: 'hold.released', holdId: 'hold', holderId: PATIENT_ID },
    ]);
    expect(refusal(releaseHold(hold, STAFF)).code).toBe('hold_not_found');
    expect(refusal(releaseHold(null, PATIENT)).code).toBe('hold_not_found');
  });
});

test('a local time that clocks show twice may mean either instant, and one in a gap none', () => {
  const meant = (day: string, clock: string, instant: string) =>
    isStart(state(), { kind: 'local', date: date(day), time: time(clock) }, at(instant));
  expect(meant('2026-10-25', '02:30', '2026-10-25T00:30:00Z')).toBe(true);
  expect(meant('2026-10-25', '02:30', '2026-10-25T01:30:00Z')).toBe(true);
  expect(meant('2026-10-25', '02:30', '2026-10-25T02:30:00Z')).toBe(false);
  expect(meant('2026-03-29', '02:30', '2026-03-29T01:00:00Z')).toBe(false);
  expect(meant('2026-03-03', '10:00', '2026-03-03T09:00:00Z')).toBe(true);
  expect(meant('2026-03-03', '10:00', '2026-03-03T10:00:00Z')).toBe(false);
});

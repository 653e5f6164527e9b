/** Visits of several doctors: a time must be free for all of them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSettledBy } from '../../../domain/scheduling/affected.ts';
import { book, reschedule } from '../../../domain/scheduling/booking.ts';
import { DEFAULT_POLICY } from '../../../domain/scheduling/policy.ts';
import type { AdditionalDoctor, BookingState } from '../../../domain/scheduling/slot-check.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { sized } from '../../support/size.ts';
import { by, MINUTE, request } from './booking-builders.ts';
import {
  appointment,
  appointmentType,
  at,
  availability,
  busy,
  context,
  DOCTOR_ID,
  daily,
  doctor,
  id,
  refusal,
  STAFF,
  state,
  value,
} from './builders.ts';

const COLLEAGUE = id<'user'>('colleague') as UserId;
const TEN = at('2026-03-03T09:00:00Z');
const ten = request('2026-03-03', '10:00');
const half = (start: number) => ({
  ...busy('2026-03-03T09:00:00Z', '2026-03-03T09:30:00Z'),
  start,
  end: start + 30 * MINUTE,
});

function colleague(fields: Partial<AdditionalDoctor> = {}): AdditionalDoctor {
  return {
    doctor: doctor({ id: COLLEAGUE }),
    name: 'Yuki Sato',
    availability: availability({ doctorId: COLLEAGUE, weekly: daily('09:00-17:00') }),
    busy: [],
    ...fields,
  };
}

const given = (fields: Partial<AdditionalDoctor> = {}, own: Partial<BookingState> = {}) =>
  state({ availability: availability({ weekly: daily('09:00-17:00') }), additional: [colleague(fields)], ...own });
const reasonsOf = (fields: Partial<AdditionalDoctor>) => {
  const refused = refusal(book(given(fields), ten, null, by({ actor: STAFF })));
  return 'reasons' in refused ? refused.reasons : refused.code;
};

describe('a visit of several doctors', () => {
  test('names the additional doctors and takes the time of each', () => {
    const [booked] = value(book(given(), ten, null, by({ actor: STAFF }))).changes;
    expect(booked).toMatchObject({
      appointment: { additionalDoctorIds: [COLLEAGUE] },
      doctors: [{ doctor: { id: COLLEAGUE, name: 'Yuki Sato' }, place: { occupancy: null, lane: 0 }, joins: [] }],
    });
  });

  test('is refused with what stands against the time of an additional doctor, and whose it is', () => {
    const named = (code: string, acknowledgeable: boolean) => ({ code, doctorId: COLLEAGUE, acknowledgeable });
    expect(reasonsOf({ busy: [half(TEN)] })).toEqual([named('slot_taken', false)]);
    expect(reasonsOf({ doctor: doctor({ id: COLLEAGUE, active: false }) })).toEqual([named('doctor_inactive', false)]);
    const elsewhere = daily('09:00-17:00').map((each) => ({ ...each, locationId: id<'location'>('lake') }));
    const mornings = [daily('08:00-09:00'), elsewhere];
    for (const weekly of mornings) {
      const hours = availability({ doctorId: COLLEAGUE, weekly });
      expect(reasonsOf({ availability: hours })).toEqual([named('outside_availability', true)]);
    }
    const type = appointmentType({ doctorIds: [DOCTOR_ID] });
    expect(refusal(book(given({}, { type }), ten, null, by({ actor: STAFF })))).toMatchObject({
      reasons: [named('type_not_offered', true)],
    });
  });

  test('is overbooked for each doctor who has something then, and for no other', () => {
    const exception = { acknowledged: [], overbook: true, reason: 'Cannot wait' };
    const taken = busy('2026-03-03T09:00:00Z', '2026-03-03T09:30:00Z');
    const [booked] = value(book(given({ busy: [taken] }), { ...ten, exception }, null, by({ actor: STAFF }))).changes;
    expect(booked).toMatchObject({
      appointment: { outsideRules: true, place: { occupancy: null, lane: 0 } },
      doctors: [{ place: { occupancy: taken.occupancy, lane: 1 } }],
    });
    const isBooked = (maximumOverbooked: number) => {
      const policy = { ...DEFAULT_POLICY, maximumOverbooked };
      return book(given({ busy: [taken] }), { ...ten, exception }, null, by({ actor: STAFF, policy })).ok;
    };
    expect([0, 1].map(isBooked)).toEqual([false, true]);
  });

  test('is overbooked by a doctor in the own time alone', () => {
    const exception = { acknowledged: [], overbook: true, reason: 'Cannot wait' };
    const taken = { busy: [half(TEN)] };
    const overbooked = (userId: UserId, its: BookingState) =>
      book(its, { ...ten, exception }, null, by({ actor: { kind: 'doctor', userId } })).ok;
    expect(overbooked(DOCTOR_ID, given({}, taken))).toBe(true);
    expect(overbooked(DOCTOR_ID, given(taken))).toBe(false);
    expect(overbooked(COLLEAGUE, given(taken))).toBe(true);
    expect(book(given(taken), { ...ten, exception }, null, by({ actor: STAFF })).ok).toBe(true);
  });

  test('moves only to a time that is free for all, and keeps its doctors', () => {
    const booked = appointment({ additionalDoctorIds: [COLLEAGUE] });
    const to = { ...ten, start: { ...ten.start, time: '11:00' } } as typeof ten;
    const eleven = half(TEN + 60 * MINUTE);
    expect(refusal(reschedule(given({ busy: [eleven] }), booked, to, context()))).toMatchObject({
      reasons: [{ code: 'slot_taken', doctorId: COLLEAGUE }],
    });
    // What the visit itself takes does not stand against it.
    const own = { ...eleven, sourceId: booked.id };
    const moved = value(reschedule(given({ busy: [own] }), booked, to, context()));
    expect(moved.appointment.additionalDoctorIds).toEqual([COLLEAGUE]);
    expect(moved.changes).toMatchObject([{ doctors: [{ doctor: { id: COLLEAGUE } }] }]);
  });

  test('is offered as an alternative only at times that can be booked', () => {
    const quarter = fc.integer({ min: 0, max: 30 }).map((n) => half(TEN + (n - 4) * 15 * MINUTE));
    fc.assert(
      fc.property(fc.array(quarter, { maxLength: 6 }), (times) => {
        const its = given({ busy: [half(TEN), ...times] });
        const refused = refusal(book(its, ten, null, by({ actor: STAFF })));
        for (const { start } of 'alternatives' in refused ? refused.alternatives : []) {
          const at = { ...ten, start: { kind: 'instant', instant: start } as const };
          expect(book(its, at, null, by({ actor: STAFF })).ok).toBe(true);
        }
      }),
      { numRuns: sized(100), seed: 5 },
    );
  });
});

test('a command over booked time settles what its doctor leads, and moves no visit of several', () => {
  const visit = { ...half(TEN), id: appointment().id, locationId: null };
  const settled = (action: 'leave' | 'cancel' | 'move') =>
    [
      { isLed: true, isJoint: false },
      { isLed: true, isJoint: true },
      { isLed: false, isJoint: true },
    ].map((whose) => isSettledBy(action, { ...visit, ...whose }));
  expect(settled('leave')).toEqual([false, false, false]);
  expect(settled('cancel')).toEqual([true, true, false]);
  expect(settled('move')).toEqual([true, false, false]);
});

/** Which appointments lose their time, and what is offered instead. */
import { describe, expect, test } from 'vitest';
import {
  affectedBy,
  type BookedHours,
  type ComingAppointment,
  lossesOf,
  MAXIMUM_COMING,
} from '../../../domain/scheduling/affected.ts';
import type { TimeOff } from '../../../domain/scheduling/availability.ts';
import { DEFAULT_POLICY } from '../../../domain/scheduling/policy.ts';
import { type Rebooking, type RebookingState, rebook } from '../../../domain/scheduling/rebooking.ts';
import type { BookingState } from '../../../domain/scheduling/slot-check.ts';
import {
  appointment,
  appointmentType,
  at,
  availability,
  busy,
  DOCTOR_ID,
  daily,
  date,
  doctor,
  id,
  NOW,
  range,
  refusal,
  state,
  TYPE_ID,
  time,
} from './builders.ts';

function coming(start: string, minutes = 30): ComingAppointment {
  return {
    id: id(start),
    appointmentTypeId: TYPE_ID,
    locationId: null,
    start: at(start),
    end: at(start) + minutes * 60_000,
    isLed: true,
    isJoint: false,
  };
}

const timeOff = (fields: Partial<TimeOff> = {}): TimeOff => ({
  id: id('off'),
  from: date('2026-03-03'),
  until: date('2026-03-03'),
  startTime: null,
  endTime: null,
  reason: null,
  ...fields,
});

const KEY = { ownerId: DOCTOR_ID, ringKeyId: '1', wrapped: new Uint8Array(60) };

type Hours = Parameters<typeof availability>[0];

describe('the affected', () => {
  // Berlin is an hour ahead of UTC: hours from 08:00 to 16:00.
  const inside = coming('2026-03-03T08:00:00Z');
  const late = coming('2026-03-03T15:30:00Z');
  const placed = coming('2026-03-03T20:00:00Z');
  const nextDay = coming('2026-03-04T08:00:00Z');
  const all = [inside, late, placed, nextDay];
  const booked = (before: Hours): BookedHours => ({ availability: availability(before), doctorKey: KEY, coming: all });
  const affected = (before: Hours, after: Hours) =>
    affectedBy(booked(before), availability(after)).map(({ start }) => start);

  test('of time off are all within it, also those that the clinic placed outside the hours', () => {
    expect(affected({}, { timeOff: [timeOff()] })).toEqual([inside.start, late.start, placed.start]);
    const afternoon = timeOff({ startTime: time('12:00') });
    expect(affected({}, { timeOff: [afternoon] })).toEqual([late.start, placed.start]);
  });

  test('of other hours are those that were within and are not any more', () => {
    expect(affected({}, { weekly: daily('09:00-16:45') })).toEqual([late.start]);
    expect(affected({}, { weekly: daily('09:00-12:00', '12:00-17:00') })).toEqual([]);
    expect(affected({}, { weekly: [] })).toEqual([inside.start, late.start, nextDay.start]);
  });

  test('of a holiday are all on its dates, but not where the doctor has hours for that date', () => {
    const holiday = {
      id: id<'clinic_holiday'>('holiday'),
      name: 'Carnival',
      from: date('2026-03-03'),
      until: date('2026-03-04'),
    };
    expect(affected({}, { holidays: [holiday] })).toEqual(all.map(({ start }) => start));
    const working = [
      {
        id: id<'availability_override'>('own'),
        date: date('2026-03-03'),
        available: [range('09:00-12:00')],
        endsNightBefore: false,
      },
    ];
    expect(affected({ overrides: working }, { overrides: working, holidays: [holiday] })).toEqual([nextDay.start]);
    expect(affected({ holidays: [holiday] }, { holidays: [holiday] })).toEqual([]);
  });

  test('of hours at another location are those booked at the former one', () => {
    const [here, there] = [id<'location'>('here'), id<'location'>('there')];
    const at = (locationId: typeof here) => ({ weekly: daily('09:00-17:00').map((rule) => ({ ...rule, locationId })) });
    const given = { ...booked(at(here)), coming: [{ ...inside, locationId: here }, nextDay] };
    expect(affectedBy(given, availability(at(there))).map(({ start }) => start)).toEqual([inside.start]);
  });

  test('more than one change can look at are refused', () => {
    const tooMany = { ...booked({}), coming: Array.from({ length: MAXIMUM_COMING + 1 }, () => inside) };
    expect(refusal(lossesOf([tooMany], () => []))).toMatchObject({ errors: [{ code: 'too_many' }] });
  });

  test('of new time off over former time off are those of both', () => {
    const former = timeOff();
    expect(affected({ timeOff: [former] }, { timeOff: [former, timeOff({ id: id('again') })] })).toHaveLength(3);
    expect(affected({ timeOff: [former] }, { timeOff: [former] })).toEqual([]);
  });
});

describe('a rebooking', () => {
  const given = appointment({ start: at('2026-03-03T09:00:00Z') });
  const REBOOKING: Rebooking = {
    id: id('rebooking'),
    doctorId: DOCTOR_ID,
    action: 'move',
    toDoctorId: null,
    message: null,
    byKind: 'staff',
    createdAt: NOW,
  };
  const ids = {
    entryId: id<'waitlist_entry'>('entry'),
    offerId: id<'waitlist_offer'>('offer'),
    holdId: id<'hold'>('hold'),
  };
  /** Away on Tuesday; the appointment that is given up still takes its time. */
  const away = (fields: Partial<BookingState> = {}) =>
    state({
      availability: availability({ timeOff: [timeOff()] }),
      busy: [busy('2026-03-03T09:00:00Z', '2026-03-03T09:30:00Z', { sourceId: given.id })],
      isKnownPatient: true,
      ...fields,
    });
  const rebooked = (target: BookingState | null, fields: Partial<RebookingState> = {}) =>
    rebook(
      REBOOKING,
      { appointment: given, target, offeredBefore: [], ...fields },
      { now: NOW, policy: DEFAULT_POLICY, ids },
    );

  test('offers the next free time that the patient was not offered before', () => {
    const wednesday = at('2026-03-04T08:00:00Z');
    expect(rebooked(away())).toMatchObject({ outcome: 'offered', offer: { start: wednesday } });
    const next = { offer: { start: at('2026-03-04T08:30:00Z') } };
    expect(rebooked(away(), { offeredBefore: [wednesday] })).toMatchObject(next);
    const taken = [busy('2026-03-04T08:00:00Z', '2026-03-04T08:30:00Z')];
    expect(rebooked(away({ busy: taken }))).toMatchObject(next);
    expect(rebooked(away({ patientBusy: taken }))).toMatchObject(next);
  });

  test('offers no earlier time, but the lost time itself where the other doctor is free', () => {
    const other = state({ doctor: doctor({ id: id('other') }), busy: [] });
    expect(rebooked(other)).toMatchObject({ outcome: 'offered', offer: { start: given.start } });
  });

  test('offers types that only the clinic books, and doctors who keep their own patients', () => {
    const type = appointmentType({ bookableBy: 'clinic' });
    const full = doctor({ acceptingPatients: false });
    expect(rebooked(away({ type }))).toMatchObject({ outcome: 'offered' });
    expect(rebooked(away({ doctor: full }))).toMatchObject({ outcome: 'offered' });
    expect(rebooked(away({ doctor: full, isKnownPatient: false }))).toMatchObject({
      outcome: 'cancelled',
      offer: null,
    });
  });

  test('is an offer of its own, beside others, and not counted among the wishes of the patient', () => {
    const { changes } = rebooked(away());
    expect(changes).toContainEqual(expect.objectContaining({ type: 'waitlist.entry_added', atMost: null }));
    expect(changes).toContainEqual(expect.objectContaining({ type: 'waitlist.offer_made', of: 'moved_appointment' }));
  });

  test('lets the patient wait while nothing is free', () => {
    const closed = availability({ weekly: [], timeOff: [timeOff()] });
    expect(rebooked(away({ availability: closed }))).toMatchObject({ outcome: 'waiting', offer: null });
  });

  test('leaves alone what was cancelled or has begun meanwhile', () => {
    const over = appointment({ status: 'in_progress' });
    expect(rebooked(away(), { appointment: over })).toMatchObject({ outcome: 'unchanged', changes: [] });
  });

  test('tells only, where nothing is to be offered', () => {
    const { outcome, changes } = rebooked(null);
    expect([outcome, changes.map(({ type }) => type)]).toEqual(['cancelled', ['appointment.cancelled']]);
  });
});

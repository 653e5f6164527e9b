/** Which rooms and devices an appointment takes, and that only times with free ones are offered and booked. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { book, reschedule } from '../../../domain/scheduling/booking.ts';
import { DEFAULT_POLICY } from '../../../domain/scheduling/policy.ts';
import type { Resource } from '../../../domain/scheduling/resource.ts';
import type { ResourceBusyTime } from '../../../domain/scheduling/resource-choice.ts';
import type { BookingState } from '../../../domain/scheduling/slot-check.ts';
import { availableSlots } from '../../../domain/scheduling/slots.ts';
import { addDays } from '../../../domain/shared/time.ts';
import { localDateAt } from '../../../domain/shared/zone.ts';
import { sized } from '../../support/size.ts';
import { by, MINUTE, reasons, request } from './booking-builders.ts';
import {
  appointment,
  appointmentType,
  at,
  availability,
  busy,
  context,
  DOCTOR_ID,
  daily,
  date,
  id,
  refusal,
  STAFF,
  state,
  time,
  value,
} from './builders.ts';
import { anyPlacedQuery } from './placed-generators.ts';
import { isFree, referenceSlots } from './slow-reference.ts';

const PARK = id<'location'>('park');
const room = (name: string, fields: Partial<Resource> = {}): Resource => ({
  id: id(name),
  name,
  kind: 'room',
  locationId: PARK,
  active: true,
  version: 1,
  ...fields,
});
const TEN = '2026-03-03T09:00:00Z';
const taken = (name: string, fields: Partial<ResourceBusyTime> = {}): ResourceBusyTime => ({
  ...busy(TEN, '2026-03-03T09:30:00Z'),
  resourceId: id(name),
  doctorId: id('somebody'),
  ...fields,
});
const hours = availability({ weekly: daily('09:00-17:00').map((each) => ({ ...each, locationId: PARK })) });
const given = (times: readonly ResourceBusyTime[], fields: Partial<BookingState> = {}) =>
  state({
    availability: hours,
    type: appointmentType({ requires: ['room'] }),
    resources: { all: [room('1'), room('2'), room('elsewhere', { locationId: id('lake') })], busy: times },
    ...fields,
  });
const ten = request('2026-03-03', '10:00');

describe('a type that requires a room', () => {
  test('takes the first free one at the location of the hours', () => {
    const [booked] = value(book(given([taken('1')]), ten, null, by())).changes;
    expect(booked).toMatchObject({
      appointment: { locationId: PARK },
      takings: [{ resource: { id: '2' }, occupancy: null, lane: 0 }],
    });
  });

  test('is refused with no_room when all rooms there are taken; the clinic may confirm it and books without a room', () => {
    const full = given([taken('1'), taken('2')]);
    expect(refusal(book(full, ten, null, by()))).toMatchObject({
      reasons: [{ code: 'no_room', missing: ['room'], acknowledgeable: false }],
    });
    const confirmed = { acknowledged: ['no_room'] as const, overbook: false, reason: null };
    const [booked] = value(book(full, { ...ten, exception: confirmed }, null, by({ actor: STAFF }))).changes;
    expect(booked).toMatchObject({ appointment: { outsideRules: true }, takings: [] });
  });

  test('needs the room for its buffers too', () => {
    const wide = appointmentType({ requires: ['room'], bufferAfterMinutes: 15 });
    const after = { start: at('2026-03-03T09:35:00Z'), end: at('2026-03-03T10:00:00Z') };
    expect(reasons(given([taken('1', after), taken('2', after)], { type: wide }), ten)).toEqual(['no_room']);
    expect(reasons(given([taken('1'), taken('2', after)], { type: wide }), ten)).toEqual(['no_room']);
  });

  test('does not wait for holds that have expired', () => {
    const expired = taken('1', { expiresAt: at('2026-03-02T06:00:00Z') });
    const [booked] = value(book(given([expired, taken('2')]), ten, null, by())).changes;
    expect(booked).toMatchObject({ takings: [{ resource: { id: '1' } }] });
  });

  test('in hours without a location has no room', () => {
    expect(reasons(given([], { availability: availability() }), ten)).toEqual(['no_room']);
  });

  test('the places of a group session share its room, each in a lane of its own', () => {
    const group = appointmentType({ requires: ['room'], capacity: 3 });
    const first = taken('2', { doctorId: DOCTOR_ID, occupancy: id('session') });
    const place = busy(TEN, '2026-03-03T09:30:00Z', { occupancy: id('session') });
    const [booked] = value(book(given([first], { type: group, busy: [place] }), ten, null, by())).changes;
    expect(booked).toMatchObject({ takings: [{ resource: { id: '2' }, occupancy: 'session', lane: 1 }] });
  });

  test('an appointment for one shares no room with one of the same doctor, type and start', () => {
    const other = taken('1', { doctorId: DOCTOR_ID });
    const [booked] = value(book(given([other]), ten, null, by())).changes;
    expect(booked).toMatchObject({ takings: [{ resource: { id: '2' }, occupancy: null, lane: 0 }] });
  });

  test('a moved appointment keeps its room where that is free, and takes another where it is not', () => {
    const mine = appointment({ locationId: PARK });
    const own = taken('2', { sourceId: mine.id });
    const move = (clock: string, times: readonly ResourceBusyTime[]) => {
      const start = { kind: 'local', date: date('2026-03-03'), time: time(clock) } as const;
      return value(reschedule(given(times), mine, { start, endTime: null, exception: null }, context())).changes[0];
    };
    const eleven = { start: at('2026-03-03T10:00:00Z'), end: at('2026-03-03T10:30:00Z') };
    expect(move('11:00', [own])).toMatchObject({ takings: [{ resource: { id: '2' } }] });
    expect(move('11:00', [own, taken('2', eleven)])).toMatchObject({ takings: [{ resource: { id: '1' } }] });
  });
});

describe('hours at two locations', () => {
  const [morning] = daily('09:00-12:00').filter(({ weekday }) => weekday === 2);
  const [afternoon] = daily('12:00-17:00').filter(({ weekday }) => weekday === 2);
  const weekly = [
    { ...morning, locationId: PARK },
    { ...afternoon, locationId: id<'location'>('lake') },
  ] as ReturnType<typeof daily>;
  const both = state({ availability: availability({ weekly }), type: appointmentType({ slotIntervalMinutes: 15 }) });

  test('no appointment goes from one to the other', () => {
    expect(reasons(both, request('2026-03-03', '11:45'))).toEqual(['outside_availability']);
    const at12 = value(book(both, request('2026-03-03', '12:00'), null, by()));
    expect(at12.appointment.locationId).toBe('lake');
    expect(value(book(both, request('2026-03-03', '11:30'), null, by())).appointment.locationId).toBe('park');
  });
});

test('exactly the offered slots can be booked, and no_room is said exactly where no room is free', () => {
  let [offered, roomless] = [0, 0];
  const tries = fc.array(fc.integer({ min: 0, max: 3 * 1440 }), { minLength: 15, maxLength: 15 });
  fc.assert(
    fc.property(anyPlacedQuery(), tries, (asked, minutes) => {
      const { availability: open, type, busy: times, resources, from, now } = asked;
      const known = state({ availability: open, type, busy: times, resources, loaded: { from, to: addDays(from, 1) } });
      const query = { ...asked, to: addDays(from, 2) };
      const slots = new Map(availableSlots(query).map((slot) => [slot.start, slot]));
      const ctx = by({ now, policy: { ...DEFAULT_POLICY, alternatives: 0 } });
      const booking = (instant: number) =>
        book(known, request('', '', { start: { kind: 'instant', instant } }), null, ctx);
      for (const slot of [...slots.values()].slice(0, 20)) {
        const { appointment: booked } = value(booking(slot.start));
        expect(booked.locationId).toBe(slot.locationId);
        offered++;
      }
      const unbound = { ...query, type: { ...type, requires: [], dailyLimit: null }, busy: [] };
      const inHours = new Map(referenceSlots(unbound).map((slot) => [slot.start, slot.locationId]));
      const notOffered = [...inHours.keys()].filter((start) => !slots.has(start)).slice(0, 10);
      const others = minutes
        .map((minute) => Date.parse(from) + minute * MINUTE)
        .filter((instant) => {
          const day = localDateAt(open.timezone, instant);
          return from <= day && day <= query.to;
        });
      for (const instant of [...notOffered, ...others]) {
        const outcome = booking(instant);
        if (outcome.ok) expect(slots.has(instant)).toBe(true);
        const locationId = inHours.get(instant);
        if (locationId === undefined || outcome.ok) continue;
        const codes = 'reasons' in outcome.error ? outcome.error.reasons.map(({ code }) => code) : [];
        const isFull = !type.requires.every((kind) => isFree(query, kind, locationId, instant));
        expect(codes.includes('no_room')).toBe(isFull);
        if (isFull) roomless++;
      }
    }),
    { seed: 20_261_129, numRuns: sized(400) },
  );
  expect(offered).toBeGreaterThan(sized(400));
  expect(roomless).toBeGreaterThan(0);
});

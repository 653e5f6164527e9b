import { describe, expect, test } from 'vitest';
import { freedBy } from '../../../domain/scheduling/freed-time.ts';
import { ALONE } from '../../../domain/scheduling/places.ts';
import { DEFAULT_POLICY } from '../../../domain/scheduling/policy.ts';
import {
  acceptOffer,
  declineOffer,
  expireOffer,
  type WaitlistOffer,
  withdrawEntry,
} from '../../../domain/scheduling/waitlist.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import {
  appointment,
  appointmentType,
  busy,
  DOCTOR_ID,
  id,
  NOW,
  PATIENT,
  PATIENT_ID,
  refusal,
  STAFF,
  state,
  TYPE_ID,
  value,
} from './builders.ts';
import { entry, FREED, MINUTE, TAKEN } from './waitlist-builders.ts';

test('cancelling, moving and a no-show free time', () => {
  const additional = id<'user'>('colleague') as UserId;
  const before = appointment({ status: 'no_show', additionalDoctorIds: [additional] });
  const freed = [DOCTOR_ID, additional].map((doctorId) => ({ doctorId, ...before.busy }));
  const common = { appointment: before, expectedVersion: 1 };
  expect(freedBy({ type: 'appointment.cancelled', ...common })).toEqual(freed);
  expect(freedBy({ type: 'appointment.status_changed', previousStatus: 'confirmed', ...common })).toEqual(freed);
  const previous = { doctorId: id<'user'>('old') as UserId, ...FREED, busy: FREED };
  expect(
    freedBy({ type: 'appointment.rescheduled', previous, joins: [], takings: [], doctors: [], ...common }),
  ).toEqual(['old', additional].map((doctorId) => ({ doctorId, ...FREED })));
  const confirmed = { ...common, appointment: appointment({ status: 'confirmed' }) };
  expect(freedBy({ type: 'appointment.status_changed', previousStatus: 'scheduled', ...confirmed })).toEqual([]);
  const facts = { ageBand: null, isNewPatient: true };
  expect(
    freedBy({ type: 'appointment.booked', appointment: before, facts, joins: [], takings: [], doctors: [] }),
  ).toEqual([]);
});

describe('an offer', () => {
  const offer: WaitlistOffer = {
    id: id('offer'),
    entryId: id('a'),
    patientId: PATIENT_ID,
    holdId: id('hold'),
    doctorId: DOCTOR_ID,
    ...FREED,
    state: 'open',
    createdAt: NOW - MINUTE,
    expiresAt: NOW + MINUTE,
    version: 1,
  };
  const waiting = entry('a', { state: 'offered', patientId: PATIENT_ID, version: 2 });
  const hold = {
    id: offer.holdId,
    holderId: PATIENT_ID,
    patientId: PATIENT_ID,
    doctorId: DOCTOR_ID,
    appointmentTypeId: TYPE_ID,
    ...FREED,
    busy: FREED,
    place: ALONE,
    locationId: null,
    createdAt: offer.createdAt,
    expiresAt: offer.expiresAt,
  };
  const booking = {
    actor: PATIENT,
    now: NOW,
    policy: DEFAULT_POLICY,
    appointmentId: id<'appointment'>('new'),
    seriesId: null,
    dateOfBirth: null,
  };
  const held = {
    ...busy('2026-03-03T09:00:00Z', '2026-03-03T09:30:00Z'),
    sourceId: hold.id,
    expiresAt: hold.expiresAt,
  };
  const given = state({ busy: [...TAKEN, held], patientBusy: [held] });
  const accept = (fields: Partial<WaitlistOffer> = {}, ctx = booking, stored: typeof hold | null = hold) =>
    acceptOffer(given, { offer: { ...offer, ...fields }, entry: waiting, hold: stored }, null, ctx);

  test('is booked through its hold when accepted', () => {
    const { changes, waitlist } = value(accept());
    expect(changes).toMatchObject([
      { type: 'hold.consumed', holdId: 'hold' },
      { type: 'appointment.booked', appointment: { ...FREED, patientId: PATIENT_ID } },
    ]);
    expect(waitlist).toMatchObject([
      { type: 'waitlist.offer_closed', offer: { state: 'accepted', version: 2 }, expectedVersion: 1 },
      { type: 'waitlist.entry_changed', entry: { state: 'booked', version: 3 }, expectedVersion: 2 },
    ]);
  });

  test('is booked by the clinic for the patient, who holds the time', () => {
    expect(value(accept({}, { ...booking, actor: STAFF })).appointment).toMatchObject({
      patientId: PATIENT_ID,
      createdBy: STAFF.userId,
    });
    expect(refusal(accept({}, booking, { ...hold, holderId: id('other') as UserId })).code).toBe('hold_not_found');
  });

  test('may be accepted for a later appointment of the type, under the rules of cancelling it', () => {
    const record = { offer, entry: waiting, hold };
    const later = appointment({ start: FREED.start + 60 * MINUTE, end: FREED.end + 60 * MINUTE });
    const exchange = (fields: Partial<typeof later>, ctx = booking) =>
      acceptOffer(given, record, { ...later, ...fields }, ctx);
    expect(value(exchange({}))).toMatchObject({
      givenBack: [{ type: 'appointment.cancelled', appointment: { id: later.id, status: 'cancelled' } }],
      changes: [{ type: 'hold.consumed' }, { type: 'appointment.booked' }],
    });
    const mismatch = { code: 'give_back_mismatch' };
    expect(refusal(exchange({ start: FREED.start }))).toEqual(mismatch);
    expect(refusal(exchange({ patientId: id<'user'>('other') as UserId }))).toEqual(mismatch);
    expect(refusal(exchange({ appointmentTypeId: id('other') }))).toEqual(mismatch);
    expect(refusal(exchange({ status: 'completed' })).code).toBe('invalid_transition');
    const strict = { ...DEFAULT_POLICY, cancelNoticeMinutes: 100_000 };
    expect(refusal(exchange({}, { ...booking, policy: strict })).code).toBe('too_late_to_cancel');
    expect(exchange({}, { ...booking, policy: strict, actor: STAFF }).ok).toBe(true);
  });

  test('does not count what is given back among what the type allows, nor as the time of the patient', () => {
    const later = appointment({ start: FREED.start + 10 * MINUTE, end: FREED.end + 10 * MINUTE });
    const one = appointmentType({ patientOpenLimit: 1 });
    const limited = {
      ...given,
      type: one,
      patientStarts: [{ sourceId: later.id, start: later.start }],
      patientBusy: [{ sourceId: later.id, start: later.start, end: later.end, expiresAt: null }],
    };
    const record = { offer, entry: waiting, hold };
    expect(refusal(acceptOffer(limited, record, null, booking)).code).toBe('slot_unavailable');
    expect(acceptOffer(limited, record, later, booking).ok).toBe(true);
  });

  test('can be answered once and in time', () => {
    const refused = (...args: Parameters<typeof accept>) => refusal(accept(...args)).code;
    expect(refused({}, { ...booking, now: offer.expiresAt })).toBe('offer_expired');
    expect(refused({ state: 'expired' })).toBe('offer_expired');
    expect(refused({ state: 'accepted' })).toBe('offer_closed');
    expect(refused({}, booking, null)).toBe('hold_not_found');
  });

  const closed = (offerState: string) => [
    { type: 'hold.released', holdId: 'hold', holderId: PATIENT_ID },
    { type: 'waitlist.offer_closed', offer: { ...offer, state: offerState, version: 2 }, expectedVersion: 1 },
    { type: 'waitlist.entry_changed', entry: { state: 'waiting', version: 3 } },
  ];

  test('releases the hold when declined, and its entry waits again', () => {
    expect(value(declineOffer(offer, waiting, NOW))).toMatchObject(closed('declined'));
    expect(refusal(declineOffer({ ...offer, state: 'declined' }, waiting, NOW)).code).toBe('offer_closed');
  });

  test('expires once, when its time is over', () => {
    expect(expireOffer(offer, waiting, offer.expiresAt - 1)).toEqual([]);
    expect(expireOffer(offer, waiting, offer.expiresAt)).toMatchObject(closed('expired'));
    expect(expireOffer({ ...offer, state: 'accepted' }, waiting, offer.expiresAt)).toEqual([]);
  });

  test('is withdrawn with its entry', () => {
    expect(value(withdrawEntry(waiting, offer, NOW)).map(({ type }) => type)).toEqual([
      'hold.released',
      'waitlist.offer_closed',
      'waitlist.entry_changed',
    ]);
    expect(value(withdrawEntry(entry('a'), null, NOW))).toMatchObject([{ entry: { state: 'withdrawn', version: 2 } }]);
    expect(refusal(withdrawEntry(entry('a', { state: 'booked' }), null, NOW)).code).toBe('waitlist_entry_closed');
  });
});

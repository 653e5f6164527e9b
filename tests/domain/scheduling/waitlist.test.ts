import { describe, expect, test } from 'vitest';
import { freedBy } from '../../../domain/scheduling/freed-time.ts';
import { DEFAULT_POLICY } from '../../../domain/scheduling/policy.ts';
import {
  acceptOffer,
  declineOffer,
  expireOffer,
  type JoinContext,
  joinWaitlist,
  type WaitlistCriteria,
  type WaitlistEntry,
  type WaitlistOffer,
  withdrawEntry,
} from '../../../domain/scheduling/waitlist.ts';
import { byRank, fits, type MatchState, offerFreedTime } from '../../../domain/scheduling/waitlist-matching.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import {
  appointment,
  appointmentType,
  at,
  availability,
  busy,
  DOCTOR_ID,
  date,
  doctor,
  id,
  NOW,
  PATIENT,
  PATIENT_ID,
  range,
  refusal,
  STAFF,
  state,
  TYPE_ID,
  value,
  zone,
} from './builders.ts';

const MINUTE = 60_000;

const WISHES: WaitlistCriteria = {
  appointmentTypeId: TYPE_ID,
  doctorId: null,
  specialty: null,
  from: date('2026-03-02'),
  to: date('2026-03-31'),
  dailyWindow: null,
};

function entry(name: string, fields: Partial<WaitlistEntry> = {}): WaitlistEntry {
  return {
    ...WISHES,
    id: id(name),
    patientId: id<'user'>(`patient ${name}`) as UserId,
    rank: 0,
    state: 'waiting',
    createdAt: NOW - 1000,
    updatedAt: NOW - 1000,
    version: 1,
    ...fields,
  };
}

const FREED = { start: at('2026-03-03T09:00:00Z'), end: at('2026-03-03T09:30:00Z') };
/** The whole day is busy except for the freed time. */
const TAKEN = [
  busy('2026-03-03T08:00:00Z', '2026-03-03T09:00:00Z'),
  busy('2026-03-03T09:30:00Z', '2026-03-03T16:00:00Z'),
];

function matching(fields: Partial<MatchState> = {}): MatchState {
  return {
    doctor: doctor(),
    availability: availability(),
    types: new Map([[TYPE_ID, appointmentType()]]),
    busy: TAKEN,
    freed: FREED,
    entries: [entry('a')],
    pastOffers: [],
    patientBusy: new Map(),
    ...fields,
  };
}

const ids = ['1', '2', '3'].map((n) => ({
  offerId: id<'waitlist_offer'>(`offer ${n}`),
  holdId: id<'hold'>(`hold ${n}`),
}));
const by = { now: NOW, policy: DEFAULT_POLICY, ids };

function offered(given: MatchState, ctx = by): string[] {
  return offerFreedTime(given, ctx).flatMap((change) =>
    change.type === 'waitlist.offer_made'
      ? [`${change.offer.entryId} ${new Date(change.offer.start).toISOString().slice(11, 16)}`]
      : [],
  );
}

const JOINING: JoinContext = {
  now: NOW,
  policy: DEFAULT_POLICY,
  entryId: id('entry'),
  patientId: PATIENT_ID,
  rank: 0,
  openEntries: [],
  today: date('2026-03-02'),
};

describe('joining the waitlist', () => {
  test('stores the criteria', () => {
    const joined = value(joinWaitlist(WISHES, JOINING));
    expect(joined.entry).toEqual({
      ...WISHES,
      id: 'entry',
      patientId: PATIENT_ID,
      rank: 0,
      state: 'waiting',
      createdAt: NOW,
      updatedAt: NOW,
      version: 1,
    });
    expect(joined.changes).toEqual([{ type: 'waitlist.entry_added', entry: joined.entry, atMost: 10 }]);
  });

  test('refuses dates in the wrong order, past or too far apart, and too many entries', () => {
    const others = Array.from({ length: 10 }, (_, n) => entry(`${n}`, { doctorId: id(`doctor ${n}`) }));
    const refused = (from: string, to: string, fields: Partial<JoinContext> = {}) =>
      refusal(joinWaitlist({ ...WISHES, from: date(from), to: date(to) }, { ...JOINING, ...fields }));
    expect(refused('2026-03-03', '2026-03-02')).toMatchObject({
      errors: [{ pointer: '/to', code: 'end_before_start' }],
    });
    expect(refused('2026-02-01', '2026-03-01')).toMatchObject({ errors: [{ pointer: '/to', code: 'out_of_range' }] });
    expect(refused('2026-03-03', '2027-03-04')).toMatchObject({ errors: [{ pointer: '/to', code: 'out_of_range' }] });
    expect(refused('2026-03-03', '2026-03-03', { openEntries: others })).toEqual({
      code: 'too_many_waitlist_entries',
      limit: 10,
    });
  });
});

describe('the same criteria twice', () => {
  const joined = (criteria: Partial<WaitlistCriteria>, open: Partial<WaitlistEntry>) =>
    joinWaitlist({ ...WISHES, ...criteria }, { ...JOINING, openEntries: [entry('open', open)] });

  test('are refused with the id of the open entry', () => {
    const exists = { code: 'waitlist_entry_exists', entryId: 'open' };
    expect(refusal(joined({}, {}))).toEqual(exists);
    expect(refusal(joined({ specialty: 'cardiology' }, { specialty: 'Cardiology' }))).toEqual(exists);
    expect(refusal(joined({ dailyWindow: range('10:00-11:00') }, { dailyWindow: range('10:00-11:00') }))).toEqual(
      exists,
    );
  });

  test('differ when any field differs', () => {
    expect(joined({ doctorId: DOCTOR_ID }, {}).ok).toBe(true);
    expect(joined({ appointmentTypeId: id('another') }, {}).ok).toBe(true);
    expect(joined({ specialty: 'cardiology' }, {}).ok).toBe(true);
    expect(joined({ to: date('2026-03-30') }, {}).ok).toBe(true);
    expect(joined({ dailyWindow: range('10:00-11:00') }, {}).ok).toBe(true);
    expect(joined({ dailyWindow: range('10:00-11:00') }, { dailyWindow: range('10:00-12:00') }).ok).toBe(true);
  });
});

describe('freed time', () => {
  test('is offered to a waiting entry, with a hold and for a limited time', () => {
    const hold = {
      id: 'hold 1',
      holderId: 'patient a',
      patientId: 'patient a',
      doctorId: DOCTOR_ID,
      appointmentTypeId: TYPE_ID,
      ...FREED,
      busy: FREED,
      createdAt: NOW,
      expiresAt: NOW + 30 * MINUTE,
    };
    expect(offerFreedTime(matching(), by)).toEqual([
      { type: 'hold.placed', hold },
      {
        type: 'waitlist.offer_made',
        offer: {
          id: 'offer 1',
          entryId: 'a',
          patientId: 'patient a',
          holdId: 'hold 1',
          doctorId: DOCTOR_ID,
          ...FREED,
          state: 'open',
          createdAt: NOW,
          expiresAt: NOW + 30 * MINUTE,
          version: 1,
        },
      },
      {
        type: 'waitlist.entry_changed',
        entry: { ...entry('a'), state: 'offered', updatedAt: NOW, version: 2 },
        expectedVersion: 1,
      },
    ]);
  });

  test('is offered to the highest rank, then to the longest wait', () => {
    const entries = [
      entry('late', { createdAt: NOW - 1 }),
      entry('early', { createdAt: NOW - 9 }),
      entry('urgent', { rank: 1 }),
    ];
    expect([...entries].sort(byRank).map((each) => each.id)).toEqual(['urgent', 'early', 'late']);
    expect([entry('b'), entry('a')].sort(byRank).map((each) => each.id)).toEqual(['a', 'b']);
    expect(offered(matching({ entries }))).toEqual(['urgent 09:00']);
  });

  test('is offered to several entries when it is long enough, at most as many as ids', () => {
    const entries = [entry('a'), entry('b'), entry('c')];
    const freed = { start: FREED.start, end: at('2026-03-03T10:00:00Z') };
    const taken = [TAKEN[0] ?? busy('', ''), busy('2026-03-03T10:00:00Z', '2026-03-03T16:00:00Z')];
    expect(offered(matching({ entries, freed, busy: taken }))).toEqual(['a 09:00', 'b 09:30']);
    expect(offered(matching({ entries, freed, busy: taken }), { ...by, ids: ids.slice(0, 1) })).toEqual(['a 09:00']);
  });

  test('is not offered to an entry that has an offer, was withdrawn or is for a removed type', () => {
    const entries = [
      entry('a', { state: 'offered' }),
      entry('b', { state: 'withdrawn' }),
      entry('c', { appointmentTypeId: id('gone') }),
    ];
    expect(offered(matching({ entries }))).toEqual([]);
  });

  test('is offered once to a patient with several entries', () => {
    const patientId = entry('a').patientId;
    const entries = [entry('a'), entry('b', { patientId }), entry('c', { patientId }), entry('d')];
    expect(offered(matching({ entries, freed: { ...FREED, end: at('2026-03-03T11:00:00Z') }, busy: [] }))).toEqual([
      'a 09:00',
      'd 09:30',
    ]);
  });

  test('is not offered twice to the same entry', () => {
    const before = { entryId: id<'waitlist_entry'>('a'), doctorId: DOCTOR_ID, start: FREED.start };
    expect(offered(matching({ pastOffers: [before] }))).toEqual([]);
    expect(offered(matching({ pastOffers: [before], entries: [entry('a'), entry('b')] }))).toEqual(['b 09:00']);
    expect(offered(matching({ pastOffers: [{ ...before, start: before.start + MINUTE }] }))).toEqual(['a 09:00']);
  });

  test('is not offered when it is taken, past, or the patient is busy', () => {
    expect(offered(matching({ busy: [...TAKEN, busy('2026-03-03T09:10:00Z', '2026-03-03T09:20:00Z')] }))).toEqual([]);
    expect(offered(matching(), { ...by, now: FREED.start + 1 })).toEqual([]);
    const occupied = (expiresAt: number | null) =>
      matching({
        patientBusy: new Map([
          [entry('a').patientId, [busy('2026-03-03T09:20:00Z', '2026-03-03T09:40:00Z', { expiresAt })]],
        ]),
      });
    expect(offered(occupied(null))).toEqual([]);
    expect(offered(occupied(NOW))).toEqual(['a 09:00']);
  });

  test('is offered only where the slot overlaps it', () => {
    expect(offered(matching({ busy: [], freed: FREED }))).toEqual(['a 09:00']);
  });

  test('is not offered for a doctor who is away', () => {
    expect(offered(matching({ doctor: doctor({ acceptingPatients: false }) }))).toEqual([]);
    expect(offered(matching({ doctor: doctor({ active: false }) }))).toEqual([]);
  });

  test('is offered until its start at the latest', () => {
    const [placed] = offerFreedTime(matching(), { ...by, now: FREED.start - 5 * MINUTE });
    expect(placed).toMatchObject({ hold: { expiresAt: FREED.start } });
  });

  test('is offered only where the criteria fit', () => {
    const slot = { doctorId: DOCTOR_ID, ...FREED, date: date('2026-03-03') };
    const accepts = (fields: Partial<WaitlistEntry>) => fits(entry('a', fields), slot, doctor(), zone('Europe/Berlin'));
    expect(accepts({})).toBe(true);
    expect(accepts({ doctorId: DOCTOR_ID, specialty: 'cardiology' })).toBe(true);
    expect(accepts({ doctorId: id('another') })).toBe(false);
    expect(accepts({ specialty: 'Surgery' })).toBe(false);
    expect(accepts({ from: date('2026-03-04') })).toBe(false);
    expect(accepts({ to: date('2026-03-02') })).toBe(false);
    expect(accepts({ dailyWindow: range('10:00-10:30') })).toBe(true);
    expect(accepts({ dailyWindow: range('10:01-11:00') })).toBe(false);
    expect(accepts({ dailyWindow: range('09:00-10:29') })).toBe(false);
    expect(accepts({ dailyWindow: range('22:00-10:30') })).toBe(true);
    expect(accepts({ dailyWindow: range('22:00-10:29') })).toBe(false);
    expect(fits(entry('a', { specialty: 'x' }), slot, doctor({ specialty: null }), zone('UTC'))).toBe(false);
  });
});

test('cancelling, moving and a no-show free time', () => {
  const before = appointment({ status: 'no_show' });
  const freed = { doctorId: DOCTOR_ID, ...before.busy };
  const common = { appointment: before, expectedVersion: 1 };
  expect(freedBy({ type: 'appointment.cancelled', ...common })).toEqual(freed);
  expect(freedBy({ type: 'appointment.status_changed', previousStatus: 'confirmed', ...common })).toEqual(freed);
  const previous = { doctorId: id<'user'>('old') as UserId, ...FREED, busy: FREED };
  expect(freedBy({ type: 'appointment.rescheduled', previous, ...common })).toEqual({ doctorId: 'old', ...FREED });
  const confirmed = { ...common, appointment: appointment({ status: 'confirmed' }) };
  expect(freedBy({ type: 'appointment.status_changed', previousStatus: 'scheduled', ...confirmed })).toBeUndefined();
  expect(freedBy({ type: 'appointment.booked', appointment: before })).toBeUndefined();
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
    createdAt: offer.createdAt,
    expiresAt: offer.expiresAt,
  };
  const booking = {
    actor: PATIENT,
    now: NOW,
    policy: DEFAULT_POLICY,
    appointmentId: id<'appointment'>('new'),
    seriesId: null,
  };
  const held = {
    ...busy('2026-03-03T09:00:00Z', '2026-03-03T09:30:00Z'),
    sourceId: hold.id,
    expiresAt: hold.expiresAt,
  };
  const given = state({ busy: [...TAKEN, held], patientBusy: [held] });
  const accept = (fields: Partial<WaitlistOffer> = {}, ctx = booking, stored: typeof hold | null = hold) =>
    acceptOffer(given, { offer: { ...offer, ...fields }, entry: waiting, hold: stored }, ctx);

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

  test('can be answered only by its patient, once and in time', () => {
    const refused = (...args: Parameters<typeof accept>) => refusal(accept(...args)).code;
    expect(refused({}, { ...booking, actor: STAFF })).toBe('offer_not_found');
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
    expect(value(declineOffer(offer, waiting, booking))).toMatchObject(closed('declined'));
    expect(refusal(declineOffer(offer, waiting, { ...booking, actor: STAFF })).code).toBe('offer_not_found');
    expect(refusal(declineOffer({ ...offer, state: 'declined' }, waiting, booking)).code).toBe('offer_closed');
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

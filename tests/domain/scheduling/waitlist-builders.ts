/** Entries of the waitlist and freed time for tests. */

import { DEFAULT_POLICY } from '../../../domain/scheduling/policy.ts';
import { NO_RESOURCES } from '../../../domain/scheduling/resource-choice.ts';
import type { JoinContext, WaitlistCriteria, WaitlistEntry } from '../../../domain/scheduling/waitlist.ts';
import { type MatchState, offerFreedTime } from '../../../domain/scheduling/waitlist-matching.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { appointmentType, at, availability, busy, date, doctor, id, NOW, PATIENT_ID, TYPE_ID } from './builders.ts';

export const MINUTE = 60_000;

export const WISHES: WaitlistCriteria = {
  appointmentTypeId: TYPE_ID,
  doctorId: null,
  specialty: null,
  from: date('2026-03-02'),
  to: date('2026-03-31'),
  dailyWindow: null,
};

export function entry(name: string, fields: Partial<WaitlistEntry> = {}): WaitlistEntry {
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

export const FREED = { start: at('2026-03-03T09:00:00Z'), end: at('2026-03-03T09:30:00Z') };
/** The whole day is busy except for the freed time. */
export const TAKEN = [
  busy('2026-03-03T08:00:00Z', '2026-03-03T09:00:00Z'),
  busy('2026-03-03T09:30:00Z', '2026-03-03T16:00:00Z'),
];

export function matching(fields: Partial<MatchState> = {}): MatchState {
  return {
    doctor: doctor(),
    availability: availability(),
    types: new Map([[TYPE_ID, appointmentType()]]),
    busy: TAKEN,
    resources: NO_RESOURCES,
    freed: FREED,
    entries: [entry('a')],
    pastOffers: [],
    patientBusy: new Map(),
    ...fields,
  };
}

export const ids = ['1', '2', '3'].map((n) => ({
  offerId: id<'waitlist_offer'>(`offer ${n}`),
  holdId: id<'hold'>(`hold ${n}`),
}));
export const by = { now: NOW, policy: DEFAULT_POLICY, ids };

export function offered(given: MatchState, ctx = by): string[] {
  return offerFreedTime(given, ctx).flatMap((change) =>
    change.type === 'waitlist.offer_made'
      ? [`${change.offer.entryId} ${new Date(change.offer.start).toISOString().slice(11, 16)}`]
      : [],
  );
}

export const JOINING: JoinContext = {
  now: NOW,
  policy: DEFAULT_POLICY,
  entryId: id('entry'),
  patientId: PATIENT_ID,
  rank: 0,
  openEntries: [],
  today: date('2026-03-02'),
};

/** Entries of the waitlist and freed time for tests. */

import { type DoctorTimes, openTimes, pageOf } from '../../../domain/scheduling/bookable-times.ts';
import { DEFAULT_POLICY } from '../../../domain/scheduling/policy.ts';
import { NO_RESOURCES } from '../../../domain/scheduling/resource-choice.ts';
import type { JoinContext, WaitlistEntry } from '../../../domain/scheduling/waitlist.ts';
import type { WaitlistCriteria } from '../../../domain/scheduling/waitlist-criteria.ts';
import { type Candidate, inTurn, type Matched, offerTimes } from '../../../domain/scheduling/waitlist-matching.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { Interval } from '../../../domain/shared/interval.ts';
import {
  appointmentType,
  at,
  availability,
  busy,
  date,
  doctor,
  id,
  NOW,
  PATIENT_ID,
  TYPE_ID,
  zone,
} from './builders.ts';

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
    missed: 0,
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

/** A doctor's time, what of it has become bookable, and who waits. */
export interface Matching extends DoctorTimes {
  readonly opened: Interval;
  readonly candidates: readonly Candidate[];
}

export function matching(fields: Partial<Matching> = {}): Matching {
  return {
    doctor: doctor(),
    availability: availability(),
    types: new Map([[TYPE_ID, appointmentType()]]),
    lastWanted: date('2026-03-31'),
    busy: TAKEN,
    resources: NO_RESOURCES,
    opened: FREED,
    candidates: [candidate('a')],
    ...fields,
  };
}

export function candidate(
  name: string,
  fields: Partial<WaitlistEntry> = {},
  patient: Partial<Omit<Candidate, 'entry'>> = {},
): Candidate {
  return {
    entry: entry(name, fields),
    isKnownPatient: false,
    patientBusy: [],
    patientStarts: [],
    offeredBefore: [],
    ...patient,
  };
}

export const ids = ['1', '2', '3'].map((n) => ({
  offerId: id<'waitlist_offer'>(`offer ${n}`),
  holdId: id<'hold'>(`hold ${n}`),
}));
export const by = { now: NOW, policy: DEFAULT_POLICY, ids };

export function matched({ opened, candidates, ...state }: Matching, ctx = by, limit = 200): Matched {
  const { times } = openTimes(state, pageOf(opened, null, null), ctx.now);
  const first = [...candidates].sort((a, b) => inTurn(a.entry, b.entry)).slice(0, limit);
  return offerTimes(state, times, first, limit, ctx);
}

export function offered(given: Matching, ctx = by): string[] {
  return matched(given, ctx).changes.flatMap((change) =>
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
  servers: { type: appointmentType(), doctor: null, zones: [zone('UTC')] },
  isKnownPatient: false,
};

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AppointmentType, busyRange } from '../../../domain/scheduling/appointment-type.ts';
import { type DoctorTimes, openTimes, pageOf } from '../../../domain/scheduling/bookable-times.ts';
import { ALONE, occupancyOf, placeFor } from '../../../domain/scheduling/places.ts';
import { NO_RESOURCES } from '../../../domain/scheduling/resource-choice.ts';
import { availableSlots, type Slot } from '../../../domain/scheduling/slots.ts';
import { type Candidate, fits, inTurn, offerTimes, type Turn } from '../../../domain/scheduling/waitlist-matching.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { type Interval, overlaps } from '../../../domain/shared/interval.ts';
import { sized } from '../../support/size.ts';
import { appointmentType, at, availability, daily, date, doctor, id, NOW, range } from './builders.ts';
import { by, candidate, MINUTE } from './waitlist-builders.ts';

const TYPES = [
  appointmentType({ dailyLimit: 5 }),
  appointmentType({ id: id('long'), durationMinutes: 60, bufferBeforeMinutes: 10, bufferAfterMinutes: 5 }),
  appointmentType({ id: id('group'), slotIntervalMinutes: 60, durationMinutes: 60, capacity: 3 }),
  appointmentType({ id: id('short'), durationMinutes: 15, slotIntervalMinutes: 15, horizonDays: 20 }),
];
const FIRST = at('2026-03-02T00:00:00Z');
const DAY = 86_400_000;

interface Scene {
  readonly state: DoctorTimes;
  readonly opened: Interval;
  readonly waiting: readonly Candidate[];
}

const moment = fc.integer({ min: 0, max: 40 * 96 }).map((quarters) => FIRST + quarters * 15 * MINUTE);
const someday = fc
  .integer({ min: 0, max: 41 })
  .map((days) => date(new Date(FIRST + days * DAY).toISOString().slice(0, 10)));
const WINDOWS = [null, range('08:00-10:30'), range('13:00-18:00'), range('22:00-10:30'), range('16:59-24:00')];

const anyCandidate = fc
  .record({
    type: fc.constantFrom(...TYPES),
    days: fc.tuple(someday, someday),
    window: fc.constantFrom(...WINDOWS),
    patient: fc.nat(200),
    rank: fc.nat(2),
    missed: fc.nat(1),
    wants: fc.constantFrom<Partial<Candidate['entry']>>(
      {},
      { doctorId: doctor().id },
      { specialty: 'cardiology' },
      { doctorId: id('another') },
    ),
    known: fc.boolean(),
    busy: fc.array(moment, { maxLength: 3 }),
    before: fc.array(moment, { maxLength: 3 }),
  })
  .map(({ type, days, window, patient, rank, missed, wants, known, busy, before }) => (n: number): Candidate => {
    const [from, to] = [...days].sort() as [(typeof days)[0], (typeof days)[0]];
    const patientId = id<'user'>(`patient ${patient}`) as UserId;
    const dates = { appointmentTypeId: type.id, from, to, dailyWindow: window };
    return candidate(
      `entry ${n}`,
      { ...dates, ...wants, patientId, rank, missed, createdAt: NOW - ((n * 7919) % 300) },
      {
        isKnownPatient: known,
        patientBusy: busy.map((start) => ({ sourceId: 'own', start, end: start + 45 * MINUTE, expiresAt: null })),
        offeredBefore: before,
      },
    );
  });

function anyScene(count: { readonly minLength: number; readonly maxLength: number }): fc.Arbitrary<Scene> {
  return fc
    .record({
      hours: fc.constantFrom(daily('09:00-12:00'), daily('09:00-17:00'), daily('20:00-01:00', '09:00-10:00')),
      accepting: fc.boolean(),
      taken: fc.array(fc.tuple(moment, fc.constantFrom(...TYPES)), { maxLength: 60 }),
      bounds: fc.tuple(moment, moment),
      candidates: fc.array(anyCandidate, count),
    })
    .map(({ hours, accepting, taken, bounds: [a, b], candidates }) => ({
      state: {
        doctor: doctor({ acceptingPatients: accepting }),
        availability: availability({ weekly: hours }),
        types: new Map(TYPES.map((type) => [type.id, type])),
        lastWanted: date('2026-04-30'),
        busy: taken.map(([start, type], n) => ({
          ...busyRange(type, start),
          sourceId: id<'appointment'>(`booked ${n}`),
          appointmentTypeId: type.id,
          startsAt: start,
          expiresAt: null,
          occupancy: id<'occupancy'>(`booked ${n}`),
          lane: 0,
        })),
        resources: NO_RESOURCES,
      },
      opened: { start: Math.max(NOW, Math.min(a, b)), end: Math.max(a, b, NOW) + 30 * MINUTE },
      waiting: oneOfEach(candidates.map((make, n) => make(n))),
    }));
}

/** What belongs to the patient is the same for all entries of the patient. */
function oneOfEach(all: readonly Candidate[]): Candidate[] {
  const first = new Map<UserId, Candidate>();
  return all.map((each) => {
    const known = first.get(each.entry.patientId) ?? each;
    first.set(each.entry.patientId, known);
    const { missed } = known.entry;
    return { ...known, entry: { ...each.entry, missed } };
  });
}

/** Whether a patient may be offered a slot that is free, as the documentation says it. */
function mayBeOffered({ state, opened }: Scene, { entry, ...patient }: Candidate, slot: Slot): boolean {
  const type = state.types.get(entry.appointmentTypeId) as AppointmentType;
  return (
    overlaps(busyRange(type, slot.start), opened) &&
    fits(entry, slot, state.doctor, state.availability.timezone) &&
    (state.doctor.acceptingPatients || patient.isKnownPatient) &&
    !patient.offeredBefore.includes(slot.start) &&
    !patient.patientBusy.some((time) => overlaps(time, slot))
  );
}

/** All free slots of the type, computed anew. */
function freeSlots(
  { availability: hours, resources }: DoctorTimes,
  type: AppointmentType,
  busy: DoctorTimes['busy'],
): Slot[] {
  return availableSlots({
    availability: hours,
    type,
    from: date('2026-03-01'),
    to: date('2026-04-30'),
    now: NOW,
    busy,
    resources,
  });
}

type Offer = readonly [entry: string, start: number];

function taking(busy: DoctorTimes['busy'], type: AppointmentType, start: number): DoctorTimes['busy'][number] {
  const sourceId = id<'hold'>(`hold ${busy.length}`);
  const place = placeFor(type, start, busy) ?? ALONE;
  const lane = { occupancy: occupancyOf(sourceId, place), lane: place.lane };
  const times = { ...busyRange(type, start), startsAt: start, expiresAt: NOW + DAY };
  return { sourceId, appointmentTypeId: type.id, ...times, ...lane };
}

/** One entry after the other, each with every free slot computed anew. */
function slowly(scene: Scene): { readonly offers: Offer[]; readonly busy: DoctorTimes['busy'] } {
  const { state } = scene;
  const offers: Offer[] = [];
  const served = new Set<string>();
  let { busy } = state;
  for (const each of [...scene.waiting].sort((a, b) => inTurn(a.entry, b.entry))) {
    if (served.has(each.entry.patientId)) continue;
    const type = state.types.get(each.entry.appointmentTypeId) as AppointmentType;
    const slot = freeSlots(state, type, busy).find((free) => mayBeOffered(scene, each, free));
    if (slot === undefined) continue;
    served.add(each.entry.patientId);
    offers.push([each.entry.id, slot.start]);
    busy = [...busy, taking(busy, type, slot.start)];
  }
  return { offers, busy };
}

interface Place {
  readonly from: number | null;
  readonly until: number | null;
  readonly after: Turn | null;
}

/** As the jobs do it: pages of times, few entries at once, and few offers; each job begins where the one before stopped. */
function inJobs(scene: Scene, limit: number, offersAtOnce: number) {
  const { waiting, opened } = scene;
  const offers: Offer[] = [];
  const served = new Set<string>();
  let { state } = scene;
  let place: Place | null = { from: null, until: null, after: null };
  let jobs = 0;
  while (place !== null && jobs < 2000) {
    const { from, until, after }: Place = place;
    jobs++;
    const page = pageOf(opened, from, until);
    const { times, next } = openTimes(state, page, NOW);
    const candidates = waiting
      .filter(({ entry }) => !served.has(entry.patientId) && (after === null || inTurn(after, entry) < 0))
      .filter((each) =>
        times.some(({ type, slot }) => type.id === each.entry.appointmentTypeId && mayBeOffered(scene, each, slot)),
      )
      .sort((a, b) => inTurn(a.entry, b.entry))
      .slice(0, limit);
    const ids = Array.from({ length: offersAtOnce }, (_, n) => ({
      offerId: id<'waitlist_offer'>(`${jobs} ${n}`),
      holdId: id<'hold'>(`${jobs} ${n}`),
    }));
    const matched = offerTimes(state, times, candidates, limit, { ...by, ids });
    for (const change of matched.changes) {
      if (change.type !== 'waitlist.offer_made') continue;
      const { entryId, patientId, start } = change.offer;
      offers.push([entryId, start]);
      served.add(patientId);
      state = { ...state, busy: [...state.busy, taking(state.busy, typeOf(scene, entryId), start)] };
    }
    if (matched.after !== null) place = { from, until: next ?? page.until, after: matched.after };
    else place = next === null ? null : { from: next, until: null, after: null };
  }
  return { offers, busy: state.busy, jobs };
}

function typeOf({ state, waiting }: Scene, entryId: string): AppointmentType {
  const { appointmentTypeId } = waiting.find(({ entry }) => entry.id === entryId)?.entry ?? {};
  return state.types.get(appointmentTypeId as AppointmentType['id']) as AppointmentType;
}

/** Patients who got nothing, though a free slot may be offered to them. */
function passedOver(scene: Scene, offers: readonly Offer[], busy: DoctorTimes['busy']): string[] {
  const served = new Set(
    offers.map(([entryId]) => scene.waiting.find(({ entry }) => entry.id === entryId)?.entry.patientId),
  );
  const free = new Map([...scene.state.types.values()].map((type) => [type.id, freeSlots(scene.state, type, busy)]));
  return scene.waiting
    .filter(({ entry }) => !served.has(entry.patientId))
    .filter((each) => free.get(each.entry.appointmentTypeId)?.some((slot) => mayBeOffered(scene, each, slot)))
    .map(({ entry }) => entry.id);
}

test('the jobs offer what a slow reference offers, in any portions', () => {
  fc.assert(
    fc.property(
      anyScene({ minLength: 0, maxLength: 40 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 4 }),
      (scene, limit, atOnce) => {
        // Within one page, so that the reference need not know pages.
        fc.pre(openTimes(scene.state, pageOf(scene.opened, null, null), NOW).next === null);
        const [fast, slow] = [inJobs(scene, limit, atOnce), slowly(scene)];
        expect(fast.offers).toEqual(slow.offers);
      },
    ),
    { numRuns: sized(100), endOnFailure: true },
  );
});

test('over many pages, nobody whom a free time fits is passed over, and nobody gets two offers', () => {
  fc.assert(
    fc.property(anyScene({ minLength: 300, maxLength: 300 }), (scene) => {
      const { offers, busy, jobs } = inJobs(scene, 200, 10);
      expect(passedOver(scene, offers, busy)).toEqual([]);
      const patients = offers.map(
        ([entryId]) => scene.waiting.find(({ entry }) => entry.id === entryId)?.entry.patientId,
      );
      expect(new Set(patients).size).toBe(patients.length);
      expect(new Set(busy.map(({ sourceId }) => sourceId)).size).toBe(busy.length);
      expect(jobs).toBeLessThanOrEqual(300);
    }),
    { numRuns: sized(20), endOnFailure: true },
  );
});

import { describe, expect, test } from 'vitest';
import { ALONE } from '../../../domain/scheduling/places.ts';
import { type JoinContext, joinWaitlist, type WaitlistEntry } from '../../../domain/scheduling/waitlist.ts';
import type { WaitlistCriteria } from '../../../domain/scheduling/waitlist-criteria.ts';
import { fits, inTurn } from '../../../domain/scheduling/waitlist-matching.ts';
import {
  appointmentType,
  at,
  busy,
  DOCTOR_ID,
  date,
  doctor,
  id,
  NOW,
  PATIENT_ID,
  range,
  refusal,
  TYPE_ID,
  value,
  zone,
} from './builders.ts';
import {
  by,
  candidate,
  entry,
  FREED,
  ids,
  JOINING,
  MINUTE,
  matched,
  matching,
  offered,
  TAKEN,
  WISHES,
} from './waitlist-builders.ts';

test('only the next appointment after a time may be given back for it', () => {
  const limited = new Map([[TYPE_ID, appointmentType({ patientOpenLimit: 1 })]]);
  const isOffered = (...starts: number[]) => {
    const patientStarts = starts.map((start) => ({ start, sourceId: `${start}` }));
    return offered(matching({ types: limited, candidates: [candidate('a', {}, { patientStarts })] })).length > 0;
  };
  const [before, later] = [FREED.start - MINUTE, FREED.start + 1440 * MINUTE];
  expect([isOffered(), isOffered(later), isOffered(before), isOffered(FREED.start)]).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(isOffered(later, later + MINUTE)).toBe(false);
});

describe('joining the waitlist', () => {
  test('stores the criteria', () => {
    const joined = value(joinWaitlist(WISHES, JOINING));
    expect(joined.entry).toEqual({
      ...WISHES,
      id: 'entry',
      patientId: PATIENT_ID,
      rank: 0,
      missed: 0,
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
      place: ALONE,
      createdAt: NOW,
      locationId: null,
      expiresAt: NOW + 30 * MINUTE,
    };
    expect(matched(matching()).changes).toEqual([
      { type: 'hold.placed', hold, takings: [] },
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
        of: 'wish',
      },
      {
        type: 'waitlist.entry_changed',
        entry: { ...entry('a'), state: 'offered', updatedAt: NOW, version: 2 },
        expectedVersion: 1,
      },
    ]);
  });

  test('is offered to those who answer, then to the highest rank, then to the longest wait', () => {
    const candidates = [
      candidate('silent', { rank: 9, missed: 1 }),
      candidate('late', { createdAt: NOW - 1 }),
      candidate('early', { createdAt: NOW - 9 }),
      candidate('urgent', { rank: 1 }),
    ];
    const order = candidates.map(({ entry: each }) => each).sort(inTurn);
    expect(order.map((each) => each.id)).toEqual(['urgent', 'early', 'late', 'silent']);
    expect([entry('b'), entry('a')].sort(inTurn).map((each) => each.id)).toEqual(['a', 'b']);
    expect(offered(matching({ candidates }))).toEqual(['urgent 09:00']);
  });

  test('is offered to several entries when it is long enough, at most as many as ids', () => {
    const candidates = [candidate('a'), candidate('b'), candidate('c')];
    const opened = { start: FREED.start, end: at('2026-03-03T10:00:00Z') };
    const taken = [TAKEN[0] ?? busy('', ''), busy('2026-03-03T10:00:00Z', '2026-03-03T16:00:00Z')];
    const given = matching({ candidates, opened, busy: taken });
    expect(offered(given)).toEqual(['a 09:00', 'b 09:30']);
    expect(offered(given, { ...by, ids: ids.slice(0, 1) })).toEqual(['a 09:00']);
    // The next job goes on after the last entry that was considered.
    expect(matched(given, { ...by, ids: ids.slice(0, 1) }).after).toMatchObject({ id: 'a' });
    expect(matched(given, by, 1).after).toMatchObject({ id: 'a' });
    expect(matched(given).after).toBeNull();
  });

  test('is not offered to an entry of a removed type', () => {
    expect(offered(matching({ candidates: [candidate('c', { appointmentTypeId: id('gone') })] }))).toEqual([]);
  });

  test('is offered once to a patient with several entries', () => {
    const { patientId } = entry('a');
    const candidates = [candidate('a'), candidate('b', { patientId }), candidate('c', { patientId }), candidate('d')];
    const opened = { ...FREED, end: at('2026-03-03T11:00:00Z') };
    expect(offered(matching({ candidates, opened, busy: [] }))).toEqual(['a 09:00', 'd 09:30']);
  });

  test('is not offered twice to the same patient', () => {
    const offeredAt = (start: number) => candidate('a', {}, { offeredBefore: [start] });
    expect(offered(matching({ candidates: [offeredAt(FREED.start)] }))).toEqual([]);
    expect(offered(matching({ candidates: [offeredAt(FREED.start), candidate('b')] }))).toEqual(['b 09:00']);
    expect(offered(matching({ candidates: [offeredAt(FREED.start + MINUTE)] }))).toEqual(['a 09:00']);
  });

  test('is not offered when it is taken, past, or the patient is busy', () => {
    expect(offered(matching({ busy: [...TAKEN, busy('2026-03-03T09:10:00Z', '2026-03-03T09:20:00Z')] }))).toEqual([]);
    expect(offered(matching(), { ...by, now: FREED.start + 1 })).toEqual([]);
    const occupied = (expiresAt: number | null) => {
      const patientBusy = [busy('2026-03-03T09:20:00Z', '2026-03-03T09:40:00Z', { expiresAt })];
      return matching({ candidates: [candidate('a', {}, { patientBusy })] });
    };
    expect(offered(occupied(null))).toEqual([]);
    expect(offered(occupied(NOW))).toEqual(['a 09:00']);
  });

  test('is offered only where the slot overlaps it', () => {
    expect(offered(matching({ busy: [], opened: FREED }))).toEqual(['a 09:00']);
  });

  test('is not offered for a doctor who is away, and to nobody new when the doctor accepts no new patients', () => {
    expect(offered(matching({ doctor: doctor({ active: false }) }))).toEqual([]);
    const candidates = [candidate('new'), candidate('own', {}, { isKnownPatient: true })];
    const given = matching({ candidates, doctor: doctor({ acceptingPatients: false }) });
    expect(offered(given)).toEqual(['own 09:00']);
  });

  test('is offered until its start at the latest', () => {
    const [placed] = matched(matching(), { ...by, now: FREED.start - 5 * MINUTE }).changes;
    expect(placed).toMatchObject({ hold: { expiresAt: FREED.start } });
  });

  test('is offered only where the criteria fit', () => {
    const slot = { doctorId: DOCTOR_ID, ...FREED, date: date('2026-03-03'), locationId: null };
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

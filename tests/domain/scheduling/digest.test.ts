import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  beginDigests,
  type DigestReceiver,
  type DoctorRequests,
  type DoctorStarts,
  digestFor,
  LISTED_DOCTORS,
  TOLD_AT_ONCE,
  tellDigests,
} from '../../../domain/scheduling/digest.ts';
import { boundsOf, type DigestState, dueDigest, isOver } from '../../../domain/scheduling/digest-day.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { type Instant, type LocalDate, localTimeOf } from '../../../domain/shared/time.ts';
import { localDateAt, localTimeAt, type ZoneId } from '../../../domain/shared/zone.ts';
import { at, date, id, NOW, time, zone } from './builders.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const BERLIN = zone('Europe/Berlin');

/** Zones whose clocks change within a day of an instant: forward, back, over midnight, past it, and by a whole date. */
const CHANGES: readonly (readonly [ZoneId, Instant])[] = [
  [BERLIN, at('2026-07-01T12:00:00Z')],
  [BERLIN, at('2026-03-29T01:00:00Z')],
  [BERLIN, at('2026-10-25T01:00:00Z')],
  [zone('America/Nuuk'), at('2026-03-29T01:00:00Z')],
  [zone('Asia/Beirut'), at('2026-03-28T22:00:00Z')],
  [zone('America/St_Johns'), at('2006-10-29T02:31:00Z')],
  [zone('Pacific/Apia'), at('2011-12-30T10:00:00Z')],
];
const changes = fc.constantFrom(...CHANGES);
const times = fc.integer({ min: 0, max: 23 * 60 + 30 }).map(localTimeOf);

/** Looks at each minute of the day before and after. */
function slowDueDigest({ digestTime, timezone, lastDate }: DigestState, now: Instant): LocalDate | undefined {
  if (digestTime === null) return undefined;
  const today = localDateAt(timezone, now);
  const minutes = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => now + (from + n) * MINUTE);
  const isToday = (minute: Instant) => localDateAt(timezone, minute) === today;
  const hasCome = minutes(-1560, 1).some((minute) => isToday(minute) && localTimeAt(timezone, minute) >= digestTime);
  const isLate = !minutes(31, 1560).some(isToday);
  if (!hasCome && !isLate) return undefined;
  const next = minutes(1, 3 * 1440).find((minute) => localDateAt(timezone, minute) > today);
  const tomorrow = next === undefined ? undefined : localDateAt(timezone, next);
  return tomorrow !== undefined && (lastDate === null || lastDate < tomorrow) ? tomorrow : undefined;
}

describe('when digests are due', () => {
  const due = (state: Partial<DigestState>, now: string) =>
    dueDigest({ digestTime: time('18:00'), timezone: BERLIN, lastDate: null, ...state }, at(now));

  test.each<[string, Partial<DigestState>, string, string | undefined]>([
    ['before the time', {}, '2026-03-02T16:59:00Z', undefined],
    ['at the time', {}, '2026-03-02T17:00:00Z', '2026-03-03'],
    ['late the same evening', {}, '2026-03-02T22:59:00Z', '2026-03-03'],
    ['after midnight', {}, '2026-03-02T23:00:00Z', undefined],
    ['when none are wanted', { digestTime: null }, '2026-03-02T17:00:00Z', undefined],
    ['when they have begun', { lastDate: date('2026-03-03') }, '2026-03-02T17:00:00Z', undefined],
    ['a day after', { lastDate: date('2026-03-03') }, '2026-03-03T17:00:00Z', '2026-03-04'],
    // In Nuuk the clocks go from 23:00 to the midnight that begins 29 March.
    [
      'at a time that clocks skip until midnight',
      { digestTime: time('23:15'), timezone: zone('America/Nuuk') },
      '2026-03-29T00:30:00Z',
      '2026-03-29',
    ],
    ['before a date that clocks skip', { timezone: zone('Pacific/Apia') }, '2011-12-30T05:00:00Z', '2011-12-31'],
  ])('%s', (_, state, now, expected) => {
    expect(due(state, now)).toBe(expected);
  });

  test('agree with a search of each minute, around changes of clocks', () => {
    fc.assert(
      fc.property(changes, times, fc.integer({ min: -2160, max: 2160 }), ([timezone, change], digestTime, minutes) => {
        const now = change + minutes * MINUTE;
        const state: DigestState = { digestTime, timezone, lastDate: null };
        expect(dueDigest(state, now)).toBe(slowDueDigest(state, now));
        const tomorrow = dueDigest(state, now) ?? null;
        expect(dueDigest({ ...state, lastDate: tomorrow }, now)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  test('are begun once for a day, whenever processes look and whatever the clinic changes meanwhile', () => {
    const step = fc.record({
      minutes: fc.integer({ min: 1, max: 400 }),
      digestTime: fc.option(fc.option(times), { nil: undefined }),
      zone: fc.option(fc.constantFrom(...CHANGES.map(([each]) => each)), { nil: undefined }),
    });
    fc.assert(
      fc.property(changes, times, fc.array(step, { maxLength: 40 }), ([timezone, change], digestTime, steps) => {
        let [now, state]: [Instant, DigestState] = [change - 2 * DAY, { digestTime, timezone, lastDate: null }];
        const begun: LocalDate[] = [];
        for (const next of steps) {
          now += next.minutes * MINUTE;
          state = {
            digestTime: next.digestTime === undefined ? state.digestTime : next.digestTime,
            timezone: next.zone ?? state.timezone,
            lastDate: state.lastDate,
          };
          const found = dueDigest(state, now);
          expect(found).toBe(slowDueDigest(state, now));
          if (found === undefined) continue;
          begun.push(found);
          state = { ...state, lastDate: found };
          expect(found > localDateAt(state.timezone, now)).toBe(true);
          expect(dueDigest(state, now)).toBeUndefined();
        }
        expect(begun).toEqual([...new Set(begun)].toSorted());
      }),
      { numRuns: 100 },
    );
  });

  test('a day that looks once a minute is told of each next day, also when clocks change', () => {
    for (const [timezone, change] of CHANGES) {
      const told = new Set<LocalDate>();
      let state: DigestState = { digestTime: time('23:15'), timezone, lastDate: null };
      for (let now = change - 2 * DAY; now < change + 2 * DAY; now += MINUTE) {
        const found = dueDigest(state, now);
        if (found === undefined) continue;
        told.add(found);
        state = { ...state, lastDate: found };
      }
      const days = new Set<LocalDate>();
      for (let now = change - 2 * DAY; now < change + 2 * DAY; now += MINUTE) days.add(localDateAt(timezone, now));
      const [, ...after] = [...days].toSorted();
      // The last digest is of a day on which nobody looks any more.
      expect(
        [...told].filter((each) => days.has(each)),
        timezone,
      ).toEqual(after);
    }
  });
});

describe('a day', () => {
  test.each([
    [BERLIN, '2026-03-29', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'],
    [BERLIN, '2026-10-25', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'],
    // Clocks show the beginning of 29 October for a minute, and the end of the 28th again.
    [zone('America/St_Johns'), '2006-10-28', '2006-10-28T02:30:00Z', '2006-10-29T03:30:00Z'],
  ])('in %s, %s is from %s to %s', (timezone, day, start, end) => {
    const of = { date: date(day), timezone };
    expect(boundsOf(of)).toEqual({ start: at(start), end: at(end) });
    expect([isOver(of, at(end) - 1), isOver(of, at(end))]).toEqual([false, true]);
  });
});

const TUESDAY = { date: date('2026-03-03'), timezone: BERLIN };
const doctorId = (n: number) => id(`doctor-${n}`) as UserId;
const starts = (n: number, led: readonly string[], attended: readonly string[] = []): DoctorStarts => ({
  doctorId: doctorId(n),
  doctorName: `Doctor ${n}`,
  led: led.map(at),
  attended: attended.map(at),
});
const doctor = (n: number) => ({ personId: doctorId(n), role: 'doctor' as const });
const STAFF = { personId: id('staff') as UserId, role: 'staff' as const };

describe('what a digest says', () => {
  const doctors = [
    starts(1, ['2026-03-03T09:00:00Z', '2026-03-03T08:00:00Z', '2026-03-03T08:00:00Z'], ['2026-03-03T08:30:00Z']),
    starts(2, ['2026-03-03T08:30:00Z', '2026-03-02T22:59:00Z', '2026-03-03T23:00:00Z']),
  ];
  const requests: DoctorRequests[] = [
    { doctorId: doctorId(1), led: 2, attended: 0 },
    { doctorId: doctorId(3), led: 0, attended: 2 },
  ];
  const told = (receiver: Pick<DigestReceiver, 'personId' | 'role'>) =>
    digestFor(receiver, { doctors, requests }, TUESDAY);

  test('to a doctor: own times of that day in order, each once, also of visits that another doctor leads', () => {
    expect(told(doctor(1))).toEqual({
      ...TUESDAY,
      requests: 2,
      appointments: 4,
      doctors: [{ doctorName: 'Doctor 1', times: ['09:00', '09:30', '10:00'] }],
      moreDoctors: 0,
    });
    expect(told(doctor(2))).toMatchObject({ requests: 0, appointments: 1, doctors: [{ times: ['09:30'] }] });
    expect(told(doctor(3))).toMatchObject({ requests: 2, appointments: 0, doctors: [] });
  });

  test('to staff: all doctors, each appointment and request once', () => {
    expect(told(STAFF)).toMatchObject({
      requests: 2,
      appointments: 4,
      doctors: [{ doctorName: 'Doctor 1' }, { doctorName: 'Doctor 2', times: ['09:30'] }],
    });
  });

  test('nothing to whoever has neither appointments nor requests', () => {
    expect(told(doctor(4))).toBeUndefined();
    const elsewhere = [starts(1, ['2026-03-04T09:00:00Z'])];
    expect(digestFor(STAFF, { doctors: elsewhere, requests: [] }, TUESDAY)).toBeUndefined();
  });

  test('of 200 doctors, the first ones and how many more there are', () => {
    const many = Array.from({ length: 200 }, (_, n) => starts(n, ['2026-03-03T09:00:00Z']));
    const digest = digestFor(STAFF, { doctors: many, requests: [] }, TUESDAY);
    expect(digest).toMatchObject({ appointments: 200, moreDoctors: 200 - LISTED_DOCTORS });
    expect(digest?.doctors).toHaveLength(LISTED_DOCTORS);
  });

  test('agrees with a count of the appointments one by one', () => {
    const visit = fc.record({
      lead: fc.integer({ min: 0, max: 3 }),
      others: fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
      minute: fc.integer({ min: -1600, max: 1600 }),
      isRequest: fc.boolean(),
    });
    fc.assert(
      fc.property(changes, fc.array(visit, { maxLength: 12 }), ([timezone, change], made) => {
        const visits = made.map((each) => ({
          ...each,
          others: each.others.filter((other) => other !== each.lead),
          start: change + each.minute * MINUTE,
        }));
        const day = { date: localDateAt(timezone, change), timezone };
        const open = visits.filter(({ isRequest }) => !isRequest);
        const asked = visits.filter(({ isRequest }) => isRequest);
        const portion = {
          doctors: [0, 1, 2, 3].map((n) => ({
            ...starts(n, []),
            led: open.filter(({ lead }) => lead === n).map(({ start }) => start),
            attended: open.filter(({ others }) => others.includes(n)).map(({ start }) => start),
          })),
          requests: [0, 1, 2, 3].map((n) => ({
            doctorId: doctorId(n),
            led: asked.filter(({ lead }) => lead === n).length,
            attended: asked.filter(({ others }) => others.includes(n)).length,
          })),
        };
        const onDay = open.filter(({ start }) => localDateAt(timezone, start) === day.date);
        expect(digestFor(STAFF, portion, day)?.appointments ?? 0).toBe(onDay.length);
        expect(digestFor(STAFF, portion, day)?.requests ?? 0).toBe(
          onDay.length + asked.length === 0 ? 0 : asked.length,
        );
        for (const n of [0, 1, 2, 3]) {
          const isOwn = ({ lead, others }: (typeof visits)[number]) => lead === n || others.includes(n);
          const own = digestFor(doctor(n), portion, day);
          expect(own?.appointments ?? 0).toBe(onDay.filter(isOwn).length);
          expect(own?.requests ?? 0).toBe(asked.filter(isOwn).length);
          const clocks = new Set(onDay.filter(isOwn).map(({ start }) => localTimeAt(timezone, start)));
          expect(new Set(own?.doctors[0]?.times ?? [])).toEqual(clocks);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('portions', () => {
  const dataKey = { ownerId: 'x' } as DataKey;
  const receivers = (count: number): DigestReceiver[] =>
    Array.from({ length: count }, (_, n) => ({ ...doctor(n), dataKey }));
  const portion = (count: number) => ({
    version: 4,
    receivers: receivers(count),
    doctors: [starts(1, ['2026-03-03T09:00:00Z'])],
    requests: [],
  });

  test('a day is begun with the job of its first portion', () => {
    expect(beginDigests(TUESDAY, NOW)).toMatchObject({
      changes: [{ type: 'digest.begun', date: '2026-03-03', at: NOW }],
      messages: [],
      jobs: [{ topic: 'digest.send', payload: { date: '2026-03-03', timezone: 'Europe/Berlin' }, priority: 8 }],
    });
  });

  test('a full portion is followed by another one, and tells those alone who have something to do', () => {
    const told = tellDigests(portion(TOLD_AT_ONCE), TUESDAY, NOW);
    expect(told.changes).toEqual([
      {
        type: 'digest.portion_told',
        date: '2026-03-03',
        expectedVersion: 4,
        lastPerson: doctorId(TOLD_AT_ONCE - 1),
        isLast: false,
        at: NOW,
      },
    ]);
    expect(told.jobs).toHaveLength(1);
    expect(told.messages.map(({ userId }) => userId)).toEqual([doctorId(1)]);
    // Of use until the day that it is about has ended.
    expect(told.messages[0]?.usefulUntil).toBe(at('2026-03-03T23:00:00Z'));
  });

  test('the last one ends it, also if nobody is left', () => {
    expect(tellDigests(portion(2), TUESDAY, NOW)).toMatchObject({ changes: [{ isLast: true }], jobs: [] });
    expect(tellDigests(portion(0), TUESDAY, NOW)).toMatchObject({ changes: [{ isLast: true, lastPerson: null }] });
  });
});

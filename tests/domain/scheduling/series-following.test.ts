import { describe, expect, test } from 'vitest';
import { cancelFollowing, editFollowing, rescheduleFollowing } from '../../../domain/scheduling/series.ts';
import { formatInstant } from '../../../domain/shared/time.ts';
import { appointment, at, busy, context, date, id, NOW, PATIENT, refusal, state, time, value } from './builders.ts';

describe('an appointment and those that follow in its series', () => {
  const seriesId = id<'series'>('series');
  const of = (name: string, start: string, fields = {}) =>
    appointment({ id: id(name), start: at(start), seriesId, ...fields });
  const all = [
    of('a', '2026-03-16T08:00:00Z'),
    of('b', '2026-03-23T08:00:00Z'),
    of('c', '2026-03-30T07:00:00Z', { status: 'cancelled' }),
    of('d', '2026-04-06T07:00:00Z', { version: 9 }),
    of('e', '2026-04-13T07:00:00Z', { seriesId: id('another') }),
  ];
  const [, second = appointment()] = all;
  const touched = (outcome: ReturnType<typeof cancelFollowing>) =>
    value(outcome).map((change) => ('appointment' in change ? change.appointment.id : ''));

  test('are cancelled together; closed ones and other series are not changed', () => {
    expect(touched(cancelFollowing(second, all, null, context({ expectedVersion: 3 })))).toEqual(['b', 'd']);
    const atOnce = [...all, of('f', '2026-03-23T08:00:00Z')];
    expect(touched(cancelFollowing(second, atOnce, null, context()))).toEqual(['b', 'd']);
    const [first = second] = all;
    expect(touched(cancelFollowing(first, all.toReversed(), null, context()))).toEqual(['a', 'b', 'd']);
    expect(refusal(cancelFollowing(second, all, null, context({ expectedVersion: 2 }))).code).toBe('stale_version');
  });

  test('are edited together', () => {
    expect(touched(editFollowing(second, all, { reason: 'Knee' }, context()))).toEqual(['b', 'd']);
  });

  test('are refused together when one cannot be changed', () => {
    const refused = cancelFollowing(second, all, null, context({ actor: PATIENT, now: at('2026-03-23T08:00:00Z') }));
    expect(refusal(refused).code).toBe('too_late_to_cancel');
  });

  test('an appointment without a series has none that follow', () => {
    const alone = appointment({ start: NOW + 1 });
    expect(
      touched(
        cancelFollowing(
          alone,
          all.map((each) => ({ ...each, seriesId: null })),
          null,
          context(),
        ),
      ),
    ).toEqual([alone.id]);
  });

  describe('moved together', () => {
    const busyOf = (each: (typeof all)[number]) => ({
      ...busy('2026-03-16T08:00:00Z', '2026-03-16T08:30:00Z'),
      ...each.busy,
      sourceId: each.id,
      startsAt: each.start,
    });
    const standing = all.filter(({ status }) => status !== 'cancelled').map(busyOf);
    const given = state({
      busy: standing,
      patientBusy: standing,
      loaded: { from: date('2026-03-01'), to: date('2026-05-01') },
    });
    const move = (day: string, clock: string, ctx = context()) =>
      rescheduleFollowing(given, second, all, { date: date(day), startTime: time(clock), exception: null }, ctx);
    const times = (outcome: ReturnType<typeof move>) =>
      value(outcome).map((change) => [change.appointment.id, formatInstant(change.appointment.start)]);

    test('keep their distance, the last one first, so that each finds the time of the next one free', () => {
      expect(times(move('2026-04-06', '10:00'))).toEqual([
        ['d', '2026-04-20T08:00:00Z'],
        ['b', '2026-04-06T08:00:00Z'],
      ]);
      // To the wall-clock time of the next one, which moves away before.
      expect(times(move('2026-04-06', '09:00'))).toEqual([
        ['d', '2026-04-20T07:00:00Z'],
        ['b', '2026-04-06T07:00:00Z'],
      ]);
      expect(times(move('2026-03-20', '09:00'))).toEqual([
        ['b', '2026-03-20T08:00:00Z'],
        ['d', '2026-04-03T07:00:00Z'],
      ]);
    });

    test('are refused together, with each that cannot be moved', () => {
      const refused = refusal(move('2026-03-30', '09:00'));
      expect(refused).toMatchObject({
        code: 'series_unavailable',
        occurrences: [
          { index: 1, date: '2026-04-13', reasons: [{ code: 'slot_taken' }, { code: 'patient_conflict' }] },
        ],
      });
      expect(refusal(move('2026-03-30', '03:00'))).toMatchObject({ occurrences: [{ index: 0 }, { index: 1 }] });
      expect(refusal(move('2026-03-30', '10:00', context({ expectedVersion: 2 }))).code).toBe('stale_version');
    });

    test('to their own time change nothing', () => {
      expect(value(move('2026-03-23', '09:00'))).toEqual([]);
    });
  });
});

import { describe, expect, test } from 'vitest';
import { rollHorizon } from '../../../domain/scheduling/horizon.ts';
import { appointmentType, at, DOCTOR_ID, date, id, time, zone } from './builders.ts';

const DOCTOR = { doctorId: DOCTOR_ID, timezone: zone('Europe/Berlin'), active: true, day: date('2026-03-01') };
/** Monday, half past midnight in Berlin. */
const NOW = at('2026-03-01T23:30:00Z');

describe('the horizon of a doctor', () => {
  test('opens the last day of each type when a day begins, offered in the morning', () => {
    const types = [
      appointmentType({ horizonDays: 2 }),
      appointmentType({ id: id('far'), horizonDays: 30 }),
      appointmentType({ id: id('also far'), horizonDays: 30 }),
    ];
    const rolled = rollHorizon(DOCTOR, types, NOW);
    expect(rolled.change).toEqual({
      type: 'waitlist.horizon_rolled',
      doctorId: DOCTOR_ID,
      before: '2026-03-01',
      day: '2026-03-02',
      nextAt: at('2026-03-02T23:00:00Z'),
    });
    const morning = at('2026-03-02T07:00:00Z');
    expect(rolled.opened).toEqual([
      { start: at('2026-03-03T23:00:00Z'), end: at('2026-03-04T23:00:00Z'), at: morning },
      // Clocks are set forward on 29 March.
      { start: at('2026-03-31T22:00:00Z'), end: at('2026-04-01T22:00:00Z'), at: morning },
    ]);
  });

  test('catches up on days that were missed, once', () => {
    const types = [appointmentType({ horizonDays: 2 })];
    const [opened] = rollHorizon({ ...DOCTOR, day: date('2026-02-26') }, types, NOW).opened;
    expect(opened).toMatchObject({ start: at('2026-02-28T23:00:00Z'), end: at('2026-03-04T23:00:00Z') });
  });

  test('of a doctor who moved to where the day has not begun waits for the next day there', () => {
    const moved = { ...DOCTOR, timezone: zone('America/Los_Angeles'), day: date('2026-03-02') };
    expect(rollHorizon(moved, [appointmentType({ sameDayFrom: time('07:30') })], NOW)).toEqual({
      change: {
        ...{ type: 'waitlist.horizon_rolled', doctorId: DOCTOR_ID, before: '2026-03-02', day: '2026-03-02' },
        nextAt: at('2026-03-03T08:00:00Z'),
      },
      opened: [],
    });
  });

  test('only notes the date the first time, and of a doctor who has left', () => {
    const types = [appointmentType()];
    expect(rollHorizon({ ...DOCTOR, day: null }, types, NOW)).toMatchObject({ change: { before: null }, opened: [] });
    expect(rollHorizon({ ...DOCTOR, active: false }, types, NOW).opened).toEqual([]);
    expect(rollHorizon(DOCTOR, [appointmentType({ active: false })], NOW).opened).toEqual([]);
  });

  test('opens the day itself for types that are booked on the same day, at their hour', () => {
    const types = [appointmentType({ sameDayFrom: time('07:30') })];
    expect(rollHorizon(DOCTOR, types, NOW).opened).toEqual([
      { start: at('2026-03-01T23:00:00Z'), end: at('2026-03-02T23:00:00Z'), at: at('2026-03-02T06:30:00Z') },
    ]);
  });
});

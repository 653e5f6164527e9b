/** How late a doctor runs. */
import { describe, expect, test } from 'vitest';
import { inForce, setDelay, tellDelay } from '../../../domain/scheduling/delay.ts';
import { at, DOCTOR_ID, refusal, value, zone } from './builders.ts';

const BERLIN = zone('Europe/Berlin');
const NOW = at('2026-03-29T07:00:00Z');
/** Clocks in Berlin are set forward on this day. */
const END = at('2026-03-29T22:00:00Z');

describe('a delay', () => {
  const until = (wanted: number | null) => setDelay(DOCTOR_ID, 30, wanted, BERLIN, NOW);

  test('ends by itself at the end of the local day, or earlier', () => {
    expect(value(until(null))).toEqual({ doctorId: DOCTOR_ID, minutes: 30, setAt: NOW, endsAt: END });
    expect(value(until(END)).endsAt).toBe(END);
    expect(value(until(NOW + 1)).endsAt).toBe(NOW + 1);
    for (const wrong of [NOW, END + 1]) {
      expect(refusal(until(wrong))).toMatchObject({ code: 'invalid_fields', errors: [{ pointer: '/until' }] });
    }
  });

  test('holds until it ends; 0 minutes are none', () => {
    const delay = value(until(null));
    expect(inForce(delay, END - 1)).toBe(delay);
    expect(inForce(delay, END)).toBeNull();
    expect(inForce({ ...delay, minutes: 0 }, NOW)).toBeNull();
    expect(inForce(undefined, NOW)).toBeNull();
  });

  test('is noted with the minutes that are told', () => {
    const waiting = { appointmentId: 'a', doctorId: DOCTOR_ID, start: NOW, minutes: 15 } as never;
    expect(tellDelay([waiting], NOW)).toEqual([
      { type: 'delay.told', notice: { appointmentId: 'a', doctorId: DOCTOR_ID, start: NOW, minutes: 15, at: NOW } },
    ]);
  });
});

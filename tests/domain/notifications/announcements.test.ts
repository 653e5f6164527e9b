/** Whether what a message says of an appointment is still true. */
import { describe, expect, test } from 'vitest';
import { untrue } from '../../../domain/notifications/announcements.ts';
import type { StoredNotification } from '../../../domain/notifications/ports.ts';
import type { Announcement } from '../../../domain/shared/messages.ts';

type Told = Pick<StoredNotification, 'message' | 'appointment'>;
const NOON = Date.parse('2026-03-02T12:00:00Z');
const NOW = NOON - 3_600_000;
const STANDS = { status: 'scheduled', start: NOON, isReplaced: false };

/** Of a message that tells of noon. */
function why(
  announces: Announcement,
  change: Partial<typeof STANDS>,
  wait: { readonly wasHeld?: boolean; readonly now?: number; readonly since?: number } = {},
) {
  const { wasHeld = false, now = NOW } = wait;
  const { since = now } = wait;
  const variables = { date: '2026-03-02', startTime: '12:00', timezone: 'UTC' };
  const told = { message: { announces, variables }, appointment: { ...STANDS, ...change } } as Told;
  return untrue(told, { since, wasHeld }, now);
}

describe('that an appointment', () => {
  test('takes place is told until it is cancelled, moved, asked for again or told anew', () => {
    expect(why('stands', { status: 'cancelled' })).toBe('appointment_closed');
    expect(why('stands', { start: NOON + 60_000 })).toBe('appointment_changed');
    expect(why('stands', { status: 'requested' })).toBe('appointment_changed');
    expect(why('stands', { isReplaced: true })).toBe('appointment_changed');
    for (const status of ['scheduled', 'confirmed', 'arrived']) expect(why('stands', { status })).toBeNull();
  });

  test('has begun meanwhile is of no use, unless the clinic books it when it begins', () => {
    expect(why('stands', {}, { wasHeld: true, now: NOON })).toBe('appointment_past');
    // It waited for its provider, or for the rate of its channel.
    expect(why('stands', {}, { since: NOON - 1, now: NOON })).toBe('appointment_past');
    expect(why('stands', {}, { now: NOON })).toBeNull();
    expect(why('stands', {}, { since: NOON, now: NOON + 3_600_000 })).toBeNull();
  });

  test('was cancelled is told after its time too, unless it takes place again', () => {
    expect(why('off', { status: 'cancelled' }, { wasHeld: true, now: NOON + 1 })).toBeNull();
    expect(why('off', {})).toBe('appointment_changed');
    expect(why('off', { status: 'cancelled', isReplaced: true })).toBe('appointment_changed');
  });

  test('is asked for is told until the clinic has answered', () => {
    expect(why('requested', { status: 'requested' })).toBeNull();
    expect(why('requested', {})).toBe('appointment_changed');
    expect(why('requested', { status: 'cancelled' })).toBe('appointment_closed');
  });

  test('begins late is told as it was told last, and of the time that it is about', () => {
    expect(why('late', { status: 'confirmed' })).toBeNull();
    expect(why('late', { isReplaced: true })).toBe('appointment_changed');
    expect(why('late', { start: NOON + 60_000 })).toBe('appointment_changed');
    // Who waits for the doctor reads it.
    expect(why('late', {}, { since: NOON - 1, now: NOON + 60_000 })).toBeNull();
    expect(why('late', {}, { wasHeld: true, now: NOON + 60_000 })).toBe('appointment_past');
  });
});

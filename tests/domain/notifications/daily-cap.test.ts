/** What becomes of a delivery whose channel has no room today, and when administrators are told. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SENDING_CHANNELS } from '../../../domain/notifications/categories.ts';
import { atDailyCap, capDayOf, untoldCaps } from '../../../domain/notifications/daily-cap.ts';
import type { StoredDelivery, StoredNotification } from '../../../domain/notifications/ports.ts';
import { DEFAULT_PREFERENCES } from '../../../domain/notifications/preferences.ts';
import { skipReason } from '../../../domain/notifications/routing.ts';
import type { OtherDelivery } from '../../../domain/notifications/sending-day.ts';
import type { DeliveryId } from '../../../domain/notifications/states.ts';
import type { NotificationId, OutboxId, UserId } from '../../../domain/shared/ids.ts';
import type { LocalDate, LocalTime } from '../../../domain/shared/time.ts';
import type { ZoneId } from '../../../domain/shared/zone.ts';

const BERLIN = 'Europe/Berlin' as ZoneId;
const NOW = Date.parse('2026-03-02T15:00:00Z');
const DAY = capDayOf(BERLIN, NOW);
const JOB = 'j' as OutboxId;

const skipped = (channel: OtherDelivery['channel']): OtherDelivery => ({
  id: channel as string as DeliveryId,
  channel,
  isSkipped: true,
});

function text(of: Partial<StoredNotification> = {}, others = [skipped('email'), skipped('push')]): StoredDelivery {
  return {
    id: 'd' as DeliveryId,
    channel: 'sms',
    state: 'pending',
    attempts: 0,
    sendAt: NOW,
    provider: null,
    isOutcomeUnknown: false,
    others,
    device: null,
    notification: {
      id: 'n' as NotificationId,
      message: {
        template: 'clinic-notice',
        variables: { notice: 'call_us' },
        category: 'message',
        announces: null,
        channels: ['sms'],
      },
      isDamaged: false,
      status: 'pending',
      isRouted: true,
      usefulUntil: null,
      suppressed: [],
      receiverKey: null,
      receiver: {
        id: 'u' as UserId,
        email: 'a@b.example',
        firstName: 'Ada',
        language: 'en',
        open: true,
        isProven: true,
        objects: false,
        phone: null,
        preferences: DEFAULT_PREFERENCES,
        devices: [],
      },
      appointment: null,
      ...of,
    },
  };
}
const changeOf = (delivery: StoredDelivery, day = DAY) => atDailyCap(delivery, day, JOB, NOW).changes[0];

describe('a day of the clinic', () => {
  test('ends on its clocks, and what waits leaves at eight, also when clocks are changed', () => {
    expect(DAY).toEqual({ date: '2026-03-02', resumesAt: Date.parse('2026-03-03T07:00:00Z') });
    expect(capDayOf('Pacific/Auckland' as ZoneId, NOW)).toEqual({
      date: '2026-03-03',
      resumesAt: Date.parse('2026-03-03T19:00:00Z'),
    });
    expect(capDayOf(BERLIN, Date.parse('2026-03-28T22:59:00Z'))).toEqual({
      date: '2026-03-28',
      resumesAt: Date.parse('2026-03-29T06:00:00Z'),
    });
  });
});

describe('a delivery that its channel has no room for', () => {
  test('waits until the next day, and for the end of quiet hours', () => {
    expect(changeOf(text())).toMatchObject({ type: 'delivery.held', sendAt: DAY.resumesAt, reason: 'daily_cap' });
    const quietHours = { from: '21:00' as LocalTime, to: '09:30' as LocalTime, zone: BERLIN };
    const quiet = text();
    const receiver = { ...quiet.notification.receiver, preferences: { ...DEFAULT_PREFERENCES, quietHours } };
    expect(changeOf(text({ receiver }))).toMatchObject({ sendAt: Date.parse('2026-03-03T08:30:00Z') });
  });

  test('goes by another channel that its receiver takes, if it is of no use then', () => {
    expect(changeOf(text({ usefulUntil: DAY.resumesAt }))).toEqual({
      ...{ type: 'delivery.rerouted', id: 'd', notificationId: 'n', reason: 'daily_cap', jobId: JOB, at: NOW },
      ...{ instead: { id: 'email', channel: 'email', subscriptionId: null }, priority: 7 },
    });
    expect(changeOf(text({ usefulUntil: DAY.resumesAt + 1 }))).toMatchObject({ type: 'delivery.held' });
  });

  test('is skipped if no other channel is taken, or another one has the message already', () => {
    const usefulUntil = NOW + 3_600_000;
    const isDropped = { type: 'delivery.skipped', reason: 'daily_cap' };
    expect(changeOf(text({ usefulUntil, suppressed: ['email'] }))).toMatchObject(isDropped);
    expect(changeOf(text({ usefulUntil }, []))).toMatchObject(isDropped);
    const mailed = { ...skipped('email'), isSkipped: false };
    expect(changeOf(text({ usefulUntil }, [mailed, skipped('push')]))).toMatchObject(isDropped);
  });

  test('of whatever use, and whoever receives it: waits only while it is of use, and goes only where it is taken', () => {
    const others = fc.subarray([skipped('email'), skipped('push'), { ...skipped('email'), isSkipped: false }]);
    const hours = fc.integer({ min: -2, max: 60 });
    fc.assert(
      fc.property(others, fc.option(hours), fc.boolean(), fc.boolean(), (some, useful, isProven, isSuppressed) => {
        const usefulUntil = useful === null ? null : NOW + useful * 3_600_000;
        const { receiver } = text().notification;
        const suppressed = isSuppressed ? (['email'] as const) : [];
        const delivery = text({ usefulUntil, receiver: { ...receiver, isProven }, suppressed }, some);
        const change = changeOf(delivery);
        if (change?.type === 'delivery.held') {
          expect(change.sendAt).toBeGreaterThanOrEqual(DAY.resumesAt);
          expect(usefulUntil ?? Infinity).toBeGreaterThan(change.sendAt);
        } else if (change?.type === 'delivery.rerouted') {
          const { notification } = delivery;
          const toAnybody = { ...notification, message: { ...notification.message, channels: null } };
          expect(skipReason(toAnybody, change.instead.channel)).toBeNull();
          expect(some.every(({ isSkipped }) => isSkipped)).toBe(true);
        } else {
          expect(change).toMatchObject({ type: 'delivery.skipped' });
          expect(usefulUntil).not.toBeNull();
        }
      }),
    );
  });
});

describe('administrators', () => {
  const day = (used: number, told = 0, date = '2026-03-02') => ({
    ...{ channel: SENDING_CHANNELS[1], date: date as LocalDate, used, told },
  });
  const caps = { email: null, sms: 10, push: null };
  const shares = (...days: ReturnType<typeof day>[]) => untoldCaps(caps, BERLIN, days, NOW).map(({ share }) => share);

  test('are told of 80 and of 100 percent, each once, of today alone, and of channels with a cap', () => {
    expect([shares(day(7)), shares(day(8)), shares(day(9)), shares(day(10)), shares(day(14))]).toEqual([
      ...[[], [80], [80], [100], [100]],
    ]);
    expect([shares(day(9, 80)), shares(day(10, 80)), shares(day(10, 100))]).toEqual([[], [100], []]);
    expect(shares(day(10, 0, '2026-03-01'))).toEqual([]);
    expect(untoldCaps({ ...caps, sms: null }, BERLIN, [day(10)], NOW)).toEqual([]);
  });
});

/** Which reminders are written and dropped. */
import { describe, expect, test } from 'vitest';
import { planReminders, type WrittenReminder } from '../../../domain/notifications/reminders.ts';
import type { NotificationId, UserId } from '../../../domain/shared/ids.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 2, 4, 10);
const MARIA = 'maria' as UserId;
const PAUL = 'paul' as UserId;
const due = (lead: number) => START - lead * MINUTE;
const APPOINTMENT = { start: START, version: 3 };
const receiver = (id: UserId, ...reminderMinutes: number[]) => ({
  id,
  preferences: { reminderMinutes, quietHours: null },
});
const written = (leadMinutes: number, fields: Partial<WrittenReminder> = {}): WrittenReminder => ({
  ...{ id: `r${leadMinutes}` as NotificationId, userId: MARIA, version: 3, start: START },
  ...{ leadMinutes, sendAt: due(leadMinutes), state: 'open' as const },
  ...fields,
});
const BEFORE = due(3000);

interface Given {
  readonly now?: number;
  readonly since?: number;
  readonly receivers?: readonly ReturnType<typeof receiver>[];
}

const plan = (
  reminders: readonly WrittenReminder[],
  { now = BEFORE, since, receivers = [receiver(MARIA, 1440, 120)] }: Given = {},
) => {
  const { write, drop } = planReminders(APPOINTMENT, receivers, reminders, { since: since ?? now, now });
  return { write: write.map(({ leadMinutes }) => leadMinutes), drop };
};

describe('planning', () => {
  test('writes what is to come, and nothing again', () => {
    expect(plan([])).toEqual({ write: [1440, 120], drop: [] });
    expect(plan([written(1440), written(120)])).toEqual({ write: [], drop: [] });
  });

  test('of an earlier version nothing counts but what was sent', () => {
    expect(plan([written(1440, { version: 2 }), written(120, { version: 2 })])).toEqual({
      write: [1440, 120],
      drop: [],
    });
    expect(plan([written(1440, { version: 2, state: 'gone' })], { now: due(1500) })).toEqual({
      write: [120],
      drop: [],
    });
    // For another start, it was another reminder.
    const moved = written(1440, { version: 2, start: START + MINUTE, state: 'gone' });
    expect(plan([moved])).toEqual({ write: [1440, 120], drop: [] });
  });

  test('what was due before the change is past, what became due since is late', () => {
    expect(plan([], { now: due(1440) })).toEqual({ write: [120], drop: [] });
    expect(plan([], { now: due(1400), since: due(1450) })).toEqual({ write: [1440, 120], drop: [] });
    expect(plan([], { now: due(100), since: due(1450) })).toEqual({ write: [120], drop: [] });
    expect(plan([], { now: START, since: due(1450) })).toEqual({ write: [], drop: [] });
  });

  test('one that lapsed, or lapses, with an earlier version is written again', () => {
    const now = due(1430);
    expect(plan([written(1440, { version: 2 })], { now })).toEqual({ write: [1440, 120], drop: [] });
    expect(plan([written(1440, { version: 2, state: 'lapsed' })], { now })).toEqual({ write: [1440, 120], drop: [] });
    expect(plan([written(1440, { version: 2, state: 'dropped' })], { now })).toEqual({ write: [120], drop: [] });
    // About to be sent.
    expect(plan([written(1440)], { now, since: due(1450) })).toEqual({ write: [120], drop: [] });
  });

  test('drops what is wanted no more, for who is reminded no more too', () => {
    const receivers = [receiver(MARIA, 60)];
    expect(plan([written(1440), written(120)], { receivers })).toEqual({ write: [60], drop: ['r1440', 'r120'] });
    expect(plan([written(60), written(60, { userId: PAUL, id: 'paul' as NotificationId })], { receivers })).toEqual({
      ...{ write: [], drop: ['paul'] },
    });
    expect(plan([], { receivers: [receiver(MARIA)] })).toEqual({ write: [], drop: [] });
  });
});

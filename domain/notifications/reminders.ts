/** Which reminders of an appointment are to be sent, compared with those that are written (ADR 0236). */
import type { AppointmentId, NotificationId, UserId } from '../shared/ids.ts';
import type { Instant } from '../shared/time.ts';
import type { Preferences } from './preferences.ts';
import { reminderDue } from './quiet-hours.ts';

/** Guarded: the appointment has this version, and as many reminders as were loaded. Locks the appointment, and comes first. */
export interface RemindersPlanned {
  readonly type: 'reminders.planned';
  readonly appointmentId: AppointmentId;
  readonly version: number;
  readonly loaded: number;
  /** Written, not due yet, and not wanted any more. */
  readonly drop: readonly NotificationId[];
}

export interface ReminderReceiver {
  readonly id: UserId;
  readonly preferences: Pick<Preferences, 'reminderMinutes' | 'quietHours'>;
}

export interface WrittenReminder {
  readonly id: NotificationId;
  readonly userId: UserId;
  /** Of the appointment, when it was written. */
  readonly version: number;
  /** When the appointment was to begin. */
  readonly start: Instant;
  readonly leadMinutes: number;
  readonly sendAt: Instant;
  /**
   * - `open`: not due yet, or its job has not run yet
   * - `gone`: it was sent, or the receiver takes it by no channel
   * - `lapsed`: not sent, because the appointment had changed
   * - `dropped`: not sent for another reason
   */
  readonly state: 'open' | 'gone' | 'lapsed' | 'dropped';
}

/** What is stored of an appointment's reminders. */
export interface StoredReminders {
  readonly written: readonly WrittenReminder[];
  /** Of the patient and of who acts for the patient; the defaults for who is not in it. */
  readonly preferences: ReadonlyMap<UserId, Preferences>;
}

export interface WantedReminder {
  readonly userId: UserId;
  readonly leadMinutes: number;
  readonly sendAt: Instant;
}

export interface ReminderPlan {
  readonly write: readonly WantedReminder[];
  readonly drop: readonly NotificationId[];
}

interface Remindable {
  readonly start: Instant;
  readonly version: number;
}

interface Moments {
  /** When what is planned for has changed. What became due since is late, and is still sent; what was due before is not. */
  readonly since: Instant;
  readonly now: Instant;
}

/** Planning twice has the effect of planning once. */
export function planReminders(
  appointment: Remindable,
  receivers: readonly ReminderReceiver[],
  written: readonly WrittenReminder[],
  moments: Moments,
): ReminderPlan {
  const wanted = receivers.flatMap((receiver) => wantedBy(appointment, receiver, written, moments));
  const { version, start } = appointment;
  const current = written.filter((reminder) => reminder.state === 'open' && reminder.version === version);
  const isSame = (one: WantedReminder, other: WrittenReminder) =>
    one.userId === other.userId && one.leadMinutes === other.leadMinutes && start === other.start;
  return {
    write: wanted.filter(
      (one) =>
        !current.some((other) => isSame(one, other) && (one.sendAt === other.sendAt || other.sendAt <= moments.now)),
    ),
    drop: current
      .filter((other) => other.sendAt > moments.now)
      .filter((other) => !wanted.some((one) => isSame(one, other) && one.sendAt === other.sendAt))
      .map(({ id }) => id),
  };
}

function wantedBy(
  { start, version }: Remindable,
  { id, preferences }: ReminderReceiver,
  written: readonly WrittenReminder[],
  { since, now }: Moments,
): WantedReminder[] {
  const own = written.filter((reminder) => reminder.userId === id && reminder.start === start);
  const isLost = (lead: number) =>
    own.some(
      (reminder) =>
        reminder.leadMinutes === lead &&
        (reminder.state === 'lapsed' || (reminder.state === 'open' && reminder.version !== version)),
    );
  const left = timesOf(start, preferences).filter(
    ({ leadMinutes }) => !own.some((reminder) => reminder.leadMinutes === leadMinutes && reminder.state === 'gone'),
  );
  const late = left.filter(({ leadMinutes, sendAt }) => sendAt <= now && (sendAt > since || isLost(leadMinutes)));
  // Of several that are late, the last one says what the others would.
  const wanted = start <= now ? [] : [...late.slice(-1), ...left.filter(({ sendAt }) => sendAt > now)];
  return wanted.map((one) => ({ userId: id, ...one }));
}

/** In order, as quiet hours let them. Two at the same moment are one. */
function timesOf(
  start: Instant,
  { reminderMinutes, quietHours }: ReminderReceiver['preferences'],
): readonly Omit<WantedReminder, 'userId'>[] {
  const times = reminderMinutes
    .map((leadMinutes) => ({ leadMinutes, sendAt: reminderDue(start, leadMinutes, quietHours) }))
    .filter(({ sendAt }) => sendAt < start)
    .toSorted((a, b) => a.sendAt - b.sendAt || a.leadMinutes - b.leadMinutes);
  return times.filter(({ sendAt }, index) => sendAt !== times[index - 1]?.sendAt);
}

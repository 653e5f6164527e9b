/**
 * What becomes of a delivery when its channel has reached the number of messages that the clinic allows for a day, and when administrators
 * are told of it. Urgent messages are sent nevertheless.
 */

import { decided } from '../shared/changes.ts';
import type { DailyCaps } from '../shared/daily-caps.ts';
import type { OutboxId, UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import {
  addDays,
  dayNumber,
  type Instant,
  type LocalDate,
  MILLISECONDS_PER_DAY,
  MILLISECONDS_PER_MINUTE,
} from '../shared/time.ts';
import { firstInstantAt, localDateAt, type ZoneId } from '../shared/zone.ts';
import { untrue } from './announcements.ts';
import { rulesOf, SENDING_CHANNELS } from './categories.ts';
import type { NotificationChange, OtherWay } from './changes.ts';
import type { Decision } from './decision.ts';
import { deliverySkipped, held } from './delivery.ts';
import type { MessageDraft } from './messages.ts';
import type { StoredDelivery } from './ports.ts';
import { sendingTime, skipReason, uselessFrom } from './routing.ts';
import { CAP_SHARES, type CapShare, type SendingDay } from './sending-day.ts';

/** What is held for the next day leaves from then on, on the clocks of the clinic: nobody is woken at midnight. */
const RESUMES_AT_HOUR = 8;
export const DAILY_CAP = 'daily_cap';

/** A day of the clinic. */
export interface CapDay {
  readonly date: LocalDate;
  /** When messages that this day does not allow leave. */
  readonly resumesAt: Instant;
}

export function capDayOf(timezone: ZoneId, now: Instant): CapDay {
  const date = localDateAt(timezone, now);
  const reading = dayNumber(addDays(date, 1)) * MILLISECONDS_PER_DAY + RESUMES_AT_HOUR * 60 * MILLISECONDS_PER_MINUTE;
  return { date, resumesAt: firstInstantAt(timezone, reading) };
}

/**
 * Holds it until the next day. If it is of no use then, it goes by another channel that its receiver takes; if there is none, or the message
 * goes by another one anyway, it is skipped.
 * @param jobId of the job of the other channel
 */
export function atDailyCap(
  delivery: StoredDelivery,
  { resumesAt }: CapDay,
  jobId: OutboxId,
  now: Instant,
): Decision<NotificationChange, void> {
  const { id, notification } = delivery;
  const until = sendingTime(notification, resumesAt);
  if (until !== null && isOfUse(delivery, until)) return held(delivery, until, now, DAILY_CAP);
  const instead = otherWay(delivery);
  if (instead === undefined) return deliverySkipped(delivery, DAILY_CAP, now);
  const { priority } = rulesOf(notification.message.category);
  const place = { id, notificationId: notification.id, at: now };
  return decided({
    value: undefined,
    changes: [{ type: 'delivery.rerouted', ...place, reason: DAILY_CAP, instead, jobId, priority }],
    audit: [],
  });
}

function isOfUse({ notification }: StoredDelivery, then: Instant): boolean {
  const useless = uselessFrom(notification);
  return (useless === null || useless > then) && untrue(notification, { since: then, wasHeld: true }, then) === null;
}

/** The first channel that the receiver takes, though it was not asked for, or was not open when the message was routed. */
function otherWay({ channel: full, notification, others }: StoredDelivery): OtherWay | undefined {
  const elsewhere = others.filter(({ channel }) => channel !== full);
  if (elsewhere.some(({ isSkipped }) => !isSkipped)) return undefined;
  const { message, receiver } = notification;
  const toAnybody = { ...notification, message: { ...message, channels: null } };
  for (const channel of SENDING_CHANNELS) {
    const found = elsewhere.find((other) => other.channel === channel);
    if (found !== undefined && skipReason(toAnybody, channel) === null)
      return { id: found.id, channel, subscriptionId: channel === 'push' ? (receiver.devices.at(-1) ?? null) : null };
  }
  return undefined;
}

/** @returns the days of which administrators are to be told now */
export function untoldCaps(
  caps: DailyCaps,
  timezone: ZoneId,
  days: readonly SendingDay[],
  now: Instant,
): readonly (SendingDay & { readonly cap: number; readonly share: CapShare })[] {
  const today = localDateAt(timezone, now);
  return days.flatMap((day) => {
    const cap = caps[day.channel];
    if (day.date !== today || cap === null) return [];
    const share = CAP_SHARES.find((each) => day.used * 100 >= cap * each);
    return share === undefined || share <= day.told ? [] : [{ ...day, cap, share }];
  });
}

export function tellCaps(
  untold: ReturnType<typeof untoldCaps>,
  administrators: readonly { readonly userId: UserId; readonly dataKey: DataKey }[],
  now: Instant,
) {
  return decided<NotificationChange, void, never, MessageDraft>({
    value: undefined,
    changes: untold.map(({ channel, date, share }) => ({ type: 'sending_day.told', channel, date, share, at: now })),
    audit: [],
    messages: untold.flatMap(({ channel, cap, share, used }) =>
      administrators.map((to) => ({ template: 'daily-cap-reached', variables: { channel, cap, share, used }, ...to })),
    ),
  });
}

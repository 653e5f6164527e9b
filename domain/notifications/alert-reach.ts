/** Whom an alert reaches, and by which channels: before it is sent by the rules of its routing, afterwards by what became of its deliveries. */
import type { AlertReach, AlikeReceivers } from './alert.ts';
import { SENDING_CHANNELS } from './categories.ts';
import { type Routable, whyNotTaken } from './routing.ts';
import type { NotificationStatus } from './states.ts';

/** How many persons with suppressed addresses a portion has: these are counted one by one, because their addresses are compared. */
export const COMPARED_AT_ONCE = 500;

/** What each alert is to the routing, whatever it says. */
const ALERT: Routable['message'] = { category: 'alert', variables: {}, channels: null };

export const NOBODY: AlertReach = { persons: 0, email: 0, sms: 0, push: 0, unreachable: 0, portalOnly: 0 };

/** @returns the sum with these */
export function withReceivers(sum: AlertReach, receivers: readonly AlikeReceivers[]): AlertReach {
  return receivers.reduce((reach, { count, reachable }) => {
    const taken =
      reachable === null ? [] : SENDING_CHANNELS.filter((each) => whyNotTaken(ALERT, reachable, each) === null);
    const by = (channel: (typeof SENDING_CHANNELS)[number]) => (taken.includes(channel) ? count : 0);
    const missed = taken.length === 0 ? count : 0;
    return {
      persons: reach.persons + count,
      email: reach.email + by('email'),
      sms: reach.sms + by('sms'),
      push: reach.push + by('push'),
      unreachable: reach.unreachable + missed,
      portalOnly: reach.portalOnly + (reachable === null ? 0 : missed),
    };
  }, sum);
}

/** Whether a message with this state may still reach its receiver by a channel, or has. Whoever has read it in the portal is reached too. */
const MAY_REACH: Readonly<Record<NotificationStatus, boolean>> = {
  pending: true,
  scheduled: true,
  sent: true,
  delivered: true,
  failed: true,
  dead: false,
  read: true,
  skipped: false,
};

/** States of messages that have reached nobody and will not: the clinic has to call. */
export const MISSED_STATES: readonly NotificationStatus[] = (Object.keys(MAY_REACH) as NotificationStatus[]).filter(
  (state) => !MAY_REACH[state],
);

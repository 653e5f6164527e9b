/**
 * What providers tell of deliveries that they have accepted (R50). Notices arrive late, repeatedly and out of order, so a
 * delivery only moves forward: sent, delivered, not delivered after all (a receiving server may accept a mail and return it
 * later), read. In whatever order the notices come, the last state is the same.
 */
import { decided } from '../shared/changes.ts';
import type { NotificationId, UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import type { Instant } from '../shared/time.ts';
import type { AuditDraft } from './audit-events.ts';
import type { SendingChannel } from './categories.ts';
import type { NotificationChange } from './changes.ts';
import type { Decision } from './decision.ts';
import type { MessageNotice } from './provider-notices.ts';
import type { DeliveryId, NotificationStatus } from './states.ts';
import type { NewSuppression, SuppressionId } from './suppression.ts';
import { addition, additionAudit, normalisedAddress, reasonOf } from './suppressions.ts';

/** A delivery, with everything that decides what a notice means for it. */
export interface TrackedDelivery {
  readonly id: DeliveryId;
  readonly notificationId: NotificationId;
  readonly userId: UserId;
  /** The receiver's own key. */
  readonly personKey: DataKey;
  readonly channel: SendingChannel;
  readonly template: string;
  readonly state: NotificationStatus;
  /** Whether the state is what a provider told. */
  readonly isReported: boolean;
  /** Its provider may have accepted it. */
  readonly isOutcomeUnknown: boolean;
  /** What the provider called it when it accepted it last; `null` until then, and once it is sent again. */
  readonly providerId: string | null;
}

/** What is known after a notice. */
interface Fate {
  readonly state: 'delivered' | 'dead';
  /** Why it did not arrive. */
  readonly reason: string | null;
  readonly at: Instant;
}

/** Opens and clicks mean nothing here: no consent to watching readers is asked for, so nothing is drawn from them. */
export function isOfInterest({ event }: MessageNotice): boolean {
  return event.type !== 'opened' && event.type !== 'clicked';
}

/** @returns `undefined` if the notice says nothing new */
export function fateOf(delivery: TrackedDelivery, notice: MessageNotice): Fate | undefined {
  if (delivery.state === 'read') return undefined;
  // What was skipped was not sent, unless an earlier attempt has been accepted after all.
  if (delivery.state === 'skipped' && !delivery.isOutcomeUnknown) return undefined;
  const { event, at } = notice;
  if (event.type === 'bounced' || event.type === 'failed') {
    if (isReturned(delivery) || isOfAnotherAttempt(delivery, notice)) return undefined;
    const reason = `${event.type === 'bounced' ? 'bounced' : 'not delivered'}: ${event.detail}`;
    return { state: 'dead', reason, at };
  }
  // Who calls it spam has got it.
  if (event.type !== 'delivered' && event.type !== 'complained') return undefined;
  if (delivery.state === 'delivered' || isReturned(delivery)) return undefined;
  return { state: 'delivered', reason: null, at };
}

/** Given up because of its provider's word, and not because we stopped trying. */
function isReturned({ state, isReported }: TrackedDelivery): boolean {
  return state === 'dead' && isReported;
}

/** What was accepted under another name was an earlier attempt, and a later one was accepted too. */
function isOfAnotherAttempt({ providerId }: TrackedDelivery, notice: MessageNotice): boolean {
  return providerId !== null && notice.providerId !== null && notice.providerId !== providerId;
}

/**
 * @param deliveries those that the notices name, as far as they exist
 * @param handled ids of events that were handled before
 * @param newId for each address that gets nothing more from now on
 */
export function track(
  provider: string,
  deliveries: readonly TrackedDelivery[],
  handled: ReadonlySet<string>,
  notices: readonly MessageNotice[],
  newId: () => SuppressionId,
  now: Instant,
): Decision<NotificationChange, void> {
  const before = new Map<string, TrackedDelivery>(deliveries.map((delivery) => [delivery.id, delivery]));
  const after = new Map<string, { readonly delivery: TrackedDelivery; readonly fate: Fate }>();
  const seen = new Set(handled);
  const fresh: string[] = [];
  const suppressed = new Map<string, NewSuppression>();
  for (const notice of notices) {
    const delivery = after.get(notice.messageId ?? '')?.delivery ?? before.get(notice.messageId ?? '');
    // Of a message that we do not know, or do not know any more: there is nothing to change.
    if (delivery === undefined || seen.has(notice.eventId)) continue;
    seen.add(notice.eventId);
    fresh.push(notice.eventId);
    const suppression = suppressionOf(provider, delivery, notice, newId);
    if (suppression !== undefined) suppressed.set(`${suppression.userId} ${suppression.address}`, suppression);
    const fate = fateOf(delivery, notice);
    if (fate !== undefined)
      after.set(delivery.id, { delivery: { ...delivery, state: fate.state, isReported: true }, fate });
  }
  // In one order, so that two batches do not wait for each other.
  const added = [...suppressed.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, suppression]) => suppression);
  const told = [...after.values()].sort((a, b) => (a.delivery.id < b.delivery.id ? -1 : 1));
  return decided({
    value: undefined,
    changes: [
      ...(fresh.length === 0
        ? []
        : [{ type: 'provider.notices_handled', provider, eventIds: fresh.toSorted(), at: now } as const]),
      ...told.map(({ delivery, fate }): NotificationChange => {
        const { id, notificationId } = delivery;
        const found = before.get(id) ?? delivery;
        const from = { state: found.state, isReported: found.isReported };
        return { type: 'delivery.reported', id, notificationId, from, ...fate, at: Math.min(fate.at, now), now };
      }),
      ...added.map((suppression) => addition(suppression, now)),
    ],
    audit: [
      ...told.filter(({ fate }) => fate.state === 'dead').map(({ delivery }) => notArrived(delivery)),
      ...added.map(additionAudit),
    ],
  });
}

/** Of the address that the provider names, since the person may have another one by now. */
function suppressionOf(
  provider: string,
  { userId, personKey, channel }: TrackedDelivery,
  notice: MessageNotice,
  newId: () => SuppressionId,
): NewSuppression | undefined {
  const reason = reasonOf(notice);
  if (reason === null || channel === 'push' || notice.address === null) return undefined;
  const address = normalisedAddress(channel, notice.address);
  return address === undefined
    ? undefined
    : { id: newId(), userId, dataKey: personKey, channel, address, reason, provider };
}

function notArrived({ userId, notificationId, template, channel }: TrackedDelivery): AuditDraft {
  return {
    type: 'notification.bounced',
    stream: userId,
    outcome: 'failure',
    resource: { type: 'notification', id: notificationId },
    details: { template, channel },
  };
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MessageNotice } from '../../../domain/notifications/provider-notices.ts';
import { NOTIFICATION_STATUSES, type NotificationStatus } from '../../../domain/notifications/states.ts';
import type { SuppressionId } from '../../../domain/notifications/suppression.ts';
import { isOfInterest, type TrackedDelivery, track } from '../../../domain/notifications/tracking.ts';
import { sized } from '../../support/size.ts';

const ID = '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f';
const delivery = (given: Partial<TrackedDelivery> = {}): TrackedDelivery => ({
  id: ID as TrackedDelivery['id'],
  notificationId: 'n' as TrackedDelivery['notificationId'],
  userId: 'u' as TrackedDelivery['userId'],
  personKey: { ownerId: 'u', ringKeyId: 'r', wrapped: new Uint8Array() },
  channel: 'email',
  template: 'welcome',
  state: 'sent',
  isReported: false,
  isOutcomeUnknown: false,
  providerId: 'p',
  ...given,
});

const newId = () => 's' as SuppressionId;
const BOUNCE = { type: 'bounced', hardness: 'hard', detail: '5.1.1' } as const;
let events = 0;
const notice = (event: MessageNotice['event'], given: Partial<MessageNotice> = {}): MessageNotice => ({
  kind: 'message',
  eventId: `e${events++}`,
  at: 1000,
  providerId: 'p',
  messageId: ID,
  address: 'ana@example.org',
  event,
  ...given,
});

/** The delivery after batches of notices, each decided on what was stored after the one before. */
function laterOf(start: TrackedDelivery, batches: readonly (readonly MessageNotice[])[]): TrackedDelivery {
  const handled = new Set<string>();
  let current = start;
  for (const notices of batches) {
    for (const change of track('sendgrid', [current], handled, notices, newId, 5000).changes) {
      if (change.type === 'provider.notices_handled') for (const id of change.eventIds) handled.add(id);
      if (change.type !== 'delivery.reported') continue;
      expect(change.from).toEqual({ state: current.state, isReported: current.isReported });
      current = { ...current, state: change.state, isReported: true };
    }
  }
  return current;
}

describe('what a notice makes of a delivery', () => {
  const DELIVERED = { type: 'delivered' } as const;
  const UNKNOWN = { isOutcomeUnknown: true };
  test.each<[string, Partial<TrackedDelivery>, MessageNotice['event'], NotificationStatus]>([
    ['delivered', {}, DELIVERED, 'delivered'],
    ['delivered before we have noted that it was sent', { state: 'pending', providerId: null }, DELIVERED, 'delivered'],
    ['delivered after we gave it up', { state: 'dead' }, DELIVERED, 'delivered'],
    ['delivered after it came back', { state: 'dead', isReported: true }, DELIVERED, 'dead'],
    ['delivered, and read already', { state: 'read' }, DELIVERED, 'read'],
    ['delivered, but it was skipped', { state: 'skipped' }, DELIVERED, 'skipped'],
    ['delivered, but a repetition was skipped', { state: 'skipped', ...UNKNOWN }, DELIVERED, 'delivered'],
    ['called spam', {}, { type: 'complained' }, 'delivered'],
    ['bounced', {}, BOUNCE, 'dead'],
    ['bounced after it was delivered', { state: 'delivered', isReported: true }, BOUNCE, 'dead'],
    ['bounced, but read', { state: 'read' }, BOUNCE, 'read'],
    ['not taken now', {}, { type: 'bounced', hardness: 'soft', detail: '4.2.2' }, 'dead'],
    ['dropped', {}, { type: 'failed', detail: 'dropped' }, 'dead'],
    ['opened', {}, { type: 'opened' }, 'sent'],
  ])('%s', (_what, given, event, state) => {
    expect(laterOf(delivery(given), [[notice(event)]]).state).toBe(state);
  });

  test('bad news of the attempt before does not stop the next one', () => {
    expect(laterOf(delivery({ providerId: 'q' }), [[notice(BOUNCE)]]).state).toBe('sent');
    expect(laterOf(delivery({ providerId: 'q' }), [[notice({ type: 'delivered' })]]).state).toBe('delivered');
  });

  test('a notice of an unknown message changes nothing and is not kept', () => {
    const unknown = notice(BOUNCE, { messageId: '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e90' });
    expect(track('sendgrid', [delivery()], new Set(), [unknown], newId, 0)).toMatchObject({ changes: [], audit: [] });
  });

  test('its time is never after ours', () => {
    const [, change] = track(
      'sendgrid',
      [delivery()],
      new Set(),
      [notice(BOUNCE, { at: 9_000 })],
      newId,
      5_000,
    ).changes;
    expect(change).toMatchObject({ at: 5_000, reason: 'bounced: 5.1.1' });
  });

  test('one that does not arrive is told to its receiver once', () => {
    const bounce = notice(BOUNCE);
    const { audit } = track('sendgrid', [delivery()], new Set(), [bounce, bounce, notice(BOUNCE)], newId, 0);
    expect(audit).toMatchObject([
      { type: 'notification.bounced', stream: 'u' },
      { type: 'suppression.added', stream: 'u', details: { channel: 'email', reason: 'no_such_receiver' } },
    ]);
  });
});

describe('which addresses get nothing more', () => {
  const added = (
    event: MessageNotice['event'],
    more: Partial<MessageNotice> = {},
    given: Partial<TrackedDelivery> = {},
  ) =>
    track('sendgrid', [delivery(given)], new Set(), [notice(event, more)], newId, 7).changes.flatMap((change) =>
      change.type === 'suppression.added' ? [[change.channel, change.address, change.reason, change.at]] : [],
    );
  test.each<[string, MessageNotice['event'], string]>([
    ['does not exist', BOUNCE, 'no_such_receiver'],
    ['complains', { type: 'complained' }, 'complained'],
    ['unsubscribes at the provider', { type: 'unsubscribed' }, 'unsubscribed'],
    ['is on the provider’s list', { type: 'failed', detail: 'd', reason: 'opted_out' }, 'unsubscribed'],
    ['bounced before', { type: 'failed', detail: 'd', reason: 'no_such_receiver' }, 'no_such_receiver'],
  ])('one that %s', (_what, event, reason) => {
    expect(added(event, { address: 'Ana@Example.org ' })).toEqual([['email', 'ana@example.org', reason, 7]]);
  });

  test.each<[string, MessageNotice['event'], Partial<MessageNotice>, Partial<TrackedDelivery>]>([
    ['a mailbox is full', { type: 'bounced', hardness: 'soft', detail: '4.2.2' }, {}, {}],
    ['it was delivered', { type: 'delivered' }, {}, {}],
    ['it failed for no known reason', { type: 'failed', detail: 'd' }, {}, {}],
    ['the provider names no address', BOUNCE, { address: null }, {}],
    ['the provider names no number', BOUNCE, { address: 'ana@example.org' }, { channel: 'sms' }],
    ['a browser is gone', BOUNCE, {}, { channel: 'push' }],
  ])('none if %s', (_what, event, more, given) => {
    expect(added(event, more, given)).toEqual([]);
  });

  test('one address once', () => {
    const notices = [notice(BOUNCE), notice({ type: 'complained' }, { address: 'ANA@example.org' })];
    const { changes } = track('sendgrid', [delivery()], new Set(), notices, newId, 7);
    expect(changes.filter(({ type }) => type === 'suppression.added')).toHaveLength(1);
  });
});

describe('in whatever order notices come', () => {
  const event = fc.constantFrom<MessageNotice['event']>(
    { type: 'delivered' },
    { type: 'complained' },
    { type: 'opened' },
    { type: 'clicked' },
    BOUNCE,
    { type: 'bounced', hardness: 'soft', detail: '4.2.2' },
    { type: 'failed', detail: 'dropped' },
  );
  const start = fc.record({
    state: fc.constantFrom(...NOTIFICATION_STATUSES),
    isOutcomeUnknown: fc.boolean(),
    providerId: fc.constantFrom('p', 'q', null),
  });
  const told = fc.array(
    fc.record({ event, providerId: fc.constantFrom('p', 'q', null) }).map(({ event: of, ...by }) => notice(of, by)),
    { maxLength: 6 },
  );

  test('the last state is the same, also if some come twice and in batches', () => {
    fc.assert(
      fc.property(start, told, fc.infiniteStream(fc.nat()), (given, notices, random) => {
        const next = () => random.next().value ?? 0;
        const twice = [...notices, ...notices.filter(() => next() % 2 === 0)];
        const shuffled = twice.map((each) => ({ each, by: next() })).sort((a, b) => a.by - b.by);
        const batches: MessageNotice[][] = [[]];
        for (const { each } of shuffled) {
          if (next() % 3 === 0) batches.push([]);
          batches.at(-1)?.push(each);
        }
        expect(laterOf(delivery(given), batches).state).toBe(laterOf(delivery(given), [notices]).state);
      }),
      { seed: 14, numRuns: sized(20_000) },
    );
  });

  test('a delivery only moves forward', () => {
    const rank = ({ state, isReported }: TrackedDelivery) =>
      state === 'read' ? 3 : state === 'dead' && isReported ? 2 : state === 'delivered' ? 1 : 0;
    fc.assert(
      fc.property(start, told, (given, notices) => {
        let current = delivery(given);
        for (const each of notices) {
          const next = laterOf(current, [[each]]);
          if (next.state !== current.state) expect(rank(next)).toBeGreaterThan(rank(current));
          current = next;
        }
      }),
      { seed: 14, numRuns: sized(20_000) },
    );
  });

  test('opens and clicks are of no interest', () => {
    expect((['opened', 'clicked', 'delivered'] as const).map((type) => isOfInterest(notice({ type })))).toEqual([
      false,
      false,
      true,
    ]);
  });
});

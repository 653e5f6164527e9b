import { describe, expect, test } from 'vitest';
import type { Answer } from '../../../domain/webhooks/answer.ts';
import {
  afterAttempt,
  DELIVER_WEBHOOK,
  disabling,
  failureOf,
  hostOf,
  judgeSending,
  replay,
  sendTest,
  type WebhookDeliveryId,
} from '../../../domain/webhooks/delivery.ts';
import type { WebhookEventId } from '../../../domain/webhooks/event-types.ts';
import { ADMINISTRATOR, DAY, DELIVERY, ENDPOINT, HOUR, NOW, sending } from './sample-endpoint.ts';

const answered = (status: number, retryAfterSeconds: number | null = null): Answer => ({
  kind: 'answered',
  status,
  retryAfterSeconds,
  durationMs: 40,
});
const TIMEOUT: Answer = { kind: 'none', reason: 'timeout', durationMs: 15_000 };

describe('whether a delivery is sent', () => {
  test.each([
    ['it is due', sending(), { kind: 'send' }],
    ['it was delivered', sending({}, { status: 'delivered' }), { kind: 'done' }],
    ['it failed', sending({}, { status: 'failed' }), { kind: 'done' }],
    [
      'the endpoint is disabled',
      sending({ disabledBecause: 'gone' }),
      { kind: 'give_up', because: 'endpoint_disabled' },
    ],
    ['no secret can be opened', { ...sending(), secrets: null }, { kind: 'give_up', because: 'secret_unreadable' }],
    ['the endpoint rests', sending({ restsUntil: NOW + 100 }), { kind: 'wait', until: NOW + 125 }],
    ['the rest is over', sending({ restsUntil: NOW }), { kind: 'send' }],
  ])('%s', (_, delivery, verdict) => {
    expect(judgeSending(delivery, NOW, 0.25)).toEqual(verdict);
  });
});

test.each([
  [199, 'status'],
  [200, null],
  [299, null],
  [300, 'redirected'],
  [399, 'redirected'],
  [400, 'status'],
  [409, 'status'],
  [410, 'gone'],
  [500, 'status'],
])('an answer %i is the failure %s', (status, failure) => {
  expect(failureOf(answered(status))).toBe(failure);
});

test('no answer is a failure', () => {
  expect(failureOf(TIMEOUT)).toBe('timeout');
});

describe('a failure disables the endpoint', () => {
  const hopeless = { ...ENDPOINT, failingSince: NOW - 5 * DAY, failuresInARow: 9 };

  test('at once if the receiver says that it is gone, else after five days', () => {
    expect(disabling(ENDPOINT, 'gone', NOW)).toBe('gone');
    expect(disabling(hopeless, 'gone', NOW)).toBe('gone');
    expect(disabling(hopeless, 'status', NOW)).toBe('failing');
    expect(disabling(ENDPOINT, 'status', NOW)).toBeNull();
  });

  test('but not a success, and not an endpoint that is disabled', () => {
    expect(disabling(hopeless, null, NOW)).toBeNull();
    expect(disabling({ ...hopeless, disabledBecause: 'by_hand' }, 'gone', NOW)).toBeNull();
  });
});

describe('after an attempt', () => {
  const outcome = (answer: Answer, of = sending()) => afterAttempt(of, answer, [ADMINISTRATOR], 0, NOW);
  const attempt = { number: 13, at: NOW, statusCode: 200, durationMs: 40, reason: null };
  const ofDelivery = { type: 'webhook_delivery.attempted', id: DELIVERY.id };

  test('that succeeded, the delivery is done, and the endpoint works', () => {
    expect(outcome(answered(200))).toMatchObject({
      value: null,
      changes: [
        { type: 'webhook_endpoint.worked', id: ENDPOINT.id },
        { ...ofDelivery, attempt, status: 'delivered', nextAttemptAt: null },
      ],
      audit: [],
      messages: [],
    });
  });

  test('that failed, the next one is due by the schedule of this round', () => {
    const next = NOW + 300_000;
    expect(outcome(answered(500))).toMatchObject({
      value: next,
      changes: [
        { type: 'webhook_endpoint.failed', restsUntil: null, disabledBecause: null, at: NOW },
        {
          ...ofDelivery,
          attempt: { ...attempt, statusCode: 500, reason: 'status' },
          status: 'pending',
          nextAttemptAt: next,
        },
      ],
      audit: [],
      messages: [],
    });
    expect(outcome(answered(503, 900)).value).toBe(NOW + 900_000);
  });

  test('without an answer, the endpoint rests', () => {
    expect(outcome(TIMEOUT).changes).toMatchObject([
      { type: 'webhook_endpoint.failed', restsUntil: NOW + 30_000, disabledBecause: null },
      { attempt: { statusCode: null, durationMs: 15_000, reason: 'timeout' }, status: 'pending' },
    ]);
  });

  test('that was the last of the round, the delivery failed', () => {
    expect(outcome(answered(500), sending({}, { attemptsOfRound: 9 }))).toMatchObject({
      value: null,
      changes: [{ disabledBecause: null }, { status: 'failed', nextAttemptAt: null }],
    });
  });

  test('that disables the endpoint, the administrators are told, without the path of its address', () => {
    const told = { template: 'webhook-disabled', userId: ADMINISTRATOR.userId };
    expect(outcome(answered(410))).toMatchObject({
      value: null,
      changes: [{ disabledBecause: 'gone' }, { status: 'failed', nextAttemptAt: null }],
      audit: [{ type: 'webhook.disabled', details: { because: 'gone' } }],
      messages: [{ ...told, variables: { host: 'practice.example.org:8443', because: 'gone' } }],
    });
    expect(outcome(answered(500), sending({ failingSince: NOW - 5 * DAY, failuresInARow: 9 }))).toMatchObject({
      value: null,
      changes: [{ disabledBecause: 'failing' }, { status: 'failed' }],
      messages: [{ ...told, variables: { because: 'failing' } }],
    });
  });

  test('a receiver that is gone is not tried again, even if the endpoint was disabled meanwhile', () => {
    expect(outcome(answered(410), sending({ disabledBecause: 'by_hand' }))).toMatchObject({
      value: null,
      changes: [{ disabledBecause: null }, { status: 'failed' }],
    });
  });
});

test.each([
  ['https://a.example/hooks', 'a.example'],
  ['http://localhost:3000?x', 'localhost:3000'],
  ['https://[2606:4700::1]:8443#x', '[2606:4700::1]:8443'],
  ['nonsense', ''],
])('the host of %s is %s', (url, host) => {
  expect(hostOf(url)).toBe(host);
});

describe('sending deliveries again', () => {
  const id = DELIVERY.id;

  test('makes a job for each, whatever became of them', () => {
    const other = 'other' as WebhookDeliveryId;
    const failed = [
      { id, status: 'failed', nextAttemptAt: null },
      { id: other, status: 'delivered', nextAttemptAt: NOW },
    ] as const;
    const replayed = replay(ENDPOINT, failed, NOW);
    expect(replayed.ok && replayed.value).toMatchObject({
      value: 2,
      changes: [{ type: 'webhook_delivery.replayed', ids: [id, other], overdueBefore: NOW - HOUR, at: NOW }],
      audit: [{ type: 'webhook.replayed', details: { deliveries: 2 } }],
      jobs: [{ topic: DELIVER_WEBHOOK, payload: { deliveryId: id } }, { payload: { deliveryId: other } }],
    });
  });

  test('changes nothing when there are none', () => {
    const replayed = replay(ENDPOINT, [], NOW);
    expect(replayed.ok && replayed.value).toMatchObject({ value: 0, changes: [], jobs: [] });
  });

  test.each([
    [NOW + 1, false],
    [null, false],
    [NOW - HOUR + 1, false],
    [NOW - HOUR, true],
  ])('a pending one that is due at %s is one that its worker gave up: %s', (nextAttemptAt, isOverdue) => {
    const replayed = replay(ENDPOINT, [{ id, status: 'pending', nextAttemptAt }], NOW);
    expect(replayed.ok).toBe(isOverdue);
    if (!replayed.ok) expect(replayed.error.code).toBe('webhook_delivery_pending');
  });

  test('is refused while the endpoint is disabled', () => {
    const disabled = { ...ENDPOINT, disabledBecause: 'by_hand' } as const;
    expect(replay(disabled, [], NOW)).toEqual({ ok: false, error: { code: 'webhook_disabled' } });
  });
});

describe('a test event', () => {
  const made = { eventId: 'event' as WebhookEventId, deliveryId: DELIVERY.id };

  test('is sent to the endpoint alone', () => {
    const sent = sendTest(ENDPOINT, made, NOW);
    expect(sent.ok && sent.value).toMatchObject({
      value: DELIVERY.id,
      changes: [{ type: 'webhook_event.sent', event: { id: 'event', data: { version: 4 } }, endpointId: ENDPOINT.id }],
      jobs: [{ topic: DELIVER_WEBHOOK, payload: { deliveryId: DELIVERY.id } }],
    });
  });

  test('is refused while the endpoint is disabled', () => {
    expect(sendTest({ ...ENDPOINT, disabledBecause: 'by_hand' }, made, NOW).ok).toBe(false);
  });
});

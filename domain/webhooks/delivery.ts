/** One event for one endpoint: its attempts, and what each comes to. */
import { decided } from '../shared/changes.ts';
import type { Id } from '../shared/ids.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { Answer, FailureReason } from './answer.ts';
import type { AuditDraft } from './audit-events.ts';
import type { Decision } from './decision.ts';
import type {
  Administrator,
  DisabledReason,
  EndpointChange,
  SigningEndpoint,
  WebhookDisabled,
  WebhookEndpoint,
  WebhookEndpointId,
} from './endpoint.ts';
import { TEST_EVENT, type WebhookEvent, type WebhookEventId } from './event-types.ts';
import { isBeyondHope, nextAttempt, restsUntil } from './schedule.ts';

export type WebhookDeliveryId = Id<'webhook_delivery'>;

/** `pending`: it is sent now or later; `failed`: it is not sent again by itself. */
export const DELIVERY_STATUSES = ['pending', 'delivered', 'failed'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export interface WebhookAttempt {
  /** From 1, over all rounds. */
  readonly number: number;
  readonly at: Instant;
  /** `null`: there was no answer. */
  readonly statusCode: number | null;
  readonly durationMs: number;
  /** `null`: it succeeded. */
  readonly reason: FailureReason | null;
}

export interface WebhookDelivery {
  readonly id: WebhookDeliveryId;
  readonly endpointId: WebhookEndpointId;
  readonly event: WebhookEvent;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  /** Attempts since it was made, or sent again by hand: each round has the whole schedule. */
  readonly attemptsOfRound: number;
  readonly nextAttemptAt: Instant | null;
  readonly last: WebhookAttempt | null;
  /** Why it is not sent, when that was no attempt. */
  readonly givenUpBecause: GivenUpReason | null;
}

/** `internal_error`: the portal failed too many times before it could record an attempt. */
export const GIVEN_UP_REASONS = ['endpoint_disabled', 'secret_unreadable', 'internal_error'] as const;
export type GivenUpReason = (typeof GIVEN_UP_REASONS)[number];

export type DeliveryChange =
  /** Guarded: the attempt is the next one, and the delivery is pending. */
  | {
      readonly type: 'webhook_delivery.attempted';
      readonly id: WebhookDeliveryId;
      readonly attempt: WebhookAttempt;
      readonly status: DeliveryStatus;
      readonly nextAttemptAt: Instant | null;
    }
  /** No effect unless it is pending. */
  | {
      readonly type: 'webhook_delivery.given_up';
      readonly id: WebhookDeliveryId;
      readonly because: GivenUpReason;
    }
  /** Guarded: all of them have a status in which they can be sent again, before `overdueBefore` if they are pending. */
  | {
      readonly type: 'webhook_delivery.replayed';
      readonly ids: readonly WebhookDeliveryId[];
      readonly overdueBefore: Instant;
      readonly at: Instant;
    }
  /** An event for one endpoint alone. */
  | {
      readonly type: 'webhook_event.sent';
      readonly event: WebhookEvent;
      readonly endpointId: WebhookEndpointId;
      readonly deliveryId: WebhookDeliveryId;
    };

export type DeliveryNotFound = { readonly code: 'webhook_delivery_not_found' };
export type DeliveryPending = { readonly code: 'webhook_delivery_pending' };

/** Work for the outbox: one job for each event and endpoint. */
export const DELIVER_WEBHOOK = 'webhook.deliver';

/** What is loaded to send a delivery. */
export interface Sending extends SigningEndpoint {
  readonly delivery: WebhookDelivery;
}

export type SendingVerdict =
  | { readonly kind: 'send' }
  | { readonly kind: 'done' }
  /** The endpoint rests. This is no attempt. */
  | { readonly kind: 'wait'; readonly until: Instant }
  | { readonly kind: 'give_up'; readonly because: GivenUpReason };

/** @param random from 0 to 1: events that waited together are not sent together */
export function judgeSending({ delivery, endpoint, secrets }: Sending, now: Instant, random: number): SendingVerdict {
  if (delivery.status !== 'pending') return { kind: 'done' };
  if (endpoint.disabledBecause !== null) return { kind: 'give_up', because: 'endpoint_disabled' };
  if (secrets === null) return { kind: 'give_up', because: 'secret_unreadable' };
  if (endpoint.restsUntil !== null && endpoint.restsUntil > now) {
    return { kind: 'wait', until: Math.round(endpoint.restsUntil + (endpoint.restsUntil - now) * random) };
  }
  return { kind: 'send' };
}

export function giveUp(id: WebhookDeliveryId, because: GivenUpReason): Decision<DeliveryChange, null> {
  return decided({
    value: null,
    changes: [{ type: 'webhook_delivery.given_up', id, because }],
    audit: [],
  });
}

/** Why an answer is none that says that the event arrived; `null` if it is. */
export function failureOf(answer: Answer): FailureReason | null {
  if (answer.kind === 'none') return answer.reason;
  const { status } = answer;
  if (status >= 200 && status < 300) return null;
  if (status === 410) return 'gone';
  return status >= 300 && status < 400 ? 'redirected' : 'status';
}

/** Why the failure of this attempt disables the endpoint; `null` if it does not. */
export function disabling(
  endpoint: WebhookEndpoint,
  reason: FailureReason | null,
  now: Instant,
): Exclude<DisabledReason, 'by_hand'> | null {
  if (reason === null || endpoint.disabledBecause !== null) return null;
  if (reason === 'gone') return 'gone';
  return isBeyondHope(endpoint, now) ? 'failing' : null;
}

/**
 * Records an attempt.
 * @param administrators who are told if it disables the endpoint
 * @returns when the next attempt is due; `null` when there is none
 */
export function afterAttempt(
  { delivery, endpoint }: Sending,
  answer: Answer,
  administrators: readonly Administrator[],
  random: number,
  now: Instant,
): Decision<DeliveryChange | EndpointChange, Instant | null> {
  const reason = failureOf(answer);
  const disabledBecause = disabling(endpoint, reason, now);
  const mayRetry = reason !== null && reason !== 'gone' && disabledBecause === null;
  const asked = answer.kind === 'answered' ? answer.retryAfterSeconds : null;
  const next = mayRetry ? nextAttempt(delivery.attemptsOfRound + 1, now, random, asked) : null;
  const attempt: WebhookAttempt = {
    number: delivery.attempts + 1,
    at: now,
    statusCode: answer.kind === 'answered' ? answer.status : null,
    durationMs: answer.durationMs,
    reason,
  };
  const status = reason === null ? 'delivered' : next === null ? 'failed' : 'pending';
  const { id } = endpoint;
  const rests = reason === 'timeout' ? restsUntil(endpoint, now) : null;
  return decided({
    value: next,
    changes: [
      // The endpoint first, as when it is deleted with its deliveries.
      reason === null
        ? { type: 'webhook_endpoint.worked', id }
        : { type: 'webhook_endpoint.failed', id, restsUntil: rests, disabledBecause, at: now },
      { type: 'webhook_delivery.attempted', id: delivery.id, attempt, status, nextAttemptAt: next },
    ],
    audit: disabledBecause === null ? [] : [disabled(endpoint, disabledBecause)],
    messages:
      disabledBecause === null
        ? []
        : administrators.map(({ userId, dataKey }) => ({
            template: 'webhook-disabled',
            variables: { host: hostOf(endpoint.url), because: disabledBecause },
            userId,
            dataKey,
          })),
  });
}

function disabled({ id }: WebhookEndpoint, because: DisabledReason): AuditDraft {
  return {
    type: 'webhook.disabled',
    stream: 'system',
    outcome: 'success',
    resource: { type: 'webhook_endpoint', id },
    details: { because },
  };
}

/** The path of an address may hold a secret. */
export function hostOf(url: string): string {
  return /^https?:\/\/([^/?#]+)/.exec(url)?.[1] ?? '';
}

/** A pending delivery whose attempt is overdue by this much was given up by its worker. */
const OVERDUE_MS = 3_600_000;

/** Sends deliveries again, under the same id of the event, whatever became of them. */
export function replay(
  endpoint: WebhookEndpoint,
  deliveries: readonly Pick<WebhookDelivery, 'id' | 'status' | 'nextAttemptAt'>[],
  now: Instant,
): Result<Decision<DeliveryChange, number>, WebhookDisabled | DeliveryPending> {
  if (endpoint.disabledBecause !== null) return refuse({ code: 'webhook_disabled' });
  const overdueBefore = now - OVERDUE_MS;
  const waits = ({ status, nextAttemptAt }: (typeof deliveries)[number]) =>
    status === 'pending' && (nextAttemptAt ?? now) > overdueBefore;
  if (deliveries.some(waits)) return refuse({ code: 'webhook_delivery_pending' });
  const ids = deliveries.map(({ id }) => id);
  return ok(
    decided({
      value: ids.length,
      changes: ids.length === 0 ? [] : [{ type: 'webhook_delivery.replayed', ids, overdueBefore, at: now }],
      audit: [
        {
          type: 'webhook.replayed',
          stream: 'system',
          outcome: 'success',
          resource: { type: 'webhook_endpoint', id: endpoint.id },
          details: { deliveries: ids.length },
        },
      ],
      jobs: ids.map((deliveryId) => ({ topic: DELIVER_WEBHOOK, payload: { deliveryId } })),
    }),
  );
}

/** Sends an event that says nothing, so that a receiver can be tried. */
export function sendTest(
  endpoint: WebhookEndpoint,
  made: { readonly eventId: WebhookEventId; readonly deliveryId: WebhookDeliveryId },
  now: Instant,
): Result<Decision<DeliveryChange, WebhookDeliveryId>, WebhookDisabled> {
  if (endpoint.disabledBecause !== null) return refuse({ code: 'webhook_disabled' });
  const { eventId, deliveryId } = made;
  const event: WebhookEvent = {
    id: eventId,
    type: TEST_EVENT,
    data: { id: endpoint.id, version: endpoint.version },
    occurredAt: now,
  };
  return ok(
    decided({
      value: deliveryId,
      changes: [{ type: 'webhook_event.sent', event, endpointId: endpoint.id, deliveryId }],
      audit: [
        {
          type: 'webhook.tested',
          stream: 'system',
          outcome: 'success',
          resource: { type: 'webhook_endpoint', id: endpoint.id },
        },
      ],
      jobs: [{ topic: DELIVER_WEBHOOK, payload: { deliveryId } }],
    }),
  );
}

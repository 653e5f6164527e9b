/** How endpoints and deliveries are written and shown. */
import { z } from '@hono/zod-openapi';
import { formatInstant, type Instant } from '../../../../domain/shared/time.ts';
import { FAILURE_REASONS } from '../../../../domain/webhooks/answer.ts';
import {
  DELIVERY_STATUSES,
  GIVEN_UP_REASONS,
  type WebhookAttempt,
  type WebhookDelivery,
} from '../../../../domain/webhooks/delivery.ts';
import { DISABLED_REASONS, type NewSecret, type WebhookEndpoint } from '../../../../domain/webhooks/endpoint.ts';
import { WEBHOOK_EVENT_NAMES, WEBHOOK_EVENT_TYPES } from '../../../../domain/webhooks/event-types.ts';
import { list, rawText } from '../../bounds.ts';
import { type Link, linkTo, pathTo } from '../../links.ts';
import { isSoundText } from '../../middleware/request.ts';
import type { ProblemDetails } from '../../problems.ts';
import { line, links, targetId } from '../../schemas.ts';
import { shownCode, shownId, shownInstant, shownText, shownToken, shownUrl } from '../../shown.ts';

/** Longest address, also as it is written by the URL parser. */
const URL_CHARACTERS = 2_000;

const address = rawText(URL_CHARACTERS)
  .refine((text) => isSoundText(text) && URL.canParse(text) && new URL(text).href.length <= URL_CHARACTERS, {
    error: 'expected an address, such as https://practice.example.org/hooks',
  })
  .openapi({ type: 'string', format: 'uri', example: 'https://practice.example.org/hooks' });

const EVENTS_EXPLAINED = Object.entries(WEBHOOK_EVENT_TYPES)
  .map(([type, about]) => `\`${type}\`: ${about}`)
  .join(' ');

export const endpointBody = z.strictObject({
  url: address,
  description: line(200).default(''),
  eventTypes: list(z.enum(WEBHOOK_EVENT_NAMES), 50, 1).openapi({ description: EVENTS_EXPLAINED }),
});
export const changedEndpointBody = endpointBody.extend({ enabled: z.boolean() });

export const EXAMPLE = {
  url: 'https://practice.example.org/hooks',
  description: 'Practice software',
  eventTypes: ['appointment.booked', 'appointment.moved', 'appointment.cancelled'],
} as const;

export const endpointParams = z.object({ id: targetId('webhook_endpoint', 'The webhook') });
export const deliveryParams = endpointParams.extend({
  deliveryId: targetId('webhook_delivery', 'The delivery'),
});

export const endpointSchema = z
  .object({
    id: shownId,
    url: shownUrl,
    description: shownText(200, 'Practice software'),
    eventTypes: z.array(shownCode('appointment.booked')),
    enabled: z.boolean(),
    disabledBecause: z.enum(DISABLED_REASONS).nullable().openapi({
      description:
        '`by_hand`: by an administrator; `gone`: it answered 410; `failing`: nothing arrived for five days. Null while it is enabled',
    }),
    failingSince: shownInstant
      .nullable()
      .openapi({ description: 'The first failure since the last success; null if the last attempt succeeded' }),
    formerSecretUntil: shownInstant
      .nullable()
      .openapi({ description: 'Until when there is a second signature, with the secret before the last rotation' }),
    createdAt: shownInstant,
    updatedAt: shownInstant,
    version: z.int(),
    _links: links,
  })
  .openapi('Webhook');

export const endpointWithSecretSchema = endpointSchema
  .extend({
    secret: shownToken('whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD')
      .nullable()
      .openapi({ description: 'Shown only once: null if the request is repeated. It signs every event' }),
  })
  .openapi('WebhookWithSecret');

export function presentEndpoint(endpoint: WebhookEndpoint, now: Instant) {
  const { id, url, description, eventTypes, disabledBecause, failingSince, formerSecretUntil } = endpoint;
  const isFormerInUse = formerSecretUntil !== null && formerSecretUntil > now;
  const enabled = disabledBecause === null;
  const _links: Record<string, Link> = {
    self: linkTo('getWebhook', { id }),
    update: linkTo('updateWebhook', { id }),
    delete: linkTo('deleteWebhook', { id }),
    rotateSecret: linkTo('rotateWebhookSecret', { id }),
    deliveries: linkTo('listWebhookDeliveries', { id }),
    ...(enabled ? { test: linkTo('testWebhook', { id }), replay: linkTo('replayWebhookDeliveries', { id }) } : {}),
  };
  return {
    id: id as string,
    url,
    description,
    eventTypes: [...eventTypes] as string[],
    enabled,
    disabledBecause,
    failingSince: failingSince === null ? null : formatInstant(failingSince),
    formerSecretUntil: isFormerInUse ? formatInstant(formerSecretUntil) : null,
    createdAt: formatInstant(endpoint.createdAt),
    updatedAt: formatInstant(endpoint.updatedAt),
    version: endpoint.version,
    _links,
  };
}

/** The answer that shows a secret, and the one that is kept for a repeated request. */
export function representSecret(status: 200 | 201, { endpoint, secret }: NewSecret, now: Instant) {
  const shown = presentEndpoint(endpoint, now);
  return {
    status,
    body: { ...shown, secret },
    kept: { ...shown, secret: null },
    ...(status === 201 ? { location: pathTo('getWebhook', { id: endpoint.id }) } : {}),
  } as const;
}

const attemptSchema = z.object({
  number: z.int().openapi({ description: 'From 1' }),
  at: shownInstant,
  statusCode: z.int().nullable().openapi({ description: 'Null: there was no answer' }),
  durationMs: z.int(),
  reason: z
    .enum(FAILURE_REASONS)
    .nullable()
    .openapi({ description: 'Why it failed; null if the answer was 2xx. `status`: the answer was not 2xx' }),
});

export const deliverySchema = z
  .object({
    id: shownId,
    event: z.object({
      id: shownId.openapi({ description: 'Sent as `webhook-id`, the same in every attempt' }),
      type: shownCode('appointment.booked'),
      occurredAt: shownInstant,
      data: z
        .record(z.string(), z.union([shownId, z.int(), z.array(shownId), z.null()]))
        .openapi({ description: 'Ids and versions' }),
    }),
    status: z.enum(DELIVERY_STATUSES),
    attempts: z.int(),
    nextAttemptAt: shownInstant.nullable(),
    givenUpBecause: z.enum(GIVEN_UP_REASONS).nullable().openapi({
      description:
        'Why it was not tried again, when that was not for the answer. `internal_error`: the portal failed too many times before it could record an attempt',
    }),
    lastAttempt: attemptSchema.nullable(),
    _links: links,
  })
  .openapi('WebhookDelivery');

export const wholeDeliverySchema = deliverySchema
  .extend({ history: z.array(attemptSchema).openapi({ description: 'Newest first, 100 at most' }) })
  .openapi('WholeWebhookDelivery');

export function presentAttempt({ at, ...attempt }: WebhookAttempt) {
  return { ...attempt, at: formatInstant(at) };
}

export function presentDelivery(delivery: WebhookDelivery) {
  const { id, endpointId, event, status, attempts, nextAttemptAt, givenUpBecause, last } = delivery;
  const place = { id: endpointId, deliveryId: id };
  const _links: Record<string, Link> = {
    self: linkTo('getWebhookDelivery', place),
    webhook: linkTo('getWebhook', { id: endpointId }),
    ...(status === 'pending' ? {} : { replay: linkTo('replayWebhookDelivery', place) }),
  };
  return {
    id: id as string,
    event: {
      id: event.id as string,
      type: event.type as string,
      occurredAt: formatInstant(event.occurredAt),
      data: { ...event.data } as Record<string, string | number | string[] | null>,
    },
    status,
    attempts,
    nextAttemptAt: nextAttemptAt === null ? null : formatInstant(nextAttemptAt),
    givenUpBecause,
    lastAttempt: last === null ? null : presentAttempt(last),
    _links,
  };
}

/** The field and the members of a refusal. */
export function detailsOf(error: { readonly code: string }): Partial<ProblemDetails> | undefined {
  if ('limit' in error) return { members: { limit: error.limit } };
  if (!('fault' in error)) return undefined;
  return {
    errors: [{ pointer: '/url', code: String(error.fault), message: ADDRESS_FAULTS[String(error.fault)] ?? '' }],
  };
}

const ADDRESS_FAULTS: Readonly<Record<string, string>> = {
  not_https: 'expected an https address',
  has_credentials: 'must have no user name and no password',
  not_public: 'leads to an address that is not of the public internet',
  host_not_allowed: 'is not among the hosts that the operator allows (WEBHOOK_HOSTS)',
};

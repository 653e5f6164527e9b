/** The endpoints: addresses of the clinic's other systems that are told of changes. */
import { decided } from '../shared/changes.ts';
import type { Id, UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import { type ExpectedVersion, type StaleVersion, staleness } from '../shared/version.ts';
import type { AddressFault } from './address.ts';
import type { AuditDraft, WebhookAuditEvent } from './audit-events.ts';
import type { Decision } from './decision.ts';
import type { WebhookEventType } from './event-types.ts';
import type { EndpointHealth } from './schedule.ts';
import { inUse, type WebhookSecret } from './signature.ts';

export type WebhookEndpointId = Id<'webhook_endpoint'>;

/** `by_hand`: by an administrator; `gone`: it answered 410; `failing`: nothing succeeded for five days. */
export const DISABLED_REASONS = ['by_hand', 'gone', 'failing'] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

export interface EndpointSettings {
  /** As the URL parser writes it. */
  readonly url: string;
  readonly description: string;
  /** Without repetition. */
  readonly eventTypes: readonly WebhookEventType[];
}

export interface WebhookEndpoint extends EndpointSettings, EndpointHealth {
  readonly id: WebhookEndpointId;
  /** `null` while it is enabled. */
  readonly disabledBecause: DisabledReason | null;
  /** Nothing is sent before: it did not answer in time. */
  readonly restsUntil: Instant | null;
  /** Until when events are signed with the former secret too. */
  readonly formerSecretUntil: Instant | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly version: number;
}

/** With the secrets, the current one first. `null`: they cannot be opened. */
export interface SigningEndpoint {
  readonly endpoint: WebhookEndpoint;
  readonly secrets: readonly WebhookSecret[] | null;
  /** Seals the secrets. A key of the endpoint's own. */
  readonly dataKey: DataKey;
}

/** Guarded where it names a version. */
export type EndpointChange =
  /** Guarded: with it there are at most `atMost`. */
  | {
      readonly type: 'webhook_endpoint.created';
      readonly endpoint: WebhookEndpoint;
      readonly secrets: readonly WebhookSecret[];
      readonly dataKey: DataKey;
      readonly atMost: number;
    }
  | {
      readonly type: 'webhook_endpoint.changed';
      readonly endpoint: WebhookEndpoint;
      readonly expectedVersion: number;
    }
  | {
      readonly type: 'webhook_endpoint.secret_rotated';
      readonly endpoint: WebhookEndpoint;
      readonly secrets: readonly WebhookSecret[];
      readonly dataKey: DataKey;
      readonly expectedVersion: number;
    }
  /** With its deliveries and its key. */
  | {
      readonly type: 'webhook_endpoint.deleted';
      readonly id: WebhookEndpointId;
      readonly expectedVersion: number;
    }
  /** Without effect when nothing has failed since the last success. */
  | { readonly type: 'webhook_endpoint.worked'; readonly id: WebhookEndpointId }
  /** One more failure in a row. Guarded if it disables: the endpoint is enabled. */
  | {
      readonly type: 'webhook_endpoint.failed';
      readonly id: WebhookEndpointId;
      readonly restsUntil: Instant | null;
      readonly disabledBecause: Exclude<DisabledReason, 'by_hand'> | null;
      readonly at: Instant;
    };

export type WebhookNotFound = { readonly code: 'webhook_not_found' };
export type TooManyWebhooks = { readonly code: 'too_many_webhooks'; readonly limit: number };
export type AddressRefused = { readonly code: 'webhook_address_refused'; readonly fault: AddressFault };
export type WebhookDisabled = { readonly code: 'webhook_disabled' };
export type EndpointRefusal = WebhookNotFound | TooManyWebhooks | AddressRefused | WebhookDisabled;

export const MAXIMUM_WEBHOOKS = 20;
/** How long the former secret goes on signing. */
export const FORMER_SECRET_HOURS = 24;
const FORMER_SECRET_MS = FORMER_SECRET_HOURS * 3_600_000;
/** Former secrets of rotations that follow each other within that time; the oldest end first. */
const FORMER_SECRETS = 2;

/** The endpoint with its current secret, which is shown once. */
export interface NewSecret {
  readonly endpoint: WebhookEndpoint;
  readonly secret: string;
}

function recorded(
  type: WebhookAuditEvent,
  { id }: Pick<WebhookEndpoint, 'id'>,
  details: AuditDraft['details'] = {},
): AuditDraft {
  return { type, stream: 'system', outcome: 'success', resource: { type: 'webhook_endpoint', id }, details };
}

export function createEndpoint(
  settings: EndpointSettings,
  existing: number,
  made: { readonly id: WebhookEndpointId; readonly secret: string; readonly dataKey: DataKey },
  now: Instant,
): Result<Decision<EndpointChange, NewSecret>, TooManyWebhooks> {
  if (existing >= MAXIMUM_WEBHOOKS) return refuse({ code: 'too_many_webhooks', limit: MAXIMUM_WEBHOOKS });
  const endpoint: WebhookEndpoint = {
    ...settings,
    id: made.id,
    disabledBecause: null,
    failingSince: null,
    failuresInARow: 0,
    restsUntil: null,
    formerSecretUntil: null,
    createdAt: now,
    updatedAt: now,
    version: 1,
  };
  const { secret, dataKey } = made;
  const secrets = [{ secret, until: null }];
  return ok(
    decided({
      value: { endpoint, secret },
      changes: [{ type: 'webhook_endpoint.created', endpoint, secrets, dataKey, atMost: MAXIMUM_WEBHOOKS }],
      audit: [recorded('webhook.created', endpoint, { eventTypes: settings.eventTypes.join(' ') })],
    }),
  );
}

/** Enabling it, or naming another address, forgets the failures. */
export function changeEndpoint(
  current: WebhookEndpoint,
  { enabled, ...settings }: EndpointSettings & { readonly enabled: boolean },
  expected: ExpectedVersion,
  now: Instant,
): Result<Decision<EndpointChange, WebhookEndpoint>, StaleVersion> {
  const stale = staleness(current, expected);
  if (stale !== undefined) return refuse(stale);
  const startsAnew = (enabled && current.disabledBecause !== null) || settings.url !== current.url;
  const endpoint: WebhookEndpoint = {
    ...current,
    ...settings,
    ...(startsAnew ? { failingSince: null, failuresInARow: 0, restsUntil: null } : {}),
    disabledBecause: enabled ? null : (current.disabledBecause ?? 'by_hand'),
    updatedAt: now,
    version: current.version + 1,
  };
  const details = {
    eventTypes: settings.eventTypes.join(' '),
    enabled,
    addressChanged: settings.url !== current.url,
  };
  return ok(
    decided({
      value: endpoint,
      changes: [{ type: 'webhook_endpoint.changed', endpoint, expectedVersion: current.version }],
      audit: [recorded('webhook.updated', endpoint, details)],
    }),
  );
}

export function deleteEndpoint({ id, version }: WebhookEndpoint): Decision<EndpointChange, void> {
  return decided({
    value: undefined,
    changes: [{ type: 'webhook_endpoint.deleted', id, expectedVersion: version }],
    audit: [recorded('webhook.deleted', { id })],
  });
}

/** The former secret goes on signing for a day. One that cannot be opened ends at once. */
export function rotateSecret(
  { endpoint: current, secrets, dataKey }: SigningEndpoint,
  secret: string,
  now: Instant,
): Decision<EndpointChange, NewSecret> {
  const until = now + FORMER_SECRET_MS;
  const former = inUse(secrets ?? [], now)
    .slice(0, FORMER_SECRETS)
    .map((each) => ({ ...each, until: each.until ?? until }));
  const endpoint: WebhookEndpoint = {
    ...current,
    formerSecretUntil: former.length === 0 ? null : until,
    updatedAt: now,
    version: current.version + 1,
  };
  return decided({
    value: { endpoint, secret },
    changes: [
      {
        type: 'webhook_endpoint.secret_rotated',
        endpoint,
        secrets: [{ secret, until: null }, ...former],
        dataKey,
        expectedVersion: current.version,
      },
    ],
    audit: [recorded('webhook.secret_rotated', endpoint)],
  });
}

/** Whom an automatic change of an endpoint is told. */
export interface Administrator {
  readonly userId: UserId;
  readonly dataKey: DataKey;
}

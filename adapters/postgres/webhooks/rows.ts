/** Endpoints and deliveries as the domain knows them. */
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { FailureReason } from '../../../domain/webhooks/answer.ts';
import type {
  DeliveryStatus,
  GivenUpReason,
  WebhookAttempt,
  WebhookDelivery,
  WebhookDeliveryId,
} from '../../../domain/webhooks/delivery.ts';
import type {
  DisabledReason,
  SigningEndpoint,
  WebhookEndpoint,
  WebhookEndpointId,
} from '../../../domain/webhooks/endpoint.ts';
import type {
  EventData,
  SentEventType,
  WebhookEventId,
  WebhookEventType,
} from '../../../domain/webhooks/event-types.ts';
import type { WebhookSecret } from '../../../domain/webhooks/signature.ts';
import type { Row } from '../driver/driver.ts';
import { raw, readDataKey } from '../driver/sql.ts';
import { sealedRow } from '../sealed/sealed-row.ts';

/** Under the alias `e`. */
export const ENDPOINT_COLUMNS = raw(`e.id AS endpoint_id, e.url, e.description, e.event_types, e.disabled_because,
  e.former_secret_until, e.failing_since, e.failures_in_row, e.rests_until, e.created_at AS endpoint_created_at,
  e.updated_at AS endpoint_updated_at, e.version AS endpoint_version`);

export function readEndpoint(found: Row): WebhookEndpoint {
  return {
    id: found.endpoint_id as WebhookEndpointId,
    url: found.url as string,
    description: found.description as string,
    eventTypes: found.event_types as WebhookEventType[],
    disabledBecause: found.disabled_because as DisabledReason | null,
    formerSecretUntil: found.former_secret_until as number | null,
    failingSince: found.failing_since as number | null,
    failuresInARow: found.failures_in_row as number,
    restsUntil: found.rests_until as number | null,
    createdAt: found.endpoint_created_at as number,
    updatedAt: found.endpoint_updated_at as number,
    version: found.endpoint_version as number,
  };
}

/** With the columns `secrets` and those of the key. */
export function readSigningEndpoint(found: Row, cipher: FieldCipher): SigningEndpoint {
  const endpoint = readEndpoint(found);
  const dataKey = readDataKey(found);
  const sealed = sealedRow(cipher, dataKey, 'webhook_endpoints', endpoint.id);
  return { endpoint, dataKey, secrets: sealed.json<readonly WebhookSecret[]>('secrets', found.secrets) };
}

/** A delivery under the alias `d` with its event and its last attempt. */
export const DELIVERY_COLUMNS = raw(`d.id, d.endpoint_id, d.status, d.attempts, d.attempts_of_round, d.next_attempt_at,
  d.given_up_because, v.id AS event_id, v.type, v.data, v.occurred_at, t.number, t.at, t.status_code, t.duration_ms, t.reason`);
export const DELIVERY_TABLES = raw(`webhook_deliveries d JOIN webhook_events v ON v.id = d.event_id
  LEFT JOIN webhook_attempts t ON t.delivery_id = d.id AND t.number = d.attempts`);

export function readDelivery(found: Row): WebhookDelivery {
  return {
    id: found.id as WebhookDeliveryId,
    endpointId: found.endpoint_id as WebhookEndpointId,
    event: {
      id: found.event_id as WebhookEventId,
      type: found.type as SentEventType,
      data: found.data as EventData,
      occurredAt: found.occurred_at as number,
    },
    status: found.status as DeliveryStatus,
    attempts: found.attempts as number,
    attemptsOfRound: found.attempts_of_round as number,
    nextAttemptAt: found.next_attempt_at as number | null,
    last: found.number === null ? null : readAttempt(found),
    givenUpBecause: found.given_up_because as GivenUpReason | null,
  };
}

export function readAttempt(found: Row): WebhookAttempt {
  return {
    number: found.number as number,
    at: found.at as number,
    statusCode: found.status_code as number | null,
    durationMs: found.duration_ms as number,
    reason: found.reason as FailureReason | null,
  };
}

/** What the context webhooks loads, and how it reaches receivers. */
import type { Load } from '../shared/changes.ts';
import type { Instant } from '../shared/time.ts';
import type { AddressFault } from './address.ts';
import type { Answer } from './answer.ts';
import type { DeliveryStatus, Sending, WebhookAttempt, WebhookDelivery, WebhookDeliveryId } from './delivery.ts';
import type { SigningEndpoint, WebhookEndpoint, WebhookEndpointId } from './endpoint.ts';

export interface DeliveryQuery {
  readonly status: DeliveryStatus | null;
  /** The last one of the page before; newest first. */
  readonly after: WebhookDeliveryId | null;
  readonly limit: number;
}

export interface WebhookLoads {
  /** All, the oldest first: there are few. */
  endpoints(): Load<WebhookEndpoint[]>;
  endpoint(id: WebhookEndpointId): Load<WebhookEndpoint | undefined>;
  signingEndpoint(id: WebhookEndpointId): Load<SigningEndpoint | undefined>;
  sending(id: WebhookDeliveryId): Load<Sending | undefined>;
  /** One more than `limit` if there is a next page. */
  deliveries(endpointId: WebhookEndpointId, query: DeliveryQuery): Load<WebhookDelivery[]>;
  delivery(endpointId: WebhookEndpointId, id: WebhookDeliveryId): Load<WebhookDelivery | undefined>;
  /** The latest first, at most 100. */
  attempts(id: WebhookDeliveryId): Load<WebhookAttempt[]>;
  /** Failed deliveries of events that occurred at or after `since`, the oldest first. */
  failedSince(endpointId: WebhookEndpointId, since: Instant, limit: number): Load<WebhookDelivery[]>;
}

/** Reaches receivers. Never throws. */
export interface WebhookTransport {
  /** Whether the address may be called, and where the runtime resolves names, whether the name leads to such addresses only. */
  faultOf(url: string): Promise<AddressFault | undefined>;
  /** Calls it once, and follows no redirect. The address is checked again, since names lead elsewhere over time. */
  post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<Answer>;
}

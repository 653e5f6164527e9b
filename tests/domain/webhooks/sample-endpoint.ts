import type { UserId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import type { Sending, WebhookDelivery, WebhookDeliveryId } from '../../../domain/webhooks/delivery.ts';
import type { Administrator, WebhookEndpoint, WebhookEndpointId } from '../../../domain/webhooks/endpoint.ts';
import type { WebhookEventId } from '../../../domain/webhooks/event-types.ts';

export const NOW = Date.parse('2026-03-02T12:00:00Z');
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export const DATA_KEY: DataKey = { ownerId: 'endpoint', ringKeyId: 'ring', wrapped: new Uint8Array(32) };

export const ENDPOINT: WebhookEndpoint = {
  id: 'endpoint' as WebhookEndpointId,
  url: 'https://practice.example.org:8443/hooks?key=1',
  description: 'Practice management',
  eventTypes: ['appointment.booked'],
  disabledBecause: null,
  failingSince: null,
  failuresInARow: 0,
  restsUntil: null,
  formerSecretUntil: null,
  createdAt: NOW - 10 * DAY,
  updatedAt: NOW - 9 * DAY,
  version: 4,
};

export const DELIVERY: WebhookDelivery = {
  id: 'delivery' as WebhookDeliveryId,
  endpointId: ENDPOINT.id,
  event: {
    id: 'event' as WebhookEventId,
    type: 'appointment.booked',
    data: { id: 'a', version: 1 },
    occurredAt: NOW - HOUR,
  },
  status: 'pending',
  attempts: 12,
  attemptsOfRound: 1,
  nextAttemptAt: NOW,
  last: null,
  givenUpBecause: null,
};

export const ADMINISTRATOR: Administrator = { userId: 'administrator' as UserId, dataKey: DATA_KEY };

export function sending(endpoint: Partial<WebhookEndpoint> = {}, delivery: Partial<WebhookDelivery> = {}): Sending {
  return {
    endpoint: { ...ENDPOINT, ...endpoint },
    delivery: { ...DELIVERY, ...delivery },
    secrets: [{ secret: 'whsec_now', until: null }],
    dataKey: DATA_KEY,
  };
}

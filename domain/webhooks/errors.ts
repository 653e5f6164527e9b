/** Every refusal of the context webhooks. */
import type { DeliveryNotFound, DeliveryPending } from './delivery.ts';
import type { EndpointRefusal } from './endpoint.ts';

export type WebhookErrorCode = (EndpointRefusal | DeliveryNotFound | DeliveryPending)['code'];

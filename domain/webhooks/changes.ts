/** Every change that the context webhooks decides. */
import type { DeliveryChange } from './delivery.ts';
import type { EndpointChange } from './endpoint.ts';

export type WebhookChange = EndpointChange | DeliveryChange;

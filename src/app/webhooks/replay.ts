/** Sends events to an endpoint again. */
import type { Change, Decision } from '../../../domain/changes.ts';
import { type Result, refuse } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import {
  type DeliveryNotFound,
  type DeliveryPending,
  replay,
  type WebhookDeliveryId,
} from '../../../domain/webhooks/delivery.ts';
import type { WebhookDisabled, WebhookEndpointId, WebhookNotFound } from '../../../domain/webhooks/endpoint.ts';
import { executeOnce, type Representation } from '../command.ts';
import type { Context, Deps } from '../context.ts';

type Decided<E> = Result<Decision<Change, number>, E>;

/** How many deliveries one request sends again. */
export const REPLAYED_AT_ONCE = 500;

export function replayOne(
  deps: Deps,
  context: Context,
  endpointId: WebhookEndpointId,
  id: WebhookDeliveryId,
  represent: (count: number) => Representation,
) {
  const { webhooks } = deps.loads;
  return executeOnce(
    deps,
    context,
    {
      loads: [webhooks.endpoint(endpointId), webhooks.delivery(endpointId, id)],
      decide: (endpoint, delivery): Decided<WebhookNotFound | DeliveryNotFound | WebhookDisabled | DeliveryPending> => {
        if (endpoint === undefined) return refuse({ code: 'webhook_not_found' });
        if (delivery === undefined) return refuse({ code: 'webhook_delivery_not_found' });
        return replay(endpoint, [delivery], context.now);
      },
      answerOf: 'caller',
    },
    represent,
  );
}

/** What failed, of events that occurred at or after `since`: the oldest first. */
export function replayFailed(
  deps: Deps,
  context: Context,
  endpointId: WebhookEndpointId,
  since: Instant,
  represent: (count: number) => Representation,
) {
  const { webhooks } = deps.loads;
  return executeOnce(
    deps,
    context,
    {
      loads: [webhooks.endpoint(endpointId), webhooks.failedSince(endpointId, since, REPLAYED_AT_ONCE)],
      decide: (endpoint, failed): Decided<WebhookNotFound | WebhookDisabled | DeliveryPending> =>
        endpoint === undefined ? refuse({ code: 'webhook_not_found' }) : replay(endpoint, failed, context.now),
      answerOf: 'caller',
    },
    represent,
  );
}

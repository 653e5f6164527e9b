/** Problems of webhooks. */
import type { WebhookErrorCode } from '../../../domain/webhooks/errors.ts';
import { pathTo, requestOf } from '../links.ts';
import { kind, type ProblemKind } from './kind.ts';

export const WEBHOOK_PROBLEMS = {
  webhook_not_found: kind(
    404,
    'There is no such webhook',
    `It may have been removed. See ${pathTo('listWebhooks')}.`,
    'There is no webhook with this id.',
  ),
  webhook_delivery_not_found: kind(
    404,
    'There is no such delivery',
    'It is of another webhook, or its retention is over.',
    'The webhook has no delivery with this id.',
  ),
  too_many_webhooks: kind(
    409,
    'There are too many webhooks',
    'Remove one that is not used any more. limit says how many there may be.',
    'The clinic has as many webhooks as it may have, disabled ones included.',
  ),
  webhook_address_refused: kind(
    422,
    'The address cannot receive events',
    'Name an https address of the public internet, without user name and password. errors says what is wrong.',
    'The address is not https, holds credentials, leads into a private network, to this machine or to a metadata service, or is not among the hosts that the operator allows.',
  ),
  webhook_disabled: kind(
    409,
    'The webhook is disabled',
    `Enable it first (${requestOf('updateWebhook')}).`,
    'Nothing is sent to a webhook that is disabled.',
  ),
  webhook_delivery_pending: kind(
    409,
    'The event is being sent already',
    'nextAttemptAt of the delivery says when it is sent next.',
    'An event that still waits for its next attempt cannot be sent again by hand.',
  ),
} satisfies Readonly<Record<WebhookErrorCode, ProblemKind>>;

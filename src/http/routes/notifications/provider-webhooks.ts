/** What providers tell of messages after they have accepted them (R50). */
import type { MessageNotice, ProviderNotice } from '../../../../domain/notifications/provider-notices.ts';
import type { Result } from '../../../../domain/shared/result.ts';
import type { Contended } from '../../../app/command.ts';
import { trackDeliveries } from '../../../app/notifications/tracking.ts';
import { Problem } from '../../problems.ts';
import { type Routes, route } from '../../router.ts';

/** SendGrid sends its events in lists of up to 768 kB. */
const MAXIMUM_EVENT_BYTES = 1024 * 1024;

/** `signedByProvider` has verified the signature before. */
export const providerWebhookRoutes: Routes = [
  route(
    {
      operationId: 'receiveSendgridEvents',
      method: 'post',
      path: '/api/v1/webhooks/sendgrid',
      summary: 'Take SendGrid’s events',
      description:
        'Called by SendGrid’s signed event webhook with what became of mails. An event that comes again, late or out of order changes nothing; events of unknown messages, opens and clicks are ignored.',
      tag: 'Platform',
      access: 'provider',
      inSteps: true,
      maximumBodyBytes: MAXIMUM_EVENT_BYTES,
      example: { none: 'Called only by SendGrid, with its signature' },
      request: {
        body: {
          required: true,
          content: { 'application/json': { schema: { type: 'array', items: { type: 'object' } } } },
        },
      },
      responses: { 204: { description: 'Recorded, now or before' } },
    },
    async (c) => {
      const notices = c.get('notices').filter(isOfMessage);
      taken(await trackDeliveries(c.get('deps'), c.get('context'), 'sendgrid', notices));
      return c.body(null, 204);
    },
  ),
  route(
    {
      operationId: 'receiveTwilioStatus',
      method: 'post',
      path: '/api/v1/webhooks/twilio/status',
      summary: 'Take the status of a text message',
      description:
        'Called by Twilio with what became of a text message. A status that comes again, late or out of order changes nothing; that of an unknown message is ignored.',
      tag: 'Platform',
      access: 'provider',
      inSteps: true,
      example: { none: 'Called only by Twilio, with its signature' },
      request: {
        body: { required: true, content: { 'application/x-www-form-urlencoded': { schema: { type: 'object' } } } },
      },
      responses: { 204: { description: 'Recorded, now or before' } },
    },
    async (c) => {
      const notices = c.get('notices').filter(isOfMessage);
      taken(await trackDeliveries(c.get('deps'), c.get('context'), 'twilio', notices));
      return c.body(null, 204);
    },
  ),
];

function isOfMessage(notice: ProviderNotice): notice is MessageNotice {
  return notice.kind === 'message';
}

/** Whoever cannot be served now calls again. */
function taken(result: Result<void, Contended>): void {
  if (!result.ok) throw new Problem({ code: 'unavailable', headers: { 'Retry-After': '30' } });
}

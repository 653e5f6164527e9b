/** What providers tell of messages after they have accepted them (R50). */
import type { MessageNotice, ProviderNotice } from '../../../../domain/notifications/provider-notices.ts';
import type { Result } from '../../../../domain/shared/result.ts';
import type { Contended } from '../../../app/command.ts';
import { answerInbound } from '../../../app/notifications/inbound.ts';
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
  route(
    {
      operationId: 'receiveTwilioText',
      method: 'post',
      path: '/api/v1/webhooks/twilio/inbound',
      summary: 'Take a text message to the clinic',
      description:
        'Called by Twilio with a text message that arrived. STOP ends text messages to its number, START allows them again, also in the other languages of the portal; the answer says so in the language of the receiver, unless Twilio has answered. C confirms the appointment of the last text message that asked for it. Anything else is answered with the phone of the clinic, because nobody reads the number.',
      tag: 'Platform',
      access: 'provider',
      inSteps: true,
      anyAccept: true,
      example: { none: 'Called only by Twilio, with its signature' },
      request: {
        body: { required: true, content: { 'application/x-www-form-urlencoded': { schema: { type: 'object' } } } },
      },
      responses: {
        200: { description: 'What is answered (TwiML)', content: { 'text/xml': { schema: { type: 'string' } } } },
      },
    },
    async (c) => {
      const text = c.get('notices').find((notice) => notice.kind === 'inbound');
      if (text === undefined) return c.body(twiml(null), 200, XML);
      const answer = await answerInbound(c.get('deps'), c.get('context'), 'twilio', text);
      return c.body(twiml(taken(answer)), 200, XML);
    },
  ),
];

function isOfMessage(notice: ProviderNotice): notice is MessageNotice {
  return notice.kind === 'message';
}

/** Whoever cannot be served now calls again. */
function taken<T>(result: Result<T, Contended>): T {
  if (!result.ok) throw new Problem({ code: 'unavailable', headers: { 'Retry-After': '30' } });
  return result.value;
}

const XML = { 'Content-Type': 'text/xml; charset=utf-8' };

/** https://www.twilio.com/docs/messaging/twiml */
function twiml(answer: string | null): string {
  const message =
    answer === null ? '' : `<Message>${answer.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`)}</Message>`;
  return `<?xml version="1.0" encoding="UTF-8"?><Response>${message}</Response>`;
}

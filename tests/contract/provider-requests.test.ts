/** What we send has the shape that the providers publish: every field is known to them, and within its limits. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { sendgridChannel } from '../../adapters/channels/sendgrid.ts';
import { twilioChannel } from '../../adapters/channels/twilio.ts';
import type { DeliveryId } from '../../domain/notifications/states.ts';
import { LOGO } from '../support/mail.ts';
import { type Destination, startDestination } from '../tools/destination.ts';

const ADDRESS = z.strictObject({ email: z.email(), name: z.string().optional() });
const SWITCH = z.strictObject({ enable: z.boolean() });
/** Headers that SendGrid writes itself, and refuses. */
const RESERVED =
  /^(x-sg-id|x-sg-eid|received|dkim-signature|content-(type|transfer-encoding)|to|from|subject|reply-to|b?cc)$/i;

/** https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send */
const MAIL_SEND = z.strictObject({
  personalizations: z
    .array(
      z.strictObject({
        to: z.array(ADDRESS).min(1).max(1000),
        custom_args: z.record(z.string(), z.string()).refine((fields) => JSON.stringify(fields).length < 10_000),
      }),
    )
    .min(1)
    .max(1000),
  from: ADDRESS,
  subject: z.string().min(1),
  // The plain text first.
  content: z.tuple([
    z.strictObject({ type: z.literal('text/plain'), value: z.string().min(1) }),
    z.strictObject({ type: z.literal('text/html'), value: z.string().min(1) }),
  ]),
  attachments: z
    .array(
      z
        .strictObject({
          content: z.base64().min(1),
          type: z.string().regex(/^[^;\r\n]+$/),
          filename: z.string().regex(/^[^;\r\n]+$/),
          disposition: z.enum(['inline', 'attachment']),
          // Of a picture in the HTML alone.
          content_id: z
            .string()
            .regex(/^[^<>;\s]+@[^<>;\s]+$/)
            .optional(),
        })
        .refine(({ disposition, content_id }) => (disposition === 'inline') === (content_id !== undefined)),
    )
    .min(1)
    .optional(),
  headers: z
    .record(
      z.string().refine((name) => !RESERVED.test(name)),
      z.string().regex(/^[ -~]+$/),
    )
    .optional(),
  tracking_settings: z.strictObject({ click_tracking: SWITCH, open_tracking: SWITCH }),
});

/** https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource */
const CREATE_MESSAGE = z
  .strictObject({
    To: z.string().regex(/^\+[1-9]\d{1,14}$/),
    Body: z.string().min(1).max(1600),
    From: z
      .string()
      .regex(/^\+[1-9]\d{1,14}$/)
      .optional(),
    MessagingServiceSid: z
      .string()
      .regex(/^MG[0-9a-fA-F]{32}$/)
      .optional(),
    // Twilio refuses host names with underscores.
    StatusCallback: z.url({ hostname: /^[a-z0-9.-]+$/ }).optional(),
  })
  .refine(({ From, MessagingServiceSid }) => (From === undefined) !== (MessagingServiceSid === undefined));

const CONTENT = {
  receiverKey: null,
  id: '019a0000-0000-7000-8000-000000000001' as DeliveryId,
  subject: 'Grüße',
  text: 'Hallo Ana',
  html: '<p>Hallo Ana</p>',
  attachments: [],
  template: 'reminder',
  links: [],
  codes: [],
};

let provider: Destination;
beforeAll(async () => {
  provider = await startDestination();
});
afterAll(() => provider.close());

test.each([
  ['plain', {}],
  ['with a file', { attachments: [{ filename: 'a.ics', type: 'text/calendar', text: 'BEGIN:VCALENDAR' }] }],
  ['with a picture', { picture: LOGO }],
  [
    'with a picture and a file',
    { picture: LOGO, attachments: [{ filename: 'a.ics', type: 'text/calendar', text: 'BEGIN:VCALENDAR' }] },
  ],
  ['that can be switched off', { unsubscribeUrl: 'https://portal.example/u/abc' }],
])('SendGrid knows each field of a mail %s', async (_how, change) => {
  const channel = sendgridChannel({ apiKey: 'SG.x', from: 'portal@clinic.example', url: provider.url });
  await channel.send({ ...CONTENT, ...change, channel: 'email', to: 'ana@example.org' });
  const request = provider.received.pop();
  expect(request).toMatchObject({ method: 'POST', path: '/v3/mail/send' });
  expect(request?.headers.get('content-type')).toBe('application/json');
  MAIL_SEND.parse(JSON.parse(request?.body ?? ''));
});

test.each([
  ['a number', { from: '+15005550006' }],
  ['a messaging service that reports back', { from: `MG${'0'.repeat(32)}`, statusUrl: 'https://portal.example/t' }],
])('Twilio knows each field of a text message from %s', async (_how, options) => {
  const account = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'secret', url: provider.url };
  await twilioChannel({ ...account, ...options }).send({ ...CONTENT, channel: 'sms', to: '+4930901820' });
  const request = provider.received.pop();
  expect(request).toMatchObject({ method: 'POST', path: `/2010-04-01/Accounts/AC${'0'.repeat(32)}/Messages.json` });
  expect(request?.headers.get('content-type')).toBe('application/x-www-form-urlencoded');
  CREATE_MESSAGE.parse(Object.fromEntries(new URLSearchParams(request?.body ?? '')));
});

/** Run under Deno: sends one message through each channel to the given address, and prints the results. */
import { sendgridChannel } from '../../adapters/channels/sendgrid.ts';
import { twilioChannel } from '../../adapters/channels/twilio.ts';

const [url = ''] = process.argv.slice(2);
const words = { subject: 'Grüße', text: 'Grüße', html: '<p>Grüße</p>', attachments: [], links: [], codes: [] };
const message = { id: 'n-1', template: 'verify-email', receiverKey: null, ...words } as const;
const mails = sendgridChannel({ apiKey: 'SG.0123456789abcdef', from: 'portal@clinic.example', url });
const texts = twilioChannel({ accountSid: 'AC1', authToken: 'secret', from: '+15005550006', url });
const sent = [
  await mails.send({ ...message, channel: 'email', to: 'maria@example.org' } as never),
  await texts.send({ ...message, channel: 'sms', to: '+15005550009' } as never),
];
console.log(JSON.stringify(sent.map((result) => result.ok)));

/** Sends one mail and one push message, on any runtime. */
import { fcmChannel } from '../../adapters/channels/fcm.ts';
import type { ServiceAccount } from '../../adapters/channels/google-token.ts';
import { smtpChannel } from '../../adapters/channels/smtp.ts';
import type { SmtpOptions } from '../../adapters/channels/smtp-options.ts';
import { type WebPushOptions, webPushChannel } from '../../adapters/channels/web-push.ts';
import type { OutgoingMessage, SendResult } from '../../domain/notifications/ports.ts';
import type { WebPushTarget } from '../../domain/notifications/push-subscription.ts';
import type { DeliveryId } from '../../domain/notifications/states.ts';
import type { NotificationId } from '../../domain/shared/ids.ts';
import { LOGO } from '../support/mail.ts';

export interface Order {
  readonly smtp: readonly SmtpOptions[];
  readonly push: WebPushOptions;
  readonly browser: WebPushTarget;
  readonly account: ServiceAccount;
  readonly fcmUrl: string;
  readonly token: string;
}

const CONTENT = {
  id: '019a0000-0000-7000-8000-000000000001' as DeliveryId,
  subject: 'Grüße',
  text: 'Grüße',
  html: '<p>Grüße</p>',
  attachments: [{ filename: 'appointment.ics', type: 'text/calendar', text: 'BEGIN:VCALENDAR\r\n' }],
  picture: LOGO,
  template: 'reminder',
  links: [],
  codes: [],
  receiverKey: null,
};

const ENVELOPE = {
  messageId: '019a0000-0000-7000-8000-000000000002' as NotificationId,
  tag: 'a_tag-of-32-characters-base64url',
  ttlSeconds: 3600,
  urgency: 'normal',
  path: '/appointments',
} as const;

export async function sendAll({ smtp, push, browser, account, fcmUrl, token }: Order): Promise<readonly SendResult[]> {
  const mail: OutgoingMessage = { ...CONTENT, channel: 'email', to: 'ana@example.org' };
  const results: SendResult[] = [];
  for (const options of smtp) results.push(await smtpChannel(options).send(mail));
  const pushed = { ...CONTENT, channel: 'push', envelope: ENVELOPE } as const;
  results.push(await webPushChannel(push).send({ ...pushed, to: browser }));
  const apps = fcmChannel({ account, url: fcmUrl, clock: { now: () => Date.now() } });
  results.push(await apps.send({ ...pushed, to: { kind: 'fcm', token } }));
  return results;
}

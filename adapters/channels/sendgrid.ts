/** E-mail through SendGrid's HTTP API, version 3. */
import { Buffer } from 'node:buffer';
import type { Attachment, InlinePicture, MessageChannel } from '../../domain/notifications/ports.ts';
import { ok, refuse } from '../../domain/shared/result.ts';
import { refusalOf, unreachable } from './provider-status.ts';
import { onceOnly } from './send-once.ts';

export interface SendgridOptions {
  readonly apiKey: string;
  readonly from: string;
  /** Base URL of the API. */
  readonly url: string;
}

const TIMEOUT_MS = 10_000;

export function sendgridChannel({ apiKey, from, url }: SendgridOptions): MessageChannel {
  return {
    async send(message) {
      if (message.channel !== 'email') return refuse({ kind: 'permanent', detail: `no ${message.channel} here` });
      const once = onceOnly(
        JSON.stringify({
          personalizations: [{ to: [{ email: message.to }], custom_args: { notification_id: message.id } }],
          from: { email: from },
          subject: message.subject,
          content: [
            { type: 'text/plain', value: message.text },
            { type: 'text/html', value: message.html },
          ],
          ...attached(message.attachments, message.picture),
          ...unsubscribing(message.unsubscribeUrl),
          // Links carry one-time tokens, so the provider must not rewrite or count them.
          tracking_settings: { click_tracking: { enable: false }, open_tracking: { enable: false } },
        }),
      );
      let response: Response;
      try {
        response = await fetch(`${url}/v3/mail/send`, {
          method: 'POST',
          headers: { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' },
          ...once,
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
      } catch (error) {
        return refuse(unreachable(error));
      }
      await response.body?.cancel();
      if (response.ok) return ok({ providerId: response.headers.get('x-message-id') });
      return refuse(refusalOf('SendGrid', response));
    },
  };
}

/** One-click unsubscription (RFC 8058). SendGrid's own is not used: it would need lists of addresses there. */
function unsubscribing(url: string | undefined) {
  if (url === undefined) return {};
  return { headers: { 'List-Unsubscribe': `<${url}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } };
}

/** Files go in base64. An empty list is refused. */
function attached(files: readonly Attachment[], picture: InlinePicture | undefined) {
  const attachments = [
    ...files.map(({ filename, type, text }) => ({
      content: Buffer.from(text, 'utf8').toString('base64'),
      ...{ type, filename, disposition: 'attachment' },
    })),
    ...(picture === undefined ? [] : [inline(picture)]),
  ];
  return attachments.length === 0 ? {} : { attachments };
}

function inline({ bytes, type, filename, contentId }: InlinePicture) {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
  return { content, type, filename, disposition: 'inline', content_id: contentId };
}

/**
 * SendGrid's event webhook, signed with ECDSA (P-256, SHA-256) over the timestamp and the body.
 * https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
 */
import { Buffer } from 'node:buffer';
import type { MessageNotice, ProviderWebhook } from '../../../domain/notifications/provider-notices.ts';
import type { ReceiverFault } from '../../../domain/notifications/states.ts';
import { utf8 } from '../../../domain/shared/bytes.ts';
import type { Clock } from '../../../domain/shared/ports.ts';
import { ok, refuse } from '../../../domain/shared/result.ts';
import { concatenated, rawSignature } from './ecdsa-signature.ts';

export interface SendgridWebhookOptions {
  /** As SendGrid shows them: SubjectPublicKeyInfo in base64. Two while the key is changed. */
  readonly publicKeys: readonly string[];
  readonly clock: Clock;
}

const TOLERANCE_SECONDS = 300;
const VERIFYING = { name: 'ECDSA', hash: 'SHA-256' } as const;

export function sendgridWebhook({ publicKeys, clock }: SendgridWebhookOptions): ProviderWebhook {
  let imported: Promise<CryptoKey[]> | undefined;
  return {
    async receive({ header, body }) {
      const timestamp = header('x-twilio-email-event-webhook-timestamp') ?? '';
      const signature = rawSignature(header('x-twilio-email-event-webhook-signature') ?? '');
      if (!/^\d{1,12}$/.test(timestamp) || signature === undefined) return refuse('forged');
      imported ??= Promise.all(publicKeys.map(importKey));
      const signed = concatenated(utf8(timestamp), body);
      const verdicts = await Promise.all(
        (await imported).map((key) => crypto.subtle.verify(VERIFYING, key, signature, signed)),
      );
      if (!verdicts.includes(true)) return refuse('forged');
      // Older ones are replays: SendGrid signs each of its attempts anew.
      if (Math.abs(clock.now() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return refuse('stale');
      const events = parse(body);
      return events === undefined ? refuse('malformed') : ok(events.flatMap(noticeOf));
    },
  };
}

function importKey(publicKey: string): Promise<CryptoKey> {
  const bytes = new Uint8Array(Buffer.from(publicKey, 'base64'));
  return crypto.subtle.importKey('spki', bytes, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']);
}

type Fields = Readonly<Record<string, unknown>>;

function parse(body: Uint8Array<ArrayBuffer>): readonly Fields[] | undefined {
  try {
    const events: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    const isList = Array.isArray(events) && events.every((event) => typeof event === 'object' && event !== null);
    return isList ? (events as Fields[]) : undefined;
  } catch {
    return undefined;
  }
}

function noticeOf(fields: Fields): MessageNotice[] {
  const { sg_event_id: eventId, timestamp, sg_message_id: sgMessageId, notification_id: messageId, email } = fields;
  const event = eventOf(fields);
  if (event === undefined || typeof eventId !== 'string' || typeof timestamp !== 'number') return [];
  return [
    {
      kind: 'message',
      eventId,
      at: timestamp * 1000,
      // `X-Message-Id` of the answer, and then the server that sent it.
      providerId: typeof sgMessageId === 'string' ? (sgMessageId.split('.')[0] ?? null) : null,
      messageId: typeof messageId === 'string' ? messageId : null,
      address: typeof email === 'string' ? email : null,
      event,
    },
  ];
}

function eventOf(fields: Fields): MessageNotice['event'] | undefined {
  const { event, type } = fields;
  switch (event) {
    case 'delivered':
      return { type: 'delivered' };
    case 'open':
      return { type: 'opened' };
    case 'click':
      return { type: 'clicked' };
    case 'unsubscribe':
    case 'group_unsubscribe':
      return { type: 'unsubscribed' };
    case 'spamreport':
      return { type: 'complained' };
    case 'bounce':
      return { type: 'bounced', hardness: type === 'blocked' ? 'soft' : 'hard', detail: bounceDetail(fields) };
    case 'dropped': {
      const reason = DROPS.get(fields.reason);
      const detail = reason === undefined ? 'SendGrid dropped it' : `SendGrid dropped it: ${String(fields.reason)}`;
      return { type: 'failed', detail, ...(reason === undefined ? {} : { reason }) };
    }
    // Accepted, put off, or subscribed again.
    default:
      return undefined;
  }
}

/** Why SendGrid did not try: its list of those that it no longer writes to. Other reasons are texts that may name a person. */
const DROPS: ReadonlyMap<unknown, ReceiverFault> = new Map([
  ['Bounced Address', 'no_such_receiver'],
  ['Invalid', 'no_such_receiver'],
  ['Spam Reporting Address', 'opted_out'],
  ['Unsubscribed Address', 'opted_out'],
]);

/** The enhanced status (RFC 3463) alone: the reason repeats the address. */
function bounceDetail({ status }: Fields): string {
  return typeof status === 'string' && /^\d\.\d{1,3}\.\d{1,3}$/.test(status) ? status : 'unknown status';
}

/**
 * Twilio's callbacks: the status of a message that was sent, and text messages that arrive. Both are forms, signed with
 * HMAC-SHA1 over the address and the sorted fields. https://www.twilio.com/docs/usage/webhooks/webhooks-security
 */
import { Buffer } from 'node:buffer';
import type {
  InboundText,
  MessageNotice,
  ProviderNotice,
  ProviderWebhook,
} from '../../../domain/notifications/provider-notices.ts';
import { utf8 } from '../../../domain/shared/bytes.ts';
import type { Clock } from '../../../domain/shared/ports.ts';
import { ok, refuse } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';

export interface TwilioWebhookOptions {
  readonly accountSid: string;
  /** Two while the token is changed. */
  readonly authTokens: readonly string[];
  readonly clock: Clock;
}

/** The field of the query in which the address of a status callback names the message. */
export const MESSAGE_FIELD = 'notification';

export function twilioWebhook({ accountSid, authTokens, clock }: TwilioWebhookOptions): ProviderWebhook {
  const mac = { name: 'HMAC', hash: 'SHA-1' } as const;
  const importKey = (token: string) =>
    crypto.subtle.importKey('raw', new Uint8Array(utf8(token)), mac, false, ['verify']);
  return {
    async receive({ url, header, body }) {
      const signature = new Uint8Array(Buffer.from(header('x-twilio-signature') ?? '', 'base64'));
      const form = new URLSearchParams(new TextDecoder().decode(body));
      // `verify` compares in constant time.
      const verdicts = await Promise.all(
        addressesOf(url).flatMap((address) =>
          authTokens.map(async (token) => {
            const signed = new Uint8Array(utf8(address + sortedFields(form)));
            return crypto.subtle.verify(mac, await importKey(token), signature, signed);
          }),
        ),
      );
      if (!verdicts.includes(true)) return refuse('forged');
      // Twilio signs no time: each notice is handled once by its id.
      const notice = noticeOf(form, new URL(url), clock.now());
      if (form.get('AccountSid') !== accountSid || notice === undefined) return refuse('malformed');
      return ok(notice === null ? [] : [notice]);
    },
  };
}

/** Twilio signs some addresses with the standard port and some without. */
function addressesOf(url: string): readonly string[] {
  const { protocol, hostname, port, origin } = new URL(url);
  if (port !== '' || !url.startsWith(origin)) return [url];
  return [url, `${protocol}//${hostname}:${protocol === 'https:' ? 443 : 80}${url.slice(origin.length)}`];
}

/** Each name with its values, by name; a value that is repeated counts once. */
function sortedFields(form: URLSearchParams): string {
  const names = [...new Set(form.keys())].sort();
  return names.flatMap((name) => [...new Set(form.getAll(name))].sort().map((value) => name + value)).join('');
}

/** @returns `null`: nothing of interest; `undefined`: not a form of Twilio's */
function noticeOf(form: URLSearchParams, url: URL, now: Instant): ProviderNotice | null | undefined {
  const sid = form.get('MessageSid');
  if (sid === null) return undefined;
  const status = form.get('MessageStatus');
  if (status === null) return inboundOf(form, sid, now);
  const event = eventOf(status, form.get('ErrorCode'));
  if (event === undefined) return null;
  const messageId = url.searchParams.get(MESSAGE_FIELD);
  return {
    kind: 'message',
    eventId: `${sid}:${status}`,
    at: now,
    providerId: sid,
    messageId,
    address: form.get('To'),
    event,
  };
}

/** Twilio's error codes of messages that were not delivered (https://www.twilio.com/docs/api/errors). */
const FATES: ReadonlyMap<string, 'hard' | 'soft' | 'opted_out'> = new Map([
  ['30003', 'soft'],
  ['30005', 'hard'],
  ['30006', 'hard'],
  ['21211', 'hard'],
  ['21614', 'hard'],
  ['21610', 'opted_out'],
]);

function eventOf(status: string, code: string | null): MessageNotice['event'] | undefined {
  if (status === 'delivered' || status === 'read') return { type: 'delivered' };
  // Accepted, queued or on its way.
  if (status !== 'undelivered' && status !== 'failed') return undefined;
  const detail = code !== null && /^\d{1,6}$/.test(code) ? code : 'no code';
  const fate = FATES.get(detail);
  if (fate === undefined) return { type: 'failed', detail };
  return fate === 'opted_out'
    ? { type: 'failed', detail, reason: 'opted_out' }
    : { type: 'bounced', hardness: fate, detail };
}

/**
 * A whole message of one of these words, in the languages of the portal. Those in English are the ones that Twilio acts on
 * by itself.
 */
const KEYWORDS: Readonly<Record<NonNullable<InboundText['keyword']>, readonly string[]>> = {
  stop: [
    'STOP',
    'STOPALL',
    'UNSUBSCRIBE',
    'CANCEL',
    'END',
    'QUIT',
    'REVOKE',
    'OPTOUT',
    'STOPP',
    'ARRET',
    'ARRÊT',
    'PARAR',
    'ALTO',
    'توقف',
    'إيقاف',
  ],
  start: ['START', 'UNSTOP', 'YES'],
  help: ['HELP', 'INFO', 'HILFE', 'AIDE', 'AYUDA', 'مساعدة'],
  // Not YES, by which Twilio starts messages again.
  confirm: ['C', 'CONFIRM', 'BESTÄTIGEN', 'CONFIRMAR', 'CONFIRMER', 'تأكيد'],
};

/** Twilio's own handling of such words answers these; after STOP it delivers nothing, also no answer of ours. */
const ANSWERED_BY_TWILIO: readonly string[] = [
  ...KEYWORDS.stop.slice(0, KEYWORDS.stop.indexOf('STOPP')),
  ...KEYWORDS.start,
  'HELP',
  'INFO',
];

function inboundOf(form: URLSearchParams, sid: string, now: Instant): InboundText | undefined {
  const [from, to, text] = [form.get('From'), form.get('To'), form.get('Body')];
  if (from === null || to === null || text === null) return undefined;
  // With its own handling of such words switched on, Twilio says which it was.
  const word = form.get('OptOutType');
  const keyword = keywordOf(word ?? text);
  const isAnswered = word !== null || ANSWERED_BY_TWILIO.includes(wordOf(text));
  return { kind: 'inbound', eventId: sid, at: now, from, to, text, keyword, isAnswered };
}

function wordOf(text: string): string {
  return text
    .normalize('NFC')
    .replace(/^[\s"'«»“”„.,!?]+|[\s"'«»“”„.,!?]+$/gu, '')
    .toUpperCase();
}

function keywordOf(text: string): InboundText['keyword'] {
  const word = wordOf(text);
  for (const keyword of ['stop', 'start', 'help', 'confirm'] as const)
    if (KEYWORDS[keyword].includes(word)) return keyword;
  return null;
}

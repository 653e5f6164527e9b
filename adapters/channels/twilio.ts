/** SMS through Twilio's HTTP API, version 2010-04-01. */
import type { MessageChannel } from '../../domain/notifications/ports.ts';
import type { ReceiverFault } from '../../domain/notifications/states.ts';
import { ok, refuse } from '../../domain/shared/result.ts';
import { refusalOf, unreachable } from './provider-status.ts';
import { onceOnly } from './send-once.ts';
import { MESSAGE_FIELD } from './webhooks/twilio.ts';

export interface TwilioOptions {
  readonly accountSid: string;
  readonly authToken: string;
  /** A number in E.164, or the SID of a messaging service. */
  readonly from: string;
  /** Base URL of the API. */
  readonly url: string;
  /** Where Twilio reports what became of a message: `twilioWebhook` reads it. Default: nowhere. */
  readonly statusUrl?: string;
}

const TIMEOUT_MS = 10_000;
/** Twilio's error codes for a number or a text that it never takes (https://www.twilio.com/docs/api/errors). */
const FINAL_CODES: ReadonlyMap<unknown, ReceiverFault | 'too_large' | undefined> = new Map([
  [21211, 'no_such_receiver'],
  [21614, 'no_such_receiver'],
  [21610, 'opted_out'],
  [21617, 'too_large'],
  // The account may not send to this country.
  [21408, undefined],
]);

export function twilioChannel({ accountSid, authToken, from, url, statusUrl }: TwilioOptions): MessageChannel {
  const sender = from.startsWith('MG') ? { MessagingServiceSid: from } : { From: from };
  const authorization = `Basic ${btoa(`${accountSid}:${authToken}`)}`;
  const reporting = (id: string) =>
    statusUrl === undefined ? {} : { StatusCallback: `${statusUrl}?${new URLSearchParams({ [MESSAGE_FIELD]: id })}` };
  return {
    async send(message) {
      if (message.channel !== 'sms') return refuse({ kind: 'permanent', detail: `no ${message.channel} here` });
      const once = onceOnly(
        new URLSearchParams({ To: message.to, Body: message.text, ...sender, ...reporting(message.id) }).toString(),
      );
      let response: Response;
      try {
        response = await fetch(`${url}/2010-04-01/Accounts/${accountSid}/Messages.json`, {
          method: 'POST',
          headers: {
            Authorization: authorization,
            'Content-Type': 'application/x-www-form-urlencoded',
          },
          ...once,
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
      } catch (error) {
        return refuse(unreachable(error));
      }
      const answer = await readJson(response);
      if (response.ok) return ok({ providerId: typeof answer.sid === 'string' ? answer.sid : null });
      if (FINAL_CODES.has(answer.code)) {
        const reason = FINAL_CODES.get(answer.code);
        const detail = `Twilio answered ${answer.code}`;
        return refuse({ kind: 'permanent', detail, ...(reason === undefined ? {} : { reason }) });
      }
      // Faults of the number have error codes of their own, so any other refusal may succeed on a retry.
      const refusal = refusalOf('Twilio', response);
      return refuse(refusal.kind === 'permanent' ? { kind: 'transient', detail: refusal.detail } : refusal);
    },
  };
}

async function readJson(response: Response): Promise<{ readonly sid?: unknown; readonly code?: unknown }> {
  try {
    return (await response.json()) as { sid?: unknown; code?: unknown };
  } catch {
    return {};
  }
}

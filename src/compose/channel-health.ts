/** Whether providers accept messages, remembered from the last message of each kind for `/ready`. */
import type { MessageChannel, OutgoingMessage } from '../../domain/notifications/ports.ts';
import type { Warning } from '../warnings.ts';

/** Kinds of messages whose provider has rejected our credentials since it last accepted one. Lives as long as the process or isolate. */
export type ChannelHealth = Set<OutgoingMessage['channel']>;

export function noticingRejections(channel: MessageChannel, health: ChannelHealth): MessageChannel {
  return {
    async send(message) {
      const result = await channel.send(message);
      if (result.ok) health.delete(message.channel);
      else if (result.error.kind === 'unreachable' && result.error.reason === 'rejected') health.add(message.channel);
      return result;
    },
  };
}

const WARNINGS = {
  email: {
    code: 'mail_rejected',
    detail:
      'SendGrid rejects our key: no mail leaves. Check SENDGRID_API_KEY, its right to send mail, and that MAIL_FROM is a verified sender. What is to be sent waits for 24 hours',
  },
  sms: {
    code: 'sms_rejected',
    detail:
      'Twilio rejects our credentials: no SMS leaves. Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN. What is to be sent waits for 24 hours',
  },
} as const;

export function channelWarnings(health: ChannelHealth): readonly Warning[] {
  return (['email', 'sms'] as const).filter((channel) => health.has(channel)).map((channel) => WARNINGS[channel]);
}

/** Settings of how fast messages leave. */
import { deliveryTopic } from '../domain/notifications/routing.ts';
import type { TopicRates } from '../domain/shared/topic-rates.ts';
import { setting, whole } from './setting.ts';

const MOST = 600_000;
const perMinute = (usual: number, about: string) =>
  setting(
    whole(0, MOST).default(usual),
    String(usual),
    `${about}, by all processes together; 0: no limit. Codes, alerts and security notices do not wait`,
  );

export const SENDING_SETTINGS = {
  EMAILS_PER_MINUTE: perMinute(0, 'E-mails that leave in a minute'),
  SMS_PER_MINUTE: perMinute(
    60,
    'Text messages that leave in a minute. 60 is what Twilio sends from one long code; it lets more wait in its own queue',
  ),
  PUSH_PER_MINUTE: perMinute(0, 'Push messages that leave in a minute'),
};

/** Of the jobs that send. */
export function topicRates(config: {
  readonly EMAILS_PER_MINUTE: number;
  readonly SMS_PER_MINUTE: number;
  readonly PUSH_PER_MINUTE: number;
}): TopicRates {
  const rates = [
    [deliveryTopic('email'), config.EMAILS_PER_MINUTE],
    [deliveryTopic('sms'), config.SMS_PER_MINUTE],
    [deliveryTopic('push'), config.PUSH_PER_MINUTE],
  ] as const;
  return Object.fromEntries(rates.filter(([, rate]) => rate > 0));
}

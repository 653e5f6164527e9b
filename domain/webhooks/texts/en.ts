import { EN } from '../../shared/wording/en.ts';
import type { WebhookTexts } from '../messages.ts';

const { t } = EN;

export const WEBHOOKS: WebhookTexts = {
  'webhook-disabled': ({ host, because }) => ({
    subject: 'A webhook was disabled',
    lines: [
      because === 'gone'
        ? t`The webhook at ${host} answered that it no longer exists (410), so nothing is sent to it any more.`
        : t`Nothing could be delivered to the webhook at ${host} for five days, so nothing is sent to it any more.`,
      'What happens from now on is not kept for it. When the receiver works again, enable the webhook, and send what failed again.',
    ],
    brief: 'A webhook was disabled, because its receiver does not work.',
  }),
};

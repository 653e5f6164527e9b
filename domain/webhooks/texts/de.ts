import { DE } from '../../shared/wording/de.ts';
import type { WebhookTexts } from '../messages.ts';

const { t } = DE;

export const WEBHOOKS: WebhookTexts = {
  'webhook-disabled': ({ host, because }) => ({
    subject: 'Ein Webhook wurde abgeschaltet',
    lines: [
      because === 'gone'
        ? t`Der Webhook unter ${host} hat geantwortet, dass es ihn nicht mehr gibt (410). Es wird nichts mehr an ihn gesendet.`
        : t`Fünf Tage lang konnte dem Webhook unter ${host} nichts zugestellt werden. Es wird nichts mehr an ihn gesendet.`,
      'Was von jetzt an geschieht, wird für ihn nicht aufgehoben. Wenn der Empfänger wieder arbeitet, schalten Sie den Webhook ein und senden Sie erneut, was fehlgeschlagen ist.',
    ],
    brief: 'Ein Webhook wurde abgeschaltet, weil sein Empfänger nicht arbeitet.',
  }),
};

import { FR } from '../../shared/wording/fr.ts';
import type { WebhookTexts } from '../messages.ts';

const { t } = FR;

export const WEBHOOKS: WebhookTexts = {
  'webhook-disabled': ({ host, because }) => ({
    subject: 'Un webhook a été désactivé',
    lines: [
      because === 'gone'
        ? t`Le webhook de ${host} a répondu qu’il n’existe plus (410). Plus rien ne lui est envoyé.`
        : t`Pendant cinq jours, rien n’a pu être remis au webhook de ${host}. Plus rien ne lui est envoyé.`,
      'Ce qui se passe désormais n’est pas conservé pour lui. Quand le destinataire fonctionne de nouveau, activez le webhook et renvoyez ce qui a échoué.',
    ],
    brief: 'Un webhook a été désactivé, car son destinataire ne fonctionne pas.',
  }),
};

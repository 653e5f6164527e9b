import { ES } from '../../shared/wording/es.ts';
import type { WebhookTexts } from '../messages.ts';

const { t } = ES;

export const WEBHOOKS: WebhookTexts = {
  'webhook-disabled': ({ host, because }) => ({
    subject: 'Se ha desactivado un webhook',
    lines: [
      because === 'gone'
        ? t`El webhook de ${host} ha respondido que ya no existe (410), así que no se le envía nada más.`
        : t`Durante cinco días no se ha podido entregar nada al webhook de ${host}, así que no se le envía nada más.`,
      'Lo que ocurra a partir de ahora no se guarda para él. Cuando el receptor vuelva a funcionar, active el webhook y envíe de nuevo lo que falló.',
    ],
    brief: 'Se ha desactivado un webhook porque su receptor no funciona.',
  }),
};

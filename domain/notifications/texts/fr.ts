import { FR } from '../../shared/wording/fr.ts';
import type { NotificationTexts } from '../messages.ts';

const { t } = FR;

export const NOTIFICATIONS: NotificationTexts = {
  'file-shared': ({ sharedBy }) => ({
    subject: 'Un fichier a été partagé avec vous',
    lines: [t`${sharedBy} a partagé un fichier avec vous.`, 'Connectez-vous au portail patient pour le voir.'],
    action: 'Se connecter',
    brief: 'Un fichier a été partagé avec vous. Connectez-vous au portail patient pour le voir.',
  }),
  'clinic-message': ({ subject, body }) => ({
    subject,
    lines: body.split(/\n{2,}/).map((words) => ({ words })),
    brief: 'Vous avez un message de la clinique. Connectez-vous au portail patient pour le lire.',
  }),
  'emergency-alert': ({ body }) => ({
    subject: 'Message urgent de la clinique',
    lines: body.split(/\n{2,}/).map((words) => ({ words })),
    brief: `Urgent : ${body.replace(/\s+/g, ' ')}`,
  }),
};

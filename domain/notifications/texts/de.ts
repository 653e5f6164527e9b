import { DE } from '../../shared/wording/de.ts';
import type { NotificationTexts } from '../messages.ts';

const { t } = DE;

export const NOTIFICATIONS: NotificationTexts = {
  'file-shared': ({ sharedBy }) => ({
    subject: 'Eine Datei wurde mit Ihnen geteilt',
    lines: [
      t`${sharedBy} hat eine Datei mit Ihnen geteilt.`,
      'Melden Sie sich im Patientenportal an, um sie zu sehen.',
    ],
    action: 'Anmelden',
    brief: 'Eine Datei wurde mit Ihnen geteilt. Melden Sie sich im Patientenportal an, um sie zu sehen.',
  }),
  'clinic-message': ({ subject, body }) => ({
    subject,
    lines: body.split(/\n{2,}/).map((words) => ({ words })),
    brief: 'Sie haben eine Nachricht von der Praxis. Melden Sie sich im Patientenportal an, um sie zu lesen.',
  }),
  'emergency-alert': ({ body }) => ({
    subject: 'Dringende Nachricht der Praxis',
    lines: body.split(/\n{2,}/).map((words) => ({ words })),
    brief: `Dringend: ${body.replace(/\s+/g, ' ')}`,
  }),
};

import { ES } from '../../shared/wording/es.ts';
import type { NotificationTexts } from '../messages.ts';

const { t } = ES;

export const NOTIFICATIONS: NotificationTexts = {
  'file-shared': ({ sharedBy }) => ({
    subject: 'Han compartido un archivo con usted',
    lines: [t`${sharedBy} ha compartido un archivo con usted.`, 'Inicie sesión en el portal del paciente para verlo.'],
    action: 'Iniciar sesión',
    brief: 'Han compartido un archivo con usted. Inicie sesión en el portal del paciente para verlo.',
  }),
  'clinic-message': ({ subject, body }) => ({
    subject,
    lines: body.split(/\n{2,}/).map((words) => ({ words })),
    brief: 'Tiene un mensaje de la clínica. Inicie sesión en el portal del paciente para leerlo.',
  }),
  'emergency-alert': ({ body }) => ({
    subject: 'Mensaje urgente de la clínica',
    lines: body.split(/\n{2,}/).map((words) => ({ words })),
    brief: `Urgente: ${body.replace(/\s+/g, ' ')}`,
  }),
};

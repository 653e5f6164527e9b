import { EN } from '../../shared/wording/en.ts';
import type { NotificationTexts } from '../messages.ts';

const { t } = EN;

export const NOTIFICATIONS: NotificationTexts = {
  'file-shared': ({ sharedBy }) => ({
    subject: 'A file was shared with you',
    lines: [t`${sharedBy} has shared a file with you.`, 'Sign in to the patient portal to see it.'],
    action: 'Sign in',
    brief: 'A file was shared with you. Sign in to the patient portal to see it.',
  }),
  'clinic-message': ({ subject, body }) => ({
    subject,
    lines: body.split(/\n{2,}/).map((words) => ({ words })),
    brief: 'You have a message from the clinic. Sign in to the patient portal to read it.',
  }),
  'emergency-alert': ({ body }) => ({
    subject: 'Urgent message from the clinic',
    lines: body.split(/\n{2,}/).map((words) => ({ words })),
    brief: `Urgent: ${body.replace(/\s+/g, ' ')}`,
  }),
};

import { AR } from '../../shared/wording/ar.ts';
import type { NotificationTexts } from '../messages.ts';

const { t } = AR;

export const NOTIFICATIONS: NotificationTexts = {
  'file-shared': ({ sharedBy }) => ({
    subject: 'تمت مشاركة ملف معك',
    lines: [t`تمت مشاركة ملف معك من ${sharedBy}.`, 'يُرجى تسجيل الدخول إلى بوابة المرضى لرؤيته.'],
    action: 'تسجيل الدخول',
    brief: 'تمت مشاركة ملف معك. يُرجى تسجيل الدخول إلى بوابة المرضى لرؤيته.',
  }),
  'clinic-message': ({ subject, body }) => ({
    subject,
    lines: body.split(/\n{2,}/).map((words) => ({ words })),
    brief: 'لديك رسالة من العيادة. يُرجى تسجيل الدخول إلى بوابة المرضى لقراءتها.',
  }),
  'emergency-alert': ({ body }) => ({
    subject: 'رسالة عاجلة من العيادة',
    lines: body.split(/\n{2,}/).map((words) => ({ words })),
    brief: t`عاجل: ${body.replace(/\s+/g, ' ')}`,
  }),
};

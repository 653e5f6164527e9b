import { AR, counted } from '../../shared/wording/ar.ts';
import type { AuditTexts } from '../messages.ts';

const { t } = AR;

export const AUDIT: AuditTexts = {
  'audit-alert': ({ problems, first }) => ({
    subject: 'تم العثور على خلل في سجل التدقيق',
    lines: [
      t`عدد ما وجده التحقق من سجل التدقيق: ${counted(problems, {
        zero: 'لا خلل',
        one: 'خلل واحد',
        two: 'خللان',
        few: `${problems} حالات خلل`,
        many: `${problems} حالة خلل`,
        other: `${problems} حالة خلل`,
      })}. نوع الأول: ${first}.`,
      t`يُرجى ترك قاعدة البيانات ومخزن الملفات كما هما، وقراءة ${'/api/v1/audit/verifications'} قبل تغيير أي شيء.`,
    ],
    brief: 'تم العثور على خلل في سجل التدقيق. يُرجى عدم تغيير أي شيء قبل قراءة نتيجة التحقق.',
  }),
};

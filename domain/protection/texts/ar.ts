import { AR, counted } from '../../shared/wording/ar.ts';
import type { ProtectionTexts } from '../messages.ts';

const { t } = AR;

const SEVERITY = { low: 'منخفضة', medium: 'متوسطة', high: 'عالية' } as const;

export const PROTECTION: ProtectionTexts = {
  'security-findings': ({ findings, rule, severity }) => ({
    subject: 'لوحظ أمر غير معتاد في البوابة',
    lines: [
      t`عدد ما رصده الكشف حديثًا: ${counted(findings, {
        zero: 'لا حالة',
        one: 'حالة واحدة',
        two: 'حالتان',
        few: `${findings} حالات`,
        many: `${findings} حالة`,
        other: `${findings} حالة`,
      })}. درجة أخطرها: ${SEVERITY[severity]}، وفق القاعدة ${rule}.`,
      t`يُرجى قراءة ${'/api/v1/admin/security-findings'}، وتقرير ما إذا كان الأمر إساءة استخدام، وإغلاق كل حالة مع كتابة ملاحظة.`,
    ],
    brief: 'لوحظ أمر غير معتاد في البوابة. يُرجى قراءة حالات الكشف.',
  }),
};

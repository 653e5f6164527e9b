import { AR } from '../../shared/wording/ar.ts';
import type { WebhookTexts } from '../messages.ts';

const { t } = AR;

export const WEBHOOKS: WebhookTexts = {
  'webhook-disabled': ({ host, because }) => ({
    subject: 'تم تعطيل خطاف ويب',
    lines: [
      because === 'gone'
        ? t`أجاب خطاف الويب ${host} بأنه لم يعد موجودًا (410)، لذلك لن يُرسل إليه أي شيء بعد الآن.`
        : t`تعذّر تسليم أي شيء إلى خطاف الويب ${host} مدة خمسة أيام، لذلك لن يُرسل إليه أي شيء بعد الآن.`,
      'لا يُحفظ له ما يحدث من الآن فصاعدًا. عندما يعمل المستلم من جديد، يُرجى تفعيل خطاف الويب وإعادة إرسال ما فشل.',
    ],
    brief: 'تم تعطيل خطاف ويب لأن مستلمه لا يعمل.',
  }),
};

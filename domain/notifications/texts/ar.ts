import { AR } from '../../shared/wording/ar.ts';
import { withCopies } from '../../shared/wording/copies.ts';
import { type NotificationTexts, TOLD_TO_PROXIES } from '../messages.ts';
import type { NoticeTexts } from '../notices.ts';

const { t } = AR;

const NOTICES: NoticeTexts = {
  call_us: {
    subject: 'يُرجى الاتصال بالعيادة',
    lines: ['يُرجى الاتصال بالعيادة. يتعلق الأمر بعلاجك، ونودّ التحدث معك.'],
    brief: 'يُرجى الاتصال بالعيادة.',
  },
  documents_ready: {
    subject: 'مستنداتك جاهزة',
    lines: ['المستندات التي طلبتها جاهزة، ويمكنك استلامها من العيادة.'],
    brief: 'مستنداتك جاهزة في العيادة.',
  },
  documents_missing: {
    subject: 'تنقصنا مستندات منك',
    lines: ['تنقصنا مستندات منك. يُرجى إحضارها في زيارتك القادمة، أو الاتصال بالعيادة إذا كنت لا تعرف أيّها المطلوب.'],
    brief: 'تنقصنا مستندات منك. يُرجى إحضارها أو الاتصال بالعيادة.',
  },
  book_check_up: {
    subject: 'حان وقت الفحص الدوري',
    lines: ['حان وقت فحصك الدوري القادم. يمكنك حجزه في بوابة المرضى أو الاتصال بالعيادة.'],
    brief: 'يُرجى حجز موعدك القادم في بوابة المرضى.',
  },
};

const TEXTS: NotificationTexts = {
  'clinic-message': ({ subject, body }) => ({
    subject,
    lines: body.split(/\n{2,}/).map((words) => ({ words })),
    brief: 'لديك رسالة من العيادة. يُرجى تسجيل الدخول إلى بوابة المرضى لقراءتها.',
  }),
  'clinic-notice': ({ notice }) => NOTICES[notice],
  'emergency-alert': ({ body }) => ({
    subject: 'رسالة عاجلة من العيادة',
    lines: body.split(/\n{2,}/).map((words) => ({ words })),
    brief: t`عاجل: ${body.replace(/\s+/g, ' ')}`,
  }),
  'breach-notice': ({ whatHappened, consequences, measures, contact }) => ({
    subject: 'إشعار بشأن حماية بياناتك',
    lines: [
      'علينا إبلاغك بحدوث خرق لحماية بياناتك الشخصية (المادة 34 من اللائحة العامة لحماية البيانات).',
      'ما حدث:',
      { words: whatHappened },
      'ما قد يترتب على ذلك:',
      { words: consequences },
      'ما تم اتخاذه وما يمكنك فعله:',
      { words: measures },
      'بمن يمكنك الاتصال:',
      { words: contact },
    ],
    brief: 'هناك إشعار مهم بشأن حماية بياناتك. يُرجى تسجيل الدخول إلى بوابة المرضى لقراءته.',
  }),
  'text-answer': (given, reader) => {
    const { answer, phone } = given;
    const call = phone === null ? 'يُرجى الاتصال بالعيادة.' : `يُرجى الاتصال بالعيادة: ${phone}.`;
    const words = {
      stopped: 'لن تصلك رسائل نصية منا بعد الآن. أرسل START لتصلك من جديد.',
      started: 'ستصلك رسائلنا النصية من جديد. أرسل STOP لإيقافها.',
      help: `رسائل نصية من بوابة المرضى. أرسل STOP لإيقافها. ${call}`,
      unread: `لا أحد يقرأ هذا الرقم. ${call}`,
      nothing_to_confirm: `لا يوجد موعد لتأكيده بهذا الرقم. ${call}`,
      confirmed: given.answer === 'confirmed' ? `تم تأكيد موعدك: ${AR.brief(given.time, reader)}.` : '',
    }[answer];
    return { subject: 'رسالتك النصية', lines: [words], brief: words };
  },
  'daily-cap-reached': ({ channel, share, used, cap }) => {
    const kind = { email: 'رسائل البريد الإلكتروني', sms: 'الرسائل النصية', push: 'الإشعارات الفورية' }[channel];
    const subject = share === 100 ? `لن يُرسل المزيد من ${kind} اليوم` : `أُرسل معظم ${kind} لليوم`;
    return {
      subject,
      lines: [
        `أُرسل اليوم ${used} من أصل ${cap} من ${kind} التي تسمح بها إعدادات العيادة.`,
        share === 100
          ? 'ما يزيد على ذلك ينتظر إلى الغد، أو يُرسل بطريقة أخرى، أو لا يُرسل. ويستمر إرسال الرموز والتنبيهات وإشعارات الأمان.'
          : 'بعد إرسالها كلها ينتظر ما يزيد إلى الغد، أو يُرسل بطريقة أخرى، أو لا يُرسل. ويستمر إرسال الرموز والتنبيهات وإشعارات الأمان.',
      ],
      brief: `${subject}. تبيّن إعدادات العيادة العدد المسموح به في اليوم.`,
    };
  },
  'addresses-suppressed': ({ count }) => ({
    subject: 'بعض العناوين لم تعد تتلقى رسائل',
    lines: [
      `عدد العناوين التي لم تعد تتلقى رسائل منذ آخر إشعار: ${count}.`,
      'هذه العناوين غير موجودة، أو لا يريد أصحابها المزيد من رسائل العيادة. تبيّن قائمة العناوين المحجوبة أصحابها. يُرجى طلب عنوان آخر منهم، أو رفع ما حُجب خطأً.',
    ],
    brief: 'بعض العناوين لم تعد تتلقى رسائل. تبيّن قائمة العناوين المحجوبة أصحابها.',
  }),
};

export const NOTIFICATIONS = withCopies(TEXTS, TOLD_TO_PROXIES, AR);

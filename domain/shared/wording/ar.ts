/**
 * Arabic: from right to left, with the digits 0 to 9, which readers from Morocco to Oman know and which codes and links have
 * too. Requests are made with verbal nouns, which suit women and men alike.
 */
import { phrases } from './wording.ts';

// Arabic shortens neither.
const WEEKDAYS = ['الاثنين', 'الثلاثاء', 'الأربعاء', 'الخميس', 'الجمعة', 'السبت', 'الأحد'] as const;
const MONTHS = [
  'يناير',
  'فبراير',
  'مارس',
  'أبريل',
  'مايو',
  'يونيو',
  'يوليو',
  'أغسطس',
  'سبتمبر',
  'أكتوبر',
  'نوفمبر',
  'ديسمبر',
] as const;

export const AR = phrases({
  language: 'ar',
  direction: 'rtl',
  weekdays: WEEKDAYS,
  briefWeekdays: WEEKDAYS,
  months: MONTHS,
  briefMonths: MONTHS,
  date: ({ weekday, day, month, year }) => `${weekday} ${day} ${month} ${year}`,
  briefDate: ({ weekday, day, month }) => `${weekday} ${day} ${month}`,
  clock12: (hour, minute, isMorning, length) =>
    length === 'brief'
      ? `${hour}:${minute} ${isMorning ? 'ص' : 'م'}`
      : `${hour}:${minute} ${isMorning ? 'صباحًا' : 'مساءً'}`,
  at: (date, time) => `${date} في الساعة ${time}`,
  briefAt: (date, time) => `${date} ${time}`,
  inCity: (time, city) => (/UTC/.test(city) ? `${time} (بالتوقيت العالمي)` : `${time} (بتوقيت ${city})`),
  occurrence: { first: '(المرة الأولى)', second: '(المرة الثانية)' },
  list: (items) => items.join(' و'),
  greeting: (name) => (name === null ? 'مرحبًا،' : `مرحبًا ${name}،`),
  portal: 'بوابة المرضى',
  colon: ': ',
  reasons: {
    account: 'وصلتك هذه الرسالة لأنها تخص حسابك.',
    security: 'وصلتك هذه الرسالة لأنها تخص أمان حسابك. لا يمكن إيقاف هذا النوع من الرسائل.',
    code: 'وصلتك هذه الرسالة لأن شخصًا ما أدخل عنوانك أو رقمك في بوابة المرضى.',
    alert: 'وصلتك هذه الرسالة لأنها عاجلة أو تتعلق بسلامة بياناتك، ولا يمكن إيقافها.',
    appointment: 'وصلتك هذه الرسالة لأنها تخص موعدًا لك أو لشخص تتصرف نيابةً عنه.',
    reminder: 'وصلتك هذه الرسالة لأن لديك موعدًا.',
    message: 'وصلتك هذه الرسالة من العيادة لأن لديك حسابًا في بوابة المرضى التابعة لها.',
    digest: 'وصلتك هذه الرسالة لأنك تعمل لدى العيادة.',
  },
  markCopy: (text) => `نسخة: ${text}`,
  copyOf: (name) =>
    name === null
      ? 'أنت تتصرف نيابةً عن شخص آخر، وهذه نسخة من الرسالة الموجهة إليه:'
      : `أنت تتصرف نيابةً عن ${name}، وهذه نسخة من الرسالة الموجهة إليه:`,
  preferences: 'اختيار الرسائل التي تصلك',
  unsubscribe: 'إيقاف هذا النوع من الرسائل',
  credentials: {
    trusted_device: 'الأجهزة الموثوقة',
    api_key: 'مفاتيح API',
    calendar_feed: 'روابط التقويم',
    export: 'نسخ بياناتك الجاهزة للتنزيل',
  },
  calendar: {
    name: 'موعد',
    visit: (doctorName) => `موعد مع ${doctorName}`,
    about: 'يمكنك الاطلاع على الموعد أو تغييره في بوابة المرضى.',
  },
  noLongerWork: (credentials) => `لم يعد يعمل ما يلي: ${credentials}.`,
});

/** The six forms of Arabic: none, one, two, a few (3 to 10), many (11 to 99), and whole hundreds. */
export interface Forms {
  readonly zero: string;
  readonly one: string;
  readonly two: string;
  readonly few: string;
  readonly many: string;
  readonly other: string;
}

export function counted(count: number, { zero, one, two, few, many, other }: Forms): string {
  if (count < 3) return [zero, one, two][count] ?? other;
  const rest = count % 100;
  if (rest >= 3 && rest <= 10) return few;
  return rest >= 11 ? many : other;
}

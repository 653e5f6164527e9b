import type { ForPatient, Line, Reader } from '../../shared/messages.ts';
import { AR, counted } from '../../shared/wording/ar.ts';
import { withCopies } from '../../shared/wording/copies.ts';
import type { AppointmentFacts, ByProxy, SchedulingTexts } from '../messages.ts';
import { asked, asks, type ConfirmingWords, choices, replied } from './confirming.ts';
import { TOLD_TO_PROXIES } from './copies.ts';
import { PROXY } from './proxy-ar.ts';

const { t, when } = AR;
const SEE = 'عرض مواعيدك';
const CHANGE_OR_SEE = 'عرض موعدك أو تغييره';
const CONFIRM = 'تأكيد الموعد';
const CONFIRMING: ConfirmingWords = {
  reply: 'أجب بالحرف C للتأكيد.',
  please: 'يرجى تأكيد حضورك. إذا تعذر عليك الحضور، فغيّر الموعد أو ألغه ليستفيد منه شخص آخر.',
  move: 'تغيير الموعد',
  cancel: 'إلغاء الموعد',
  calendar: 'إضافة مواعيدك إلى تقويمك',
};

const TEXTS: SchedulingTexts = {
  'appointment-confirmation': (facts, reader) => ({
    subject: `موعدك يوم ${AR.dayAndTime(facts, reader)}`,
    lines: [
      t`تم حجز موعدك مع ${facts.doctorName} يوم ${when(facts, reader)}.`,
      ...byProxy(facts),
      ...where(facts),
      ...choices(facts, CONFIRMING),
    ],
    action: asks(facts) ? CONFIRM : SEE,
    brief: `تم حجز موعدك${withDoctor(facts, reader)}: ${AR.brief(facts, reader)}.`,
    ...replied(facts, CONFIRMING),
  }),
  'appointment-reminder': (facts, reader) =>
    facts.isConfirmed
      ? {
          subject: `موعدك مؤكد: ${AR.dayAndTime(facts, reader)}`,
          lines: [t`موعدك مع ${facts.doctorName} يوم ${when(facts, reader)} مؤكد. نحن في انتظارك.`, ...where(facts)],
          action: CHANGE_OR_SEE,
          brief: `موعدك مؤكد: ${AR.brief(facts, reader)}.`,
        }
      : {
          subject: `تذكير: موعدك يوم ${AR.dayAndTime(facts, reader)}`,
          lines: [
            t`نذكّرك بموعدك مع ${facts.doctorName} يوم ${when(facts, reader)}.`,
            ...where(facts),
            ...asked(facts, CONFIRMING),
          ],
          action: asks(facts) ? CONFIRM : CHANGE_OR_SEE,
          brief: `تذكير بموعدك${withDoctor(facts, reader)}: ${AR.brief(facts, reader)}.`,
          ...replied(facts, CONFIRMING),
        },
  'appointment-requested': (facts, reader) => ({
    subject: `طلب موعد يوم ${AR.dayAndTime(facts, reader)}`,
    lines: [
      t`طلبت موعدًا مع ${facts.doctorName} يوم ${when(facts, reader)}. الوقت محجوز لك.`,
      ...byProxy(facts),
      'يجب أن توافق العيادة عليه. ستصلك رسالة فور ردها.',
    ],
    action: SEE,
    brief: `طلبت موعدًا${withDoctor(facts, reader)}: ${AR.brief(facts, reader)}. ستردّ العيادة.`,
  }),
  'appointment-declined': (facts, reader) => ({
    subject: `لم تتم الموافقة على طلب الموعد يوم ${AR.day(facts.date, reader)}`,
    lines: [
      t`لا تستطيع العيادة إعطاءك الموعد مع ${facts.doctorName} يوم ${when(facts, reader)}.`,
      'إذا ذكرت العيادة سببًا، فستجده مع الموعد.',
    ],
    action: SEE,
    brief: `لا تستطيع العيادة إعطاءك الموعد${withDoctor(facts, reader)}: ${AR.brief(facts, reader)}.`,
  }),
  'appointment-request-expired': (facts, reader) => ({
    subject: `لم يُردّ على طلب الموعد يوم ${AR.day(facts.date, reader)}`,
    lines: [
      t`لم تردّ العيادة على طلب الموعد مع ${facts.doctorName} يوم ${when(facts, reader)}. لن يتم هذا الموعد.`,
      'يُرجى حجز وقت آخر أو الاتصال بالعيادة.',
    ],
    action: SEE,
    brief: `لم يُردّ على طلبك: ${AR.brief(facts, reader)}. يُرجى حجز وقت آخر.`,
  }),
  'appointment-cancelled': (facts, reader) => ({
    subject: `تم إلغاء موعدك يوم ${AR.day(facts.date, reader)}`,
    lines: [t`تم إلغاء موعدك مع ${facts.doctorName} يوم ${when(facts, reader)}.`, ...byProxy(facts)],
    brief: `تم إلغاء موعدك${withDoctor(facts, reader)}: ${AR.brief(facts, reader)}.`,
  }),
  'appointment-given-up': ({ message, offer, isWaiting, ...facts }, reader) => ({
    subject: `${isOwn(facts) ? 'تعذّر موعدك' : 'تعذّر موعد'} يوم ${AR.day(facts.date, reader)}`,
    lines: [
      t`${isOwn(facts) ? 'تعذّر موعدك' : t`تعذّر الموعد المحجوز ${forWhom(facts)}`} مع ${facts.doctorName} يوم ${when(facts, reader)} وألغته العيادة.`,
      ...(message === null ? [] : [{ words: message }]),
      ...(offer === null
        ? [isWaiting ? 'تعرض قائمة الانتظار أقرب وقت متاح.' : 'يمكنك حجز وقت آخر.']
        : [
            t`نعرض بدلًا منه يوم ${when(offer, reader)} مع ${offer.doctorName}. نحتفظ بهذا الوقت ${forWhom(facts)} حتى يوم ${AR.moment(offer.expiresAt, offer.timezone, reader)}.`,
            ANSWER,
          ]),
    ],
    action: offer !== null ? 'الرد على العرض' : isWaiting ? 'عرض قائمة الانتظار' : SEE,
    brief: `${isOwn(facts) ? 'تعذّر موعدك' : 'تعذّر موعد'}: ${AR.brief(facts, reader)}.${offer === null ? '' : ` نعرض: ${AR.brief(offer, reader)}.`}`,
  }),
  'appointment-restored': (facts, reader) => ({
    subject: `موعدك يوم ${AR.day(facts.date, reader)} قائم`,
    lines: [
      t`تم التراجع عن إلغاء موعدك مع ${facts.doctorName}.`,
      ...byProxy(facts),
      t`الموعد قائم يوم ${when(facts, reader)}.`,
      ...where(facts),
      ...asked(facts, CONFIRMING),
    ],
    action: asks(facts) ? CONFIRM : SEE,
    brief: `موعدك${withDoctor(facts, reader)} قائم: ${AR.brief(facts, reader)}.`,
    ...replied(facts, CONFIRMING),
  }),
  'appointment-rescheduled': (facts, reader) => ({
    subject: `تم نقل موعدك إلى يوم ${AR.dayAndTime(facts, reader)}`,
    lines: [
      t`تم نقل موعدك مع ${facts.doctorName} إلى يوم ${when(facts, reader)}.`,
      ...byProxy(facts),
      ...where(facts),
      `كان الموعد السابق يوم ${AR.dayAndTime({ date: facts.previousDate, startTime: facts.previousStartTime }, reader)}.`,
      ...asked(facts, CONFIRMING),
    ],
    action: asks(facts) ? CONFIRM : SEE,
    brief: `تم نقل موعدك${withDoctor(facts, reader)} إلى: ${AR.brief(facts, reader)}.`,
    ...replied(facts, CONFIRMING),
  }),
  'appointment-zone-changed': (facts, reader) => ({
    subject: `يبقى موعدك يوم ${AR.day(facts.date, reader)} في الساعة ${AR.time(facts.startTime, reader)}`,
    lines: [
      t`يبقى موعدك مع ${facts.doctorName} يوم ${when(facts, reader)}.`,
      ...where(facts),
      t`لن تُضبط ساعات ${facts.timezone} كما كان متوقعًا عند الحجز، لذلك أصبح الموعد يوم ${AR.moment(facts.start, 'UTC', reader)}. إذا أظهر تقويمك وقتًا آخر، فيُرجى تصحيحه هناك.`,
      ...asked(facts, CONFIRMING),
    ],
    action: asks(facts) ? CONFIRM : SEE,
    brief: `يبقى موعدك: ${AR.brief(facts, reader)}. يُرجى التحقق من الوقت في تقويمك.`,
    ...replied(facts, CONFIRMING),
  }),
  'appointment-series-booked': ({ doctorName, timezone, times, isRequest, ...by }, reader) => ({
    subject: isRequest
      ? `طلب ${appointments(times.length)}${reader.sender.namesDoctor ? t` مع ${doctorName}` : ''}`
      : `${appointments(times.length)}${reader.sender.namesDoctor ? t` مع ${doctorName}` : ''}`,
    lines: [
      isRequest ? t`طلبت مواعيد مع ${doctorName}، ويجب أن توافق العيادة عليها:` : t`تم حجز مواعيدك مع ${doctorName}:`,
      { items: times.map((one) => withPlace(when({ ...one, timezone }, reader), one.place)) },
      ...byProxy(by),
    ],
    action: SEE,
    brief: isRequest
      ? `طلبك: ${appointments(times.length)}. ستردّ العيادة.`
      : `تم الحجز: ${appointments(times.length)}.`,
  }),
  'waitlist-offer': (facts, reader) => ({
    subject: `أصبح وقت متاحًا: ${AR.dayAndTime(facts, reader)}`,
    lines: [
      t`أصبح وقت مع ${facts.doctorName} متاحًا: ${when(facts, reader)}. نحتفظ به ${forWhom(facts)} حتى يوم ${AR.moment(facts.expiresAt, facts.timezone, reader)}.`,
      ANSWER,
    ],
    action: 'الرد على العرض',
    brief: `وقت متاح${withDoctor(facts, reader)}: ${AR.brief(facts, reader)}. الرد قبل ${AR.briefMoment(facts.expiresAt, facts.timezone, reader)}.`,
  }),
  'doctor-running-late': ({ doctorName, minutes, startTime, expectedTime, timezone }, reader) =>
    minutes === 0
      ? {
          subject: `موعدك في الساعة ${AR.time(startTime, reader)} كما حُجز`,
          lines: [
            t`عادت مواعيد ${doctorName} إلى وقتها.`,
            t`يبدأ موعدك في الساعة ${AR.timeInCity(startTime, timezone, reader)} كما حُجز.`,
          ],
          brief: `يبدأ موعدك في الساعة ${AR.time(startTime, reader)} كما حُجز.`,
        }
      : {
          subject: `يتأخر موعدك نحو ${lasting(minutes)}`,
          lines: [
            t`تتأخر مواعيد ${doctorName} اليوم نحو ${lasting(minutes)}.`,
            t`من المتوقع أن يبدأ موعد الساعة ${AR.time(startTime, reader)} في الساعة ${AR.timeInCity(expectedTime, timezone, reader)}.`,
          ],
          brief: `من المتوقع أن يبدأ موعد الساعة ${AR.time(startTime, reader)} في الساعة ${AR.timeInCity(expectedTime, timezone, reader)}.`,
        },
  'offer-kept': ({ expiresAt, timezone }, reader) => ({
    subject: 'تنتظر العيادة ردك',
    lines: [
      t`تحتفظ العيادة بشيء لك حتى يوم ${AR.moment(expiresAt, timezone, reader)}.`,
      'للاطلاع عليه والرد، يُرجى قبول الدعوة إلى البوابة التي وصلتك بالبريد الإلكتروني أو الاتصال بالعيادة.',
    ],
    brief: `تنتظر العيادة ردك حتى ${AR.briefMoment(expiresAt, timezone, reader)}.`,
  }),
  'waitlist-ended': ({ doctorName, typeName, ...about }, { sender }) => ({
    subject: isOwn(about) ? 'انتهى انتظارك لموعد' : 'انتهى انتظار لموعد',
    lines: [
      t`${isOwn(about) ? 'انتهى انتظارك' : t`انتهى الانتظار المسجل ${forWhom(about)}`}: ${
        typeName === undefined
          ? t`لم يعد ${doctorName ?? 'الطبيب'} يستقبل المرضى هنا`
          : t`لم يعد من الممكن حجز ${typeName}${doctorName === null ? '' : t` مع ${doctorName}`}`
      }.`,
      'يمكنك انتظار شيء آخر أو حجز وقت متاح.',
    ],
    action: 'عرض قائمة الانتظار',
    brief: `${isOwn(about) ? 'انتهى انتظارك لموعد' : 'انتهى انتظار لموعد'}${sender.namesDoctor && doctorName !== null ? ` مع ${AR.briefName(doctorName)}` : ''}.`,
  }),
  'daily-digest': ({ date, timezone, requests, appointments: count, doctors, moreDoctors }, reader) => {
    const total = appointments(count);
    return {
      subject: `${AR.day(date, reader)}: ${total}`,
      lines: [
        t`${AR.day(date, reader)}: ${total}. في انتظار الرد: ${requested(requests)}. الأوقات بتوقيت ${AR.cityOf(timezone)}.`,
        ...(doctors.length === 0
          ? []
          : [
              {
                items: [
                  ...doctors.map(
                    ({ doctorName, times }) =>
                      t`${doctorName}: ${times.map((time) => AR.time(time, reader)).join('، ')}`,
                  ),
                  ...(moreDoctors === 0 ? [] : [`وأطباء آخرون: ${moreDoctors}`]),
                ],
              },
            ]),
      ],
      action: 'عرض المواعيد',
      brief: `${AR.day(date, reader)}: ${total}.`,
    };
  },
  proxy: ({ what, isProxy, name }) => PROXY[what](isProxy, name),
};

export const SCHEDULING: SchedulingTexts = withCopies(TEXTS, TOLD_TO_PROXIES, AR);

const ANSWER = 'يُرجى قبوله إذا كان مناسبًا، أو رفضه ليستفيد منه شخص آخر.';

function isOwn({ patientId }: ForPatient): boolean {
  return patientId === undefined;
}

function forWhom(about: ForPatient): string {
  return isOwn(about) ? 'لك' : t`لـ ${about.patientName ?? 'شخص تتصرف نيابةً عنه'}`;
}

function byProxy({ proxyId, proxyName }: ByProxy): string[] {
  return proxyId === undefined ? [] : [t`تم ذلك نيابةً عنك من ${proxyName ?? 'شخص يتصرف باسمك'}.`];
}

function withDoctor({ doctorName }: AppointmentFacts, { sender }: Reader): string {
  return sender.namesDoctor ? ` مع ${AR.briefName(doctorName)}` : '';
}

function withPlace(time: string, place: string | null | undefined): string {
  return place ? t`${time}، ${place}` : time;
}

function lasting(count: number): string {
  return counted(count, {
    zero: '0 دقيقة',
    one: 'دقيقة واحدة',
    two: 'دقيقتين',
    few: `${count} دقائق`,
    many: `${count} دقيقة`,
    other: `${count} دقيقة`,
  });
}

function appointments(count: number): string {
  return counted(count, {
    zero: 'لا مواعيد',
    one: 'موعد واحد',
    two: 'موعدان',
    few: `${count} مواعيد`,
    many: `${count} موعدًا`,
    other: `${count} موعد`,
  });
}

function requested(count: number): string {
  return counted(count, {
    zero: 'لا طلبات',
    one: 'طلب واحد',
    two: 'طلبان',
    few: `${count} طلبات`,
    many: `${count} طلبًا`,
    other: `${count} طلب`,
  });
}

function where({ place, visitMode, videoLink }: AppointmentFacts): Line[] {
  switch (visitMode) {
    case 'phone':
      return ['سيتصل بك الطبيب هاتفيًا.'];
    case 'video':
      return [
        videoLink ? { label: 'الموعد عبر الفيديو', url: videoLink } : 'الموعد عبر الفيديو. ستخبرك العيادة بالعنوان.',
      ];
    default:
      return place ? [t`المكان: ${place}.`] : [];
  }
}

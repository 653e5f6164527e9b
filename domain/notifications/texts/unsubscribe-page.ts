/** What the page of a link says that ends mails of one category. It names the category, and nothing of the person. */
import type { MessageCategory } from '../../shared/messages.ts';
import type { Language } from '../../shared/wording/language.ts';

export interface UnsubscribePageTexts {
  readonly title: string;
  /** What the mails of a category are, for a line of its own. */
  readonly kinds: Readonly<Record<Extract<MessageCategory, 'appointment' | 'reminder' | 'message' | 'digest'>, string>>;
  readonly ask: string;
  readonly stop: string;
  readonly stoppedTitle: string;
  /** They can still be read in the portal. */
  readonly stopped: string;
  readonly again: string;
  readonly endedTitle: string;
  /** Of a link that is unknown, or whose account is closed: the page does not say which. */
  readonly ended: string;
}

export const UNSUBSCRIBE_PAGE: Readonly<Record<Language, UnsubscribePageTexts>> = {
  en: {
    title: 'Stop mails',
    kinds: {
      appointment: 'News about your appointments',
      reminder: 'Reminders of your appointments',
      message: 'Messages from the clinic',
      digest: 'Overviews of the next day',
    },
    ask: 'Do you want no more mails of this kind? You still find these messages in the patient portal.',
    stop: 'Stop these mails',
    stoppedTitle: 'You get no more of these mails',
    stopped: 'You still find these messages in the patient portal.',
    again: 'Get them again',
    endedTitle: 'This link does not work any more',
    ended: 'Sign in to the patient portal to choose which messages you get, or call the clinic.',
  },
  de: {
    title: 'E-Mails abbestellen',
    kinds: {
      appointment: 'Neues zu Ihren Terminen',
      reminder: 'Erinnerungen an Ihre Termine',
      message: 'Nachrichten der Praxis',
      digest: 'Übersichten des nächsten Tages',
    },
    ask: 'Möchten Sie keine E-Mails dieser Art mehr? Im Patientenportal finden Sie diese Nachrichten weiterhin.',
    stop: 'Diese E-Mails abbestellen',
    stoppedTitle: 'Sie bekommen keine solchen E-Mails mehr',
    stopped: 'Im Patientenportal finden Sie diese Nachrichten weiterhin.',
    again: 'Wieder bekommen',
    endedTitle: 'Dieser Link gilt nicht mehr',
    ended: 'Melden Sie sich im Patientenportal an, um Ihre Nachrichten auszuwählen, oder rufen Sie die Praxis an.',
  },
  es: {
    title: 'Dejar de recibir correos',
    kinds: {
      appointment: 'Novedades sobre sus citas',
      reminder: 'Recordatorios de sus citas',
      message: 'Mensajes de la clínica',
      digest: 'Resúmenes del día siguiente',
    },
    ask: '¿No desea más correos de este tipo? Seguirá encontrando estos mensajes en el portal del paciente.',
    stop: 'No recibir más estos correos',
    stoppedTitle: 'Ya no recibirá estos correos',
    stopped: 'Seguirá encontrando estos mensajes en el portal del paciente.',
    again: 'Volver a recibirlos',
    endedTitle: 'Este enlace ya no funciona',
    ended: 'Inicie sesión en el portal del paciente para elegir sus mensajes o llame a la clínica.',
  },
  fr: {
    title: 'Ne plus recevoir d’e-mails',
    kinds: {
      appointment: 'Nouvelles de vos rendez-vous',
      reminder: 'Rappels de vos rendez-vous',
      message: 'Messages du cabinet',
      digest: 'Récapitulatifs du lendemain',
    },
    ask: 'Ne voulez-vous plus d’e-mails de ce type ? Vous trouverez toujours ces messages sur le portail patient.',
    stop: 'Ne plus recevoir ces e-mails',
    stoppedTitle: 'Vous ne recevrez plus ces e-mails',
    stopped: 'Vous trouverez toujours ces messages sur le portail patient.',
    again: 'Les recevoir à nouveau',
    endedTitle: 'Ce lien ne fonctionne plus',
    ended: 'Connectez-vous au portail patient pour choisir vos messages, ou appelez le cabinet.',
  },
  ar: {
    title: 'إيقاف رسائل البريد',
    kinds: {
      appointment: 'أخبار مواعيدك',
      reminder: 'تذكيرات بمواعيدك',
      message: 'رسائل من العيادة',
      digest: 'ملخصات اليوم التالي',
    },
    ask: 'هل تريد عدم تلقي رسائل بريد من هذا النوع؟ ستجد هذه الرسائل دائمًا في بوابة المرضى.',
    stop: 'إيقاف هذه الرسائل',
    stoppedTitle: 'لن تصلك رسائل بريد من هذا النوع بعد الآن',
    stopped: 'ستجد هذه الرسائل دائمًا في بوابة المرضى.',
    again: 'تلقيها من جديد',
    endedTitle: 'لم يعد هذا الرابط يعمل',
    ended: 'سجّل الدخول إلى بوابة المرضى لاختيار رسائلك، أو اتصل بالعيادة.',
  },
};

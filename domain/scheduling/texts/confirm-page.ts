/** What the page of a link that confirms an appointment says. It names the clinic and the time, and nothing else of the appointment. */
import type { Language } from '../../shared/wording/language.ts';

export interface ConfirmPageTexts {
  readonly title: string;
  /** @param when date and time, with the city of the clock */
  readonly ask: (when: string) => string;
  readonly button: string;
  readonly confirmedTitle: string;
  readonly confirmed: (when: string) => string;
  readonly endedTitle: string;
  /** Of a link that is unknown, or whose appointment was moved or cancelled or has begun: the page does not say which. */
  readonly ended: string;
  readonly toPortal: string;
}

export const CONFIRM_PAGE: Readonly<Record<Language, ConfirmPageTexts>> = {
  en: {
    title: 'Confirm your appointment',
    ask: (when) => `Are you coming on ${when}?`,
    button: 'Yes, I am coming',
    confirmedTitle: 'Your appointment is confirmed',
    confirmed: (when) => `Thank you. We look forward to seeing you on ${when}.`,
    endedTitle: 'This link does not work any more',
    ended: 'Sign in to the patient portal to see your appointments, or call the clinic.',
    toPortal: 'See, move or cancel appointments',
  },
  de: {
    title: 'Termin bestätigen',
    ask: (when) => `Kommen Sie am ${when}?`,
    button: 'Ja, ich komme',
    confirmedTitle: 'Ihr Termin ist bestätigt',
    confirmed: (when) => `Vielen Dank. Wir freuen uns auf Sie am ${when}.`,
    endedTitle: 'Dieser Link gilt nicht mehr',
    ended: 'Melden Sie sich im Patientenportal an, um Ihre Termine zu sehen, oder rufen Sie die Praxis an.',
    toPortal: 'Termine ansehen, verlegen oder absagen',
  },
  es: {
    title: 'Confirmar su cita',
    ask: (when) => `¿Vendrá el ${when}?`,
    button: 'Sí, iré',
    confirmedTitle: 'Su cita está confirmada',
    confirmed: (when) => `Gracias. Le esperamos el ${when}.`,
    endedTitle: 'Este enlace ya no funciona',
    ended: 'Entre en el portal del paciente para ver sus citas o llame a la clínica.',
    toPortal: 'Ver, cambiar o cancelar citas',
  },
  fr: {
    title: 'Confirmer votre rendez-vous',
    ask: (when) => `Viendrez-vous le ${when} ?`,
    button: 'Oui, je viendrai',
    confirmedTitle: 'Votre rendez-vous est confirmé',
    confirmed: (when) => `Merci. Nous vous attendons le ${when}.`,
    endedTitle: 'Ce lien ne fonctionne plus',
    ended: 'Connectez-vous au portail patient pour voir vos rendez-vous, ou appelez la clinique.',
    toPortal: 'Voir, déplacer ou annuler des rendez-vous',
  },
  ar: {
    title: 'تأكيد موعدك',
    ask: (when) => `هل ستحضر يوم ${when}؟`,
    button: 'نعم، سأحضر',
    confirmedTitle: 'تم تأكيد موعدك',
    confirmed: (when) => `شكرًا لك. نحن في انتظارك يوم ${when}.`,
    endedTitle: 'هذا الرابط لم يعد يعمل',
    ended: 'سجّل الدخول إلى بوابة المرضى لعرض مواعيدك، أو اتصل بالعيادة.',
    toPortal: 'عرض المواعيد أو تغييرها أو إلغاؤها',
  },
};

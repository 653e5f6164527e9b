/** What the page of a link to a shared file says. It is the same for every link, whether or not there is one. */
import type { Language } from '../../shared/wording/language.ts';

export interface SharedPageTexts {
  readonly title: string;
  readonly about: string;
  /** Label of the field. */
  readonly passcode: string;
  readonly passcodeHint: string;
  readonly open: string;
  readonly readyTitle: string;
  /** The link beside it works for five minutes. */
  readonly ready: string;
  /** Whatever the reason is. */
  readonly refused: string;
}

export const SHARED_PAGE: Readonly<Record<Language, SharedPageTexts>> = {
  en: {
    title: 'A document was shared with you',
    about: 'Somebody shares a document with you by the clinic’s patient portal. Open it only if you expect it.',
    passcode: 'Passcode',
    passcodeHint: 'If you were given one. Otherwise leave the field empty.',
    open: 'Open the document',
    readyTitle: 'The document is ready',
    ready: 'The link works for five minutes.',
    refused:
      'The document cannot be opened. The passcode may be wrong, or the link may have ended. After several wrong passcodes the link is locked for a time. If it goes on, ask whoever gave you the link.',
  },
  de: {
    title: 'Ein Dokument wurde mit Ihnen geteilt',
    about:
      'Jemand teilt über das Patientenportal der Praxis ein Dokument mit Ihnen. Öffnen Sie es nur, wenn Sie es erwarten.',
    passcode: 'Kennwort',
    passcodeHint: 'Falls Sie eines bekommen haben. Sonst lassen Sie das Feld leer.',
    open: 'Dokument öffnen',
    readyTitle: 'Das Dokument ist bereit',
    ready: 'Der Link gilt fünf Minuten.',
    refused:
      'Das Dokument lässt sich nicht öffnen. Vielleicht stimmt das Kennwort nicht, oder der Link gilt nicht mehr. Nach mehreren falschen Kennwörtern ist der Link eine Zeit lang gesperrt. Fragen Sie sonst, wer Ihnen den Link gegeben hat.',
  },
  es: {
    title: 'Han compartido un documento con usted',
    about:
      'Alguien comparte un documento con usted mediante el portal del paciente de la clínica. Ábralo solo si lo espera.',
    passcode: 'Clave',
    passcodeHint: 'Si le han dado una. Si no, deje el campo vacío.',
    open: 'Abrir el documento',
    readyTitle: 'El documento está listo',
    ready: 'El enlace funciona durante cinco minutos.',
    refused:
      'No se puede abrir el documento. Puede que la clave no sea correcta o que el enlace haya terminado. Tras varias claves incorrectas el enlace se bloquea durante un tiempo. Si continúa, pregunte a quien le dio el enlace.',
  },
  fr: {
    title: 'Un document a été partagé avec vous',
    about:
      'Quelqu’un partage un document avec vous par le portail patient de la clinique. Ne l’ouvrez que si vous l’attendez.',
    passcode: 'Code',
    passcodeHint: 'Si vous en avez reçu un. Sinon, laissez le champ vide.',
    open: 'Ouvrir le document',
    readyTitle: 'Le document est prêt',
    ready: 'Le lien fonctionne pendant cinq minutes.',
    refused:
      'Le document ne peut pas être ouvert. Le code est peut-être faux, ou le lien ne fonctionne plus. Après plusieurs codes faux, le lien est bloqué pendant un certain temps. Si cela continue, demandez à la personne qui vous a donné le lien.',
  },
  ar: {
    title: 'تمت مشاركة مستند معك',
    about: 'يشارك شخص ما مستندًا معك عبر بوابة المرضى الخاصة بالعيادة. لا تفتحه إلا إذا كنت تنتظره.',
    passcode: 'الرمز',
    passcodeHint: 'إذا أُعطيت رمزًا. وإلا فاترك الحقل فارغًا.',
    open: 'فتح المستند',
    readyTitle: 'المستند جاهز',
    ready: 'يعمل الرابط لمدة خمس دقائق.',
    refused:
      'لا يمكن فتح المستند. قد يكون الرمز غير صحيح، أو أن الرابط لم يعد يعمل. بعد عدة رموز خاطئة يُقفل الرابط لبعض الوقت. إذا استمر ذلك، فاسأل من أعطاك الرابط.',
  },
};

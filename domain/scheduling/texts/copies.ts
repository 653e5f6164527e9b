/** What those who act for a patient are told: the message to the patient, with a line that says whose it is. */
import type { Copy } from '../../shared/messages.ts';
import type { ForPatient, SchedulingTexts, SchedulingVariables } from '../messages.ts';

/** The templates that proxies get too. */
type ToProxies = {
  [T in keyof SchedulingVariables]: 'patientId' extends keyof SchedulingVariables[T] ? T : never;
}[keyof SchedulingVariables];

/** `own`: the text itself says whom it is about. A further template does not compile before it is decided how proxies are told. */
const TOLD = {
  'appointment-confirmation': 'copy',
  'appointment-reminder': 'copy',
  'appointment-requested': 'copy',
  'appointment-declined': 'copy',
  'appointment-request-expired': 'copy',
  'appointment-cancelled': 'copy',
  'appointment-restored': 'copy',
  'appointment-given-up': 'own',
  'appointment-rescheduled': 'copy',
  'appointment-zone-changed': 'copy',
  'appointment-series-booked': 'copy',
  'doctor-running-late': 'copy',
  'waitlist-offer': 'own',
  'waitlist-ended': 'own',
} as const satisfies Readonly<Record<ToProxies, 'copy' | 'own'>>;

export interface CopyWords {
  /** Marks a subject, and a text for a locked screen, without a name. */
  readonly mark: (text: string) => string;
  /** @param name of the patient; `null` when it is not known any more */
  readonly about: (name: string | null) => string;
}

/** The texts, which mark a message to a proxy as a copy. */
export function withCopies(texts: SchedulingTexts, { mark, about }: CopyWords): SchedulingTexts {
  type Text = (variables: ForPatient, reader: unknown) => Copy;
  const copied = Object.entries(TOLD).filter(([, how]) => how === 'copy');
  const copies = copied.map(([template]) => {
    const text = texts[template as ToProxies] as Text;
    const copy: Text = (variables, reader) => {
      const original = text(variables, reader);
      if (variables.patientId === undefined) return original;
      const { subject, lines, brief } = original;
      return {
        ...{ ...original, subject: mark(subject), lines: [about(variables.patientName ?? null), ...lines] },
        ...(brief === undefined ? {} : { brief: mark(brief) }),
      };
    };
    return [template, copy] as const;
  });
  return { ...texts, ...Object.fromEntries(copies) };
}

/** What those who act for a patient are told: the message to the patient, with a line that says whose it is. */
import type { Copy, ForPatient } from '../messages.ts';
import type { Phrases } from './wording.ts';

/** The templates that proxies get too, of those whose variables `V` declares. */
export type ToProxies<V> = { [T in keyof V]: 'patientId' extends keyof V[T] ? T : never }[keyof V] & string;

/** `own`: the text itself says whom it is about. A further template does not compile before it is decided how proxies are told. */
export type ToldToProxies<V> = Readonly<Record<ToProxies<V>, 'copy' | 'own'>>;

/** The texts, which mark a message to a proxy as a copy. */
export function withCopies<T extends object>(
  texts: T,
  told: Readonly<Partial<Record<keyof T & string, 'copy' | 'own'>>>,
  { markCopy, copyOf }: Pick<Phrases, 'markCopy' | 'copyOf'>,
): T {
  type Text = (variables: ForPatient, reader: unknown) => Copy;
  const copied = Object.entries(told).filter(([, how]) => how === 'copy');
  const copies = copied.map(([template]) => {
    const text = texts[template as keyof T] as Text;
    const copy: Text = (variables, reader) => {
      const original = text(variables, reader);
      if (variables.patientId === undefined) return original;
      const { subject, lines, brief } = original;
      return {
        ...{ ...original, subject: markCopy(subject), lines: [copyOf(variables.patientName ?? null), ...lines] },
        ...(brief === undefined ? {} : { brief: markCopy(brief) }),
      };
    };
    return [template, copy] as const;
  });
  return { ...texts, ...Object.fromEntries(copies) };
}

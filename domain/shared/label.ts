/**
 * What somebody calls themselves or a device, where the portal repeats it in a mail: one line that speaks of nothing else
 * (R68). An address or a link in it would be taken for the clinic's.
 */

/** Line breaks, controls and private characters. */
const CONTROL = /[\p{Cc}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u;
/** Takes no place, or turns the direction of what follows. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}]/u;
/** Within a word Persian and the scripts of India need them. */
const JOINERS = /(?<=[\p{L}\p{M}])[\u200C\u200D](?=[\p{L}\p{M}])/gu;
const VISIBLE = /[\p{L}\p{N}]/u;
/** `www.`, `mailto:`, `http://`, `evil.example`, `me@evil.example`, with any character that is read as a dot or an at sign. */
const SCHEME = /\b(?:https?|ftps?|mailto|tel|sms|data|javascript):|\/\/|\\/iu;
const AT = /[@\uFE6B\uFF20]/u;
const DOMAIN = /[\p{L}\p{N}-]{2,}[.\u2024\u3002\uFE52\uFF0E\uFF61]\p{L}{2,}/u;

export type LabelFault = 'not_one_line' | 'invisible' | 'empty' | 'address';

/** @returns `undefined` when a mail may repeat it */
export function labelFault(text: string): LabelFault | undefined {
  if (CONTROL.test(text)) return 'not_one_line';
  if (INVISIBLE.test(text.replace(JOINERS, ''))) return 'invisible';
  if (!VISIBLE.test(text)) return 'empty';
  return SCHEME.test(text) || AT.test(text) || DOMAIN.test(text) ? 'address' : undefined;
}

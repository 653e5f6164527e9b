/**
 * Validates names that people give themselves or their devices and that the portal repeats in mails: one line without
 * addresses or links (R68), because a reader would take those for the clinic's.
 */

/** Line breaks, controls and private characters. */
const CONTROL = /[\p{Cc}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u;
/** Zero-width characters, and characters that change the text direction. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}]/u;
/** Zero-width joiners are allowed within a word: Persian and the scripts of India need them. */
const JOINERS = /(?<=[\p{L}\p{M}])[\u200C\u200D](?=[\p{L}\p{M}])/gu;
const VISIBLE = /[\p{L}\p{N}]/u;
/** `www.`, `mailto:`, `http://`, `evil.example`, `me@evil.example`, with any character that is read as a dot or an at sign. */
const SCHEME = /\b(?:https?|ftps?|mailto|tel|sms|data|javascript):|\/\/|\\/iu;
const AT = /[@\uFE6B\uFF20]/u;
const DOMAIN = /[\p{L}\p{N}-]{2,}[.\u2024\u3002\uFE52\uFF0E\uFF61]\p{L}{2,}/u;

export type LabelFault = 'not_one_line' | 'invisible' | 'empty' | 'address';

/** @returns `undefined` if the text may be repeated in a mail */
export function labelFault(text: string): LabelFault | undefined {
  if (CONTROL.test(text)) return 'not_one_line';
  if (INVISIBLE.test(text.replace(JOINERS, ''))) return 'invisible';
  if (!VISIBLE.test(text)) return 'empty';
  return SCHEME.test(text) || AT.test(text) || DOMAIN.test(text) ? 'address' : undefined;
}

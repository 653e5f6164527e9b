/** Names of files: one visible name without a path, and the header that sends it. */
import { utf8 } from '../shared/bytes.ts';

/** What file systems accept, in bytes of UTF-8. */
const MAXIMUM_NAME_BYTES = 255;
const PATH = /[/\\]|^\.+$/;
/** Line breaks, controls, private characters and halves of surrogate pairs. */
const CONTROL = /[\p{Cc}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u;
/** Zero-width characters, and those that change the text direction: `report\u202Efdp.exe` is shown as `reportexe.pdf`. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}]/u;
/** Zero-width joiners are allowed within a word: Persian and the scripts of India need them. */
const JOINERS = /(?<=[\p{L}\p{M}])[\u200C\u200D](?=[\p{L}\p{M}])/gu;

export type FileNameFault = 'empty' | 'too_long' | 'path' | 'not_one_line' | 'invisible';

/** @param name in NFC, without blanks at its ends */
export function fileNameFault(name: string): FileNameFault | undefined {
  if (name === '') return 'empty';
  if (CONTROL.test(name)) return 'not_one_line';
  if (INVISIBLE.test(name.replace(JOINERS, ''))) return 'invisible';
  if (PATH.test(name)) return 'path';
  return utf8(name).length > MAXIMUM_NAME_BYTES ? 'too_long' : undefined;
}

/**
 * The header of a download (RFC 6266 section 4.3): the name in ASCII, in which `_` stands for what is not, and the whole name
 * (RFC 8187 section 3.2).
 *
 * @param disposition `inline` lets the browser show it
 */
export function contentDisposition(disposition: 'inline' | 'attachment', name: string): string {
  // A percent sign would be decoded by some browsers (RFC 6266 appendix D).
  const plain = name.replace(/[^\x20-\x7e]/gu, '_').replace(/["\\%]/g, '_');
  return `${disposition}; filename="${plain}"; filename*=UTF-8''${extendedValue(name)}`;
}

/** `attr-char` of RFC 8187 stays; all else is percent-encoded UTF-8. */
function extendedValue(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
}

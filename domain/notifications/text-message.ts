/**
 * Text messages are paid by the segment: 160 characters of the GSM alphabet, or 70 of any other (3GPP TS 23.038; TS 23.040
 * section 9.2.3.24.1). A message of several has fewer in each, because each says which part it is.
 */

const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
/** These take the room of two. */
const EXTENDED = new Set('\f^{}\\[~]|€');

const PLAIN: Readonly<Record<string, string>> = {
  '“': '"',
  '”': '"',
  '„': '"',
  '«': '"',
  '»': '"',
  '’': "'",
  '‘': "'",
  '–': '-',
  '—': '-',
  '…': '...',
  '\u00a0': ' ',
  '\u202f': ' ',
  œ: 'oe',
  Œ: 'OE',
};

export interface Segments {
  readonly alphabet: 'gsm-7' | 'ucs-2';
  readonly segments: number;
}

const ROOM = { 'gsm-7': { one: 160, each: 153 }, 'ucs-2': { one: 70, each: 67 } } as const;

/** The most segments of a message that the portal writes. */
export const MAXIMUM_SEGMENTS = 2;

/** Whole characters only: none is divided between two segments. */
export function segmentsOf(text: string): Segments {
  const characters = [...text];
  const alphabet = characters.every((character) => BASIC.has(character) || EXTENDED.has(character)) ? 'gsm-7' : 'ucs-2';
  const sizes = characters.map((character) =>
    alphabet === 'ucs-2' ? character.length : EXTENDED.has(character) ? 2 : 1,
  );
  const { one, each } = ROOM[alphabet];
  if (sizes.reduce((sum, size) => sum + size, 0) <= one) return { alphabet, segments: text === '' ? 0 : 1 };
  let segments = 1;
  let used = 0;
  for (const size of sizes) {
    if (used + size > each) {
      segments += 1;
      used = 0;
    }
    used += size;
  }
  return { alphabet, segments };
}

/**
 * The text with accents and quotation marks left out, where it fits the GSM alphabet then, which more than doubles the room; else as
 * it is, so that a name in another script brings the accents of the words around it back.
 */
export function inGsmAlphabet(text: string): string {
  const plain = [...text]
    .map((character) => (BASIC.has(character) || EXTENDED.has(character) ? character : withoutMarks(character)))
    .join('');
  return segmentsOf(plain).alphabet === 'gsm-7' ? plain : text;
}

function withoutMarks(character: string): string {
  return PLAIN[character] ?? character.normalize('NFD').replace(/\p{M}/gu, '');
}

/**
 * At most {@link MAXIMUM_SEGMENTS}: what is too long ends in an ellipsis.
 *
 * @param end what follows, whole in any case
 */
export function fitted(text: string, end = ''): string {
  const fits = (each: string) => segmentsOf(each).segments <= MAXIMUM_SEGMENTS;
  if (fits(text + end)) return text + end;
  const characters = [...text].slice(0, MAXIMUM_SEGMENTS * ROOM['gsm-7'].each);
  for (;;) {
    characters.pop();
    const shorter = `${closed(characters.join('').trimEnd())}...${end}`;
    if (fits(shorter)) return shorter;
  }
}

/** An isolate that was cut open ends here. */
function closed(text: string): string {
  return text.lastIndexOf('\u2068') > text.lastIndexOf('\u2069') ? `${text}\u2069` : text;
}

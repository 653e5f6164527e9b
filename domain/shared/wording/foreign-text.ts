/**
 * Text that people typed, inside our sentences: it may be in a script of the other direction, and somebody may have put characters
 * into it that turn the rest of the line around (Trojan Source, CVE-2021-42574).
 */
import type { Direction } from './language.ts';

/** Embeddings, overrides, isolates and marks (Unicode Standard Annex 9): what of them is left open goes on after the text. */
const BIDI_CONTROLS = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;
/** Of a header as well: a line break would begin another header. */
const LINE_BREAKS = /\r\n?|[\u0085\u2028\u2029\v\f]/g;
const CONTROLS = /[\p{Cc}\p{Cs}]/gu;

const RIGHT_TO_LEFT =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;
/** The plus sign of a telephone number has no direction of its own, and would go to its other end. */
const LEFT_TO_RIGHT = /^\+|[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Han}\p{Script=Hangul}]/u;
const FIRST_STRONG_ISOLATE = '\u2068';
const POP_ISOLATE = '\u2069';

/** One line, without characters that change the direction. */
export function oneLine(text: string): string {
  return text.replace(BIDI_CONTROLS, '').replace(LINE_BREAKS, ' ').replace(CONTROLS, ' ').replace(/ {2,}/g, ' ').trim();
}

/** As {@link oneLine}, but line breaks stay, as `\n`. */
export function manyLines(text: string): string {
  return text
    .replace(LINE_BREAKS, '\n')
    .split('\n')
    .map(oneLine)
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** Keeps the order of the sentence around a text that has a script of the other direction (FSI and PDI). */
export function isolated(text: string, direction: Direction): string {
  const other = direction === 'rtl' ? LEFT_TO_RIGHT : RIGHT_TO_LEFT;
  return other.test(text) && !text.includes(FIRST_STRONG_ISOLATE)
    ? `${FIRST_STRONG_ISOLATE}${text}${POP_ISOLATE}`
    : text;
}

/** At most this many characters, as readers count them (code points), the last one an ellipsis if it was longer. */
export function clipped(text: string, length: number): string {
  const points = [...text];
  return points.length <= length
    ? text
    : `${points
        .slice(0, length - 1)
        .join('')
        .trimEnd()}…`;
}

/** The longest value in one line: an address of a page. */
const LONGEST_LINE = 2000;
const LONGEST_TEXT = 10_000;

/** All texts of a message's variables, in one line each; those of `paragraphs` keep their lines. */
export function cleaned<T>(variables: T, paragraphs: ReadonlySet<string>, key = ''): T {
  if (typeof variables === 'string') {
    const text = paragraphs.has(key)
      ? manyLines(clipped(variables, LONGEST_TEXT))
      : oneLine(clipped(variables, LONGEST_LINE));
    return text as T;
  }
  if (Array.isArray(variables)) return variables.map((value) => cleaned(value, paragraphs, key)) as T;
  if (variables === null || typeof variables !== 'object') return variables;
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, cleaned<unknown>(value, paragraphs, name)]),
  ) as T;
}

/**
 * Which passwords are accepted (R1, R2; NIST SP 800-63B-4 section 3.1.1.2): long enough, and not one that guessers try
 * first. No rules on kinds of characters.
 *
 * A password is judged by what is left of it when common words, keyboard runs, repetitions and the words of its context
 * are crossed out: `Password-123456!` leaves nothing, a sentence with somebody's name in it leaves plenty.
 */
import { COMMON_WORDS, KEYBOARD_RUNS } from './common-passwords.ts';

export const DEFAULT_MINIMUM_LENGTH = 12;
/** No setting goes below (R1). */
export const LOWEST_MINIMUM_LENGTH = 8;
export const MAXIMUM_LENGTH = 128;

export type PasswordFault =
  | 'too_short'
  | 'too_long'
  /** Lone surrogates: there are no bytes to hash. */
  | 'not_unicode'
  | 'common'
  /** Made of the person's name, the e-mail address or the portal's name. */
  | 'personal';

/** With all reasons at once (R1, R2). */
export type PasswordUnacceptable = {
  readonly code: 'password_unacceptable';
  readonly reasons: readonly PasswordFault[];
};

export interface PasswordContext {
  readonly email?: string;
  readonly firstName?: string;
  readonly lastName?: string;
  /** Code points; default 12. */
  readonly minimumLength?: number;
}

const PORTAL_WORDS = ['patientportal', 'patient', 'portal'];
/** Shorter context words would be found inside ordinary words by chance. */
const SHORTEST_WORD = 3;
const SHORTEST_RUN = 4;
/** What is left counts per letter, and half per digit: `2026` after a word adds nothing to it. */
const ENOUGH_LEFT = 6;
/**
 * UTF-16 units of the longest password in its longest form: a text with more is too long, and nothing else is looked at. To
 * normalise a text and to search it may take the square of its length (R62).
 */
const MAXIMUM_UNITS = MAXIMUM_LENGTH * 4;

const LEET: Readonly<Record<string, string>> = {
  '@': 'a',
  '4': 'a',
  '3': 'e',
  '1': 'i',
  '!': 'i',
  '0': 'o',
  '5': 's',
  $: 's',
  '7': 't',
};

/** All reasons at once; an empty list means the password is accepted. */
export function passwordFaults(password: string, context: PasswordContext = {}): PasswordFault[] {
  if (password.length > MAXIMUM_UNITS) return ['too_long'];
  if (!password.isWellFormed()) return ['not_unicode'];
  const faults: PasswordFault[] = [];
  const length = [...password.normalize('NFC')].length;
  if (length < Math.max(context.minimumLength ?? DEFAULT_MINIMUM_LENGTH, LOWEST_MINIMUM_LENGTH))
    faults.push('too_short');
  if (length > MAXIMUM_LENGTH) return [...faults, 'too_long'];

  const text = fold(password);
  const crossedOut = new Set<number>();
  crossOutGuessable(text, crossedOut);
  // Twelve hyphens have nothing to cross out, and nothing that is left either.
  const isJudged = crossedOut.size > 0 || text.length * 2 < length;
  if (isJudged && left(text, crossedOut) < ENOUGH_LEFT) faults.push('common');
  const before = crossedOut.size;
  for (const word of contextWords(context)) crossOutWord(text, word, crossedOut);
  if (crossedOut.size > before && left(text, crossedOut) < ENOUGH_LEFT) faults.push('personal');
  return faults;
}

/**
 * Letters without case and marks, without the separators people put between words; one array element each. Some characters
 * decompose into a dozen: no more is looked at than twice the longest password, which is plenty to judge it by.
 */
function fold(text: string): string[] {
  return [...text.normalize('NFKD').toLowerCase()]
    .filter((character) => !/[\p{M}\p{Z}\p{Cc}\p{Pd}._'’,;:/\\|]/u.test(character))
    .slice(0, 2 * MAXIMUM_LENGTH);
}

function left(text: readonly string[], crossedOut: ReadonlySet<number>): number {
  let score = 0;
  for (const [i, character] of text.entries()) {
    if (!crossedOut.has(i)) score += /\p{N}/u.test(character) ? 0.5 : 1;
  }
  return score;
}

function crossOutGuessable(text: readonly string[], crossedOut: Set<number>): void {
  const plain = text.map((character) => LEET[character] ?? character);
  // A one stands for an i as often as for an l.
  const withL = text.map((character) => (character === '1' ? 'l' : (LEET[character] ?? character)));
  for (const word of COMMON_WORDS) {
    for (const spelling of [text, plain, withL]) crossOutWord(spelling, word, crossedOut);
  }
  crossOutRuns(text, crossedOut);
  crossOutRepetitions(text, crossedOut);
}

function crossOutWord(text: readonly string[], word: string, crossedOut: Set<number>): void {
  const letters = [...word];
  for (const start of text.keys()) {
    if (!letters.every((letter, i) => text[start + i] === letter)) continue;
    for (const i of letters.keys()) crossedOut.add(start + i);
  }
}

/** Neighbours on a keyboard or in the alphabet, forwards or backwards. */
function crossOutRuns(text: readonly string[], crossedOut: Set<number>): void {
  for (let start = 0; start + SHORTEST_RUN <= text.length; start++) {
    const piece = text.slice(start, start + SHORTEST_RUN).join('');
    if (!KEYBOARD_RUNS.some((run) => run.includes(piece))) continue;
    for (let i = 0; i < SHORTEST_RUN; i++) crossedOut.add(start + i);
  }
}

/** All but the first of what is repeated: `aaaa`, `abcabc`, a word twice. */
function crossOutRepetitions(text: readonly string[], crossedOut: Set<number>): void {
  for (const [i, character] of text.entries()) {
    if (character === text[i - 1] && character === text[i - 2]) crossedOut.add(i).add(i - 1);
  }
  for (let period = 1; period * 2 <= text.length; period++) {
    if (!text.every((character, i) => i < period || character === text[i - period])) continue;
    for (const i of [...text.keys()].slice(period)) crossedOut.add(i);
    return;
  }
}

function contextWords({ email = '', firstName = '', lastName = '' }: PasswordContext): string[] {
  const at = email.lastIndexOf('@');
  const mailbox = at < 0 ? email : email.slice(0, at);
  const host = at < 0 ? '' : email.slice(at + 1);
  const parts = [firstName, lastName, mailbox].flatMap((text) => [text, ...text.split(/[^\p{L}\p{N}]+/u)]);
  const words = [...parts, ...host.split('.').slice(0, -1)].map((text) => fold(text).join(''));
  return [...new Set([...PORTAL_WORDS, ...words])].filter((word) => [...word].length >= SHORTEST_WORD);
}

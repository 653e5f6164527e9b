/**
 * How people are found by name, birth date and phone while all three stay sealed. The database holds keyed hashes of
 * {@link SearchTerm}s; a search asks for those who have certain terms, and compares the opened fields afterwards.
 */
import type { PersonFields } from './user.ts';

/** What is hashed: equal values of different fields have different hashes. */
export interface SearchTerm {
  readonly field: 'users.name_prefix' | 'users.name_word' | 'users.date_of_birth' | 'users.phone_suffix';
  readonly value: string;
}

export interface PatientQuery {
  readonly name: string | null;
  /** `prefix`: each word of the name begins a word of theirs. `exact`: each word is one of theirs. */
  readonly match: 'prefix' | 'exact';
  /** `YYYY-MM-DD` */
  readonly dateOfBirth: string | null;
  /** As typed: with the country code after `+` or `00`, or without it. */
  readonly phone: string | null;
}

/** The hashed prefixes have 2 to 16 characters; further characters are compared after opening. */
const SHORTEST_PREFIX = 2;
const LONGEST_PREFIX = 16;
/** Bounds the number of hashes of one person: fewer than 300. */
const MAXIMUM_WORDS = 17;
const PHONE_SUFFIX = 6;

/** Letters that are not a base letter with marks, so that NFKD does not take them apart. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  đ: 'd',
  ħ: 'h',
  ı: 'i',
};
/** How names are spelled where the keyboard lacks the letter. */
const SPELLED_OUT: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', å: 'aa', ø: 'oe' };
const APOSTROPHES = /['’ʼ`´]/gu;
/** Scripts in which one character is a syllable or a word. */
const SYLLABLES = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[ßæœøðþłđħı]/gu, (letter) => LETTERS[letter] ?? letter);
}

/** The ways to spell a word without marks: `Müller` as `muller` and as `mueller`. */
function spellings(word: string): readonly string[] {
  const lower = word.normalize('NFC').toLowerCase();
  return [...new Set([fold(lower), fold(lower.replace(/[äöüåø]/gu, (letter) => SPELLED_OUT[letter] ?? letter))])];
}

/** The words of a text: without case and marks, apart at everything that is neither letter nor digit. */
function wordsOf(text: string): readonly (readonly string[])[] {
  return text
    .replace(APOSTROPHES, '')
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((word) => word !== '')
    .map(spellings)
    .filter(([first]) => first !== undefined && first !== '');
}

/** All words by which a person is found: those of a compound apart and together, in each spelling. */
export function nameWords({ firstName, lastName }: Pick<PersonFields, 'firstName' | 'lastName'>): readonly string[] {
  const parts = `${firstName} ${lastName}`.split(/\s+/u);
  const together = parts.map((part) => part.replace(/[^\p{L}\p{M}\p{N}]+/gu, ''));
  const words = [...parts, ...together].flatMap(wordsOf).flat();
  return [...new Set(words)].slice(0, MAXIMUM_WORDS);
}

function shortestPrefix(word: string): number {
  return SYLLABLES.test(word) ? 1 : SHORTEST_PREFIX;
}

function prefixesOf(word: string): readonly string[] {
  const characters = [...word].slice(0, LONGEST_PREFIX);
  return characters
    .slice(shortestPrefix(word) - 1)
    .map((_, n) => characters.slice(0, n + shortestPrefix(word)).join(''));
}

function digitsOf(phone: string): string {
  return phone.replace(/\D/gu, '');
}

/** Everything that is hashed of a person. */
export function searchTerms(person: PersonFields): readonly SearchTerm[] {
  const words = nameWords(person);
  const prefixes = [...new Set(words.flatMap(prefixesOf))];
  const phone = person.phoneNumber === null ? '' : digitsOf(person.phoneNumber);
  return [
    ...prefixes.map((prefix) => term('users.name_prefix', prefix)),
    ...words.map((word) => term('users.name_word', word)),
    ...(person.dateOfBirth === null ? [] : [term('users.date_of_birth', person.dateOfBirth)]),
    ...(phone.length < PHONE_SUFFIX ? [] : [term('users.phone_suffix', phone.slice(-PHONE_SUFFIX))]),
  ];
}

/**
 * What a person must have to be found: of each list one term. The most selective first.
 * @returns an empty list when nothing of the query can be looked up: it has single letters or too few digits
 */
export function lookups({ name, match, dateOfBirth, phone }: PatientQuery): readonly (readonly SearchTerm[])[] {
  const digits = phone === null ? '' : significantDigits(phone).digits;
  return [
    ...(digits.length < PHONE_SUFFIX ? [] : [[term('users.phone_suffix', digits.slice(-PHONE_SUFFIX))]]),
    ...(dateOfBirth === null ? [] : [[term('users.date_of_birth', dateOfBirth)]]),
    ...(name === null ? [] : wordLookups(name, match)),
  ];
}

function term(field: SearchTerm['field'], value: string): SearchTerm {
  return { field, value };
}

function wordLookups(name: string, match: PatientQuery['match']): readonly (readonly SearchTerm[])[] {
  const words = wordsOf(name).toSorted(([a = ''], [b = '']) => b.length - a.length);
  if (match === 'exact') return words.map((forms) => forms.map((form) => term('users.name_word', form)));
  return words
    .filter((forms) => forms.every((form) => [...form].length >= shortestPrefix(form)))
    .map((forms) => forms.map((form) => term('users.name_prefix', [...form].slice(0, LONGEST_PREFIX).join(''))));
}

/** Whether the phone number of a query is too short to be looked up. */
export function isTooShort(phone: string): boolean {
  return significantDigits(phone).digits.length < PHONE_SUFFIX;
}

/** The digits of a number without its trunk prefix, and whether they begin with a country code. */
function significantDigits(phone: string): { readonly digits: string; readonly isWhole: boolean } {
  const digits = digitsOf(phone);
  if (phone.trimStart().startsWith('+')) return { digits, isWhole: true };
  return digits.startsWith('00')
    ? { digits: digits.slice(2), isWhole: true }
    : { digits: digits.replace(/^0/u, ''), isWhole: false };
}

/** Whether the opened fields of a person are those that were asked for: a hash may be older than what is stored. */
export function matches(query: PatientQuery, person: PersonFields): boolean {
  const { name, match, dateOfBirth, phone } = query;
  const words = nameWords(person);
  const isMeant = (form: string) => words.some((word) => (match === 'exact' ? word === form : word.startsWith(form)));
  return (
    (name === null || wordsOf(name).every((forms) => forms.some(isMeant))) &&
    (dateOfBirth === null || dateOfBirth === person.dateOfBirth) &&
    (phone === null || isPhone(phone, person.phoneNumber))
  );
}

function isPhone(asked: string, stored: string | null): boolean {
  if (stored === null) return false;
  const { digits, isWhole } = significantDigits(asked);
  return isWhole ? digitsOf(stored) === digits : digitsOf(stored).endsWith(digits);
}

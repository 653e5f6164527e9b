/** Whether a patient who is being registered may have a record already. */
import { nameWords, type SearchTerm, searchTerms } from './patient-search.ts';
import type { FoundPatient } from './patient-search-ports.ts';
import type { PersonFields } from './user.ts';

/** Why a record may be of the same person. */
export const DUPLICATE_REASONS = ['birth_date_and_name', 'phone', 'email'] as const;
export type DuplicateReason = (typeof DUPLICATE_REASONS)[number];

/** Whom a registration may be. */
export type Registrant = PersonFields & { readonly email: string | null };

/** Words of this length or longer count as similar when one letter is wrong, missing, added or swapped with the next. */
const TOLERANT_LENGTH = 4;
/** A word that begins with another one of this length or longer counts as similar: Max and Maximilian. */
const SHORT_FORM = 3;

/** Records that may be of the same person: the clinic looks at them first. */
export type PossibleDuplicates = {
  readonly code: 'possible_duplicates';
  readonly candidates: readonly (FoundPatient & { readonly reasons: readonly DuplicateReason[] })[];
};

/** What the candidates have one of: the hashes of the birth date and of the phone number. */
export function duplicateTerms(person: PersonFields): readonly SearchTerm[] {
  return searchTerms(person).filter(({ field }) => field === 'users.date_of_birth' || field === 'users.phone_suffix');
}

/** All reasons why a record may be of the person; none if it is of somebody else. */
export function duplicateReasons(person: Registrant, record: Registrant): readonly DuplicateReason[] {
  const isSame = (one: string | null, other: string | null) => one !== null && one === other;
  const found: Readonly<Record<DuplicateReason, boolean>> = {
    birth_date_and_name: isSame(person.dateOfBirth, record.dateOfBirth) && hasSimilarName(person, record),
    phone: isSame(person.phoneNumber, record.phoneNumber),
    email: isSame(person.email, record.email),
  };
  return DUPLICATE_REASONS.filter((reason) => found[reason]);
}

/** Whether two names share a word, or a word that is nearly the same: surnames change, and first names have short forms. */
export function hasSimilarName(one: PersonName, other: PersonName): boolean {
  const others = nameWords(other);
  return nameWords(one).some((word) => others.some((each) => isSimilar(word, each)));
}

type PersonName = Pick<PersonFields, 'firstName' | 'lastName'>;

function isSimilar(one: string, other: string): boolean {
  if (one === other) return true;
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  if (short.length >= SHORT_FORM && long.startsWith(short)) return true;
  return short.length >= TOLERANT_LENGTH && isOneEditAway([...short], [...long]);
}

/** @param short not longer than `long` */
function isOneEditAway(short: readonly string[], long: readonly string[]): boolean {
  if (long.length - short.length > 1) return false;
  const at = long.findIndex((letter, n) => letter !== short[n]);
  const rest = (letters: readonly string[], from: number) => letters.slice(from).join('');
  if (long.length > short.length) return rest(long, at + 1) === rest(short, at);
  const isReplaced = rest(long, at + 1) === rest(short, at + 1);
  const isSwapped =
    long[at] === short[at + 1] && long[at + 1] === short[at] && rest(long, at + 2) === rest(short, at + 2);
  return isReplaced || isSwapped;
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isTooShort,
  lookups,
  matches,
  nameWords,
  type PatientQuery,
  searchTerms,
} from '../../../domain/identity/patient-search.ts';
import type { PersonFields } from '../../../domain/identity/user.ts';

const SEED = 20_261_129;

function person(fields: Partial<PersonFields> = {}): PersonFields {
  return { firstName: 'Anna', lastName: 'Smith', dateOfBirth: null, phoneNumber: null, ...fields };
}

function query(fields: Partial<PatientQuery>): PatientQuery {
  return { name: null, match: 'prefix', dateOfBirth: null, phone: null, ...fields };
}

/** As the database decides: one term of each list, and then the comparison of the opened fields. */
function finds(asked: PatientQuery, stored: PersonFields): boolean {
  const terms = searchTerms(stored).map(({ field, value }) => `${field} ${value}`);
  const wanted = lookups(asked);
  return (
    wanted.length > 0 &&
    wanted.every((any) => any.some(({ field, value }) => terms.includes(`${field} ${value}`))) &&
    matches(asked, stored)
  );
}

const byName = (name: string, fields: Partial<PersonFields>, match: PatientQuery['match'] = 'prefix') =>
  finds(query({ name, match }), person(fields));

describe('finding a person by name', () => {
  test('words are compared without case and marks, in any order, apart and together', () => {
    const anna = { firstName: 'Anne-Marie', lastName: "O'Brien Müller" };
    for (const name of ['anne', 'MARIE', 'annemarie', 'obrien', 'o’brien', 'obr muller an', 'Müller', 'mueller']) {
      expect([name, byName(name, anna)]).toEqual([name, true]);
    }
    expect(byName('brien', anna)).toBe(false);
    expect(byName('muell ann', anna)).toBe(true);
    expect(byName('smith', anna)).toBe(false);
    expect(byName('anne smith', anna)).toBe(false);
  });

  test('a name that is spelled out is found by its letter and the other way round', () => {
    expect(byName('Jürgen', { firstName: 'Juergen' })).toBe(true);
    expect(byName('juergen', { firstName: 'Jürgen' })).toBe(true);
    expect(byName('jurgen', { firstName: 'Jürgen' })).toBe(true);
    expect(byName('strasse', { lastName: 'Straße' })).toBe(true);
    expect(byName('lodz', { lastName: 'Łódź' })).toBe(true);
  });

  test('an exact search asks for whole words', () => {
    expect(byName('smith', { lastName: 'Smithson' })).toBe(true);
    expect(byName('smith', { lastName: 'Smithson' }, 'exact')).toBe(false);
    expect(byName('smith', { lastName: 'Smith' }, 'exact')).toBe(true);
    expect(byName('j', { firstName: 'J.' }, 'exact')).toBe(true);
  });

  test('a single letter narrows a search and cannot be one, a single character of Chinese can', () => {
    expect(lookups(query({ name: 'a' }))).toEqual([]);
    expect(byName('a smith', {})).toBe(true);
    expect(byName('b smith', {})).toBe(false);
    expect(byName('李', { firstName: '明', lastName: '李小龙' })).toBe(true);
  });

  test('what comes after the 16th character is compared after opening', () => {
    const long = { lastName: 'Wolfeschlegelsteinhausenberg' };
    expect(byName('wolfeschlegelsteinhausen', long)).toBe(true);
    expect(byName('wolfeschlegelsteinhauser', long)).toBe(false);
  });

  test('a person has fewer than 300 terms, however long the name', () => {
    const words = Array.from({ length: 40 }, (_, n) => `${'äöü'.repeat(3)}${n}`).join('-');
    expect(nameWords(person({ firstName: words, lastName: words })).length).toBe(17);
    expect(searchTerms(person({ firstName: words, lastName: words })).length).toBeLessThan(300);
  });

  test('every beginning of every word, from two letters on, finds the person', () => {
    const name = fc.stringMatching(/^[a-zäöüßéčA-ZÄÖÜ][a-zäöüßéč'-]{1,20}( [a-zäöü]{2,10})?$/);
    fc.assert(
      fc.property(name, name, fc.nat(), fc.integer({ min: 2, max: 20 }), (firstName, lastName, n, length) => {
        const words = nameWords({ firstName, lastName });
        fc.pre(words.length > 0 && words.length < 17);
        const word = words[n % words.length] ?? '';
        fc.pre([...word].length >= 2);
        expect(byName([...word].slice(0, length).join(''), { firstName, lastName })).toBe(true);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});

describe('finding a person by birth date and phone', () => {
  const stored = { dateOfBirth: '1980-02-29', phoneNumber: '+4930901820' };

  test('the birth date is the whole one', () => {
    expect(finds(query({ dateOfBirth: '1980-02-29' }), person(stored))).toBe(true);
    expect(finds(query({ dateOfBirth: '1980-02-28' }), person(stored))).toBe(false);
    expect(finds(query({ dateOfBirth: '1980-02-29' }), person())).toBe(false);
  });

  test('a number is found with the country code, with the trunk prefix and without either', () => {
    for (const phone of ['+49 30 901820', '0049 30 901820', '030 / 90 18 20', '30901820', '901820']) {
      expect([phone, finds(query({ phone }), person(stored))]).toEqual([phone, true]);
    }
    for (const phone of ['+48 30 901820', '040 901820', '+30901820']) {
      expect([phone, finds(query({ phone }), person(stored))]).toEqual([phone, false]);
    }
    expect(isTooShort('01820')).toBe(true);
    expect(isTooShort('090 18 20')).toBe(false);
  });

  test('all that is given must match', () => {
    expect(finds(query({ name: 'smi', dateOfBirth: '1980-02-29', phone: '901820' }), person(stored))).toBe(true);
    expect(finds(query({ name: 'smi', dateOfBirth: '1980-02-28', phone: '901820' }), person(stored))).toBe(false);
  });
});

test('whoever has no number is found by none', () => {
  const withoutNumber = person({ phoneNumber: null });
  expect(matches(query({ phone: '5678' }), withoutNumber)).toBe(false);
  expect(matches(query({ phone: null }), withoutNumber)).toBe(true);
});

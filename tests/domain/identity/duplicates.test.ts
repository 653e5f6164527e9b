import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  duplicateReasons,
  duplicateTerms,
  hasSimilarName,
  type Registrant,
} from '../../../domain/identity/duplicates.ts';

const otto: Registrant = {
  firstName: 'Otto',
  lastName: 'Brandt',
  dateOfBirth: '1951-08-30',
  phoneNumber: '+4930901833',
  email: 'otto@example.org',
};
const nobody: Registrant = { firstName: 'X', lastName: 'Y', dateOfBirth: null, phoneNumber: null, email: null };
const named = (name: string) => {
  const [firstName = '', lastName = ''] = name.split(' ');
  return { firstName, lastName };
};

describe('possible duplicates', () => {
  test.each<[string, Partial<Registrant>, readonly string[]]>([
    ['the same person', {}, ['birth_date_and_name', 'phone', 'email']],
    ['another phone and address', { phoneNumber: '+491511', email: null }, ['birth_date_and_name']],
    ['another birth date', { dateOfBirth: '1951-08-31' }, ['phone', 'email']],
    ['nothing in common but the birth date', { ...named('Eva Klein'), phoneNumber: null, email: null }, []],
    ['nothing known', nobody, []],
  ])('%s', (_, other, reasons) => {
    expect(duplicateReasons(otto, { ...otto, ...other })).toEqual(reasons);
    expect(duplicateReasons({ ...otto, ...other }, otto)).toEqual(reasons);
  });

  test('what is not known is never the same', () => {
    expect(duplicateReasons(nobody, nobody)).toEqual([]);
    expect(duplicateTerms(nobody)).toEqual([]);
  });

  test.each([
    ['Otto Brandt', 'Otto Schmidt'],
    ['Otto Brandt', 'Brandt Otto'],
    ['Jörg Müller', 'Joerg Mueller'],
    ['Max Meier', 'Maximilian Huber'],
    ['Anna Brandt', 'Eva Brand'],
    ['Anna Brandt', 'Eva Brnadt'],
    ['Anna Brandt', 'Eva Brundt'],
    ['Anna Brandt', 'Eva Brandts'],
    ['Anna Brandt', 'Eva Bandt'],
  ])('%s and %s are similar', (one, other) => {
    expect(hasSimilarName(named(one), named(other))).toBe(true);
  });

  test.each([
    ['Otto Brandt', 'Eva Klein'],
    ['Anna Brandt', 'Eva Brunst'],
    ['Al Bo', 'Ed Bu'],
  ])('%s and %s are not', (one, other) => {
    expect(hasSimilarName(named(one), named(other))).toBe(false);
  });

  test('is symmetric, and finds a word with one letter removed, added or replaced', () => {
    const word = fc.string({ unit: fc.constantFrom(...'abcde'), minLength: 5, maxLength: 9 });
    fc.assert(
      fc.property(word, word, fc.nat(4), (one, other, at) => {
        const [a, b] = [
          { firstName: one, lastName: '' },
          { firstName: other, lastName: '' },
        ];
        expect(hasSimilarName(a, b)).toBe(hasSimilarName(b, a));
        const edits = [one.slice(0, at) + one.slice(at + 1), `${one.slice(0, at)}x${one.slice(at)}`];
        for (const edit of [...edits, `${one.slice(0, at)}x${one.slice(at + 1)}`]) {
          expect(hasSimilarName(a, { firstName: edit, lastName: '' })).toBe(true);
        }
      }),
    );
  });
});

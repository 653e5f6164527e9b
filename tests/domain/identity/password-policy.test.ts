import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { passwordFaults } from '../../../domain/identity/password-policy.ts';
import { anyCharacter } from '../../support/any-character.ts';

const PERSON = { email: 'jane.o-connor@stmary.example', firstName: 'Jane', lastName: "O'Connor" };

describe('length of a password (R1)', () => {
  it('is 12 to 128 code points', () => {
    const text = (n: number) =>
      Array.from({ length: n }, (_, i) => 'kfwzmbtqhgrv'.charAt((i * i + (i >> 2)) % 12)).join('');
    expect(passwordFaults(text(11))).toEqual(['too_short']);
    expect(passwordFaults(text(12))).toEqual([]);
    expect(passwordFaults(text(128))).toEqual([]);
    expect(passwordFaults(text(129))).toEqual(['too_long']);
    expect(passwordFaults(text(129), { minimumLength: 200 })).toEqual(['too_short', 'too_long']);
  });

  it('counts code points, not UTF-16 units, and composed letters', () => {
    expect(passwordFaults('🐙🦊🐻🦁🐷🐸🐵🐔🐧🐦🐤')).toEqual(['too_short']);
    expect(passwordFaults('🐙🦊🐻🦁🐷🐸🐵🐔🐧🐦🐤🦆')).toEqual([]);
    expect(passwordFaults('e\u0301e\u0300u\u0308o\u0308zk')).toEqual(['too_short']);
  });

  it('has a minimum length that a setting changes, at least 8', () => {
    expect(passwordFaults('kfwzmbtq', { minimumLength: 8 })).toEqual([]);
    expect(passwordFaults('kfwzmbt', { minimumLength: 1 })).toEqual(['too_short']);
    expect(passwordFaults('kfwz mbtq hgr', { minimumLength: 15 })).toEqual(['too_short']);
  });

  it('allows spaces and any script, and requires no kinds of characters', () => {
    for (const password of [
      'tall green ladders',
      'зелёные высокие лестницы',
      '緑色の高い梯子が並ぶ静かな庭',
      'mbtqhgrvkfwz',
    ]) {
      expect(passwordFaults(password, PERSON)).toEqual([]);
    }
  });

  it('measures what is composed, of four units at most, before it refuses', () => {
    const composed = 'α\u0313\u0301\u0345';
    expect(passwordFaults(composed.repeat(128))).not.toContain('too_long');
    expect(passwordFaults(composed.repeat(129))).toEqual(['too_long']);
  });

  it('takes two equal characters in a row for no repetition', () => {
    expect(passwordFaults('kkffwwzzmmbb')).toEqual([]);
    expect(passwordFaults('kfkwzwmbmtqt')).toEqual([]);
    expect(passwordFaults('kkfkwwzwmmbm')).toEqual([]);
    expect(passwordFaults('kkkfffwwwzzz')).toEqual(['common']);
  });

  it.each(['------------', '            .', '. . . . . . .', 'a-----------', '-- ab -- cd --'])(
    'counts separators for nothing where they are most of it: %j',
    (password) => expect(passwordFaults(password)).toEqual(['common']),
  );

  it('accepts separators between words, and up to half of it', () => {
    expect(passwordFaults('k-f-w-z-m-b-')).toEqual([]);
    expect(passwordFaults('k-f-w-z-m-bq')).toEqual([]);
  });

  it('judges by what is left only what it has crossed something out of', () => {
    expect(passwordFaults('93710482', { minimumLength: 8 })).toEqual([]);
    expect(passwordFaults('jane-kfwzmb-', PERSON)).toEqual([]);
    expect(passwordFaults('jane-kfwzm--', PERSON)).toEqual(['personal']);
  });

  it('crosses out no more than the run, and what is left of six letters is enough', () => {
    expect(passwordFaults('2345-kfw-zmb')).toEqual([]);
    expect(passwordFaults('2345-kfwzm--')).toEqual(['common']);
  });

  it('crosses out all but the first of a repetition, and only what is repeated as a whole', () => {
    expect(passwordFaults('kfwz-aaa----')).toEqual(['common']);
    expect(passwordFaults('kfwzm-aaa---')).toEqual([]);
    expect(passwordFaults('kfwzm-kfwzm-')).toEqual(['common']);
    expect(passwordFaults('kfwzmbkfwzmb')).toEqual([]);
    expect(passwordFaults('kfwzm-kfwz--')).toEqual([]);
    expect(passwordFaults('kfwzm-xfwzm-')).toEqual([]);
  });

  it('refuses a huge password at once, and text that cannot be encoded', () => {
    expect(passwordFaults('x'.repeat(10_000_000))).toEqual(['too_long']);
    expect(passwordFaults('kfwzmbtqhgrv\ud800')).toEqual(['not_unicode']);
  });
});

describe('common passwords (R2)', () => {
  it.each([
    'password1234',
    'Password-123456!',
    'P@ssw0rd2026!',
    'passwordpassword',
    'qwertyuiop12',
    'QWERTZUIOP99',
    '123456789012',
    '210987654321',
    'abcdefghijkl',
    'aaaaaaaaaaaa',
    'abcabcabcabc',
    'xyxyxyxyxyxyx',
    'iloveyou1234',
    'I Love You 2026',
    'letmein letmein',
    'Welcome2026!!',
    'Summer-2026-2026',
    'dragon monkey',
    '1qaz2wsx3edc',
    'password 19840312',
    'correct horse battery staple',
    'adm1n1strat0r!!',
    'l1verpool 1234',
    'we1come-99--',
    'we1c0me-99--',
  ])('refuses %j', (password) => {
    expect(passwordFaults(password)).toContain('common');
  });

  it.each([
    'my password is a long sentence',
    'seven dragons ate my homework',
    'xK9#mQ2pvT4!',
    'summer evenings by the quiet lake',
    '1234 quiet ladders',
  ])('accepts %j', (password) => {
    expect(passwordFaults(password, PERSON)).toEqual([]);
  });
});

describe('passwords of the context (R2)', () => {
  it.each([
    'patientportal',
    'Patient Portal 2026',
    'PatientPortal!!!',
    'jane o-connor',
    'JaneOConnor1984',
    'oconnor.jane!',
    'jane.o-connor@stmary',
    'stmary-stmary-1',
    'Connor Connor',
    'jane12345678',
  ])('refuses %j', (password) => {
    expect(passwordFaults(password, PERSON)).toContain('personal');
  });

  it('ignores case, marks and width', () => {
    expect(passwordFaults('JÓSÉ-GARCÍA-1', { firstName: 'José', lastName: 'García' })).toContain('personal');
    expect(passwordFaults('ｊｏｓｅｇａｒｃｉａ', { firstName: 'José', lastName: 'García' })).toContain('personal');
  });

  it('accepts a sentence that contains a name, and ignores short names', () => {
    expect(passwordFaults('jane grows blue tulips', PERSON)).toEqual([]);
    expect(passwordFaults('the quiet bobsleigh', { firstName: 'Bo', lastName: 'Li', email: 'x@y.example' })).toEqual(
      [],
    );
    expect(passwordFaults('the quiet bobsleigh', { firstName: '', lastName: '', email: '' })).toEqual([]);
  });

  it('returns all reasons at once', () => {
    expect(passwordFaults('jane1234', PERSON)).toEqual(['too_short', 'common', 'personal']);
    expect(passwordFaults('password', PERSON)).toEqual(['too_short', 'common']);
  });
});

it('never throws for any password and context', () => {
  const text = fc.string({ unit: anyCharacter, maxLength: 60 });
  fc.assert(
    fc.property(text, text, text, text, (password, email, firstName, lastName) => {
      expect(Array.isArray(passwordFaults(password, { email, firstName, lastName }))).toBe(true);
    }),
  );
});

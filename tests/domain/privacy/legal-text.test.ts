import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkDecision,
  currentText,
  type LegalText,
  newestFirst,
  outstandingTexts,
  publishText,
  type TextDecision,
  textIn,
} from '../../../domain/privacy/legal-text.ts';
import { sized } from '../../support/size.ts';
import { refusal, value } from '../scheduling/builders.ts';
import { legalText, NOW, OFFICER_ID } from './sample.ts';

const KINDS = ['terms', 'privacy', 'newsletter'] as const;

/** Texts of few kinds and times, so that equal ones occur; each version of a kind is published once. */
const texts = fc.uniqueArray(
  fc.record({
    kind: fc.constantFrom(...KINDS),
    version: fc.constantFrom('1', '2', '3', '10'),
    acceptance: fc.constantFrom('required' as const, 'optional' as const),
    from: fc.integer({ min: -3, max: 3 }).map((step) => NOW + step),
    publishedAt: fc.integer({ min: -3, max: 0 }).map((step) => NOW + step),
    texts: fc.constant(legalText().texts),
  }),
  { selector: ({ kind, version }) => `${kind}/${version}`, maxLength: 10 },
);
const decisions: fc.Arbitrary<TextDecision[]> = fc.uniqueArray(
  fc.record({
    kind: fc.constantFrom(...KINDS),
    version: fc.constantFrom('1', '2', '3', '10'),
    given: fc.boolean(),
  }),
  { selector: ({ kind, version }) => `${kind}/${version}`, maxLength: 10 },
);

/** The version in force, found by comparing all pairs. */
function slowCurrent(all: readonly LegalText[], kind: string): LegalText | undefined {
  const inForce = all.filter((text) => text.kind === kind && text.from <= NOW);
  const isNewer = (a: LegalText, b: LegalText) => {
    if (a.from !== b.from) return a.from > b.from;
    return a.publishedAt === b.publishedAt ? a.version > b.version : a.publishedAt > b.publishedAt;
  };
  return inForce.find((text) => inForce.every((other) => other === text || isNewer(text, other)));
}

describe('the legal text in force', () => {
  test('is the newest that has begun, whatever the order in which texts are given', () => {
    fc.assert(
      fc.property(texts, fc.constantFrom(...KINDS), (all, kind) => {
        expect(currentText(all, kind, NOW)).toEqual(slowCurrent(all, kind));
      }),
      { numRuns: sized(2_000), seed: 80 },
    );
  });

  test('begins at its instant, not before it', () => {
    const announced = legalText({ version: '2', from: NOW + 1 });
    const all = [legalText(), announced];
    expect(currentText(all, 'terms', NOW)?.version).toBe('1');
    expect(currentText(all, 'terms', NOW + 1)?.version).toBe('2');
    expect(currentText([], 'terms', NOW)).toBeUndefined();
  });

  test('of two that begin together is the one published last, then the one with the greater version', () => {
    const first = legalText({ version: '9' });
    const corrected = legalText({ version: '1', publishedAt: NOW + 1 });
    expect([first, corrected].toSorted(newestFirst)).toEqual([corrected, first]);
    expect([legalText({ version: '1' }), first].toSorted(newestFirst)[0]).toBe(first);
  });
});

describe('a legal text', () => {
  const english = { language: 'en', title: 'Terms', text: 'Be kind.' };
  const swiss = { language: 'de-CH', title: 'Bedingungen', text: 'Seien Sie freundlich.' };
  const german = { language: 'de', title: 'Bedingungen', text: 'Sei freundlich.' };
  const all = legalText({ texts: [english, swiss, german] });

  test.each([
    ['de', german],
    ['de-CH', swiss],
    ['de-AT', swiss],
    ['DE-at', swiss],
    ['fr', english],
    [undefined, english],
  ])('is read in the language asked for, else in a related one, else in the first (%s)', (language, expected) => {
    expect(textIn(all, language)).toBe(expected);
  });

  test('without any language is none', () => {
    expect(textIn(legalText({ texts: [] }), 'en')).toBeUndefined();
  });
});

describe('what a person has still to decide', () => {
  const said = (given: boolean, version = '1'): TextDecision => ({ kind: 'terms', version, given });
  const optional = legalText({ acceptance: 'optional' });

  test.each([
    ['a required text without a decision', legalText(), [], true],
    ['a required text that was declined', legalText(), [said(false)], true],
    ['a required text that was accepted', legalText(), [said(true)], false],
    ['an optional text without a decision', optional, [], true],
    ['an optional text that was declined', optional, [said(false)], false],
    ['an optional text that was accepted', optional, [said(true)], false],
    ['a version after the accepted one', legalText({ version: '2' }), [said(true)], true],
  ] as const)('%s', (_, text, decided, isOutstanding) => {
    expect(outstandingTexts([text], decided, NOW)).toEqual(isOutstanding ? [text] : []);
  });

  test('is at most one version of each kind, the one in force, in the order of the kinds', () => {
    fc.assert(
      fc.property(texts, decisions, (all, decided) => {
        const outstanding = outstandingTexts(all, decided, NOW);
        const expected = [...KINDS].sort().flatMap((kind) => {
          const current = slowCurrent(all, kind);
          if (current === undefined) return [];
          const answer = decided.find((each) => each.kind === kind && each.version === current.version);
          const isOpen = answer === undefined || (!answer.given && current.acceptance === 'required');
          return isOpen ? [current] : [];
        });
        expect(outstanding).toEqual(expected);
      }),
      { numRuns: sized(2_000), seed: 81 },
    );
  });
});

describe('a decision on a legal text (GDPR Art. 7)', () => {
  const published = [
    legalText({ version: '1' }),
    legalText({ version: '2', from: NOW + 1 }),
    legalText({ kind: 'privacy' }),
  ];
  const accept = (kind: string, version: string): TextDecision => ({ kind, version, given: true });

  test('can be recorded for each version in force', () => {
    expect(checkDecision(accept('terms', '1'), published, [], NOW)).toBeUndefined();
    expect(checkDecision({ ...accept('terms', '1'), given: false }, published, [], NOW)).toBeUndefined();
    expect(checkDecision(accept('terms', '2'), published, [], NOW + 1)).toBeUndefined();
  });

  test('for a version that is unknown or has not begun is refused with the versions in force', () => {
    for (const version of ['2', '3']) {
      expect(checkDecision(accept('terms', version), published, [], NOW)).toEqual({
        code: 'legal_text_unknown',
        field: 'version',
        known: ['1'],
      });
    }
  });

  test('for an unknown kind is refused with the kinds in force, each once and sorted', () => {
    const twice = [...published, legalText({ version: '0' })];
    expect(checkDecision(accept('cookies', '1'), twice, [], NOW)).toEqual({
      code: 'legal_text_unknown',
      field: 'kind',
      known: ['privacy', 'terms'],
    });
  });

  test('withdraws what was agreed to before, published or not', () => {
    const before = [accept('photos', '7')];
    expect(checkDecision({ ...accept('photos', '7'), given: false }, published, before, NOW)).toBeUndefined();
    expect(checkDecision(accept('photos', '7'), published, before, NOW)).toMatchObject({ field: 'kind' });
    expect(checkDecision({ ...accept('photos', '8'), given: false }, published, before, NOW)).toMatchObject({
      field: 'kind',
    });
  });
});

describe('publishing a legal text', () => {
  test('stores the text with who published it, recorded in the portal’s stream', () => {
    const text = legalText({ acceptance: 'optional' });
    const decision = value(
      publishText(text, OFFICER_ID, [legalText({ version: '0' }), legalText({ kind: 'privacy' })]),
    );
    expect(decision.changes).toEqual([{ type: 'legal_text.published', text, publishedBy: OFFICER_ID }]);
    expect(decision.audit).toEqual([
      {
        type: 'legal_text.published',
        stream: 'system',
        outcome: 'success',
        resource: { type: 'legal_text', id: 'terms/1' },
        details: { kind: 'terms', version: '1', acceptance: 'optional' },
      },
    ]);
  });

  test('the same text again changes nothing and answers with the first', () => {
    const first = legalText();
    const again = legalText({ from: NOW + 5, publishedAt: NOW + 5 });
    expect(value(publishText(again, OFFICER_ID, [first]))).toEqual({
      value: first,
      changes: [],
      audit: [],
      messages: [],
    });
  });

  test.each([
    ['text', { texts: [{ language: 'en', title: 'Terms', text: 'Be kinder.' }] }],
    ['title', { texts: [{ language: 'en', title: 'Rules', text: 'Be kind.' }] }],
    ['language', { texts: [{ language: 'de', title: 'Terms', text: 'Be kind.' }] }],
    ['number of languages', { texts: [] }],
    ['acceptance', { acceptance: 'optional' }],
  ] as const)('another %s under a published version is refused', (_, fields) => {
    expect(refusal(publishText(legalText(fields), OFFICER_ID, [legalText()]))).toEqual({
      code: 'legal_version_exists',
    });
  });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { writtenLanguage } from '../../../domain/shared/wording/language.ts';
import { acceptedTag } from '../../../src/http/reader-language.ts';

test.each([
  [undefined, 'en'],
  ['', 'en'],
  ['de', 'de'],
  ['de;q=0.1,en', 'en'],
  ['en;q=0.1, de-AT;q=0.9', 'de-AT'],
  ['pt-BR,fr;q=0.5,en;q=0.4', 'fr'],
  ['es,fr', 'es'],
  ['de;q=0', 'en'],
  ['*', 'en'],
  ['de;q=0.5,*;q=0.8', 'en'],
  ['en;q=0,*', 'de'],
  ['pt,*;q=0', 'en'],
  ['----', 'en'],
  [';q=1,,=,de;q=', 'de'],
])('%s is answered in %s', (header, tag) => {
  expect(acceptedTag(header)).toBe(tag);
});

test('whatever the header says, the answer is in a language of the portal', () => {
  const part = fc.constantFrom('de', 'en-US', 'pt', '*', ',', ';', 'q=', '0.5', '0', '"', ' ', '\\', '-');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      expect(writtenLanguage(acceptedTag(parts.join('')))).toBeDefined();
    }),
  );
});

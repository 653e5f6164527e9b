import fc from 'fast-check';

const SURROGATES = { from: 0xd800, count: 0x800 };

/**
 * Any character but half of a surrogate pair, as the unit of a string. fast-check's own `binary` is the same, but makes a table
 * of a million characters for each arbitrary that uses it.
 */
export const anyCharacter: fc.Arbitrary<string> = fc
  .nat({ max: 0x10ffff - SURROGATES.count })
  .map((n) => String.fromCodePoint(n < SURROGATES.from ? n : n + SURROGATES.count), numberOf);

function numberOf(character: unknown): number {
  const code = typeof character === 'string' ? character.codePointAt(0) : undefined;
  if (code === undefined || String.fromCodePoint(code) !== character) throw new TypeError('not one character');
  return code < SURROGATES.from ? code : code - SURROGATES.count;
}

import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { canonicalize } from '../../../domain/audit/canonical-json.ts';
import { NOT_CANONICAL, objectEnd, stringAt, valueEnd } from '../../../domain/audit/canonical-scan.ts';
import { utf8 } from '../../../domain/shared/bytes.ts';
import { anyCharacter } from '../../support/any-character.ts';
import { sized } from '../../support/size.ts';

/** The slow and obvious way: canonical is what stays the same when it is read and written again. */
function isCanonical(text: string): boolean {
  try {
    return canonicalize(JSON.parse(text)) === text;
  } catch {
    return false;
  }
}

function isScanned(text: string): boolean {
  const bytes = utf8(text);
  return valueEnd(bytes, 0) === bytes.length;
}

const values = fc.jsonValue({ maxDepth: 4, stringUnit: anyCharacter });

describe('reading canonical JSON as bytes (R42)', () => {
  test('accepts canonical text at any offset and returns its end', () => {
    fc.assert(
      fc.property(values, fc.string(), fc.constantFrom('', ' ', ',', '}', '"', 'x'), (value, before, after) => {
        const text = canonicalize(value);
        const start = utf8(before).length;
        // What follows a number could be more of it.
        const rest = typeof value === 'number' ? '' : after;
        expect(valueEnd(utf8(before + text + rest), start)).toBe(start + utf8(text).length);
      }),
      { numRuns: sized(2000) },
    );
  });

  test('accepts changed text exactly if parsing and writing it gives the same bytes', () => {
    const change = fc.record({
      at: fc.nat(),
      cut: fc.integer({ min: 0, max: 3 }),
      put: fc.oneof(
        fc.string({ maxLength: 2, unit: anyCharacter }),
        fc.constantFrom(
          '"',
          '\\',
          '\\u0000',
          '\\u0009',
          '\\n',
          '\\/',
          '\\u00e9',
          '0',
          '-',
          '.',
          'e',
          '+',
          ' ',
          ',',
          ':',
          '{}',
        ),
      ),
    });
    let refused = 0;
    fc.assert(
      fc.property(values, change, (value, { at, cut, put }) => {
        const text = canonicalize(value);
        const place = at % (text.length + 1);
        const changed = (text.slice(0, place) + put + text.slice(place + cut)).toWellFormed();
        if (!isCanonical(changed)) refused++;
        expect(isScanned(changed)).toBe(isCanonical(changed));
      }),
      { numRuns: sized(20_000) },
    );
    expect(refused).toBeGreaterThan(sized(5000));
  });

  it.each([
    ['{"b":1,"a":2}', 'names out of order'],
    ['{"a":1,"a":2}', 'a name twice'],
    ['{"a!":1,"a":2}', 'a name before its own beginning, although "!" sorts before the quote'],
    ['{"a":1,"a!":2}', 'a name after its own beginning', true],
    ['{"a":1,"ab":2,"a":3}', 'a name twice, further on'],
    ['{"\\n":1,"\\t":2}', 'escaped names by what they stand for'],
    ['{"é":1,"z":2}', 'names beyond ASCII after those within'],
    ['{"😀":1,"":2}'.replace('""', '"\ufffd"'), 'names by UTF-16 and not by code points: this order is right', true],
    ['{"\ufffd":1,"😀":2}', 'and this one is wrong'],
    ['{ "a":1}', 'space'],
    ['{"a":1,}', 'a comma too many'],
    ['[1 ]', 'space in a list'],
    ['1.0', 'a fraction of nothing'],
    ['01', 'a leading zero'],
    ['-0', 'negative zero'],
    ['1e3', 'an exponent that is not needed'],
    ['1E+21', 'a capital exponent'],
    ['1e+21', 'an exponent that is', true],
    ['9007199254740993', 'more digits than a double holds'],
    ['100000000000000000000', 'the longest number without an exponent', true],
    ['1e400', 'what no double holds'],
    ['0.1', 'a fraction', true],
    ['"\\u0041"', 'an escape that is not needed'],
    ['"\\u001F"', 'capital digits in an escape'],
    ['"\\u001f"', 'an escape that is', true],
    ['"\\/"', 'an escaped slash'],
    ['"\u007f"', 'the one control character that stays', true],
    ['"\n"', 'a control character as it is'],
    ['"\\ud800"', 'an escaped lone surrogate'],
    ['tru', 'half a word'],
    ['nulls', 'a word too long'],
    ['', 'nothing'],
    ['[', 'an open list'],
    ['"', 'an open string'],
    ['{"a"', 'an open object'],
    [`${'['.repeat(64)}${']'.repeat(64)}`, 'as deep as may be', true],
    [`${'['.repeat(65)}${']'.repeat(65)}`, 'deeper'],
    ['['.repeat(100_000), 'very deep'],
  ])('%# %s: %s', (text, _, canonical = false) => {
    expect(isScanned(text)).toBe(canonical);
    expect(isCanonical(text)).toBe(canonical);
  });

  test.each([
    ['an overlong form', [0x22, 0xc0, 0xaf, 0x22]],
    ['a surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['half a character', [0x22, 0xe2, 0x82, 0x22]],
    ['a byte that never occurs', [0x22, 0xff, 0x22]],
  ])('bytes that are not UTF-8 are refused: %s', (_, bytes) => {
    expect(valueEnd(Uint8Array.from(bytes), 0)).toBe(NOT_CANONICAL);
  });

  test('of the bytes of ASCII, exactly those that JSON writes as they are stand in a string as they are', () => {
    const accepted = Array.from({ length: 0x80 }, (_, byte) => byte).filter((byte) => {
      const bytes = Uint8Array.of(0x22, 0x61, byte, 0x61, 0x22);
      return valueEnd(bytes, 0) === bytes.length;
    });
    const written = Array.from({ length: 0x80 }, (_, byte) => byte).filter(
      (byte) => JSON.stringify(String.fromCharCode(byte)).length === 3,
    );
    expect(accepted).toEqual(written);
  });

  test('a byte order mark is a character of the text and is not skipped', () => {
    expect(isScanned('\ufeff1')).toBe(false);
    expect(isScanned('"\ufeff"')).toBe(true);
    const bytes = utf8('"\ufeffa"');
    expect(stringAt(bytes, 0, bytes.length)).toBe('\ufeffa');
  });

  test('gives the offsets of the members of an object, without those of nested objects', () => {
    const bytes = utf8('{"a\\nb":1,"c":{"d":[true]},"é":"x"}');
    const members: string[] = [];
    objectEnd(bytes, 0, undefined, (name, nameEnd, value, valueEnd) => {
      members.push(
        `${JSON.stringify(stringAt(bytes, name, nameEnd))} ${new TextDecoder().decode(bytes.subarray(value, valueEnd))}`,
      );
    });
    expect(members).toEqual(['"a\\nb" 1', '"c" {"d":[true]}', '"é" "x"']);
  });
});

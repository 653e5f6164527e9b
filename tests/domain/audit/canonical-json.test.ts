import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalize } from '../../../domain/audit/canonical-json.ts';
import { toHex, utf8 } from '../../../domain/shared/bytes.ts';
import * as rfc from '../../vectors/rfc8785.ts';

function fromBits(bits: string): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${bits}`));
  return view.getFloat64(0);
}

describe('canonical JSON (R42)', () => {
  it.each(rfc.NUMBERS)('writes the double %s as %s', (bits, text) => {
    expect(canonicalize(fromBits(bits))).toBe(text);
  });

  it.each(rfc.NOT_NUMBERS)('refuses the double %s', (bits) => {
    expect(() => canonicalize(fromBits(bits))).toThrow(TypeError);
  });

  it('gives the bytes of the sample of section 3.2.4', () => {
    expect(toHex(utf8(canonicalize(JSON.parse(rfc.SAMPLE_INPUT))))).toBe(rfc.SAMPLE_OUTPUT_HEX);
  });

  it('sorts names by UTF-16 code units', () => {
    const canonical = canonicalize(JSON.parse(rfc.SORTING_INPUT));
    const positions = rfc.SORTED_VALUES.map((value) => canonical.indexOf(`"${value}"`));
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(positions).not.toContain(-1);
  });

  it('sorts names that look like array indexes, which JavaScript would list first', () => {
    expect(canonicalize({ b: 1, 10: 2, 9: 3, a: 4 })).toBe('{"10":2,"9":3,"a":4,"b":1}');
  });

  it('does not depend on the order of names, and parses to the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme' }), (value) => {
        const text = canonicalize(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalize(reversed(value))).toBe(text);
        expect(canonicalize(JSON.parse(text))).toBe(text);
      }),
    );
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['undefined in an object', { a: undefined }],
    ['a hole in an array', new Array(2)],
    ['a big integer', 1n],
    ['a function', () => 0],
    ['a symbol', Symbol('s')],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['a lone high surrogate', 'a\ud800'],
    ['a lone low surrogate', '\udc00a'],
    ['a surrogate pair the wrong way round', '\udc00\ud800'],
    ['a lone surrogate in a name', { '\ud800': 1 }],
    ['NaN in an array', [Number.NaN]],
  ])('refuses %s', (_, value) => {
    expect(() => canonicalize(value)).toThrow(TypeError);
  });

  it('refuses nesting that would exhaust the stack, and takes 60 levels', () => {
    const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
    expect(canonicalize(nested(60))).toHaveLength(120);
    expect(() => canonicalize(nested(5000))).toThrow('nested');
  });

  it('writes an own property named __proto__ and an object without prototype', () => {
    expect(canonicalize(JSON.parse('{"__proto__":1}'))).toBe('{"__proto__":1}');
    expect(canonicalize(Object.assign(Object.create(null), { a: 1 }))).toBe('{"a":1}');
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  );
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitted, inGsmAlphabet, segmentsOf } from '../../../domain/notifications/text-message.ts';
import { sized } from '../../support/size.ts';

describe('the segments of a text message', () => {
  test.each([
    ['', 'gsm-7', 0],
    ['a'.repeat(160), 'gsm-7', 1],
    ['a'.repeat(161), 'gsm-7', 2],
    ['a'.repeat(306), 'gsm-7', 2],
    ['a'.repeat(307), 'gsm-7', 3],
    // A character of the extension takes the room of two, and is not divided.
    ['€'.repeat(80), 'gsm-7', 1],
    [`${'a'.repeat(159)}€`, 'gsm-7', 2],
    [`${'a'.repeat(152)}€${'a'.repeat(152)}`, 'gsm-7', 3],
    ['é'.repeat(160), 'gsm-7', 1],
    ['ê', 'ucs-2', 1],
    ['م'.repeat(70), 'ucs-2', 1],
    ['م'.repeat(71), 'ucs-2', 2],
    ['م'.repeat(134), 'ucs-2', 2],
    ['م'.repeat(135), 'ucs-2', 3],
    // Two units each: 33 fit into a segment of 67, and none is divided.
    ['😀'.repeat(35), 'ucs-2', 1],
    ['😀'.repeat(66), 'ucs-2', 2],
    ['😀'.repeat(67), 'ucs-2', 3],
  ] as const)('%s', (text, alphabet, segments) => {
    expect(segmentsOf(text)).toEqual({ alphabet, segments });
  });

  test('accents and quotation marks are left out where the rest fits the alphabet of 160', () => {
    expect(inGsmAlphabet('Su cita está reservada: sáb 3 ene, «Núñez»')).toBe(
      'Su cita esta reservada: sab 3 ene, "Nuñez"',
    );
    expect(inGsmAlphabet('Père Noël, août, œuvre…')).toBe('Père Noel, aout, oeuvre...');
    expect(inGsmAlphabet('Straße, Äpfel, Ölaf')).toBe('Straße, Äpfel, Ölaf');
  });

  test('a name in another script brings the accents back, since the room is gone', () => {
    expect(inGsmAlphabet('Su cita está reservada: ليلى')).toBe('Su cita está reservada: ليلى');
  });

  test('whatever is written fits into two segments, and is left alone if it does already', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 600 }), (text) => {
        const cut = fitted(text);
        expect(segmentsOf(cut).segments).toBeLessThanOrEqual(2);
        if (segmentsOf(text).segments <= 2) expect(cut).toBe(text);
        else expect(cut.endsWith('...')).toBe(true);
      }),
      { seed: 14, numRuns: sized(1000) },
    );
  });

  test('what ends it stays whole, after a text that had to be cut too', () => {
    expect(fitted('See you.', ' Answer C.')).toBe('See you. Answer C.');
    const exact = 'a'.repeat(306 - ' Answer C.'.length);
    expect(fitted(exact, ' Answer C.')).toBe(`${exact} Answer C.`);
    const cut = fitted(`${exact}b`, ' Answer C.');
    expect(cut).toBe(`${'a'.repeat(exact.length - 3)}... Answer C.`);
    expect(segmentsOf(cut).segments).toBe(2);
  });

  test('an isolate that was cut open ends', () => {
    expect(fitted(`${'م'.repeat(100)}\u2068${'a'.repeat(100)}\u2069`)).toMatch(/\u2068a+\u2069\.\.\.$/);
  });
});

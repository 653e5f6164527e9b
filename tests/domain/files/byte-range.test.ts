import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { requestedRange } from '../../../domain/files/byte-range.ts';

const ETAG = '"v3"';
const asked = (range: string | null, sizeBytes = 1000, ifRange: string | null = null) =>
  requestedRange({ range, ifRange }, sizeBytes, ETAG);

describe('a range of a download (RFC 9110 section 14)', () => {
  test.each<[string, unknown]>([
    ['bytes=0-499', { offset: 0, length: 500 }],
    ['bytes=500-999', { offset: 500, length: 500 }],
    ['bytes=500-', { offset: 500, length: 500 }],
    ['bytes=-500', { offset: 500, length: 500 }],
    ['bytes=-5000', { offset: 0, length: 1000 }],
    ['bytes=0-0', { offset: 0, length: 1 }],
    ['bytes=999-999', { offset: 999, length: 1 }],
    ['bytes=900-5000', { offset: 900, length: 100 }],
    ['Bytes = 1 - 2', { offset: 1, length: 2 }],
    ['bytes=1000-', 'unsatisfiable'],
    ['bytes=1000-1001', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=0-1,5-6', 'whole'],
    ['bytes=5-4', 'whole'],
    ['bytes=-', 'whole'],
    ['bytes=a-b', 'whole'],
    ['lines=1-2', 'whole'],
    ['bytes=1-99999999999999999999', 'whole'],
    ['', 'whole'],
  ])('%s of 1000 bytes', (range, expected) => {
    expect(asked(range)).toEqual(expected);
  });

  test('an empty file has no range', () => {
    expect(asked('bytes=0-', 0)).toBe('unsatisfiable');
    expect(asked('bytes=-1', 0)).toBe('unsatisfiable');
  });

  test('a range of another version is the whole file', () => {
    expect(asked('bytes=0-1', 1000, ETAG)).toEqual({ offset: 0, length: 2 });
    for (const other of ['"v2"', 'W/"v3"', 'Sun, 06 Nov 1994 08:49:37 GMT'])
      expect(asked('bytes=0-1', 1000, other)).toBe('whole');
  });

  test('a range lies within the file', () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.nat(2000), fc.integer({ min: 1, max: 1500 }), (from, to, size) => {
        const range = asked(`bytes=${from}-${to}`, size);
        if (typeof range === 'string') return;
        expect(range.length).toBeGreaterThan(0);
        expect(range.offset).toBe(from);
        expect(range.offset + range.length).toBe(Math.min(to + 1, size));
      }),
    );
  });
});

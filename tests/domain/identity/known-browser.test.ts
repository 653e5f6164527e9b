import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KNOWN_BROWSER_SECONDS, knownBrowser, knownBrowserToken } from '../../../domain/identity/known-browser.ts';
import { utf8 } from '../../../domain/shared/bytes.ts';
import { NOW } from './sample-user.ts';

/** Takes the place of the keyed hash: the tests need only that it depends on the whole input. */
const index = {
  of: (field: string, value: string | Uint8Array) => sha256(utf8(`${field} ${String(value)}`)),
  all: () => [],
};

describe('known browsers (R64, R65)', () => {
  it('R64: a token is valid for half a year and one account, and contains the time when the password was set', () => {
    const age = fc.integer({ min: -5, max: KNOWN_BROWSER_SECONDS + 5 });
    fc.assert(
      fc.property(fc.nat(), age, (passwordChangedAt, seconds) => {
        const token = knownBrowserToken(index, 'ada@example.org', { passwordChangedAt }, NOW);
        const seen = knownBrowser(index, token, 'ada@example.org', NOW + seconds * 1000);
        const isFresh = seconds >= 0 && seconds < KNOWN_BROWSER_SECONDS;
        expect(seen).toEqual(isFresh ? { passwordChangedAt } : undefined);
        expect(knownBrowser(index, token, 'eve@example.org', NOW)).toBeUndefined();
        const moved = token.replace(/\.(\d+)\./, (_, digits: string) => `.${Number(digits) + 1}.`);
        expect(knownBrowser(index, moved, 'ada@example.org', NOW)).toBeUndefined();
      }),
    );
  });

  it('R64: half a year is 180 days', () => {
    const token = knownBrowserToken(index, 'ada@example.org', { passwordChangedAt: 1 }, NOW);
    const seenAfter = (days: number) => knownBrowser(index, token, 'ada@example.org', NOW + days * 86_400_000);
    expect(seenAfter(179)).toEqual({ passwordChangedAt: 1 });
    expect(seenAfter(180)).toBeUndefined();
  });

  it('R65: any other text is refused', () => {
    fc.assert(
      fc.property(fc.option(fc.string(), { nil: undefined }), (text) => {
        expect(knownBrowser(index, text, 'ada@example.org', NOW)).toBeUndefined();
      }),
    );
  });
});

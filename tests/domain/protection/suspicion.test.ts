import { describe, expect, test } from 'vitest';
import { suspicion, thresholdsOf } from '../../../domain/protection/suspicion.ts';

describe('suspicion of an address', () => {
  const thresholds = thresholdsOf(30);
  const of = (strikes: number, exemptions = { isTrusted: false, hasPassed: false }) =>
    suspicion({ strikes }, thresholds, exemptions);

  test('five strikes demand a challenge, thirty block', () => {
    expect([0, 4, 5, 29, 30, 1000].map((strikes) => of(strikes))).toEqual([
      'none',
      'none',
      'challenge',
      'challenge',
      'block',
      'block',
    ]);
  });

  test('whoever has passed a challenge gets no other one, and is blocked nevertheless', () => {
    expect([5, 29, 30].map((strikes) => of(strikes, { isTrusted: false, hasPassed: true }))).toEqual([
      'none',
      'none',
      'block',
    ]);
  });

  test('nothing is demanded of trusted addresses', () => {
    expect(of(1000, { isTrusted: true, hasPassed: false })).toBe('none');
  });

  test('a limit of one blocks at once', () => {
    expect(suspicion({ strikes: 1 }, thresholdsOf(1))).toBe('block');
  });
});

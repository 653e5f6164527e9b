import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assess,
  isKnownOrigin,
  kilometres,
  type Location,
  type PastSignIn,
} from '../../../domain/identity/sign-in-risk.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const HOUR = 3_600_000;
const BERLIN: Location = { country: 'DE', city: 'Berlin', latitude: 52.52, longitude: 13.41 };
const MUNICH: Location = { country: 'DE', city: 'Munich', latitude: 48.14, longitude: 11.58 };
const SYDNEY: Location = { country: 'AU', city: 'Sydney', latitude: -33.87, longitude: 151.21 };

const past = (more: Partial<PastSignIn> = {}): PastSignIn => ({
  ip: '192.0.2.1',
  userAgent: 'Firefox/140.0 (X11; Linux)',
  location: BERLIN,
  at: NOW - HOUR,
  ...more,
});
const origin = (more: Partial<PastSignIn> = {}) => past(more);

describe('how unusual a sign-in is', () => {
  it('the first sign-in is never unusual', () => {
    expect(assess([], origin({ location: SYDNEY }), NOW)).toEqual({ score: 0, reasons: [], isSuspicious: false });
  });

  it('the same device in the same country is not unusual, whatever its version', () => {
    expect(assess([past()], origin({ userAgent: 'Firefox/141.2 (X11; Linux)', location: MUNICH }), NOW).score).toBe(0);
  });

  it('a new device alone is reported but not suspicious', () => {
    const risk = assess([past()], origin({ userAgent: 'curl/8' }), NOW);
    expect(risk).toMatchObject({ reasons: ['new_device'], isSuspicious: false });
  });

  it('a new country by a possible journey is reported but not suspicious', () => {
    const risk = assess([past({ at: NOW - 48 * HOUR })], origin({ location: SYDNEY }), NOW);
    expect(risk).toMatchObject({ reasons: ['new_country'], isSuspicious: false });
  });

  it('an impossible journey is suspicious, also within one country', () => {
    const usa: Location = { country: 'US', city: 'New York', latitude: 40.71, longitude: -74.01 };
    const west: Location = { country: 'US', city: 'Los Angeles', latitude: 34.05, longitude: -118.24 };
    const risk = assess([past({ location: usa })], origin({ location: west }), NOW);
    expect(risk).toMatchObject({ reasons: ['impossible_travel'], isSuspicious: true });
  });

  it('without a location only the device counts', () => {
    expect(assess([past({ location: null })], origin({ location: null }), NOW).score).toBe(0);
    expect(assess([past()], origin({ location: null }), NOW).score).toBe(0);
    expect(assess([past({ location: null })], origin({ location: SYDNEY }), NOW).score).toBe(0);
  });

  it('scores lie between 0 and 100, and rise with the reasons', () => {
    const location = fc.option(fc.constantFrom(BERLIN, MUNICH, SYDNEY), { nil: null });
    const sign = fc.record({
      ip: fc.constantFrom('192.0.2.1', null),
      userAgent: fc.constantFrom('Firefox/1', 'curl/8', null),
      location,
      at: fc.integer({ min: NOW - 1000 * HOUR, max: NOW }),
    });
    fc.assert(
      fc.property(fc.array(sign, { maxLength: 5 }), sign, (history, now) => {
        const { score, reasons, isSuspicious } = assess(history, now, NOW);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(100);
        expect(score === 0).toBe(reasons.length === 0);
        if (isSuspicious) expect(score).toBeGreaterThanOrEqual(50);
        // The same sign-in once more is never a new device nor a new country.
        expect(assess([{ ...now, at: NOW }], now, NOW).score).toBe(0);
      }),
    );
  });

  it('distances are those of the globe', () => {
    expect(kilometres(BERLIN, MUNICH)).toBeCloseTo(504, -1);
    expect(kilometres(BERLIN, SYDNEY)).toBeCloseTo(16_090, -2);
    expect(kilometres(BERLIN, BERLIN)).toBe(0);
    expect(kilometres(BERLIN, null)).toBeUndefined();
  });
});

describe('known origins (R6)', () => {
  it('R6: are the same address with the same kind of browser', () => {
    expect(isKnownOrigin([past()], origin({ userAgent: 'Firefox/999 (X11; Linux)' }))).toBe(true);
    expect(isKnownOrigin([past()], origin({ ip: '192.0.2.2' }))).toBe(false);
    expect(isKnownOrigin([past()], origin({ userAgent: 'curl/8' }))).toBe(false);
    expect(isKnownOrigin([past({ ip: null })], origin({ ip: null }))).toBe(false);
    expect(isKnownOrigin([], origin())).toBe(false);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accountCounter,
  addressCounter,
  clearedCounters,
  countersOf,
  countFailure,
  DEFAULT_BACK_OFF,
  knownBrowsersCounter,
  scaledBackOff,
  secondsToWait,
} from '../../../domain/identity/sign-in-throttle.ts';
import { toHex } from '../../../domain/shared/bytes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';

const NOW = Date.UTC(2026, 10, 20, 12);

describe('throttling failed sign-ins (R6)', () => {
  it('R6: a failure is counted for the account and for the client address separately', () => {
    const counted = countFailure(countersOf('ada@example.org', '192.0.2.1', false), DEFAULT_BACK_OFF, NOW);
    expect(counted.map((change) => change.type === 'sign_in.failed' && toHex(change.counter))).toEqual([
      toHex(accountCounter('ada@example.org')),
      toHex(addressCounter('192.0.2.1')),
    ]);
    expect(toHex(accountCounter('x'))).not.toBe(toHex(addressCounter('x')));
  });

  it('R65 a known browser has its own counter, which is cleared with that of the account', () => {
    const counters = countersOf('ada@example.org', '192.0.2.1', true);
    expect(countFailure(counters, DEFAULT_BACK_OFF, NOW)).toMatchObject([
      { counter: knownBrowsersCounter('ada@example.org') },
    ]);
    const user = { id: '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f' as UserId, email: 'ada@example.org' };
    const cleared = clearedCounters(user).map((change) => ('counter' in change ? toHex(change.counter) : change.type));
    expect(cleared).toEqual([
      toHex(accountCounter(user.email)),
      toHex(knownBrowsersCounter(user.email)),
      'user.attempts_cleared',
    ]);
  });

  it('R6: on a known device only the pause of the client address applies', () => {
    const pauses = { account: NOW + 60_000, address: NOW + 5_000 };
    expect(secondsToWait(pauses, false, NOW)).toBe(60);
    expect(secondsToWait(pauses, true, NOW)).toBe(5);
  });

  it('R6: without a pause the time to wait is 0, and it is never negative', () => {
    fc.assert(
      fc.property(fc.option(fc.integer({ min: -1e6, max: 1e6 })), fc.boolean(), (offset, isKnown) => {
        const account = offset === null ? null : NOW + offset;
        const wait = secondsToWait({ account, address: null }, isKnown, NOW);
        expect(wait).toBe(isKnown || offset === null || offset <= 0 ? 0 : Math.ceil(offset / 1000));
      }),
    );
  });

  it('the factor scales the number of free failures, and 0 disables counting', () => {
    expect(scaledBackOff(2).accountFailures).toBe(2 * DEFAULT_BACK_OFF.accountFailures);
    expect(scaledBackOff(0.001).accountFailures).toBe(1);
    expect(countFailure(countersOf('a@b.example', '192.0.2.1', false), scaledBackOff(0), NOW)).toEqual([]);
  });
});

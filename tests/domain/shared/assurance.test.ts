import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factorsChanged } from '../../../domain/identity/factors-changed.ts';
import { changesFactors } from '../../../domain/mfa/factor-changes.ts';
import type { UserActor } from '../../../domain/shared/actor.ts';
import { type Assurance, lacksFactor } from '../../../domain/shared/assurance.ts';
import type { SessionId, UserId } from '../../../domain/shared/ids.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const METHODS = ['pwd', 'otp', 'sms', 'mfa', 'trusted_device', 'hwk'] as const;
const session: fc.Arbitrary<Assurance> = fc.record({
  amr: fc.uniqueArray(fc.constantFrom(...METHODS)),
  mfaEnabled: fc.boolean(),
  deviceTrusted: fc.boolean(),
});

describe('the assurance of a session (R61)', () => {
  it('R61: is short exactly where the account has a factor, none was given, and no trusted device stands in', () => {
    fc.assert(
      fc.property(session, (asked) => {
        const given = asked.amr.includes('mfa');
        const spared = asked.amr.includes('trusted_device') && asked.deviceTrusted;
        expect(lacksFactor(asked)).toBe(asked.mfaEnabled && !given && !spared);
      }),
      { seed: 61 },
    );
  });

  it('R61: never grows when a factor is enrolled or a device is no longer trusted', () => {
    fc.assert(
      fc.property(session, (asked) => {
        if (!lacksFactor(asked)) return;
        expect(lacksFactor({ ...asked, mfaEnabled: true, deviceTrusted: false })).toBe(true);
      }),
      { seed: 61 },
    );
  });

  it('R61: the session in which a code was given passes from then on, and every other one ends', () => {
    const methods = fc.uniqueArray(fc.constantFrom(...METHODS));
    fc.assert(
      fc.property(methods, fc.constantFrom('otp', 'sms'), (amr, given) => {
        const { userId, sessionId: session } = actor(amr);
        const changes = factorsChanged(actor(amr), 'factor_enrolled', given, NOW);
        expect(changes).toContainEqual({
          type: 'credentials.revoked',
          userId,
          action: 'factor_enrolled',
          session,
          at: NOW,
        });
        const [raised] = changes.flatMap((change) => (change.type === 'session.strengthened' ? [change.amr] : []));
        expect(lacksFactor({ amr: raised ?? [], mfaEnabled: true, deviceTrusted: false })).toBe(false);
      }),
      { seed: 61 },
    );
  });

  it('R61: a change of factors without a code raises nothing', () => {
    const changes = factorsChanged(actor(['pwd']), 'factors_changed', null, NOW);
    expect(changes.map(({ type }) => type)).toEqual(['credentials.revoked']);
  });

  it('R61: enabling, replacing and removing change factors; using one does not', () => {
    const of = (...types: string[]) => changesFactors(types.map((type) => ({ type })));
    expect(of('mfa_attempts.recorded', 'totp.enrolled')).toBe(true);
    expect(of('mfa_attempts.recorded', 'totp.step_consumed')).toBe(false);
    expect(of('session.opened')).toBe(false);
  });
});

function actor(amr: readonly string[]): UserActor {
  const userId = '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f' as UserId;
  return {
    kind: 'user',
    userId,
    role: 'admin',
    sessionId: '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e90' as SessionId,
    authenticatedAt: NOW,
    amr,
    mfaEnabled: true,
    mfaEnrolmentRequired: false,
    lacksFactor: false,
    remembered: true,
    dataKey: { ownerId: userId, ringKeyId: '1', wrapped: new Uint8Array(60) },
  };
}

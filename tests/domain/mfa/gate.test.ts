import { describe, expect, it } from 'vitest';
import { hashChallengeToken, makeChallengeToken } from '../../../domain/mfa/challenge.ts';
import type { admit } from '../../../domain/mfa/gate.ts';
import { trustDevice } from '../../../domain/mfa/trusted-device.ts';
import { ROLES } from '../../../domain/shared/permissions.ts';
import type { SignInGrant } from '../../../domain/shared/sign-in.ts';
import { ask, CHALLENGE_TOKEN, challengeOf, trusted } from './sample-gate.ts';
import { bytes, ENROLLED, MINUTE, NOT_ENROLLED, NOW, OTHER_USER, USER } from './sample-state.ts';

describe('the gate, after the first factor', () => {
  it('grants a session to a user without a second factor', () => {
    expect(ask(NOT_ENROLLED)).toMatchObject({
      kind: 'granted',
      grant: { userId: USER, amr: ['pwd'], grantedAt: NOW },
      mfaEnrolmentRequired: false,
      changes: [],
    });
  });

  it('reports whether the user must enrol a factor first', () => {
    const required = ROLES.filter((role) => {
      const admission = ask(NOT_ENROLLED, { firstFactor: { userId: USER, role, amr: ['pwd'] } });
      return admission.kind === 'granted' && admission.mfaEnrolmentRequired;
    });
    expect(required).toEqual(['doctor', 'staff', 'admin']);
    const nobody = ask(NOT_ENROLLED, {
      firstFactor: { userId: USER, role: 'admin', amr: ['pwd'] },
      policy: { requiredRoles: [] },
    });
    expect(nobody).toMatchObject({ kind: 'granted', mfaEnrolmentRequired: false });
  });

  it('challenges a user with a second factor, whatever the role and the policy', () => {
    for (const role of ROLES) {
      const admission = ask(ENROLLED, {
        firstFactor: { userId: USER, role, amr: ['pwd'] },
        policy: { requiredRoles: [] },
      });
      expect(admission).toMatchObject({ kind: 'challenge', methods: ['totp', 'backup_code'] });
      expect(admission).not.toHaveProperty('grant');
    }
  });

  it('offers only methods that can be used: no used backup codes, no phone that is not enrolled, no phone without an app', () => {
    expect(ask({ ...ENROLLED, backupCodes: [], hasPhone: true })).toMatchObject({ methods: ['totp', 'sms'] });
    expect(ask({ ...ENROLLED, backupCodes: [] })).toMatchObject({ methods: ['totp'] });
    expect(ask({ ...NOT_ENROLLED, hasPhone: true })).toMatchObject({ kind: 'granted' });
  });

  it('issues a challenge of five minutes, stored by the hash of its token', () => {
    expect(challengeOf(ENROLLED)).toMatchObject({
      tokenHash: hashChallengeToken(CHALLENGE_TOKEN.token),
      userId: USER,
      expiresAt: NOW + 5 * MINUTE,
      attempts: 0,
      passedAt: null,
    });
    expect(() => makeChallengeToken(bytes(31))).toThrow(RangeError);
  });

  it('does not challenge on a trusted device, and records its use (R18)', () => {
    const admission = ask(ENROLLED, { device: trusted.device, deviceToken: trusted.token });
    expect(admission).toMatchObject({
      kind: 'granted',
      grant: { amr: ['pwd', 'trusted_device'], trustedDeviceId: trusted.device.id },
      changes: [{ type: 'trusted_device.used', deviceId: trusted.device.id }],
    });
  });

  it.each<[string, Partial<Parameters<typeof admit>[0]>, number?]>([
    ['forged', { device: trusted.device, deviceToken: `${trusted.token}x` }],
    ['unknown', { device: undefined, deviceToken: trusted.token }],
    ['not presented', { device: trusted.device, deviceToken: undefined }],
    ['revoked', { device: { ...trusted.device, revokedAt: NOW - 1 }, deviceToken: trusted.token }],
    ['foreign', { device: { ...trusted.device, userId: OTHER_USER }, deviceToken: trusted.token }],
    ['expired', { device: trusted.device, deviceToken: trusted.token }, NOW + 30 * 24 * 60 * MINUTE],
  ])('challenges as usual when the device is %s (R18)', (_, more, now) => {
    expect(ask(ENROLLED, more, now)).toMatchObject({ kind: 'challenge' });
  });

  it('trusts a device to the last millisecond of its 30 days', () => {
    const more = { device: trusted.device, deviceToken: trusted.token };
    expect(ask(ENROLLED, more, NOW + 30 * 24 * 60 * MINUTE - 1)).toMatchObject({ kind: 'granted' });
    const short = { id: trusted.device.id, userId: USER, name: '', random: bytes(31) };
    expect(() => trustDevice(short, NOW)).toThrow(RangeError);
  });

  it('throws if it is given the factors of another user', () => {
    expect(() => ask({ ...ENROLLED, userId: OTHER_USER })).toThrow('another user');
  });

  it('cannot be bypassed: other code cannot make a grant', () => {
    // @ts-expect-error the brand is known to no other module
    const forged: SignInGrant = { userId: USER, amr: ['pwd'], grantedAt: NOW };
    expect(forged).toBeDefined();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { issueToken } from '../../../domain/identity/one-time-token.ts';
import {
  DEFAULT_SESSION_POLICY,
  type Device,
  openSession,
  refreshExpiry,
  type SessionOwner,
} from '../../../domain/identity/session.ts';
import type { Location, PastSignIn } from '../../../domain/identity/sign-in-risk.ts';
import { accountCounter, knownBrowsersCounter } from '../../../domain/identity/sign-in-throttle.ts';
import { admit } from '../../../domain/mfa/gate.ts';
import type { SessionId } from '../../../domain/shared/ids.ts';
import type { SignInGrant } from '../../../domain/shared/sign-in.ts';
import { NOT_ENROLLED, USER } from '../mfa/sample-state.ts';
import { NOW, sampleUser } from './sample-user.ts';

const DAY = 86_400_000;
const BERLIN: Location = { country: 'DE', city: 'Berlin', latitude: 52.52, longitude: 13.41 };
const SYDNEY: Location = { country: 'AU', city: 'Sydney', latitude: -33.87, longitude: 151.21 };
const owner: SessionOwner = { ...sampleUser({ id: USER }), passwordHash: 'verified', past: [] };
const device: Device = {
  ip: '192.0.2.1',
  userAgent: 'Firefox/140.0 (X11; Linux)',
  name: 'Firefox on Linux',
  type: 'desktop',
  transport: 'cookie',
  remembered: true,
  location: BERLIN,
};
const made = {
  sessionId: '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e90' as SessionId,
  refresh: issueToken(new Uint8Array(32).fill(7)),
  browserHash: new Uint8Array(32).fill(8),
  passwordHash: 'better hash',
};

function grant(): SignInGrant {
  const admission = admit(
    {
      firstFactor: { userId: USER, role: 'patient', amr: ['pwd'] },
      mfa: NOT_ENROLLED,
      device: undefined,
      deviceToken: undefined,
      policy: { requiredRoles: [] },
      challengeTokenHash: new Uint8Array(32),
    },
    NOW - 5,
  );
  if (admission.kind !== 'granted') throw new Error('not granted');
  return admission.grant;
}

const open = (from: Partial<Device> = {}, past: readonly PastSignIn[] = []) =>
  openSession(grant(), { ...owner, past }, { ...device, ...from }, made, DEFAULT_SESSION_POLICY, NOW);

/** A sign-in from the same device, an hour before. */
const before: PastSignIn = { ip: device.ip, userAgent: device.userAgent, location: BERLIN, at: NOW - 3_600_000 };

describe('opening a session (R20)', () => {
  it('R20: a session has the methods and the time of the grant, and the device of the request', () => {
    const { ip, userAgent, location, transport } = device;
    expect(open().value).toEqual({
      id: made.sessionId,
      userId: USER,
      amr: ['pwd'],
      authenticatedAt: NOW - 5,
      trustedDeviceId: null,
      ...{ ip, userAgent, location, transport },
      deviceName: 'Firefox on Linux',
      deviceType: 'desktop',
      createdAt: NOW,
      lastActivityAt: NOW,
      expiresAt: NOW + 30 * DAY,
      riskScore: 0,
      isSuspicious: false,
      remembered: true,
    });
  });

  it('R3, R6, R9: relies on the verified password first, and clears the failures of the account', () => {
    const { value: session, changes, audit } = open();
    expect(changes).toEqual([
      { type: 'password.relied_on', userId: USER, passwordHash: 'verified' },
      {
        type: 'session.opened',
        session,
        dataKey: owner.dataKey,
        refreshTokenHash: made.refresh.hash,
        refreshExpiresAt: NOW + 7 * DAY,
        browserHash: made.browserHash,
        passwordHash: 'better hash',
      },
      { type: 'sign_in.cleared', counter: accountCounter(owner.email), userId: USER },
      { type: 'sign_in.cleared', counter: knownBrowsersCounter(owner.email), userId: USER },
    ]);
    expect(audit).toMatchObject([{ type: 'login.succeeded', stream: USER, details: { amr: 'pwd' } }]);
  });

  it('R20: on a shared computer the session ends after 12 hours, and after 30 minutes without use', () => {
    const { value, changes } = open({ remembered: false });
    expect(value).toMatchObject({ expiresAt: NOW + 12 * 3_600_000, remembered: false });
    expect(changes).toContainEqual(expect.objectContaining({ refreshExpiresAt: NOW + 30 * 60_000 }));
  });

  it('R20: a refresh token works until its idle limit or the end of its family, whichever is first', () => {
    const offset = fc.integer({ min: 0, max: 40 * 86_400 });
    fc.assert(
      fc.property(offset, fc.boolean(), (left, remembered) => {
        const expiresAt = NOW + left * 1000;
        const idle = NOW + (remembered ? 7 * DAY : 30 * 60_000);
        expect(refreshExpiry({ expiresAt, remembered }, DEFAULT_SESSION_POLICY, NOW)).toBe(Math.min(expiresAt, idle));
      }),
    );
  });
});

describe('unusual sign-ins', () => {
  it('the first sign-in and a sign-in from a known device send no mail', () => {
    for (const past of [[], [before]]) {
      const { audit, messages } = open({}, past);
      expect([audit.map(({ type }) => type), messages]).toEqual([['login.succeeded'], []]);
    }
  });

  it('a new device is recorded with its reasons, and its owner is told the device, the place and the time', () => {
    const { value, audit, messages } = open({ userAgent: 'curl/8', name: 'curl' }, [before]);
    expect(value).toMatchObject({ riskScore: 25, isSuspicious: false });
    expect(audit[1]).toMatchObject({
      type: 'login.unusual',
      stream: USER,
      resource: { type: 'session', id: made.sessionId },
      details: { score: 25, reasons: 'new_device' },
    });
    expect(messages).toEqual([
      {
        template: 'new-sign-in',
        variables: { deviceName: 'curl', place: 'Berlin, DE', at: NOW },
        userId: USER,
        dataKey: owner.dataKey,
      },
    ]);
  });

  it('a suspicious sign-in opens a session that is marked suspicious', () => {
    const { value, audit } = open({ location: SYDNEY }, [before]);
    expect(value).toMatchObject({ riskScore: 95, isSuspicious: true });
    expect(audit[1]).toMatchObject({ details: { reasons: 'new_country impossible_travel' } });
  });

  it.each([
    [null, null],
    [{ ...BERLIN, city: null, country: null }, null],
    [{ ...BERLIN, city: null }, 'DE'],
    [{ ...BERLIN, country: null }, 'Berlin'],
  ])('the mail names what is known of the place: %j as %s', (location, place) => {
    const [notice] = open({ userAgent: 'curl/8', location }, [before]).messages;
    expect(notice?.variables).toMatchObject({ place });
  });
});

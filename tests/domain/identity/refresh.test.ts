import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashToken } from '../../../domain/identity/one-time-token.ts';
import {
  type PresentedRefresh,
  REFRESH_LEEWAY_SECONDS,
  type RefreshState,
  refresh,
} from '../../../domain/identity/refresh.ts';
import { DEFAULT_SESSION_POLICY } from '../../../domain/identity/session.ts';
import type { SessionId, UserId } from '../../../domain/shared/ids.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const BROWSER = hashToken('browser');
const issued = (token: string) => ({ token, hash: hashToken(token) });

const state: fc.Arbitrary<RefreshState> = fc
  .record({
    usedSecondsAgo: fc.option(fc.integer({ min: 0, max: 40 })),
    successorUsed: fc.boolean(),
    hasSuccessor: fc.boolean(),
    isRevoked: fc.boolean(),
    userActive: fc.boolean(),
    isExpired: fc.boolean(),
    browserHash: fc.constantFrom(BROWSER, hashToken('another'), null),
    mfaEnabled: fc.boolean(),
    remembered: fc.boolean(),
  })
  .map((made) => ({
    tokenHash: hashToken('presented'),
    usedAt: made.usedSecondsAgo === null ? null : NOW - made.usedSecondsAgo * 1000,
    expiresAt: made.isExpired ? NOW : NOW + 60_000,
    successor: made.hasSuccessor
      ? { hash: hashToken('next'), usedAt: made.successorUsed ? NOW : null, expiresAt: NOW + 60_000 }
      : null,
    sessionId: '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e90' as SessionId,
    userId: '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f' as UserId,
    sessionExpiresAt: NOW + 3_600_000,
    revokedAt: made.isRevoked ? NOW - 1 : null,
    browserHash: made.browserHash,
    userActive: made.userActive,
    role: 'patient',
    authenticatedAt: NOW,
    transport: 'cookie',
    remembered: made.remembered,
    amr: ['pwd'],
    mfaEnabled: made.mfaEnabled,
    deviceTrusted: false,
  }));

const presented: fc.Arbitrary<PresentedRefresh> = fc.record({
  browserHash: fc.constantFrom(BROWSER, null),
  next: fc.constant(issued('next')),
  current: fc.constantFrom(issued('next'), issued('of another key'), undefined),
});

describe('refreshing (R20)', () => {
  it('R20: a used token changes nothing within the leeway, and ends its family otherwise', () => {
    fc.assert(
      fc.property(state, presented, (before, given) => {
        const result = refresh(before, given, DEFAULT_SESSION_POLICY, NOW);
        const changes = result.ok ? result.value.changes : result.error.consequence.changes;
        const isLive = before.revokedAt === null && before.userActive && !before.mfaEnabled;
        if (before.usedAt === null) {
          expect(result.ok).toBe(isLive && before.expiresAt > NOW);
          if (result.ok) expect(changes.map(({ type }) => type)).toEqual(['refresh_token.rotated']);
          return;
        }
        const isLeeway =
          NOW - before.usedAt <= REFRESH_LEEWAY_SECONDS * 1000 &&
          before.successor?.usedAt === null &&
          given.current?.token === 'next' &&
          before.browserHash === BROWSER &&
          given.browserHash === BROWSER;
        expect(result.ok).toBe(isLeeway && isLive);
        if (result.ok) {
          expect(changes).toEqual([]);
          expect(result.value.value.refreshToken).toBe('next');
        } else if (!isLeeway && before.revokedAt === null) {
          expect(changes).toMatchObject([{ type: 'session.revoked', reason: 'refresh_token_reused' }]);
        }
      }),
      { seed: 20, numRuns: 2000 },
    );
  });

  it('R20: a session that is not remembered has the short idle limit, and never outlasts its family', () => {
    const unused = { successor: null, usedAt: null, userActive: true, revokedAt: null, mfaEnabled: false };
    fc.assert(
      fc.property(state, fc.integer({ min: 1, max: 40 * 86_400_000 }), (made, left) => {
        const before = { ...made, ...unused, expiresAt: NOW + 1000, sessionExpiresAt: NOW + left };
        const given = { browserHash: null, next: issued('next'), current: undefined };
        const result = refresh(before, given, DEFAULT_SESSION_POLICY, NOW);
        if (!result.ok) throw new Error('refused');
        const [rotated] = result.value.changes;
        if (rotated?.type !== 'refresh_token.rotated') throw new Error('not rotated');
        const idle = before.remembered ? 7 * 86_400_000 : 1_800_000;
        expect(rotated.expiresAt).toBe(NOW + Math.min(left, idle));
      }),
      { seed: 20 },
    );
  });
});

describe('each outcome of a refresh (R20, R46, R61)', () => {
  const unused: RefreshState = {
    tokenHash: hashToken('presented'),
    usedAt: null,
    expiresAt: NOW + 60_000,
    successor: null,
    sessionId: '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e90' as SessionId,
    userId: '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f' as UserId,
    sessionExpiresAt: NOW + 3_600_000,
    revokedAt: null,
    browserHash: BROWSER,
    userActive: true,
    role: 'patient',
    authenticatedAt: NOW,
    transport: 'cookie',
    remembered: true,
    amr: ['pwd'],
    mfaEnabled: false,
    deviceTrusted: false,
  };
  const rotated: RefreshState = {
    ...unused,
    usedAt: NOW - 1000,
    successor: { hash: hashToken('next'), usedAt: null, expiresAt: NOW + 60_000 },
  };
  const { sessionId, userId } = unused;
  const resource = { type: 'session', id: sessionId };
  const given: PresentedRefresh = { browserHash: BROWSER, next: issued('next'), current: issued('next') };
  const outcome = (state: RefreshState | undefined, presented = given) => {
    const result = refresh(state, presented, DEFAULT_SESSION_POLICY, NOW);
    const { changes, audit } = result.ok ? result.value : result.error.consequence;
    return { token: result.ok ? result.value.value.refreshToken : result.error.code, changes, audit };
  };
  const revoked = (reason: string) => [{ type: 'session.revoked', sessionId, reason, at: NOW }];

  it('R20: an unused token is rotated', () => {
    expect(outcome(unused)).toEqual({
      token: 'next',
      changes: [
        {
          type: 'refresh_token.rotated',
          usedHash: hashToken('presented'),
          nextHash: hashToken('next'),
          sessionId,
          at: NOW,
          expiresAt: NOW + 3_600_000,
        },
      ],
      audit: [{ type: 'refresh_token.rotated', stream: userId, outcome: 'success', resource }],
    });
  });

  it('R20: within the leeway the same browser gets the same successor again', () => {
    for (const ago of [0, REFRESH_LEEWAY_SECONDS * 1000]) {
      expect(outcome({ ...rotated, usedAt: NOW - ago })).toEqual({
        token: 'next',
        changes: [],
        audit: [{ type: 'refresh_token.repeated', stream: userId, outcome: 'success', resource }],
      });
    }
  });

  it.each<[string, Partial<RefreshState>, Partial<PresentedRefresh>]>([
    ['after the leeway', { usedAt: NOW - REFRESH_LEEWAY_SECONDS * 1000 - 1 }, {}],
    ['from another browser', {}, { browserHash: hashToken('another') }],
    ['without the cookie of its browser', {}, { browserHash: null }],
    ['of a session without cookies', { browserHash: null }, { browserHash: null }],
    ['whose successor was used', { successor: { hash: hashToken('next'), usedAt: NOW, expiresAt: NOW + 1 } }, {}],
    ['whose successor cannot be derived', {}, { current: undefined }],
  ])('R20: a used token %s is reuse: it ends the session', (_, state, presented) => {
    expect(outcome({ ...rotated, ...state }, { ...given, ...presented })).toEqual({
      token: 'refresh_token_invalid',
      changes: revoked('refresh_token_reused'),
      audit: [{ type: 'refresh_token.reused', stream: userId, outcome: 'failure', resource }],
    });
  });

  it('R61: a session that lacks a factor of its account ends', () => {
    expect(outcome({ ...unused, mfaEnabled: true })).toEqual({
      token: 'refresh_token_invalid',
      changes: revoked('factor_missing'),
      audit: [{ type: 'refresh_token.rejected', stream: userId, outcome: 'failure', resource }],
    });
  });

  it.each<[string, Partial<RefreshState>]>([
    ['of an expired token', { expiresAt: NOW }],
    ['of an ended family', { sessionExpiresAt: NOW }],
    ['of a revoked session', { revokedAt: NOW }],
    ['of a revoked session, for a used token', { revokedAt: NOW, usedAt: NOW - 3_600_000 }],
    ['of a closed account', { userActive: false }],
    [
      'whose successor has expired',
      { usedAt: NOW, successor: { hash: hashToken('next'), usedAt: null, expiresAt: NOW } },
    ],
  ])('R46: a refresh %s changes nothing and is recorded', (_, state) => {
    expect(outcome({ ...unused, ...state })).toMatchObject({
      token: 'refresh_token_invalid',
      changes: [],
      audit: [{ type: 'refresh_token.rejected', stream: userId, error: 'refresh_token_invalid', resource }],
    });
  });

  it('R46: an unknown token is recorded in the stream of the system', () => {
    expect(outcome(undefined)).toEqual({
      token: 'refresh_token_invalid',
      changes: [],
      audit: [{ type: 'refresh_token.rejected', stream: 'system', outcome: 'failure', error: 'refresh_token_invalid' }],
    });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RECENT_SECONDS } from '../../../domain/identity/mailed-links.ts';
import { issueToken } from '../../../domain/identity/one-time-token.ts';
import { changePassword, requestReset, resetPassword, wrongPassword } from '../../../domain/identity/passwords.ts';
import { clearedCounters } from '../../../domain/identity/sign-in-throttle.ts';
import type { SessionId } from '../../../domain/shared/ids.ts';
import { account, foundToken, isUsable } from './sample-token.ts';
import { NOW, sampleUser } from './sample-user.ts';

const issued = issueToken(new Uint8Array(32).fill(7));
const never = { mailedAt: null, isMailboxOpen: true };

describe('requesting a reset (R5, R65, R66)', () => {
  it('R65, R66: mails active accounts only, not within 15 minutes of the last link, and unproven ones within their limit', () => {
    const former = fc.record({
      mailedAt: fc.option(fc.integer({ min: -2, max: 2 }).map((ms) => NOW - RECENT_SECONDS * 1000 + ms)),
      isMailboxOpen: fc.boolean(),
    });
    fc.assert(
      fc.property(account, former, (user, last) => {
        const isRecent = last.mailedAt !== null && last.mailedAt > NOW - RECENT_SECONDS * 1000;
        const isProven = user.emailVerifiedAt !== null;
        const isMailed = user.status === 'active' && !isRecent && (isProven || last.isMailboxOpen);
        const { value, messages, changes } = requestReset(user, last, issued, NOW);
        expect(value).toBe(isMailed ? (isProven ? 'proven' : 'unproven') : 'nobody');
        expect([messages.length, changes.length]).toEqual(isMailed ? [1, 2] : [0, 0]);
      }),
    );
  });

  it('R7: mails a link that works for an hour, once the guard has found no recent one', () => {
    const user = sampleUser();
    const end = NOW + 3_600_000;
    expect(requestReset(user, never, issued, NOW)).toMatchObject({
      changes: [
        { type: 'one_time_token.none_since', purpose: 'reset_password', since: NOW - RECENT_SECONDS * 1000 },
        { type: 'one_time_token.issued', hash: issued.hash, purpose: 'reset_password', expiresAt: end, beside: false },
      ],
      audit: [{ type: 'password.reset_requested', stream: user.id, outcome: 'success' }],
      messages: [{ template: 'password-reset', variables: { token: issued.token }, usefulUntil: end }],
    });
  });

  it('R5: an unknown address changes nothing and records nothing', () => {
    expect(requestReset(undefined, never, issued, NOW)).toEqual({
      value: 'nobody',
      changes: [],
      audit: [],
      messages: [],
    });
  });
});

describe('resetting a password (R7, R64)', () => {
  it('R7: takes a token that works and an active account', () => {
    fc.assert(
      fc.property(foundToken('reset_password'), (found) => {
        const result = resetPassword(found, 'hash', NOW);
        expect(result.ok).toBe(isUsable(found) && found.user.status === 'active');
        if (!result.ok) expect(result.error).toEqual({ code: 'token_invalid' });
      }),
    );
    expect(resetPassword(undefined, 'hash', NOW)).toEqual({ ok: false, error: { code: 'token_invalid' } });
  });

  it('R7, R64: proves the address, revokes in every session and opens none, so a second factor is still required', () => {
    const user = sampleUser();
    const token = { hash: issued.hash, userId: user.id, expiresAt: NOW + 1, usedAt: null };
    const found = { user, hasPassword: true, token: { ...token, purpose: 'reset_password' as const } };
    const result = resetPassword(found, 'hash', NOW);
    expect(result.ok && result.value).toEqual({
      value: undefined,
      changes: [
        { type: 'one_time_token.used', hash: issued.hash, usedAt: NOW },
        { type: 'user.email_verified', userId: user.id, at: NOW },
        { type: 'user.password_changed', userId: user.id, passwordHash: 'hash', at: NOW },
        { type: 'credentials.revoked', userId: user.id, action: 'password_reset', session: null, at: NOW },
        ...clearedCounters(user),
      ],
      audit: [{ type: 'password.reset', stream: user.id, outcome: 'success' }],
      messages: [
        {
          template: 'password-changed',
          variables: { how: 'reset' },
          userId: user.id,
          dataKey: user.dataKey,
        },
      ],
    });
  });
});

describe('changing a password (R9, R64)', () => {
  it('R9, R64: relies on the verified password first, and revokes everything but the current session', () => {
    const user = sampleUser();
    const session = 'session' as SessionId;
    expect(changePassword({ user, passwordHash: 'verified' }, 'new', session, NOW)).toMatchObject({
      changes: [
        { type: 'password.relied_on', userId: user.id, passwordHash: 'verified' },
        { type: 'user.password_changed', userId: user.id, passwordHash: 'new', at: NOW },
        { type: 'credentials.revoked', userId: user.id, action: 'password_changed', session, at: NOW },
      ],
      audit: [{ type: 'password.changed', stream: user.id, outcome: 'success' }],
      messages: [{ template: 'password-changed', variables: { how: 'changed' } }],
    });
  });

  it('R46: a wrong password is counted, and recorded under the event of the operation', () => {
    const { id } = sampleUser();
    const counted = [{ type: 'user.attempts_cleared', userId: id } as const];
    expect(wrongPassword({ id }, 'password.changed', counted)).toEqual({
      value: undefined,
      changes: counted,
      audit: [{ type: 'password.changed', stream: id, outcome: 'failure', error: 'invalid_credentials' }],
      messages: [],
    });
  });
});

import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptInvitation, needsPassword, resendVerification, verifyEmail } from '../../../domain/identity/account.ts';
import { KNOWN_BROWSER_SECONDS, knownBrowser, knownBrowserToken } from '../../../domain/identity/known-browser.ts';
import { RECENT_SECONDS } from '../../../domain/identity/mailed-links.ts';
import { issueToken, type TokenPurpose } from '../../../domain/identity/one-time-token.ts';
import { changePassword, requestReset, resetPassword } from '../../../domain/identity/passwords.ts';
import { changePreferences, DEFAULT_PREFERENCES, THEMES, TIME_FORMATS } from '../../../domain/identity/preferences.ts';
import { DEFAULT_SESSION_POLICY, refreshExpiry } from '../../../domain/identity/session.ts';
import type { UserStatus } from '../../../domain/identity/user.ts';
import { utf8 } from '../../../domain/shared/bytes.ts';
import type { SessionId } from '../../../domain/shared/ids.ts';
import { NOW, sampleUser } from './sample-user.ts';

const issued = issueToken(new Uint8Array(32).fill(7));
const account = fc
  .record({ status: fc.constantFrom<UserStatus>('invited', 'active', 'closed'), isProven: fc.boolean() })
  .map(({ status, isProven }) => sampleUser({ status, emailVerifiedAt: isProven ? NOW - 1 : null }));
const found = (purpose: TokenPurpose) =>
  fc
    .record({ user: account, isUsed: fc.boolean(), left: fc.integer({ min: -2, max: 2 }), hasPassword: fc.boolean() })
    .map(({ user, isUsed, left, hasPassword }) => ({
      user,
      hasPassword,
      token: { hash: issued.hash, userId: user.id, purpose, expiresAt: NOW + left, usedAt: isUsed ? NOW - 1 : null },
    }));
const works = ({ token }: { token: { usedAt: number | null; expiresAt: number } }) =>
  token.usedAt === null && token.expiresAt > NOW;
const types = (changes: readonly { readonly type: string }[]) => changes.map(({ type }) => type);

describe('proving an address (R63)', () => {
  it('R63: only of an account that waits for it, with a password where none counts', () => {
    fc.assert(
      fc.property(found('verify_email'), fc.option(fc.constant('hash')), (each, passwordHash) => {
        const result = verifyEmail(each, { passwordHash, person: {} }, NOW);
        const isWanted = works(each) && each.user.status === 'active' && each.user.emailVerifiedAt === null;
        if (!isWanted) expect(result).toEqual({ ok: false, error: { code: 'token_invalid' } });
        else if (needsPassword(each) && passwordHash === null) {
          expect(result).toEqual({ ok: false, error: { code: 'password_required' } });
        } else if (result.ok) {
          expect(types(result.value.changes)).toEqual(['one_time_token.used', 'user.claimed', 'user.email_verified']);
        } else throw new Error(result.error.code);
      }),
    );
  });

  it('an invitation opens an invited account only', () => {
    fc.assert(
      fc.property(found('accept_invitation'), (each) => {
        expect(acceptInvitation(each, 'hash', NOW).ok).toBe(works(each) && each.user.status === 'invited');
      }),
    );
  });
});

describe('mailed links (R65, R66)', () => {
  it('R65: are sent to whom they are for, not while one is recent, and to unproven addresses while the mailbox is open', () => {
    const former = fc.record({
      mailedAt: fc.option(fc.integer({ min: -2, max: 2 }).map((ms) => NOW - RECENT_SECONDS * 1000 + ms)),
      isMailboxOpen: fc.boolean(),
    });
    fc.assert(
      fc.property(account, former, (user, last) => {
        const isRecent = last.mailedAt !== null && last.mailedAt > NOW - RECENT_SECONDS * 1000;
        const mayMail = !isRecent && (user.emailVerifiedAt !== null || last.isMailboxOpen) && user.status === 'active';
        expect(requestReset(user, last, issued, NOW).messages).toHaveLength(mayMail ? 1 : 0);
        const mayVerify = mayMail && user.emailVerifiedAt === null;
        expect(resendVerification(user, last, issued, NOW).messages).toHaveLength(mayVerify ? 1 : 0);
      }),
    );
    expect(requestReset(undefined, { mailedAt: null, isMailboxOpen: true }, issued, NOW).messages).toEqual([]);
  });
});

describe('passwords (R7, R9)', () => {
  it('R7: a reset takes a token that works and an active account, proves the address and revokes', () => {
    fc.assert(
      fc.property(found('reset_password'), (each) => {
        const result = resetPassword(each, 'hash', NOW);
        expect(result.ok).toBe(works(each) && each.user.status === 'active');
        if (!result.ok) return;
        expect(types(result.value.changes)).toEqual(
          expect.arrayContaining([
            'one_time_token.used',
            'user.email_verified',
            'user.password_changed',
            'credentials.revoked',
          ]),
        );
        expect(types(result.value.changes)).not.toContain('session.opened');
      }),
    );
  });

  it('R9: a change relies on the password that was checked before it does anything', () => {
    const current = 'session' as SessionId;
    const { changes } = changePassword({ user: sampleUser(), passwordHash: 'checked' }, 'new', current, NOW);
    expect(changes[0]).toMatchObject({ type: 'password.relied_on', passwordHash: 'checked' });
    expect(changes.at(-1)).toMatchObject({ action: 'password_changed', session: current });
  });
});

describe('sessions (R20)', () => {
  it('R20: a refresh token outlives neither its idle limit nor its family', () => {
    const offset = fc.integer({ min: 0, max: 40 * 86_400 });
    fc.assert(
      fc.property(offset, fc.boolean(), (left, remembered) => {
        const expiresAt = NOW + left * 1000;
        const end = refreshExpiry({ expiresAt, remembered }, DEFAULT_SESSION_POLICY, NOW);
        const { refreshIdleSeconds, unrememberedIdleSeconds } = DEFAULT_SESSION_POLICY;
        const idle = NOW + (remembered ? refreshIdleSeconds : unrememberedIdleSeconds) * 1000;
        expect([end <= expiresAt, end <= idle, end === expiresAt || end === idle]).toEqual([true, true, true]);
      }),
    );
  });
});

describe('known browsers (R65)', () => {
  /** Stands for the keyed hash: what matters here is what goes in. */
  const index = {
    of: (field: string, value: string | Uint8Array) => sha256(utf8(`${field} ${String(value)}`)),
    all: () => [],
  };

  it('R64: a mark tells the password it was made under, for half a year, to its own account', () => {
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

  it('any other text is no mark', () => {
    fc.assert(
      fc.property(fc.option(fc.string(), { nil: undefined }), (text) => {
        expect(knownBrowser(index, text, 'ada@example.org', NOW)).toBeUndefined();
      }),
    );
  });
});

describe('preferences', () => {
  it('only what is named changes', () => {
    const some = fc.record(
      { theme: fc.constantFrom(...THEMES), timeFormat: fc.constantFrom(...TIME_FORMATS), highContrast: fc.boolean() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(some, some, (before, changed) => {
        const current = { ...DEFAULT_PREFERENCES, ...before };
        const { value, changes } = changePreferences(sampleUser().id, current, changed);
        expect(value).toEqual({ ...current, ...changed });
        expect(changes).toEqual([{ type: 'user.preferences_changed', userId: sampleUser().id, changed }]);
      }),
    );
  });
});

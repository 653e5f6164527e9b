import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  acceptInvitation,
  changeProfile,
  needsPassword,
  type ProfileFields,
  resendVerification,
  verifyEmail,
} from '../../../domain/identity/account.ts';
import { RECENT_SECONDS } from '../../../domain/identity/mailed-links.ts';
import { issueToken } from '../../../domain/identity/one-time-token.ts';
import type { User } from '../../../domain/identity/user.ts';
import { account, foundToken, isUsable } from './sample-token.ts';
import { NOW, sampleUser } from './sample-user.ts';

const issued = issueToken(new Uint8Array(32).fill(7));
/** Patients are welcomed; those of the clinic were invited to work with it. */
const welcomes = ({ id, dataKey, role }: User) =>
  role === 'patient' ? [{ template: 'welcome', variables: {}, userId: id, dataKey }] : [];
const invalid = { ok: false, error: { code: 'token_invalid' } };

describe('proving an address (R63)', () => {
  it('R63: takes a token that works and an unproven account, and a password if the account has none', () => {
    fc.assert(
      fc.property(foundToken('verify_email'), fc.option(fc.constant('hash')), (found, passwordHash) => {
        const result = verifyEmail(found, { passwordHash, person: { firstName: 'Ada' } }, NOW);
        const { user, token, hasPassword } = found;
        const isUnproven = user.status === 'active' && user.emailVerifiedAt === null;
        expect(needsPassword(found)).toBe(isUnproven && !hasPassword);
        if (!isUsable(found) || !isUnproven) expect(result).toEqual(invalid);
        else if (!hasPassword && passwordHash === null) {
          expect(result).toEqual({ ok: false, error: { code: 'password_required' } });
        } else {
          const { id: userId, dataKey, version } = user;
          const { firstName, lastName, dateOfBirth, phoneNumber } = user;
          const known = { firstName, lastName, dateOfBirth, phoneNumber };
          const claim = { passwordHash, person: { firstName: 'Ada' }, known };
          expect(result.ok && result.value).toEqual({
            value: undefined,
            changes: [
              { type: 'one_time_token.used', hash: token.hash, usedAt: NOW },
              { type: 'user.claimed', userId, dataKey, ...claim, version, at: NOW },
              { type: 'user.email_verified', userId, at: NOW },
            ],
            audit: [{ type: 'user.email_verified', stream: userId, outcome: 'success' }],
            messages: welcomes(user),
          });
        }
      }),
    );
    expect(verifyEmail(undefined, { passwordHash: 'hash', person: {} }, NOW)).toEqual(invalid);
  });

  it('R5, R65, R66: another link is mailed to an unproven account, not within 15 minutes of the last, while its mailbox has mails left', () => {
    const former = fc.record({
      mailedAt: fc.option(fc.integer({ min: -2, max: 2 }).map((ms) => NOW - RECENT_SECONDS * 1000 + ms)),
      isMailboxOpen: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.option(account, { nil: undefined }), former, (user, last) => {
        const isUnproven = user?.status === 'active' && user.emailVerifiedAt === null;
        const isRecent = last.mailedAt !== null && last.mailedAt > NOW - RECENT_SECONDS * 1000;
        const decision = resendVerification(user, last, issued, NOW);
        if (!isUnproven || isRecent || !last.isMailboxOpen) {
          expect(decision).toEqual({ value: 'nobody', changes: [], audit: [], messages: [] });
          return;
        }
        expect(decision).toMatchObject({
          value: 'unproven',
          changes: [
            { type: 'one_time_token.none_since', purpose: 'verify_email', since: NOW - RECENT_SECONDS * 1000 },
            { type: 'one_time_token.issued', hash: issued.hash, purpose: 'verify_email', beside: false },
          ],
          audit: [{ type: 'user.verification_requested', stream: user.id }],
          messages: [{ template: 'verify-email', variables: { token: issued.token }, usefulUntil: NOW + 86_400_000 }],
        });
      }),
    );
  });
});

describe('accepting an invitation', () => {
  it('takes a token that works and an invited account, and activates it with the password', () => {
    fc.assert(
      fc.property(foundToken('accept_invitation'), (found) => {
        const result = acceptInvitation(found, 'hash', NOW);
        if (!isUsable(found) || found.user.status !== 'invited') expect(result).toEqual(invalid);
        else {
          expect(result.ok && result.value).toMatchObject({
            changes: [
              { type: 'one_time_token.used', hash: found.token.hash, usedAt: NOW },
              { type: 'user.activated', userId: found.user.id, passwordHash: 'hash', at: NOW },
            ],
            audit: [{ type: 'user.invitation_accepted', stream: found.user.id, outcome: 'success' }],
            messages: welcomes(found.user),
          });
        }
      }),
    );
    expect(acceptInvitation(undefined, 'hash', NOW)).toEqual(invalid);
  });
});

describe('changing a profile', () => {
  const user = sampleUser({ address: { city: 'Berlin' }, damaged: ['bio'] });
  const { firstName, lastName, dateOfBirth, phoneNumber, address, bio, timezone, language } = user;
  const profile: ProfileFields = { firstName, lastName, dateOfBirth, phoneNumber, address, bio, timezone, language };

  it('the audit log names the changed fields, without their values', () => {
    const changed = { ...profile, lastName: 'Berg', address: { city: 'Köln' } };
    const result = changeProfile(user, changed, 3, NOW);
    expect(result.ok && result.value).toEqual({
      value: { ...user, ...changed, updatedAt: NOW, version: 4 },
      changes: [
        {
          type: 'user.profile_changed',
          userId: user.id,
          dataKey: user.dataKey,
          profile: changed,
          damaged: ['bio'],
          version: 3,
          at: NOW,
        },
      ],
      audit: [
        {
          type: 'user.profile_updated',
          stream: user.id,
          outcome: 'success',
          resource: { type: 'user', id: user.id },
          details: { changed: 'lastName address' },
        },
      ],
      messages: [],
    });
  });

  it('the same profile is stored again and names no field; an account without damage has none', () => {
    const sound = sampleUser();
    const result = changeProfile(sound, { ...profile, address: null }, null, NOW);
    expect(result.ok && result.value.changes).toMatchObject([{ damaged: [] }]);
    expect(result.ok && result.value.audit).toMatchObject([{ details: { changed: '' } }]);
  });

  it('a version other than the expected ones is refused with the current version', () => {
    for (const expected of [2, 4, [1, 2], []]) {
      expect(changeProfile(user, profile, expected, NOW)).toEqual({
        ok: false,
        error: { code: 'stale_version', version: 3 },
      });
    }
    for (const expected of [3, [1, 3], null]) expect(changeProfile(user, profile, expected, NOW).ok).toBe(true);
  });
});

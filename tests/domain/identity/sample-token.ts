/** Generated accounts, and mailed tokens with their owners. */
import fc from 'fast-check';
import type { TokenWithOwner } from '../../../domain/identity/account.ts';
import { issueToken, type TokenPurpose } from '../../../domain/identity/one-time-token.ts';
import type { UserStatus } from '../../../domain/identity/user.ts';
import { NOW, sampleUser } from './sample-user.ts';

const { hash } = issueToken(new Uint8Array(32).fill(7));

/** An account of any status, with a proven address or not. */
export const account = fc
  .record({ status: fc.constantFrom<UserStatus>('invited', 'active', 'closed'), isProven: fc.boolean() })
  .map(({ status, isProven }) => sampleUser({ status, emailVerifiedAt: isProven ? NOW - 1 : null }));

/** A token that expires within two milliseconds of now, used or not. */
export function foundToken(purpose: TokenPurpose): fc.Arbitrary<TokenWithOwner> {
  return fc
    .record({ user: account, isUsed: fc.boolean(), left: fc.integer({ min: -2, max: 2 }), hasPassword: fc.boolean() })
    .map(({ user, isUsed, left, hasPassword }) => ({
      user,
      hasPassword,
      token: { hash, userId: user.id, purpose, expiresAt: NOW + left, usedAt: isUsed ? NOW - 1 : null },
    }));
}

export function isUsable({ token }: TokenWithOwner): boolean {
  return token.usedAt === null && token.expiresAt > NOW;
}

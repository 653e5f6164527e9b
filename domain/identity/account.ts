/** What its owner does with an account: proves the address, opens an invitation, keeps the profile. */
import { type Decision, decided } from '../shared/changes.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import { type ExpectedVersion, type StaleVersion, staleness } from '../shared/version.ts';
import type { IdentityChange, PersonFields, ProfileFields } from './changes.ts';
import { type FormerLink, type Mailed, mailedTo, mailsNothing, mayMail, unlessRecent } from './mailed-links.ts';
import { type IssuedToken, type OneTimeToken, oneTimeToken, redeem } from './one-time-token.ts';
import { isUnproven, type User, verificationMail } from './user.ts';

type TokenInvalid = { readonly code: 'token_invalid' };

export interface TokenWithOwner {
  readonly user: User;
  readonly token: OneTimeToken;
  /** Not so while the account is contested or was only invited. */
  readonly hasPassword: boolean;
}

/** What whoever proves an address says with it. */
export interface Claim {
  readonly passwordHash: string | null;
  readonly person: Partial<PersonFields>;
}

/** Whether the token proves an address that nobody has proven, and nobody's password can count for it (R63). */
export function needsPassword(found: TokenWithOwner): boolean {
  return !found.hasPassword && isUnproven(found.user);
}

/** The address is proven by the token that was mailed to it; what is said with it counts from then on. */
export function verifyEmail(
  found: TokenWithOwner | undefined,
  claim: Claim,
  now: Instant,
): Result<Decision<IdentityChange, void>, TokenInvalid | { readonly code: 'password_required' }> {
  const used = redeem(found?.token, now);
  if (!used.ok || found === undefined || !isUnproven(found.user)) return refuse({ code: 'token_invalid' });
  if (needsPassword(found) && claim.passwordHash === null) return refuse({ code: 'password_required' });
  const { id, dataKey, version } = found.user;
  return ok(
    decided({
      value: undefined,
      changes: [
        used.value,
        { type: 'user.claimed', userId: id, dataKey, ...claim, version, at: now },
        { type: 'user.email_verified', userId: id, at: now },
      ],
      audit: [{ type: 'user.email_verified', stream: id, outcome: 'success' }],
    }),
  );
}

/** Mails another verification token; an address that is unknown or proven gets none, and nobody can tell (R5). */
export function resendVerification(
  user: User | undefined,
  former: FormerLink,
  issued: IssuedToken,
  now: Instant,
): Decision<IdentityChange, Mailed> {
  if (user === undefined || !isUnproven(user) || !mayMail(user, former, now)) return mailsNothing;
  return decided({
    value: mailedTo(user),
    changes: [...unlessRecent(user.id, 'verify_email', now), oneTimeToken(issued, user.id, 'verify_email', now)],
    audit: [{ type: 'user.verification_requested', stream: user.id, outcome: 'success' }],
    messages: [verificationMail(user, issued, now)],
  });
}

/** Opens an invited account. The invitation came by mail, so it proves the address too. */
export function acceptInvitation(
  found: TokenWithOwner | undefined,
  passwordHash: string,
  now: Instant,
): Result<Decision<IdentityChange, void>, TokenInvalid> {
  const used = redeem(found?.token, now);
  if (!used.ok || found === undefined || found.user.status !== 'invited') return refuse({ code: 'token_invalid' });
  return ok(
    decided({
      value: undefined,
      changes: [used.value, { type: 'user.activated', userId: found.user.id, passwordHash, at: now }],
      audit: [{ type: 'user.invitation_accepted', stream: found.user.id, outcome: 'success' }],
    }),
  );
}

/**
 * Replaces the profile as its reader saw it.
 * @param expectedVersion what the caller has read
 */
export function changeProfile(
  user: User,
  profile: ProfileFields,
  expectedVersion: ExpectedVersion,
  now: Instant,
): Result<Decision<IdentityChange, User>, StaleVersion> {
  const stale = staleness(user, expectedVersion);
  if (stale !== undefined) return refuse(stale);
  const names = Object.keys(profile) as (keyof ProfileFields)[];
  const changed = names.filter((name) => JSON.stringify(profile[name]) !== JSON.stringify(user[name]));
  return ok(
    decided({
      value: { ...user, ...profile, updatedAt: now, version: user.version + 1 },
      changes: [
        {
          type: 'user.profile_changed',
          userId: user.id,
          dataKey: user.dataKey,
          profile,
          damaged: user.damaged ?? [],
          version: user.version,
          at: now,
        },
      ],
      audit: [
        {
          type: 'user.profile_updated',
          stream: user.id,
          outcome: 'success',
          resource: { type: 'user', id: user.id },
          details: { changed: changed.join(' ') },
        },
      ],
    }),
  );
}

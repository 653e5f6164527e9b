/** The owner's changes to an account: verifying the address, accepting an invitation, changing the profile. */

import { decided } from '../shared/changes.ts';
import type { UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import { type ExpectedVersion, type StaleVersion, staleness } from '../shared/version.ts';
import type { Decision } from './decision.ts';
import { type FormerLink, type Mailed, mailedTo, mailsNothing, mayMail, unlessRecent } from './mailed-links.ts';
import type { MessageDraft } from './messages.ts';
import {
  type IssuedToken,
  type OneTimeToken,
  oneTimeToken,
  redeem,
  type TokenChange,
  type TokenInvalid,
} from './one-time-token.ts';
import { verificationMail } from './registration.ts';
import { type AccountHolder, type Address, isUnproven, type PersonFields, type User } from './user.ts';

/** The parts of a profile its owner may set. */
export interface ProfileFields {
  readonly firstName: string;
  readonly lastName: string;
  readonly dateOfBirth: string | null;
  readonly phoneNumber: string | null;
  readonly address: Address | null;
  readonly bio: string | null;
  readonly timezone: string;
  readonly language: string;
}

export type AccountChange =
  /** Mailed tokens that would prove the address again stop working. */
  | { readonly type: 'user.email_verified'; readonly userId: UserId; readonly at: Instant }
  /** Stores the name and password that were sent with the proof of the address. Guarded by the version. */
  | {
      readonly type: 'user.claimed';
      readonly userId: UserId;
      readonly dataKey: DataKey;
      /** `null` keeps the password of the registration, if there was only one. */
      readonly passwordHash: string | null;
      readonly person: Partial<PersonFields>;
      /** The person after the change. */
      readonly known: PersonFields;
      readonly version: number;
      readonly at: Instant;
    }
  | {
      readonly type: 'user.activated';
      readonly userId: UserId;
      readonly passwordHash: string;
      readonly at: Instant;
    }
  | {
      readonly type: 'user.profile_changed';
      readonly userId: UserId;
      readonly dataKey: DataKey;
      readonly profile: ProfileFields;
      /** Fields that could not be decrypted. Their stored values stay unless the profile sets a new value. */
      readonly damaged: readonly string[];
      readonly version: number;
      readonly at: Instant;
    };

type Change = AccountChange | TokenChange;

/** Several people registered the address, so no password given before counts (R63). */
export type PasswordRequired = { readonly code: 'password_required' };

export interface TokenWithOwner {
  readonly user: AccountHolder;
  readonly token: OneTimeToken;
  /** False while the account is contested or only invited. */
  readonly hasPassword: boolean;
}

/** What is sent with the proof of an address. */
export interface Claim {
  readonly passwordHash: string | null;
  readonly person: Partial<PersonFields>;
}

/** Whether a password must be sent with the token, because the account is unproven and has none that counts (R63). */
export function needsPassword(found: TokenWithOwner): boolean {
  return !found.hasPassword && isUnproven(found.user);
}

/** Verifies an address by the token that was mailed to it, and stores what was sent with the token. */
export function verifyEmail(
  found: TokenWithOwner | undefined,
  claim: Claim,
  now: Instant,
): Result<Decision<Change, void>, TokenInvalid | PasswordRequired> {
  const used = redeem(found?.token, now);
  if (!used.ok || found === undefined || !isUnproven(found.user)) return refuse({ code: 'token_invalid' });
  if (needsPassword(found) && claim.passwordHash === null) return refuse({ code: 'password_required' });
  const { id, dataKey, version } = found.user;
  const { firstName, lastName, dateOfBirth, phoneNumber } = found.user;
  const known = { firstName, lastName, dateOfBirth, phoneNumber, ...claim.person };
  return ok(
    decided({
      value: undefined,
      changes: [
        used.value,
        { type: 'user.claimed', userId: id, dataKey, ...claim, known, version, at: now },
        { type: 'user.email_verified', userId: id, at: now },
      ],
      audit: [{ type: 'user.email_verified', stream: id, outcome: 'success' }],
      messages: welcome(found.user),
    }),
  );
}

/** Tells a patient what the account is for. Those of the clinic know: they were invited to work with it. */
function welcome({ id, dataKey, role }: AccountHolder): MessageDraft[] {
  return role === 'patient' ? [{ template: 'welcome', variables: {}, userId: id, dataKey }] : [];
}

/** Mails another verification token. An unknown or proven address gets none, and the answer does not tell (R5). */
export function resendVerification(
  user: User | undefined,
  former: FormerLink,
  issued: IssuedToken,
  now: Instant,
): Decision<Change, Mailed> {
  if (user === undefined || !isUnproven(user) || !mayMail(user, former, now)) return mailsNothing;
  return decided({
    value: mailedTo(user),
    changes: [...unlessRecent(user.id, 'verify_email', now), oneTimeToken(issued, user.id, 'verify_email', now)],
    audit: [{ type: 'user.verification_requested', stream: user.id, outcome: 'success' }],
    messages: [verificationMail(user, issued, now)],
  });
}

/** Activates an invited account. The invitation came by mail, so it proves the address too. */
export function acceptInvitation(
  found: TokenWithOwner | undefined,
  passwordHash: string,
  now: Instant,
): Result<Decision<Change, void>, TokenInvalid> {
  const used = redeem(found?.token, now);
  if (!used.ok || found === undefined || found.user.status !== 'invited') return refuse({ code: 'token_invalid' });
  return ok(
    decided({
      value: undefined,
      changes: [used.value, { type: 'user.activated', userId: found.user.id, passwordHash, at: now }],
      audit: [{ type: 'user.invitation_accepted', stream: found.user.id, outcome: 'success' }],
      messages: welcome(found.user),
    }),
  );
}

/**
 * Replaces the profile if it is still the version that the client has read.
 * @param expectedVersion the version that the client has read
 */
export function changeProfile(
  user: User,
  profile: ProfileFields,
  expectedVersion: ExpectedVersion,
  now: Instant,
): Result<Decision<Change, User>, StaleVersion> {
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

/** What identity needs of the outside world. */

import type { Assurance } from '../shared/assurance.ts';
import type { Load } from '../shared/changes.ts';
import type { RecordedLoad } from '../shared/database.ts';
import type { SessionId, UserId } from '../shared/ids.ts';
import type { Role } from '../shared/permissions.ts';
import type { PersonRef } from '../shared/person.ts';
import type { DataKey } from '../shared/ports.ts';
import type { Result } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { Viewer } from '../shared/viewer.ts';
import type { TokenWithOwner } from './account.ts';
import type { ApiKey } from './api-key.ts';
import type { AvatarOwner } from './avatar.ts';
import type { ChangeWithOwner, EmailChange, Profile } from './email-change.ts';
import type { TemplateName } from './messages.ts';
import type { IssuedToken, TokenPurpose } from './one-time-token.ts';
import type { Preferences } from './preferences.ts';
import type { RefreshState } from './refresh.ts';
import type { Session } from './session.ts';
import type { PastSignIn } from './sign-in-risk.ts';
import type { SignInCounters, SignInPauses } from './sign-in-throttle.ts';
import type { AccountHolder, User } from './user.ts';

/**
 * Whom a hash is computed for, which decides who waits when there are many: whoever is signed in, or signs in from a browser
 * that has before (`known`); whoever signs in (`sign_in`); and whoever registers or follows a link (`anonymous`). Each has a
 * share that the others cannot use up (R66). Default: `anonymous`.
 */
export type HashingWork = 'known' | 'sign_in' | 'anonymous';

export interface PasswordHasher {
  /** @returns a PHC string: `$scrypt$ln=15,r=8,p=3$<salt>$<hash>` (R3) */
  hash(password: string, work?: HashingWork): Promise<string>;
  /**
   * The same for work that no request asked for: the first administrator, the demo, the command line. The limits that
   * protect sign-ins from a flood do not apply, so it is never refused. Call it once at a time.
   */
  hashUnlimited(password: string): Promise<string>;
  /**
   * Takes the same time whether or not there is a hash to compare with: `undefined` is checked against a dummy (R4).
   * @throws Unavailable when too many hashes wait already
   */
  verify(
    password: string,
    phc: string | undefined,
    work?: HashingWork,
  ): Promise<{ readonly matches: boolean; readonly outdated: boolean }>;
}

/** The next refresh token, derived from the one before: who rotates one token twice gets the same successor. */
export interface RefreshSuccessors {
  of(token: string): IssuedToken;
  /** The successor that has this hash, also when another key of the ring derived it; `undefined` when none gives it. */
  again(token: string, hash: Uint8Array): IssuedToken | undefined;
}

/** RFC 9068 claims, with the portal's own `sid`, `role`, `permissions`. Times are epoch seconds, as in the JWT. */
export interface AccessClaims {
  readonly sub: string;
  readonly sid: string;
  readonly role: string;
  readonly permissions: readonly string[];
  /** RFC 8176 authentication methods, such as `pwd`, `otp`. */
  readonly amr: readonly string[];
  readonly auth_time: number;
}

export interface AccessTokens {
  /** Signs a token that lives `expiresInSeconds` from `now`. */
  sign(claims: AccessClaims, now: Instant, expiresInSeconds: number): Promise<string>;
  /** Never fetches anything: an unknown `kid` is refused (R19). `expired_token`: it was valid once, and is no guess. */
  verify(token: string, now: Instant): Promise<Result<AccessClaims, 'invalid_token' | 'expired_token'>>;
  /** The public keys, as served at `/.well-known/jwks.json`. */
  jwks(): { readonly keys: readonly Record<string, unknown>[] };
}

/** A session as each request checks it. */
export interface LiveSession extends Assurance {
  readonly sessionId: SessionId;
  readonly userId: UserId;
  readonly role: Role;
  readonly authenticatedAt: Instant;
  readonly expiresAt: Instant;
  readonly remembered: boolean;
  /** The sign-in was unusual, and nothing has been proven since. */
  readonly isSuspicious: boolean;
  readonly dataKey: DataKey;
  /** Differs whenever something of the above does. */
  readonly fingerprint: string;
}

/** A key as each request checks it. Without its name: it is cached. */
export interface LiveApiKey {
  readonly key: Omit<ApiKey, 'name'>;
  readonly role: Role;
  /** Whether its owner has a second factor, and whether the key was made in a session that had passed it. */
  readonly mfaEnabled: boolean;
  readonly withFactor: boolean;
  readonly dataKey: DataKey;
}

export interface Credentials {
  readonly user: AccountHolder;
  readonly passwordHash: string | null;
  /** 0 where none was ever set. */
  readonly passwordChangedAt: Instant;
}

/** What identity reads. Closed accounts are not found. */
export interface IdentityLoads {
  user(id: UserId): Load<User | undefined>;
  userByEmail(email: string): Load<AccountHolder | undefined>;
  /** The change of address that waits for its proof, whether or not in time. */
  openEmailChange(userId: UserId): Load<EmailChange | undefined>;
  emailChange(by: 'confirm' | 'restore', hash: Uint8Array): Load<ChangeWithOwner | undefined>;
  /** What seals that person's words. */
  dataKey(id: UserId): Load<DataKey | undefined>;
  /** `undefined` also for a person without an account. */
  credentials(person: PersonRef): Load<Credentials | undefined>;
  /** The profile, recorded in its owner's stream. Doctors see those of own patients, staff those of patients (R28). */
  profileRead(id: UserId, viewer: Viewer): RecordedLoad<Profile | undefined>;
  preferences(id: UserId): Load<Preferences | undefined>;
  /** `undefined` if the account is closed. */
  avatarOwner(id: UserId): Load<AvatarOwner | undefined>;
  /** Pictures that a version before has kept as they were uploaded. @param order another text gives another order */
  formerAvatars(limit: number, order: string): Load<{ readonly userId: UserId; readonly object: string }[]>;
  anyUser(): Load<true | undefined>;
  /** Whether somebody can administer the portal. */
  anyAdministrator(): Load<true | undefined>;
  /** Data keys that another key of the ring wraps, by owner. @param after the last owner of the page before */
  dataKeysNotUnder(ringKeyId: string, after: string | null, limit: number): Load<DataKey[]>;
  activeAdmins(): Load<number>;
  /** Until when sign-ins are refused, by the counters of `sign-in-throttle`. */
  signInPauses(counters: SignInCounters): Load<SignInPauses>;
  /** The last sign-ins, newest first, without suspicious ones. */
  pastSignIns(person: PersonRef): Load<PastSignIn[]>;
  apiKey(hash: Uint8Array, now: Instant): Load<LiveApiKey | undefined>;
  /** Also of a key that works no more. */
  apiKeyOwner(hash: Uint8Array): Load<UserId | undefined>;
  /** Live ones, newest first. */
  apiKeysOf(userId: UserId, now: Instant): Load<ApiKey[]>;
  /** In the order of their ids; one more than `limit` when there is a next page. Recorded in the portal's stream. */
  usersRead(page: {
    readonly after: UserId | null;
    readonly limit: number;
    readonly role: Role | null;
  }): RecordedLoad<User[]>;
  /** The account, whoever's; recorded in its owner's stream. */
  userRead(id: UserId): RecordedLoad<User | undefined>;
  oneTimeToken(hash: Uint8Array, purpose: TokenPurpose): Load<TokenWithOwner | undefined>;
  /** When the last token that still works was issued, for the account with that address. */
  lastToken(email: string, purpose: TokenPurpose, now: Instant): Load<Instant | null>;
  /** When the last mail of the template was queued for the account with that address. */
  lastMail(email: string, template: TemplateName): Load<Instant | null>;
  refreshState(hash: Uint8Array): Load<RefreshState | undefined>;
  liveSession(id: SessionId): Load<LiveSession | undefined>;
  /** Live ones, last used first; one more than `limit` when there is a next page. */
  sessionsOf(
    userId: UserId,
    now: Instant,
    page: { readonly after: { readonly at: Instant; readonly id: SessionId } | null; readonly limit: number },
  ): Load<Session[]>;
}

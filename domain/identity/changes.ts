/** What identity changes. Each is a plain value; `adapters/postgres` turns it into SQL. */
import type { ApiKeyId } from '../shared/actor.ts';
import type { SessionId, UserId } from '../shared/ids.ts';
import type { TemplateName } from '../shared/messages.ts';
import type { Role } from '../shared/permissions.ts';
import type { DataKey } from '../shared/ports.ts';
import type { CredentialsRevoked } from '../shared/revocation.ts';
import type { Instant } from '../shared/time.ts';
import type { ApiKey } from './api-key.ts';
import type { EmailChange, EmailChangeId } from './email-change.ts';
import type { TokenPurpose } from './one-time-token.ts';
import type { Preferences } from './preferences.ts';
import type { Session } from './session.ts';
import type { Address, User } from './user.ts';

/** What somebody says of themselves when the account begins. */
export interface PersonFields {
  readonly firstName: string;
  readonly lastName: string;
  readonly dateOfBirth: string | null;
  readonly phoneNumber: string | null;
}

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

export type IdentityChange =
  /** Guarded by the version of the account. Replaces a change that waits. */
  | {
      readonly type: 'email_change.requested';
      readonly change: EmailChange;
      /** Seals the address. */
      readonly dataKey: DataKey;
      readonly confirmHash: Uint8Array;
      readonly restoreHash: Uint8Array;
      readonly version: number;
    }
  /** Those that wait. Guarded by the version of the account. */
  | { readonly type: 'email_changes.ended'; readonly userId: UserId; readonly version: number; readonly at: Instant }
  /** Guarded: the change waits, and by the version of the account. Links mailed to the former address are void. */
  | {
      readonly type: 'email_change.confirmed';
      readonly changeId: EmailChangeId;
      readonly userId: UserId;
      readonly dataKey: DataKey;
      readonly email: string;
      readonly previousEmail: string;
      readonly restoreUntil: Instant;
      readonly version: number;
      readonly at: Instant;
    }
  /** Guarded: it was not taken back before, and by the version of the account. Ends other changes, and the password. */
  | {
      readonly type: 'email.restored';
      readonly changeId: EmailChangeId;
      readonly userId: UserId;
      readonly dataKey: DataKey;
      readonly email: string;
      readonly version: number;
      readonly at: Instant;
    }
  | CredentialsRevoked
  /**
   * Changes nothing. Guarded: the account is active and its password is still the one that was verified, so that what
   * follows from the verification is not done after a reset. Comes first: it locks the account.
   */
  | { readonly type: 'password.relied_on'; readonly userId: UserId; readonly passwordHash: string | null }
  /** The same key, wrapped by another key of the ring. Guarded by what it was wrapped by before. */
  | { readonly type: 'data_key.rewrapped'; readonly key: DataKey; readonly previousRingKeyId: string }
  | { readonly type: 'user.created'; readonly user: User; readonly passwordHash: string | null }
  | {
      readonly type: 'doctor.added';
      readonly userId: UserId;
      /** As the public directory shows them. */
      readonly firstName: string;
      readonly lastName: string;
      readonly timezone: string;
      readonly specialty: string | null;
      readonly languages: readonly string[];
    }
  | {
      readonly type: 'one_time_token.issued';
      readonly hash: Uint8Array;
      readonly userId: UserId;
      readonly purpose: TokenPurpose;
      readonly createdAt: Instant;
      readonly expiresAt: Instant;
      /** Whether tokens of the same purpose that were mailed before go on working. */
      readonly beside: boolean;
    }
  /** Changes nothing. Guarded: no token that works was issued since. Locks the account, and comes first. */
  | {
      readonly type: 'one_time_token.none_since';
      readonly userId: UserId;
      readonly purpose: TokenPurpose;
      readonly since: Instant;
    }
  /** Changes nothing. Guarded: no mail of the template was queued for the account since. Locks the account. */
  | {
      readonly type: 'mail.none_since';
      readonly userId: UserId;
      readonly template: TemplateName;
      readonly since: Instant;
    }
  | { readonly type: 'one_time_token.used'; readonly hash: Uint8Array; readonly usedAt: Instant }
  /** Mailed tokens that would prove the address again stop working. */
  | { readonly type: 'user.email_verified'; readonly userId: UserId; readonly at: Instant }
  /**
   * Of several who registered one address nobody knows whose it is: no password and nothing said of the person counts.
   * Guarded by the version.
   */
  | {
      readonly type: 'user.contested';
      readonly userId: UserId;
      readonly dataKey: DataKey;
      readonly version: number;
      readonly at: Instant;
    }
  /** Whoever has proven the address says who they are. Guarded by the version. */
  | {
      readonly type: 'user.claimed';
      readonly userId: UserId;
      readonly dataKey: DataKey;
      /** `null` keeps the one of the only registration. */
      readonly passwordHash: string | null;
      readonly person: Partial<PersonFields>;
      readonly version: number;
      readonly at: Instant;
    }
  /** An account that nobody has proven becomes another person's. Guarded by the version that it had. */
  | {
      readonly type: 'user.taken_over';
      readonly user: User;
      readonly passwordHash: string | null;
      readonly version: number;
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
      /** What could not be opened: it stays as it is stored unless the profile has something new. */
      readonly damaged: readonly string[];
      readonly version: number;
      readonly at: Instant;
    }
  /** Guarded: the account is open, and has the picture it had. */
  | {
      readonly type: 'user.avatar_changed';
      readonly userId: UserId;
      readonly avatarKey: string;
      readonly previousKey: string | null;
      readonly at: Instant;
    }
  | {
      readonly type: 'session.opened';
      readonly session: Session;
      readonly dataKey: DataKey;
      readonly refreshTokenHash: Uint8Array;
      readonly refreshExpiresAt: Instant;
      readonly browserHash: Uint8Array | null;
      /** A better hash of the password just checked, when the stored one has outdated parameters (R3). */
      readonly passwordHash: string | null;
    }
  /** Counts one failure for an account or an address, and pauses it after the free ones. Seconds. */
  | {
      readonly type: 'sign_in.failed';
      readonly counter: Uint8Array;
      readonly freeFailures: number;
      readonly firstPauseSeconds: number;
      readonly longestPauseSeconds: number;
      readonly forgiveSeconds: number;
      readonly forgetAfterSeconds: number;
      readonly at: Instant;
    }
  /** The same on the account itself, for whoever looks at it. */
  | { readonly type: 'login.failed'; readonly userId: UserId; readonly counter: Uint8Array }
  | { readonly type: 'sign_in.cleared'; readonly counter: Uint8Array; readonly userId: UserId }
  /** Wrong second factors are forgotten. */
  | { readonly type: 'user.attempts_cleared'; readonly userId: UserId }
  | {
      readonly type: 'user.password_changed';
      readonly userId: UserId;
      readonly passwordHash: string;
      readonly at: Instant;
    }
  /** Guarded: the account is open. What is not named stays as it is, whoever changes it meanwhile. */
  | { readonly type: 'user.preferences_changed'; readonly userId: UserId; readonly changed: Partial<Preferences> }
  /** Changes nothing. Guarded: somebody else is an active administrator. Locks them all, and comes first. */
  | { readonly type: 'admins.remain'; readonly without: UserId }
  /** Guarded by the version. */
  | {
      readonly type: 'user.role_changed';
      readonly userId: UserId;
      readonly role: Role;
      readonly version: number;
      readonly at: Instant;
    }
  /** Guarded by the version. Frees the e-mail address. */
  | { readonly type: 'user.closed'; readonly userId: UserId; readonly version: number; readonly at: Instant }
  /** Guarded: with it there are no more than `atMost` live ones. */
  | {
      readonly type: 'api_key.created';
      readonly key: ApiKey;
      /** Seals the key's name. */
      readonly dataKey: DataKey;
      readonly hash: Uint8Array;
      /** Made in a session that had passed the second factor. Without, the key ends where the account enrols one (R61). */
      readonly withFactor: boolean;
      readonly atMost: number;
    }
  | { readonly type: 'api_key.used'; readonly id: ApiKeyId; readonly at: Instant }
  /** Changes nothing. Guarded: the key is live. Whoever revokes it waits, or is waited for. */
  | { readonly type: 'api_key.relied_on'; readonly id: ApiKeyId; readonly at: Instant }
  | { readonly type: 'api_key.revoked'; readonly id: ApiKeyId; readonly at: Instant }
  /** Changes nothing. Guarded: the session is live. Whoever revokes it waits, or is waited for. */
  | { readonly type: 'session.relied_on'; readonly sessionId: SessionId; readonly at: Instant }
  /** Guarded: the session is live. A session that was suspicious is so no longer. */
  | {
      readonly type: 'session.reauthenticated';
      readonly sessionId: SessionId;
      readonly amr: readonly string[];
      readonly at: Instant;
    }
  /** A code of the second factor was given within the session: it counts as signed in with it. */
  | { readonly type: 'session.strengthened'; readonly sessionId: SessionId; readonly amr: readonly string[] }
  | {
      readonly type: 'refresh_token.rotated';
      readonly usedHash: Uint8Array;
      readonly nextHash: Uint8Array;
      readonly sessionId: SessionId;
      readonly at: Instant;
      readonly expiresAt: Instant;
    }
  | {
      readonly type: 'session.revoked';
      readonly sessionId: SessionId;
      readonly reason: 'logout' | 'revoked' | 'refresh_token_reused' | 'factor_missing';
      readonly at: Instant;
    };

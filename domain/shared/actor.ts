/** The caller of a use case. */
import type { Id, SessionId, UserId } from './ids.ts';
import { type Permission, permissionsOf, type Role } from './permissions.ts';
import type { DataKey } from './ports.ts';
import type { Instant } from './time.ts';

export type ApiKeyId = Id<'api_key'>;

/** A signed-in person. */
export interface UserActor {
  readonly kind: 'user';
  readonly userId: UserId;
  readonly role: Role;
  readonly sessionId: SessionId;
  /** When and how the person last proved their identity. The methods are those of RFC 8176. */
  readonly authenticatedAt: Instant;
  readonly amr: readonly string[];
  /** Whether the session continues after the browser is closed. */
  readonly remembered: boolean;
  /** Whether a second factor is enrolled. */
  readonly mfaEnabled: boolean;
  /** The role requires a second factor and none is enrolled. */
  readonly mfaEnrolmentRequired: boolean;
  /** A second factor is enrolled, but this session has not passed it (R61). */
  readonly lacksFactor: boolean;
  readonly dataKey: DataKey;
}

/** A program that acts for a person, with no more than its scopes. */
export interface ApiKeyActor {
  readonly kind: 'api_key';
  readonly userId: UserId;
  readonly role: Role;
  readonly apiKeyId: ApiKeyId;
  readonly scopes: readonly Permission[];
  readonly dataKey: DataKey;
}

export interface AnonymousActor {
  readonly kind: 'anonymous';
}

/** The portal itself: a job, a timer, the command line. */
export interface SystemActor {
  readonly kind: 'system';
}

export type KnownActor = UserActor | ApiKeyActor;

/** What decides on the rights of a caller. */
export type Entitled =
  | Pick<UserActor, 'kind' | 'userId' | 'role'>
  | Pick<ApiKeyActor, 'kind' | 'userId' | 'role' | 'scopes'>;
export type Actor = KnownActor | AnonymousActor | SystemActor;

export function isAllowed(actor: Entitled | AnonymousActor | SystemActor, permission: Permission): boolean {
  switch (actor.kind) {
    case 'user':
      return permissionsOf(actor.role).includes(permission);
    case 'api_key':
      return actor.scopes.includes(permission) && permissionsOf(actor.role).includes(permission);
    case 'anonymous':
    case 'system':
      return false;
  }
}

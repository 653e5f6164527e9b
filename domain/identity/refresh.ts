/**
 * Rotation of refresh tokens (R20). A second use of a token ends its session. One exception: two tabs of a browser may refresh
 * at the same time, or a response may be lost. Within a short leeway the same browser, identified by its own cookie, gets the
 * tokens that were issued at the rotation. The successor is derived from its predecessor, so there is never a second one.
 */
import { type Assurance, lacksFactor } from '../shared/assurance.ts';
import { equalBytes } from '../shared/bytes.ts';
import { decided } from '../shared/changes.ts';
import type { SessionId, UserId } from '../shared/ids.ts';
import type { Role } from '../shared/permissions.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { AuditDraft } from './audit-events.ts';
import type { Decision } from './decision.ts';
import type { IssuedToken } from './one-time-token.ts';
import { refreshExpiry, type Session, type SessionChange, type SessionPolicy } from './session.ts';

export type RefreshTokenChange = {
  readonly type: 'refresh_token.rotated';
  readonly usedHash: Uint8Array;
  readonly nextHash: Uint8Array;
  readonly sessionId: SessionId;
  readonly at: Instant;
  readonly expiresAt: Instant;
};

type Change = RefreshTokenChange | SessionChange;

/** How long after its rotation a token may come again from the same browser, in seconds. */
export const REFRESH_LEEWAY_SECONDS = 15;

/** A refresh token with its session and its owner, as stored. */
export interface RefreshState extends Assurance, Pick<Session, 'transport' | 'remembered'> {
  readonly tokenHash: Uint8Array;
  readonly usedAt: Instant | null;
  readonly expiresAt: Instant;
  /** The token that it was rotated to. */
  readonly successor: {
    readonly hash: Uint8Array;
    readonly usedAt: Instant | null;
    readonly expiresAt: Instant;
  } | null;
  readonly sessionId: SessionId;
  readonly userId: UserId;
  readonly sessionExpiresAt: Instant;
  readonly revokedAt: Instant | null;
  /** Hash of the cookie that identifies the browser; `null` if the tokens are not in cookies. */
  readonly browserHash: Uint8Array | null;
  readonly userActive: boolean;
  readonly role: Role;
  readonly authenticatedAt: Instant;
}

/** What is presented with the token. */
export interface PresentedRefresh {
  /** Hash of the cookie that identifies the browser, if it sent one. */
  readonly browserHash: Uint8Array | null;
  /** The token that it is rotated to now. */
  readonly next: IssuedToken;
  /** The token that it was rotated to before, derived again; `undefined` when no key of the ring gives it. */
  readonly current: IssuedToken | undefined;
}

/** The session, and the refresh token for the client. */
export interface Refreshed {
  readonly state: RefreshState;
  readonly refreshToken: string;
}

/** The token is unknown, expired or used, or its session has ended. */
export type RefreshTokenInvalid = { readonly code: 'refresh_token_invalid' };

/** A refused refresh is recorded and may change state: a token that is used twice ends its token family. */
export interface RefreshRefusal extends RefreshTokenInvalid {
  readonly consequence: Decision<Change, void>;
}

/** Rotates a refresh token, or repeats the answer of a rotation within the leeway. */
export function refresh(
  state: RefreshState | undefined,
  presented: PresentedRefresh,
  policy: SessionPolicy,
  now: Instant,
): Result<Decision<Change, Refreshed>, RefreshRefusal> {
  if (state === undefined) return rejected(undefined);
  const repeated = state.usedAt === null ? undefined : repetition(state, presented, now);
  if (state.revokedAt === null && state.usedAt !== null && repeated === undefined) {
    return ended(state, 'refresh_token_reused', 'refresh_token.reused', now);
  }
  const expiresAt = repeated?.expiresAt ?? state.expiresAt;
  const live = state.revokedAt === null && state.userActive && expiresAt > now && state.sessionExpiresAt > now;
  if (!live) return rejected(state);
  if (lacksFactor(state)) return ended(state, 'factor_missing', 'refresh_token.rejected', now);
  if (repeated !== undefined) {
    return ok(
      decided({
        value: { state, refreshToken: repeated.token },
        changes: [],
        audit: [{ ...event(state, 'refresh_token.repeated'), outcome: 'success' }],
      }),
    );
  }
  return ok(
    decided({
      value: { state, refreshToken: presented.next.token },
      changes: [
        {
          type: 'refresh_token.rotated',
          usedHash: state.tokenHash,
          nextHash: presented.next.hash,
          sessionId: state.sessionId,
          at: now,
          expiresAt: refreshExpiry({ expiresAt: state.sessionExpiresAt, remembered: state.remembered }, policy, now),
        },
      ],
      audit: [{ ...event(state, 'refresh_token.rotated'), outcome: 'success' }],
    }),
  );
}

/** The successor, if the token was just rotated for the same browser and the successor is unused. */
function repetition(
  { usedAt, successor, browserHash }: RefreshState,
  presented: PresentedRefresh,
  now: Instant,
): { readonly token: string; readonly expiresAt: Instant } | undefined {
  const { current, browserHash: browser } = presented;
  if (usedAt === null || successor === null || successor.usedAt !== null || current === undefined) return undefined;
  if (browserHash === null || browser === null || !equalBytes(browserHash, browser)) return undefined;
  const isRecent = now <= usedAt + REFRESH_LEEWAY_SECONDS * 1000;
  return isRecent && equalBytes(current.hash, successor.hash)
    ? { token: current.token, expiresAt: successor.expiresAt }
    : undefined;
}

function event<T extends AuditDraft['type']>({ userId, sessionId }: RefreshState, type: T) {
  return { type, stream: userId, resource: { type: 'session', id: sessionId } } as const;
}

/** Refuses the token and ends its session. */
function ended(
  state: RefreshState,
  reason: 'refresh_token_reused' | 'factor_missing',
  type: 'refresh_token.reused' | 'refresh_token.rejected',
  now: Instant,
): Result<never, RefreshRefusal> {
  return refuse({
    code: 'refresh_token_invalid',
    consequence: decided({
      value: undefined,
      changes: [{ type: 'session.revoked', sessionId: state.sessionId, reason, at: now }],
      audit: [{ ...event(state, type), outcome: 'failure' }],
    }),
  });
}

function rejected(state: RefreshState | undefined): Result<never, RefreshRefusal> {
  const known = state === undefined ? { stream: 'system' as const } : event(state, 'refresh_token.rejected');
  return refuse({
    code: 'refresh_token_invalid',
    consequence: decided({
      value: undefined,
      changes: [],
      audit: [{ ...known, type: 'refresh_token.rejected', outcome: 'failure', error: 'refresh_token_invalid' }],
    }),
  });
}

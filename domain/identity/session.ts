/** Sessions, and the transition that opens one. */

import { decided } from '../shared/changes.ts';
import type { Id, SessionId, UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import type { SignInGrant } from '../shared/sign-in.ts';
import type { Instant } from '../shared/time.ts';
import type { AuditDraft } from './audit-events.ts';
import type { Decision } from './decision.ts';
import type { MessageDraft } from './messages.ts';
import type { IssuedToken } from './one-time-token.ts';
import type { PasswordChange } from './passwords.ts';
import { assess, type Location, type PastSignIn, type Risk } from './sign-in-risk.ts';
import { clearedSignIns, type SignInCounterChange } from './sign-in-throttle.ts';

export type SessionChange =
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
  /** Changes nothing. Guarded: the session is live. Locks it, so that a concurrent revocation comes before or after the batch. */
  | { readonly type: 'session.relied_on'; readonly sessionId: SessionId; readonly at: Instant }
  /**
   * What was proven before counts no more, so that anything sensitive requires a new proof. Not marked as suspicious: the
   * sessions stay what new sign-ins are compared with.
   * @param sessionIds `null`: all of the account
   */
  | {
      readonly type: 'sessions.suspected';
      readonly userId: UserId;
      readonly sessionIds: readonly SessionId[] | null;
      /** A proof from before counts no more. */
      readonly provenBefore: Instant;
      readonly at: Instant;
    }
  | {
      readonly type: 'session.revoked';
      readonly sessionId: SessionId;
      readonly reason: 'logout' | 'revoked' | 'refresh_token_reused' | 'factor_missing';
      readonly at: Instant;
    };

type Change = SessionChange | PasswordChange | SignInCounterChange;

export type Transport = 'bearer' | 'cookie';
export const DEVICE_TYPES = ['mobile', 'desktop', 'tablet', 'unknown'] as const;
export type DeviceType = (typeof DEVICE_TYPES)[number];

export interface Session {
  readonly id: SessionId;
  readonly userId: UserId;
  readonly amr: readonly string[];
  readonly authenticatedAt: Instant;
  /** The trusted device that replaced the second factor. */
  readonly trustedDeviceId: Id<'trusted_device'> | null;
  readonly transport: Transport;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly deviceName: string;
  readonly deviceType: DeviceType;
  readonly createdAt: Instant;
  readonly lastActivityAt: Instant;
  /** End of the token family; refreshing does not extend it. */
  readonly expiresAt: Instant;
  readonly location: Location | null;
  /** 0 to 100. */
  readonly riskScore: number;
  /** Set when the sign-in was unusual: sensitive operations then require a fresh proof. */
  readonly isSuspicious: boolean;
  /** `false` on a shared computer: cookies end with the browser session, and the idle timeout is short. */
  readonly remembered: boolean;
}

/** How long sessions live, in seconds. */
export interface SessionPolicy {
  /** Idle timeout of a refresh token. Default 7 days. */
  readonly refreshIdleSeconds: number;
  /** Absolute lifetime of a token family. Default 30 days. */
  readonly refreshAbsoluteSeconds: number;
  /** The same two for a session that is not to be remembered. Default 30 minutes and 12 hours. */
  readonly unrememberedIdleSeconds: number;
  readonly unrememberedAbsoluteSeconds: number;
  /** Default 15 minutes. */
  readonly accessTokenSeconds: number;
}

export const DEFAULT_SESSION_POLICY: SessionPolicy = {
  refreshIdleSeconds: 7 * 86_400,
  refreshAbsoluteSeconds: 30 * 86_400,
  unrememberedIdleSeconds: 1_800,
  unrememberedAbsoluteSeconds: 43_200,
  accessTokenSeconds: 900,
};

/** The device, as the request describes it. */
export interface Device {
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly name: string;
  readonly type: DeviceType;
  readonly transport: Transport;
  readonly remembered: boolean;
  readonly location: Location | null;
}

/** The owner of the session, with earlier sign-ins. */
export interface SessionOwner {
  readonly email: string;
  readonly dataKey: DataKey;
  /** The stored hash that was verified. If it has changed at commit, the sign-in fails. */
  readonly passwordHash: string | null;
  /** Newest first, without the suspicious ones. */
  readonly past: readonly PastSignIn[];
}

/** Opens a session. It requires a grant, which only the gate makes, so no way of signing in can skip the second factor. */
export function openSession(
  grant: SignInGrant,
  owner: SessionOwner,
  device: Device,
  made: {
    readonly sessionId: SessionId;
    readonly refresh: IssuedToken;
    /** Hash of the cookie that identifies this browser at a refresh; with cookies only. */
    readonly browserHash: Uint8Array | null;
    readonly passwordHash: string | null;
  },
  policy: SessionPolicy,
  now: Instant,
): Decision<Change, Session> {
  const { dataKey } = owner;
  const risk = assess(owner.past, device, now);
  const session = newSession(made.sessionId, grant, device, risk, policy, now);
  return decided({
    value: session,
    changes: [
      { type: 'password.relied_on', userId: grant.userId, passwordHash: owner.passwordHash },
      {
        type: 'session.opened',
        session,
        dataKey,
        refreshTokenHash: made.refresh.hash,
        refreshExpiresAt: refreshExpiry(session, policy, now),
        browserHash: made.browserHash,
        passwordHash: made.passwordHash,
      },
      ...clearedSignIns({ id: grant.userId, email: owner.email }),
    ],
    audit: [
      {
        type: 'login.succeeded',
        stream: grant.userId,
        outcome: 'success',
        resource: { type: 'session', id: session.id },
        details: { amr: grant.amr.join(' ') },
      },
      ...unusual(session, risk),
    ],
    messages: risk.reasons.length === 0 ? [] : [newSignInNotice(session, dataKey, now)],
  });
}

function newSession(
  id: SessionId,
  grant: SignInGrant,
  device: Device,
  risk: Risk,
  policy: SessionPolicy,
  now: Instant,
): Session {
  const lifetimeSeconds = device.remembered ? policy.refreshAbsoluteSeconds : policy.unrememberedAbsoluteSeconds;
  return {
    id,
    userId: grant.userId,
    amr: grant.amr,
    authenticatedAt: grant.grantedAt,
    trustedDeviceId: grant.trustedDeviceId,
    transport: device.transport,
    ip: device.ip,
    userAgent: device.userAgent,
    deviceName: device.name,
    deviceType: device.type,
    createdAt: now,
    lastActivityAt: now,
    expiresAt: now + lifetimeSeconds * 1000,
    location: device.location,
    riskScore: risk.score,
    isSuspicious: risk.isSuspicious,
    remembered: device.remembered,
  };
}

function unusual(session: Session, risk: Risk): AuditDraft[] {
  if (risk.reasons.length === 0) return [];
  return [
    {
      type: 'login.unusual',
      stream: session.userId,
      outcome: 'success',
      resource: { type: 'session', id: session.id },
      details: { score: risk.score, reasons: risk.reasons.join(' ') },
    },
  ];
}

function newSignInNotice(session: Session, dataKey: DataKey, now: Instant): MessageDraft {
  const { city, country } = session.location ?? {};
  const place = [city, country].filter((part) => part != null).join(', ');
  return {
    template: 'new-sign-in',
    variables: { deviceName: session.deviceName, place: place === '' ? null : place, at: now },
    userId: session.userId,
    dataKey,
  };
}

/** When a refresh token that is issued now stops working. */
export function refreshExpiry(
  session: Pick<Session, 'expiresAt' | 'remembered'>,
  policy: SessionPolicy,
  now: Instant,
): Instant {
  const idleSeconds = session.remembered ? policy.refreshIdleSeconds : policy.unrememberedIdleSeconds;
  return Math.min(session.expiresAt, now + idleSeconds * 1000);
}

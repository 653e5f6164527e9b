/** Sessions and their rotating refresh tokens (R20). */
import { type Assurance, lacksFactor } from '../shared/assurance.ts';
import type { AuditDraft } from '../shared/audit-catalog.ts';
import { type Decision, decided } from '../shared/changes.ts';
import type { Id, SessionId, UserId } from '../shared/ids.ts';
import type { MessageDraft } from '../shared/messages.ts';
import type { Role } from '../shared/permissions.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { SignInGrant } from '../shared/sign-in.ts';
import type { Instant } from '../shared/time.ts';
import type { IdentityChange } from './changes.ts';
import type { IssuedToken } from './one-time-token.ts';
import { assess, type Location, type PastSignIn, type Risk } from './sign-in-risk.ts';
import { accountCounter } from './sign-in-throttle.ts';

export type Transport = 'bearer' | 'cookie';
export type DeviceType = 'mobile' | 'desktop' | 'tablet' | 'unknown';

export interface Session {
  readonly id: SessionId;
  readonly userId: UserId;
  readonly amr: readonly string[];
  readonly authenticatedAt: Instant;
  /** The trusted device that spared the second factor. */
  readonly trustedDeviceId: Id<'trusted_device'> | null;
  readonly transport: Transport;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly deviceName: string;
  readonly deviceType: DeviceType;
  readonly createdAt: Instant;
  readonly lastActivityAt: Instant;
  /** The family ends here, whatever is refreshed before. */
  readonly expiresAt: Instant;
  readonly location: Location | null;
  /** 0 to 100. */
  readonly riskScore: number;
  /** Unusual enough to ask for a fresh proof before anything sensitive. */
  readonly isSuspicious: boolean;
}

/** How long sessions live, in seconds. */
export interface SessionPolicy {
  /** Unused for so long, a refresh token stops working. Default 7 days. */
  readonly refreshIdleSeconds: number;
  /** A family ends at this age. Default 30 days. */
  readonly refreshAbsoluteSeconds: number;
  /** Default 15 minutes. */
  readonly accessTokenSeconds: number;
}

export const DEFAULT_SESSION_POLICY: SessionPolicy = {
  refreshIdleSeconds: 7 * 86_400,
  refreshAbsoluteSeconds: 30 * 86_400,
  accessTokenSeconds: 900,
};

/** What the client and its connection tell about the device. */
export interface Device {
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly name: string;
  readonly type: DeviceType;
  readonly transport: Transport;
  readonly location: Location | null;
}

/** Whose session it will be, and what is known of earlier ones. */
export interface SessionOwner {
  readonly email: string;
  readonly dataKey: DataKey;
  /** As stored when the factors were checked: whoever changed it since ended this sign-in. */
  readonly passwordHash: string | null;
  /** Newest first, without the suspicious ones. */
  readonly past: readonly PastSignIn[];
}

/** Opens a session. Nobody can call this without the gate's grant, so no way of signing in can forget it. */
export function openSession(
  grant: SignInGrant,
  owner: SessionOwner,
  device: Device,
  made: { readonly sessionId: SessionId; readonly refresh: IssuedToken; readonly passwordHash: string | null },
  policy: SessionPolicy,
  now: Instant,
): Decision<IdentityChange, Session> {
  const { dataKey } = owner;
  const risk = assess(owner.past, device, now);
  const session: Session = {
    id: made.sessionId,
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
    expiresAt: now + policy.refreshAbsoluteSeconds * 1000,
    location: device.location,
    riskScore: risk.score,
    isSuspicious: risk.isSuspicious,
  };
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
        passwordHash: made.passwordHash,
      },
      { type: 'sign_in.cleared', counter: accountCounter(owner.email), userId: grant.userId },
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
    channel: 'email',
    category: 'security',
  };
}

function refreshExpiry(session: { readonly expiresAt: Instant }, policy: SessionPolicy, now: Instant): Instant {
  return Math.min(session.expiresAt, now + policy.refreshIdleSeconds * 1000);
}

/** A refresh token with its session and its owner, as stored. */
export interface RefreshState extends Assurance {
  readonly tokenHash: Uint8Array;
  readonly usedAt: Instant | null;
  readonly expiresAt: Instant;
  readonly sessionId: SessionId;
  readonly userId: UserId;
  readonly sessionExpiresAt: Instant;
  readonly revokedAt: Instant | null;
  readonly userActive: boolean;
  readonly role: Role;
  readonly authenticatedAt: Instant;
}

/** A refresh that is refused is recorded, and may have to change something: a token used twice ends its family. */
export interface RefreshRefusal {
  readonly code: 'refresh_token_invalid';
  readonly consequence: Decision<IdentityChange, void>;
}

/** Rotates a refresh token. */
export function refresh(
  state: RefreshState | undefined,
  next: IssuedToken,
  policy: SessionPolicy,
  now: Instant,
): Result<Decision<IdentityChange, RefreshState>, RefreshRefusal> {
  if (state === undefined) return rejected(undefined);
  if (state.revokedAt === null && state.usedAt !== null) {
    return ended(state, 'refresh_token_reused', 'refresh_token.reused', now);
  }
  const live = state.revokedAt === null && state.userActive && state.expiresAt > now && state.sessionExpiresAt > now;
  if (!live) return rejected(state);
  if (lacksFactor(state)) return ended(state, 'factor_missing', 'refresh_token.rejected', now);
  return ok(
    decided({
      value: state,
      changes: [
        {
          type: 'refresh_token.rotated',
          usedHash: state.tokenHash,
          nextHash: next.hash,
          sessionId: state.sessionId,
          at: now,
          expiresAt: refreshExpiry({ expiresAt: state.sessionExpiresAt }, policy, now),
        },
      ],
      audit: [
        {
          type: 'refresh_token.rotated',
          stream: state.userId,
          outcome: 'success',
          resource: { type: 'session', id: state.sessionId },
        },
      ],
    }),
  );
}

/** The refusal ends the session as well. */
function ended(
  state: RefreshState,
  reason: 'refresh_token_reused' | 'factor_missing',
  type: 'refresh_token.reused' | 'refresh_token.rejected',
  now: Instant,
): Result<never, RefreshRefusal> {
  const { sessionId, userId } = state;
  return refuse({
    code: 'refresh_token_invalid',
    consequence: decided({
      value: undefined,
      changes: [{ type: 'session.revoked', sessionId, reason, at: now }],
      audit: [{ type, stream: userId, outcome: 'failure', resource: { type: 'session', id: sessionId } }],
    }),
  });
}

function rejected(state: RefreshState | undefined): Result<never, RefreshRefusal> {
  const resource = state === undefined ? undefined : { type: 'session', id: state.sessionId };
  return refuse({
    code: 'refresh_token_invalid',
    consequence: decided({
      value: undefined,
      changes: [],
      audit: [
        {
          type: 'refresh_token.rejected',
          stream: state?.userId ?? 'system',
          outcome: 'failure',
          error: 'refresh_token_invalid',
          ...(resource === undefined ? {} : { resource }),
        },
      ],
    }),
  });
}

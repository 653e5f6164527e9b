/** Signing in: the first factor, and what follows from the gate's answer. */

import type { Change } from '../../../domain/changes.ts';
import type { KnownBrowser } from '../../../domain/identity/known-browser.ts';
import { issueToken } from '../../../domain/identity/one-time-token.ts';
import type { Credentials } from '../../../domain/identity/ports.ts';
import { type Device, openSession, type Session } from '../../../domain/identity/session.ts';
import { isKnownOrigin, type PastSignIn } from '../../../domain/identity/sign-in-risk.ts';
import { countersOf, countFailure, secondsToWait } from '../../../domain/identity/sign-in-throttle.ts';
import type { User } from '../../../domain/identity/user.ts';
import { CHALLENGE_SECONDS, CHALLENGE_TOKEN_BYTES, makeChallengeToken } from '../../../domain/mfa/challenge.ts';
import { admit } from '../../../domain/mfa/gate.ts';
import type { MfaMethod } from '../../../domain/mfa/state.ts';
import { hashDeviceToken, isTrusted } from '../../../domain/mfa/trusted-device.ts';
import { type Decision, decided } from '../../../domain/shared/changes.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { SignInGrant } from '../../../domain/shared/sign-in.ts';
import { type Contended, execute } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { issueAccess, type SignedIn, TOKEN_BYTES } from './tokens.ts';

export interface Challenged {
  readonly mfaToken: string;
  readonly methods: readonly MfaMethod[];
  /** Seconds. */
  readonly expiresIn: number;
}

export type LoginOutcome =
  | { readonly kind: 'signed_in'; readonly signedIn: SignedIn }
  | { readonly kind: 'challenge'; readonly challenge: Challenged };

export type LoginRefusal =
  | { readonly code: 'invalid_credentials' }
  | { readonly code: 'email_unverified' }
  | { readonly code: 'sign_in_paused'; readonly retryAfterSeconds: number }
  | Contended;

export interface LoginInput {
  readonly email: string;
  readonly password: string;
  readonly device: Device;
  /** Of a device that was trusted at an earlier sign-in. */
  readonly deviceToken: string | undefined;
  /** The client's address as it is counted. */
  readonly address: string;
  /** It has signed in to the account before, as its cookie shows. */
  readonly knownBrowser: KnownBrowser | undefined;
  /** Seconds until the rate limit of the account, or of its known browsers, opens again; 0 when it is open. */
  readonly limitedSeconds: number;
}

type Attempt =
  | { readonly kind: 'refused'; readonly error: LoginRefusal }
  | { readonly kind: 'challenge'; readonly challenge: Challenged }
  | { readonly kind: 'signed_in'; readonly tokens: () => Promise<SignedIn> };

/**
 * An unknown account and a wrong password answer the same and take as long: a hash is computed either way (R4). A password
 * that is reset while its hash is computed is checked again, against the new one (R7).
 */
export async function login(
  deps: Deps,
  context: Context,
  input: LoginInput,
): Promise<Result<LoginOutcome, LoginRefusal>> {
  const { now } = context;
  const { loads, settings } = deps;
  const person = { by: 'email', email: input.email } as const;
  const asKnown = countersOf(input.email, input.address, true);
  const asStranger = countersOf(input.email, input.address, false);
  let concerned: DataKey | undefined;
  const result = await execute(deps, context, {
    loads: [
      loads.identity.credentials(person),
      loads.mfa.state(person),
      loads.identity.pastSignIns(person),
      loads.mfa.trustedDevice(hashDeviceToken(input.deviceToken ?? '')),
      loads.identity.signInPauses(asKnown),
      loads.identity.signInPauses(asStranger),
    ],
    concerns: () => concerned,
    decide: async (
      credentials,
      mfa,
      past,
      device,
      pausesOfKnown,
      pausesOfStrangers,
    ): Promise<Result<Decision<Change, Attempt>, LoginRefusal>> => {
      concerned = credentials?.user.dataKey;
      // One that knew a former password only is a stranger.
      const isKnownBrowser =
        credentials !== undefined && input.knownBrowser?.passwordChangedAt === credentials.passwordChangedAt;
      const work = isKnownBrowser ? 'known' : 'sign_in';
      const [counters, pauses] = isKnownBrowser ? [asKnown, pausesOfKnown] : [asStranger, pausesOfStrangers];
      const isKnown =
        credentials !== undefined &&
        (isTrusted(device, input.deviceToken, credentials.user.id, now) || isKnownOrigin(past, input.device));
      // A known browser has counters of its own, which bind it.
      const isExempt = isKnown && !isKnownBrowser;
      const wait = Math.max(secondsToWait(pauses, isExempt, now), isExempt ? 0 : input.limitedSeconds);
      if (settings.backOff.accountFailures > 0 && wait > 0) {
        const error = { code: 'sign_in_paused', retryAfterSeconds: wait } as const;
        return ok(refusal('login.blocked', credentials?.user, [], error));
      }

      const check = await deps.passwords.verify(input.password, credentials?.passwordHash ?? undefined, work);
      if (credentials === undefined || mfa === undefined || !check.matches || credentials.user.status !== 'active') {
        const counted = countFailure(counters, settings.backOff, now);
        return ok(refusal('login.failed', credentials?.user, counted, { code: 'invalid_credentials' }));
      }
      const { user } = credentials;
      if (user.emailVerifiedAt === null) return ok(refusal('login.failed', user, [], { code: 'email_unverified' }));

      const challengeToken = makeChallengeToken(deps.random.bytes(CHALLENGE_TOKEN_BYTES));
      const admission = admit(
        {
          firstFactor: { userId: user.id, role: user.role, amr: ['pwd'] },
          mfa,
          device,
          deviceToken: input.deviceToken,
          policy: { requiredRoles: settings.mfaRequiredRoles },
          challengeTokenHash: challengeToken.hash,
          transport: input.device.transport,
          remembered: input.device.remembered,
        },
        now,
      );
      if (admission.kind === 'challenge') {
        const { methods, changes, audit } = admission;
        const challenge = { mfaToken: challengeToken.token, methods, expiresIn: CHALLENGE_SECONDS };
        const reliance: Change = {
          type: 'password.relied_on',
          userId: user.id,
          passwordHash: credentials.passwordHash,
        };
        return ok(
          decided<Change, Attempt>({
            value: { kind: 'challenge', challenge },
            changes: [reliance, ...changes],
            audit,
          }),
        );
      }

      const rehashed = check.outdated ? await deps.passwords.hash(input.password, work) : null;
      const opening = prepareSession(deps, context, admission.grant, { ...credentials, past }, input.device, rehashed);
      return ok({
        ...opening.decision,
        value: { kind: 'signed_in', tokens: opening.tokens },
        changes: [...opening.decision.changes, ...admission.changes],
        audit: [...admission.audit, ...opening.decision.audit],
      });
    },
  });
  if (!result.ok) return result;
  const attempt = result.value;
  switch (attempt.kind) {
    case 'refused':
      return refuse(attempt.error);
    case 'challenge':
      return ok(attempt);
    case 'signed_in':
      return ok({ kind: 'signed_in', signedIn: await attempt.tokens() });
  }
}

/** A session that is still to be committed, and the tokens for it. Every way of signing in ends here, with its grant. */
export function prepareSession(
  deps: Deps,
  context: Context,
  grant: SignInGrant,
  owner: Credentials & { readonly past: readonly PastSignIn[] },
  device: Device,
  rehashed: string | null,
): { readonly decision: Decision<Change, Session>; tokens(): Promise<SignedIn> } {
  const { user, past, passwordHash, passwordChangedAt } = owner;
  const browser = device.transport === 'cookie' ? issueToken(deps.random.bytes(TOKEN_BYTES)) : null;
  const made = {
    sessionId: newId<'session'>(deps, context.now),
    refresh: issueToken(deps.random.bytes(TOKEN_BYTES)),
    browserHash: browser?.hash ?? null,
    passwordHash: rehashed,
  };
  const { email, dataKey } = user;
  const account = { email, dataKey, passwordHash, past };
  const decision = openSession(grant, account, device, made, deps.settings.sessions, context.now);
  const { id: sessionId, userId, amr, authenticatedAt } = decision.value;
  return {
    decision,
    tokens: async () => ({
      ...(await issueAccess(deps, context, { userId, role: user.role, sessionId, amr, authenticatedAt })),
      refreshToken: made.refresh.token,
      transport: device.transport,
      remembered: device.remembered,
      browserToken: browser?.token ?? null,
      user,
      passwordChangedAt,
    }),
  };
}

/** Recorded and counted: the same work for an account that is there and one that is not. */
function refusal(
  type: 'login.failed' | 'login.blocked',
  user: User | undefined,
  counted: readonly Change[],
  error: LoginRefusal,
): Decision<Change, Attempt> {
  const [account] = counted;
  const mirrored: Change[] =
    user !== undefined && account?.type === 'sign_in.failed'
      ? [{ type: 'login.failed', userId: user.id, counter: account.counter }]
      : [];
  return decided<Change, Attempt>({
    value: { kind: 'refused', error },
    changes: [...counted, ...mirrored],
    audit: [{ type, stream: user?.id ?? 'system', outcome: 'failure', error: error.code }],
  });
}

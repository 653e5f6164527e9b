/** Signing in with the first factor: refused, answered with a challenge, or signed in. */

import type { Change, Decision } from '../../../domain/changes.ts';
import type { KnownBrowser } from '../../../domain/identity/known-browser.ts';
import { issueToken } from '../../../domain/identity/one-time-token.ts';
import type { InvalidCredentials } from '../../../domain/identity/passwords.ts';
import type { Credentials } from '../../../domain/identity/ports.ts';
import { type Device, openSession, type Session } from '../../../domain/identity/session.ts';
import { isKnownOrigin, type PastSignIn } from '../../../domain/identity/sign-in-risk.ts';
import {
  type BackOffPolicy,
  countersOf,
  countFailure,
  type SignInPaused,
  type SignInPauses,
  secondsToWait,
} from '../../../domain/identity/sign-in-throttle.ts';
import type { User } from '../../../domain/identity/user.ts';
import { CHALLENGE_SECONDS, CHALLENGE_TOKEN_BYTES, makeChallengeToken } from '../../../domain/mfa/challenge.ts';
import { admit } from '../../../domain/mfa/gate.ts';
import type { MfaMethod, MfaState } from '../../../domain/mfa/state.ts';
import { hashDeviceToken, isTrusted, type TrustedDevice } from '../../../domain/mfa/trusted-device.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { SignInGrant } from '../../../domain/shared/sign-in.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { type Contended, execute } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { verificationJob } from './accounts.ts';
import { BLOCKED_SIGN_INS_RECORDED } from './denials.ts';
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

export type LoginRefusal = InvalidCredentials | SignInPaused | Contended;

export interface LoginInput {
  readonly email: string;
  readonly password: string;
  readonly device: Device;
  /** Token of a device that was trusted at an earlier sign-in. */
  readonly deviceToken: string | undefined;
  /** The client's address as the limits count it; `null` if the clinic trusts it, so that nothing is counted. */
  readonly address: string | null;
  /** Present when the browser's cookie shows that it has signed in to the account before. */
  readonly knownBrowser: KnownBrowser | undefined;
  /** Seconds until the rate limit of the account, or of its known browsers, opens again; 0 when it is open. */
  readonly limitedSeconds: number;
}

type Attempt =
  | { readonly kind: 'refused'; readonly error: LoginRefusal }
  | { readonly kind: 'challenge'; readonly challenge: Challenged }
  | { readonly kind: 'signed_in'; readonly tokens: () => Promise<SignedIn> };
type Decided = Result<Decision<Change, Attempt>, LoginRefusal>;

/** What one sign-in is decided on. */
interface Loaded {
  readonly credentials: Credentials | undefined;
  readonly mfa: MfaState | undefined;
  readonly past: readonly PastSignIn[];
  readonly device: TrustedDevice | undefined;
  readonly pausesOfKnown: SignInPauses;
  readonly pausesOfStrangers: SignInPauses;
}

/**
 * Unknown account, wrong password and unproven address have the same answer and take the same time: a hash is computed in
 * each case (R4, R5). If the password is reset while its hash is computed, the batch fails as stale and the password is
 * checked again, against the new one (R7).
 */
export async function login(
  deps: Deps,
  context: Context,
  input: LoginInput,
): Promise<Result<LoginOutcome, LoginRefusal>> {
  const { loads } = deps;
  const person = { by: 'email', email: input.email } as const;
  let concerned: DataKey | undefined;
  const result = await execute(deps, context, {
    loads: [
      loads.identity.credentials(person),
      loads.mfa.state(person),
      loads.identity.pastSignIns(person),
      loads.mfa.trustedDevice(hashDeviceToken(input.deviceToken ?? '')),
      loads.identity.signInPauses(countersOf(input.email, input.address, true)),
      loads.identity.signInPauses(countersOf(input.email, input.address, false)),
    ],
    originKey: () => concerned,
    decide: (credentials, mfa, past, device, pausesOfKnown, pausesOfStrangers) => {
      concerned = credentials?.user.dataKey;
      return decideLogin(deps, context, input, { credentials, mfa, past, device, pausesOfKnown, pausesOfStrangers });
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

async function decideLogin(deps: Deps, context: Context, input: LoginInput, loaded: Loaded): Promise<Decided> {
  const { credentials, mfa } = loaded;
  const { backOff } = deps.settings;
  // A browser that signed in with a former password is not a known browser.
  const isKnownBrowser =
    credentials !== undefined && input.knownBrowser?.passwordChangedAt === credentials.passwordChangedAt;
  const wait = secondsPaused(input, loaded, isKnownBrowser, context.now);
  if (backOff.accountFailures > 0 && wait > 0) {
    return blocked(deps, input.email, credentials?.user, isKnownBrowser, wait);
  }
  const work = isKnownBrowser ? 'known' : 'sign_in';
  const check = await deps.passwords.verify(input.password, credentials?.passwordHash ?? undefined, work);
  if (credentials === undefined || mfa === undefined || !check.matches || credentials.user.status !== 'active') {
    return ok(wrong(input, credentials?.user, isKnownBrowser, backOff, context.now, 'invalid_credentials'));
  }
  if (credentials.user.emailVerifiedAt === null) {
    // Answered like a wrong password: whoever has just registered the address would otherwise learn whether it was known.
    const refusal = wrong(input, credentials.user, isKnownBrowser, backOff, context.now, 'email_unverified');
    return ok({ ...refusal, jobs: [verificationJob(credentials.user.id)] });
  }
  return ok(await admitted(deps, context, input, { ...loaded, credentials, mfa }, check.outdated ? work : null));
}

/** Seconds until a password is checked again; 0 if it is checked now. */
function secondsPaused(input: LoginInput, loaded: Loaded, isKnownBrowser: boolean, now: Instant): number {
  const { credentials, device, past, pausesOfKnown, pausesOfStrangers } = loaded;
  const isKnownDevice =
    credentials !== undefined &&
    (isTrusted(device, input.deviceToken, credentials.user.id, now) || isKnownOrigin(past, input.device));
  // A known browser has its own counters, which also apply on a known device.
  const isExempt = isKnownDevice && !isKnownBrowser;
  const pauses = isKnownBrowser ? pausesOfKnown : pausesOfStrangers;
  return Math.max(secondsToWait(pauses, isExempt, now), isExempt ? 0 : input.limitedSeconds);
}

/** After the right password of a proven account: a session, or a challenge if a second factor is required. */
async function admitted(
  deps: Deps,
  context: Context,
  input: LoginInput,
  loaded: Loaded & { readonly credentials: Credentials; readonly mfa: MfaState },
  rehash: 'known' | 'sign_in' | null,
): Promise<Decision<Change, Attempt>> {
  const { credentials, mfa, device, past } = loaded;
  const { user, passwordHash } = credentials;
  const challengeToken = makeChallengeToken(deps.random.bytes(CHALLENGE_TOKEN_BYTES));
  const admission = admit(
    {
      firstFactor: { userId: user.id, role: user.role, amr: ['pwd'] },
      mfa,
      device,
      deviceToken: input.deviceToken,
      policy: { requiredRoles: deps.settings.mfaRequiredRoles },
      challengeTokenHash: challengeToken.hash,
      transport: input.device.transport,
      remembered: input.device.remembered,
    },
    context.now,
  );
  if (admission.kind === 'challenge') {
    const { methods, changes, audit } = admission;
    const challenge = { mfaToken: challengeToken.token, methods, expiresIn: CHALLENGE_SECONDS };
    const reliance: Change = { type: 'password.relied_on', userId: user.id, passwordHash };
    return decided({
      value: { kind: 'challenge', challenge },
      changes: [reliance, ...changes],
      audit,
    });
  }
  const rehashed = rehash === null ? null : await deps.passwords.hash(input.password, rehash);
  const opening = prepareSession(deps, context, admission.grant, { ...credentials, past }, input.device, rehashed);
  return {
    ...opening.decision,
    value: { kind: 'signed_in', tokens: opening.tokens },
    changes: [...opening.decision.changes, ...admission.changes],
    audit: [...admission.audit, ...opening.decision.audit],
  };
}

/** An uncommitted session with its tokens. Every way of signing in ends here, with its grant. */
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

/**
 * Refused before the password is checked. Only some refusals of an account are recorded, because each record locks the head of the
 * owner's audit stream, and the owner's own sign-in would wait behind a flood of guesses.
 */
async function blocked(
  deps: Deps,
  email: string,
  user: User | undefined,
  isKnownBrowser: boolean,
  retryAfterSeconds: number,
): Promise<Decided> {
  const error = { code: 'sign_in_paused', retryAfterSeconds } as const;
  const subject = `${isKnownBrowser ? 'known' : 'stranger'} ${email}`;
  if (!(await deps.limiter.limit(BLOCKED_SIGN_INS_RECORDED, subject)).allowed) return refuse(error);
  return ok(refusal('login.blocked', user, [], error, error.code));
}

/**
 * Counted and recorded as a wrong password, with or without an account.
 *
 * @param recorded what the audit log says; the answer never tells more than `invalid_credentials`
 */
function wrong(
  { email, address }: LoginInput,
  user: User | undefined,
  isKnownBrowser: boolean,
  backOff: BackOffPolicy,
  now: Instant,
  recorded: 'invalid_credentials' | 'email_unverified',
): Decision<Change, Attempt> {
  const counted = countFailure(countersOf(email, address, isKnownBrowser), backOff, now);
  return refusal('login.failed', user, counted, { code: 'invalid_credentials' }, recorded);
}

function refusal(
  type: 'login.failed' | 'login.blocked',
  user: User | undefined,
  counted: readonly Change[],
  error: LoginRefusal,
  recorded: string,
): Decision<Change, Attempt> {
  const [account] = counted;
  const mirrored: Change[] =
    user !== undefined && account?.type === 'sign_in.failed'
      ? [{ type: 'login.failed', userId: user.id, counter: account.counter }]
      : [];
  return decided({
    value: { kind: 'refused', error },
    changes: [...counted, ...mirrored],
    audit: [{ type, stream: user?.id ?? 'system', outcome: 'failure', error: recorded }],
  });
}

/** The second step of signing in. */
import type { Change, Decision } from '../../../domain/changes.ts';
import type { Credentials } from '../../../domain/identity/ports.ts';
import type { Device } from '../../../domain/identity/session.ts';
import type { PastSignIn } from '../../../domain/identity/sign-in-risk.ts';
import { hashChallengeToken, type MfaChallenge, type MfaTokenInvalid } from '../../../domain/mfa/challenge.ts';
import { answerChallenge, type ChallengeAnswer } from '../../../domain/mfa/gate.ts';
import { type SentCode, sendChallengeCode } from '../../../domain/mfa/phone.ts';
import type { SecondFactorAnswer, SecondFactorError } from '../../../domain/mfa/second-factor.ts';
import { SMS_RANDOM_BYTES } from '../../../domain/mfa/sms-code.ts';
import type { MfaState } from '../../../domain/mfa/state.ts';
import { DEVICE_TOKEN_BYTES, trustDevice } from '../../../domain/mfa/trusted-device.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { type Contended, execute } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { prepareSession } from '../identity/sign-in.ts';
import type { SignedIn } from '../identity/tokens.ts';
import { codeAttempts } from './code-attempts.ts';
import { backupCodeNotice } from './notices.ts';

export interface MfaAnswer {
  readonly mfaToken: string;
  readonly answer: SecondFactorAnswer;
  /** Name of the device to trust from now on; `null` for none. */
  readonly trustAs: string | null;
  /** Without transport and persistence, which were chosen at the first step. */
  readonly device: Omit<Device, 'transport' | 'remembered'>;
  /** The request comes from another site, which could sign the browser in to an account of its own. */
  readonly isFromElsewhere: boolean;
}

export interface MfaPassed {
  readonly signedIn: SignedIn;
  readonly trustedDeviceToken: string | undefined;
}

/** The sign-in asked for cookies, and the request comes from another site (R23). */
export type CrossSiteRequest = { readonly code: 'cross_site_request' };

type Refusal = SecondFactorError | MfaTokenInvalid | CrossSiteRequest;
type Attempt =
  | { readonly kind: 'passed'; readonly tokens: () => Promise<SignedIn> }
  | { readonly kind: 'refused'; readonly error: Refusal };

/**
 * A wrong code is counted by a guarded change in the batch that refuses it, so that of a burst of guesses no more than the cap
 * are checked (R15). If the batch fails, no attempt is counted.
 */
export async function answerMfa(
  deps: Deps,
  context: Context,
  input: MfaAnswer,
): Promise<Result<MfaPassed, Refusal | Contended>> {
  const tokenHash = hashChallengeToken(input.mfaToken);
  const person = { by: 'challenge', tokenHash } as const;
  const { identity, mfa } = deps.loads;
  let concerned: DataKey | undefined;
  let trustedDeviceToken: string | undefined;
  const result = await execute(deps, context, {
    loads: [mfa.challenge(tokenHash), mfa.state(person), identity.credentials(person), identity.pastSignIns(person)],
    ...codeAttempts((_challenge, state: MfaState | undefined) => state?.userId),
    originKey: () => concerned,
    decide: (challenge, state, credentials, past): Result<Decision<Change, Attempt>, Refusal> => {
      if (challenge === undefined || state === undefined || credentials === undefined) {
        return refuse({ code: 'mfa_token_invalid' });
      }
      if (challenge.transport === 'cookie' && input.isFromElsewhere) return refuse({ code: 'cross_site_request' });
      const { user } = credentials;
      concerned = user.dataKey;
      const trusted = input.trustAs === null ? undefined : newTrust(deps, context, user.id, input.trustAs);
      const outcome = answerChallenge(
        {
          challenge,
          mfa: state,
          answer: input.answer,
          trust: trusted === undefined ? undefined : { device: trusted.device, dataKey: user.dataKey },
        },
        context.now,
      );
      const { changes, audit } = outcome;
      if (outcome.kind === 'refused') {
        return changes.length === 0
          ? refuse(outcome.error)
          : ok(decided({ value: { kind: 'refused', error: outcome.error }, changes, audit }));
      }
      trustedDeviceToken = trusted?.token;
      return ok(passed(deps, context, input, challenge, { ...credentials, past }, outcome));
    },
  });
  if (!result.ok) return result;
  const attempt = result.value;
  if (attempt.kind === 'refused') return refuse(attempt.error);
  return ok({ signedIn: await attempt.tokens(), trustedDeviceToken });
}

/** A right code: the challenge is passed and a session opened in one batch. */
function passed(
  deps: Deps,
  context: Context,
  input: MfaAnswer,
  { transport = 'bearer', remembered = true }: MfaChallenge,
  owner: Credentials & { readonly past: readonly PastSignIn[] },
  outcome: Extract<ChallengeAnswer, { readonly kind: 'granted' }>,
): Decision<Change, Attempt> {
  const { id, dataKey } = owner.user;
  const device = { ...input.device, transport, remembered };
  const { decision, tokens } = prepareSession(deps, context, outcome.grant, owner, device, null);
  return {
    value: { kind: 'passed', tokens },
    // Locks the account before its challenge, in the same order as a password reset, to prevent deadlocks.
    changes: [...decision.changes, ...outcome.changes],
    audit: [...outcome.audit, ...decision.audit],
    messages: [
      ...decision.messages,
      ...(outcome.method === 'backup_code' ? [backupCodeNotice(id, dataKey, outcome.backupCodesLeft)] : []),
    ],
  };
}

function newTrust(deps: Deps, context: Context, userId: UserId, name: string) {
  const made = {
    id: newId<'trusted_device'>(deps, context.now),
    userId,
    name,
    random: deps.random.bytes(DEVICE_TOKEN_BYTES),
  };
  return trustDevice(made, context.now);
}

/** Sends a code to the enrolled phone, for a challenge. */
export function sendSmsCode(deps: Deps, context: Context, mfaToken: string) {
  const tokenHash = hashChallengeToken(mfaToken);
  const random = deps.random.bytes(SMS_RANDOM_BYTES);
  let concerned: DataKey | undefined;
  return execute(deps, context, {
    loads: [deps.loads.mfa.challenge(tokenHash), deps.loads.mfa.phone({ by: 'challenge', tokenHash })],
    originKey: () => concerned,
    decide: (challenge, phone) => {
      const sent = sendChallengeCode(challenge, phone, random, context.now);
      if (!sent.ok) return sent;
      if (challenge === undefined || phone === undefined) return refuse({ code: 'mfa_token_invalid' } as const);
      concerned = phone.dataKey;
      return ok(withMessage(sent.value, challenge.userId, phone.dataKey));
    },
  });
}

export function withMessage(sent: SentCode, userId: UserId, dataKey: DataKey): Decision<Change, void> {
  const { code, phone, expiresAt, changes, audit } = sent;
  return decided({
    value: undefined,
    changes,
    audit,
    messages: [
      {
        template: 'sign-in-code',
        usefulUntil: expiresAt,
        variables: { code, phoneNumber: phone },
        userId,
        dataKey,
      },
    ],
  });
}

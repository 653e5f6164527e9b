/**
 * The gate for every way of signing in. Opening a session requires a {@link SignInGrant}, and only this module makes one: in
 * {@link admit} if no second factor is required, or in {@link answerChallenge} after the second factor was given. A new way of
 * signing in supplies another first factor and cannot skip the second.
 */
import { FACTOR_GIVEN, FACTOR_SPARED } from '../shared/assurance.ts';
import type { UserId } from '../shared/ids.ts';
import type { Role } from '../shared/permissions.ts';
import type { DataKey } from '../shared/ports.ts';
import type { SignInGrant } from '../shared/sign-in.ts';
import type { Instant } from '../shared/time.ts';
import type { AuditDraft } from './audit-events.ts';
import {
  type ChallengeChange,
  issueChallenge,
  type MfaChallenge,
  type MfaTokenInvalid,
  openChallenge,
} from './challenge.ts';
import { type MfaPolicy, mustEnrol } from './policy.ts';
import { type SecondFactorAnswer, type SecondFactorError, type TryChange, trySecondFactor } from './second-factor.ts';
import { availableMethods, isMfaEnabled, type MfaMethod, type MfaState } from './state.ts';
import { isTrusted, type TrustedDevice, type TrustedDeviceChange, type TrustedDeviceId } from './trusted-device.ts';

/** The result of checking the first factor. */
export interface FirstFactor {
  readonly userId: UserId;
  readonly role: Role;
  /** RFC 8176, such as `pwd`. */
  readonly amr: readonly string[];
}

type Change = ChallengeChange | TrustedDeviceChange | TryChange;

interface Recorded {
  readonly changes: readonly Change[];
  readonly audit: readonly AuditDraft[];
}

export type Admission =
  | (Recorded & {
      readonly kind: 'granted';
      readonly grant: SignInGrant;
      /** The session may only be used to enrol a second factor. */
      readonly mfaEnrolmentRequired: boolean;
    })
  | (Recorded & {
      readonly kind: 'challenge';
      readonly methods: readonly MfaMethod[];
      readonly challenge: MfaChallenge;
    });

/**
 * After the first factor.
 *
 * @param asked `mfa`: of the same user, or the gate throws; `device`: the one found by the hash of the token presented;
 *   `challengeTokenHash`: for the challenge, if one is required
 */
export function admit(
  asked: {
    readonly firstFactor: FirstFactor;
    readonly mfa: MfaState;
    readonly device: TrustedDevice | undefined;
    readonly deviceToken: string | undefined;
    readonly policy: MfaPolicy;
    readonly challengeTokenHash: Uint8Array;
    readonly transport?: 'bearer' | 'cookie';
    readonly remembered?: boolean;
  },
  now: Instant,
): Admission {
  const { firstFactor, mfa, device, deviceToken } = asked;
  const { userId, amr } = firstFactor;
  assertSameUser(userId, mfa.userId);
  if (!isMfaEnabled(mfa)) {
    const mfaEnrolmentRequired = mustEnrol(firstFactor.role, false, asked.policy);
    return { kind: 'granted', grant: grantTo(userId, amr, now), mfaEnrolmentRequired, changes: [], audit: [] };
  }
  if (isTrusted(device, deviceToken, userId, now)) {
    return {
      kind: 'granted',
      // With a trusted device no second factor is given, so `mfa` is not among the methods.
      grant: grantTo(userId, [...new Set([...amr, FACTOR_SPARED])], now, device.id),
      mfaEnrolmentRequired: false,
      changes: [{ type: 'trusted_device.used', deviceId: device.id, at: now }],
      audit: [
        {
          type: 'trusted_device.used',
          stream: userId,
          outcome: 'success',
          resource: { type: 'trusted_device', id: device.id },
        },
      ],
    };
  }
  const methods = availableMethods(mfa);
  const { challengeTokenHash: tokenHash, transport = 'bearer', remembered = true } = asked;
  const challenge = issueChallenge({ tokenHash, userId, methods, amr, transport, remembered }, now);
  return {
    kind: 'challenge',
    methods,
    challenge,
    changes: [{ type: 'mfa_challenge.issued', challenge }],
    audit: [{ type: 'mfa.challenge_issued', stream: userId, outcome: 'success' }],
  };
}

export type ChallengeAnswer =
  | (Recorded & {
      readonly kind: 'granted';
      readonly grant: SignInGrant;
      readonly method: MfaMethod;
      readonly backupCodesLeft: number;
    })
  /** Must be committed too: the attempt is counted. */
  | (Recorded & { readonly kind: 'refused'; readonly error: SecondFactorError | MfaTokenInvalid });

/**
 * After the second factor.
 *
 * @param asked `challenge`: the one found by the hash of the token presented; `mfa`: of the challenge's user, or the gate
 *   throws; `trust`: a device to be trusted from now on, if the user asked for it
 */
export function answerChallenge(
  asked: {
    readonly challenge: MfaChallenge | undefined;
    readonly mfa: MfaState;
    readonly answer: SecondFactorAnswer;
    readonly trust?: { readonly device: TrustedDevice; readonly dataKey: DataKey } | undefined;
  },
  now: Instant,
): ChallengeAnswer {
  const opened = openChallenge(asked.challenge, now);
  if (!opened.ok) return { kind: 'refused', error: opened.error, changes: [], audit: [] };
  const { tokenHash, userId, amr, attempts: previousAttempts, sms } = opened.value;
  assertSameUser(userId, asked.mfa.userId);
  const attempt = trySecondFactor(asked.mfa, asked.answer, sms, 'mfa.challenge_failed', now);
  if (attempt.kind === 'refused') {
    const failed: Change = { type: 'mfa_challenge.failed', tokenHash, previousAttempts };
    // During a pause the code is not checked, so the challenge loses no attempt.
    const isSpent = attempt.error.code === 'mfa_code_invalid';
    return { ...attempt, changes: isSpent ? [...attempt.changes, failed] : attempt.changes };
  }
  const { method } = attempt;
  const changes: Change[] = [
    ...attempt.changes,
    { type: 'mfa_challenge.passed', tokenHash, previousAttempts, at: now },
  ];
  const audit: AuditDraft[] = [
    ...attempt.audit,
    { type: 'mfa.challenge_passed', stream: userId, outcome: 'success', details: { method } },
  ];
  if (asked.trust !== undefined) {
    const { device, dataKey } = asked.trust;
    assertSameUser(userId, device.userId);
    changes.push({ type: 'trusted_device.added', device, dataKey });
    audit.push({
      type: 'trusted_device.added',
      stream: userId,
      outcome: 'success',
      resource: { type: 'trusted_device', id: device.id },
    });
  }
  const grant = grantTo(userId, [...new Set([...amr, attempt.amr, FACTOR_GIVEN])], now);
  return { kind: 'granted', grant, method, backupCodesLeft: attempt.backupCodesLeft, changes, audit };
}

/** The only place that makes a grant: its brand is not exported, and the architecture test refuses casts elsewhere. */
function grantTo(
  userId: UserId,
  amr: readonly string[],
  now: Instant,
  trustedDeviceId: TrustedDeviceId | null = null,
): SignInGrant {
  return { userId, amr, trustedDeviceId, grantedAt: now } as SignInGrant;
}

/** Throws on a mix-up of users, which would let one sign in with the factor of the other. */
function assertSameUser(expected: UserId, actual: UserId): void {
  if (expected !== actual) throw new Error('the gate was given the second factors of another user');
}

import { type MfaChallenge, makeChallengeToken } from '../../../domain/mfa/challenge.ts';
import type { MfaChange } from '../../../domain/mfa/changes.ts';
import { admit } from '../../../domain/mfa/gate.ts';
import type { MfaState } from '../../../domain/mfa/state.ts';
import { trustDevice } from '../../../domain/mfa/trusted-device.ts';
import { uuidv7 } from '../../../domain/shared/ids.ts';
import { bytes, codeAt, NOW, USER } from './sample-state.ts';

export const CHALLENGE_TOKEN = makeChallengeToken(bytes(32, 20));
export const trusted = trustDevice(
  { id: uuidv7<'trusted_device'>(NOW, bytes(10, 5)), userId: USER, name: 'Phone', random: bytes(32, 6) },
  NOW,
);

export const ask = (mfa: MfaState, more: Partial<Parameters<typeof admit>[0]> = {}, now = NOW) =>
  admit(
    {
      firstFactor: { userId: USER, role: 'patient', amr: ['pwd'] },
      mfa,
      device: undefined,
      deviceToken: undefined,
      policy: { requiredRoles: ['admin', 'staff', 'doctor'] },
      challengeTokenHash: CHALLENGE_TOKEN.hash,
      ...more,
    },
    now,
  );

export function challengeOf(mfa: MfaState, now = NOW): MfaChallenge {
  const admission = ask(mfa, {}, now);
  if (admission.kind !== 'challenge') throw new Error('no challenge');
  return admission.challenge;
}

/** Applies the changes that these tests need, as the store would. */
export function apply(mfa: MfaState, challenge: MfaChallenge, changes: readonly MfaChange[]): [MfaState, MfaChallenge] {
  let [state, asked] = [mfa, challenge];
  for (const change of changes) {
    if (change.type === 'mfa_attempts.recorded') state = { ...state, attempts: change.attempts };
    if (change.type === 'mfa_challenge.failed') asked = { ...asked, attempts: asked.attempts + 1 };
    if (change.type === 'mfa_challenge.passed') asked = { ...asked, passedAt: change.at };
    if (change.type === 'totp.step_consumed' && state.totp) {
      state = { ...state, totp: { ...state.totp, lastUsedStep: change.step } };
    }
    if (change.type === 'backup_code.used') {
      const backupCodes = state.backupCodes.map((code) =>
        code.hash === change.hash ? { ...code, usedAt: NOW } : code,
      );
      state = { ...state, backupCodes };
    }
  }
  return [state, asked];
}

export const totp = (code: string) => ({ method: 'totp' as const, code });
export const WRONG = totp(codeAt(NOW) === '000000' ? '000001' : '000000');

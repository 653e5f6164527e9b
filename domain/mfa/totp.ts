/**
 * Time-based one-time passwords (RFC 6238). Enrolment uses what every authenticator app knows: SHA-1, 6 digits, 30 s
 * and a secret of 160 bits (R10).
 */
import { createGuardrails, generateSync, generateURI, type HashAlgorithm, ScureBase32Plugin } from 'otplib';
import { equalBytes, utf8 } from '../shared/bytes.ts';
import type { UserId } from '../shared/ids.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';

export type TotpStepConsumed =
  /** Guarded by the step used last (R12). */
  {
    readonly type: 'totp.step_consumed';
    readonly userId: UserId;
    readonly step: number;
    readonly previousStep: number | null;
  };

export const TOTP_SECRET_BYTES = 20;
export const TOTP_PERIOD_SECONDS = 30;
export const TOTP_DIGITS = 6;
/** The current one and the one before. */
export const ACCEPTED_STEPS = 2;

/** A wrong, used, too old or too early code: the answer does not tell which. */
export type MfaCodeInvalid = { readonly code: 'mfa_code_invalid' };

const base32 = new ScureBase32Plugin();
const guardrails = createGuardrails();

/** Which time step an instant lies in. */
export function timeStep(now: Instant): number {
  return Math.floor(now / 1000 / TOTP_PERIOD_SECONDS);
}

/** The code of one step, which is HOTP (RFC 4226) with the step as counter. */
export function totpCode(
  secret: Uint8Array,
  step: number,
  options: { readonly algorithm?: HashAlgorithm; readonly digits?: 6 | 7 | 8 } = {},
): string {
  const { algorithm = 'sha1', digits = TOTP_DIGITS } = options;
  // The strategy is HOTP because otplib's TOTP reads the clock; `epoch` is given for the same reason.
  return generateSync({ strategy: 'hotp', secret, counter: step, algorithm, digits, epoch: 0, guardrails });
}

/**
 * Accepts the code of the current step and of the one before (R11), and no step up to the last used one (R12; RFC 6238
 * section 5.2). The caller stores the step with a guard, so that of two parallel correct codes one wins.
 *
 * @param lastUsedStep null when no code was used yet
 */
export function verifyTotp(
  secret: Uint8Array,
  entered: string,
  now: Instant,
  lastUsedStep: number | null,
): Result<{ readonly step: number }, MfaCodeInvalid> {
  const code = utf8(entered.replace(/\s/g, ''));
  const current = timeStep(now);
  // Both are always computed and compared, so that the time taken tells nothing.
  const accepted = [current - 1, current].filter((step) => {
    const matches = step >= 0 && equalBytes(utf8(totpCode(secret, step)), code);
    return matches && (lastUsedStep === null || step > lastUsedStep);
  });
  const step = accepted.at(-1);
  return step === undefined ? refuse({ code: 'mfa_code_invalid' }) : ok({ step });
}

/** The secret as apps take it when typed: base32 without padding. */
export function encodeSecret(secret: Uint8Array): string {
  return base32.encode(secret, { padding: false });
}

/** @throws Error when the text is not base32: secrets come from our own store */
export function decodeSecret(text: string): Uint8Array {
  return base32.decode(text);
}

/** What the QR code holds. The account is shown in the app below the issuer. */
export function otpauthUrl(enrolment: {
  readonly issuer: string;
  readonly account: string;
  readonly secret: Uint8Array;
}): string {
  const { issuer, account, secret } = enrolment;
  return generateURI({ issuer, label: account, secret: encodeSecret(secret) });
}

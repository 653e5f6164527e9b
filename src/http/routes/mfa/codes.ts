/** Codes of the second factor in requests of a signed-in person. */
import type { z } from '@hono/zod-openapi';
import type { SecondFactorAnswer } from '../../../../domain/mfa/second-factor.ts';
import { line, mfaCode } from '../../schemas.ts';

export const backupCode = line(64, 1).openapi({
  description: 'One of the backup codes. It works once; case, spaces and dashes do not matter',
  example: '7X4K-P2QM-0D9W-TBRN',
});

/** A code of the app, or a backup code if the app is lost. */
export const codeFields = { token: mfaCode.optional(), backupCode: backupCode.optional() };

interface Codes {
  readonly token?: z.infer<typeof mfaCode> | undefined;
  readonly backupCode?: string | undefined;
}

export const ONE_CODE = { error: 'expected exactly one of token and backupCode' };

export function hasOneCode({ token, backupCode: code }: Codes): boolean {
  return (token === undefined) !== (code === undefined);
}

/** @returns `undefined` if the body contains neither */
export function codeOf({ token, backupCode: code }: Codes): SecondFactorAnswer | undefined {
  if (token !== undefined) return { method: 'totp', code: token };
  return code === undefined ? undefined : { method: 'backup_code', code };
}

/** For a body that holds one, as {@link hasOneCode} has checked. */
export function givenCode(body: Codes): SecondFactorAnswer {
  const code = codeOf(body);
  if (code === undefined) throw new Error('a body without a code passed its schema');
  return code;
}

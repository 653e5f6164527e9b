/** Sample accounts and pseudo-random bytes. */
import { NO_ATTEMPTS } from '../../../domain/mfa/attempts.ts';
import { makeBackupCodes } from '../../../domain/mfa/backup-codes.ts';
import type { MfaState } from '../../../domain/mfa/state.ts';
import { timeStep, totpCode } from '../../../domain/mfa/totp.ts';
import { uuidv7 } from '../../../domain/shared/ids.ts';

export const NOW = Date.UTC(2026, 10, 20, 12);
export const MINUTE = 60_000;

/** Pseudo-random bytes, the same for the same seed. */
export function bytes(length: number, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 24;
  });
}

export const USER = uuidv7<'user'>(NOW, bytes(10, 1));
export const OTHER_USER = uuidv7<'user'>(NOW, bytes(10, 2));
export const SECRET = bytes(20, 3);
export const BACKUP = makeBackupCodes(bytes(80, 4));

export const codeAt = (now: number, secret = SECRET) => totpCode(secret, timeStep(now));

export const NOT_ENROLLED: MfaState = {
  userId: USER,
  dataKey: { ownerId: USER, ringKeyId: 'test', wrapped: bytes(61, 5) },
  totp: null,
  pending: null,
  backupCodes: [],
  hasPhone: false,
  attempts: NO_ATTEMPTS,
};

export const ENROLLED: MfaState = {
  ...NOT_ENROLLED,
  totp: { secret: SECRET, enabledAt: NOW - 1000 * MINUTE, lastUsedStep: timeStep(NOW) - 100 },
  backupCodes: BACKUP.hashes.map((hash) => ({ hash, usedAt: null })),
};

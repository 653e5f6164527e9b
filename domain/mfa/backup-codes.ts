/** Backup codes, for the loss of the authenticator app: eight of 80 random bits each, shown once and stored as hashes (R13). */
import { sha256 } from '@noble/hashes/sha2.js';
import { equalBytes, utf8 } from '../shared/bytes.ts';
import type { UserId } from '../shared/ids.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { MfaCodeInvalid } from './totp.ts';

export type BackupCodeChange =
  /** All earlier codes are void (R13). */
  | {
      readonly type: 'backup_codes.replaced';
      readonly userId: UserId;
      readonly hashes: readonly Uint8Array[];
      readonly at: Instant;
    }
  /** Guarded: the code is unused. */
  | { readonly type: 'backup_code.used'; readonly userId: UserId; readonly hash: Uint8Array; readonly at: Instant };

export const BACKUP_CODES = 8;
/** Random bytes that one code takes: 80 bits, sixteen characters. */
export const BACKUP_CODE_BYTES = 10;

/** Crockford's base32: no I, L, O and U, which are mistaken for others or spell words. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export interface StoredBackupCode {
  readonly hash: Uint8Array;
  readonly usedAt: Instant | null;
}

/** @param random 80 random bytes */
export function makeBackupCodes(random: Uint8Array): {
  /** Shown to the owner once: `7X4K-P2QM-0D9W-TBRN`. */
  readonly codes: readonly string[];
  readonly hashes: readonly Uint8Array[];
} {
  const needed = BACKUP_CODES * BACKUP_CODE_BYTES;
  if (random.length < needed) throw new RangeError(`backup codes need ${needed} random bytes`);
  const codes = Array.from({ length: BACKUP_CODES }, (_, i) =>
    spell(random.subarray(i * BACKUP_CODE_BYTES, (i + 1) * BACKUP_CODE_BYTES)),
  );
  return { codes, hashes: codes.map(hashBackupCode) };
}

/**
 * SHA-256 without salt or stretching: nobody can try 2^80 codes, and the hash is compared with eight only.
 *
 * @param entered as a person types it: case, spaces and dashes do not matter, and O, I and L are read as 0 and 1
 */
export function hashBackupCode(entered: string): Uint8Array {
  const code = entered.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  return sha256(utf8(code));
}

/** Finds an unused code. The caller marks it as used with a guarded change, so that one of several parallel uses succeeds. */
export function verifyBackupCode(
  entered: string,
  stored: readonly StoredBackupCode[],
): Result<{ readonly hash: Uint8Array; readonly left: number }, MfaCodeInvalid> {
  const hash = hashBackupCode(entered);
  const unused = stored.filter(({ usedAt }) => usedAt === null);
  // `filter` rather than `find`, so that the time does not tell which one it was.
  const [match] = unused.filter((code) => equalBytes(code.hash, hash));
  return match === undefined ? refuse({ code: 'mfa_code_invalid' }) : ok({ hash: match.hash, left: unused.length - 1 });
}

function spell(bytes: Uint8Array): string {
  let bits = 0n;
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte);
  let text = '';
  for (let shift = bytes.length * 8 - 5; shift >= 0; shift -= 5) {
    text += ALPHABET.charAt(Number((bits >> BigInt(shift)) & 31n));
  }
  return text.match(/.{4}/g)?.join('-') ?? text;
}

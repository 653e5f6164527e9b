import { describe, expect, it } from 'vitest';
import { hashBackupCode, makeBackupCodes, verifyBackupCode } from '../../../domain/mfa/backup-codes.ts';
import { issueSmsCode, verifySmsCode } from '../../../domain/mfa/sms-code.ts';
import { toHex } from '../../../domain/shared/bytes.ts';
import { BACKUP, bytes, MINUTE, NOW } from './sample-state.ts';

const refused = { ok: false, error: { code: 'mfa_code_invalid' } };

describe('backup codes (R13)', () => {
  const stored = BACKUP.hashes.map((hash) => ({ hash, usedAt: null }));
  const [first = ''] = BACKUP.codes;

  it('are eight, readable, and hold all of their random bits', () => {
    expect(BACKUP.codes).toHaveLength(8);
    for (const code of BACKUP.codes) expect(code).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
    expect(new Set(BACKUP.codes).size).toBe(8);
    const flipped = Uint8Array.from(bytes(80, 4));
    for (let bit = 0; bit < 80; bit++) {
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(makeBackupCodes(flipped).codes[0]).not.toBe(first);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    }
    expect(makeBackupCodes(new Uint8Array(80)).codes[0]).toBe('0000-0000-0000-0000');
    expect(makeBackupCodes(new Uint8Array(80).fill(255)).codes[0]).toBe('ZZZZ-ZZZZ-ZZZZ-ZZZZ');
    expect(() => makeBackupCodes(bytes(79))).toThrow(RangeError);
  });

  it('are kept as hashes', () => {
    for (const [i, code] of BACKUP.codes.entries()) {
      expect(BACKUP.hashes[i]).toEqual(hashBackupCode(code));
      expect(toHex(BACKUP.hashes[i] ?? bytes(1))).toHaveLength(64);
    }
  });

  it('are accepted however they are typed', () => {
    for (const typed of [first, first.toLowerCase(), first.replaceAll('-', ''), ` ${first.replaceAll('-', ' ')} `]) {
      expect(verifyBackupCode(typed, stored)).toEqual({ ok: true, value: { hash: BACKUP.hashes[0], left: 7 } });
    }
    expect(hashBackupCode('oOiIlL')).toEqual(hashBackupCode('001111'));
  });

  it('are accepted only if unused, and the number of codes left is returned', () => {
    const used = stored.map((code, i) => (i < 3 ? { ...code, usedAt: NOW } : code));
    expect(verifyBackupCode(first, used)).toEqual(refused);
    expect(verifyBackupCode(BACKUP.codes[7] ?? '', used)).toMatchObject({ ok: true, value: { left: 4 } });
  });

  it.each(['', '-', 'ABCD', `${first}0`, first.slice(1), '\ud800', 'x'.repeat(100_000)])('refuse %j', (typed) => {
    expect(verifyBackupCode(typed, stored)).toEqual(refused);
    expect(verifyBackupCode(typed, [])).toEqual(refused);
  });
});

describe('SMS codes (R14)', () => {
  const issue = (previous: Parameters<typeof issueSmsCode>[0], now = NOW, seed = 9) => {
    const issued = issueSmsCode(previous, bytes(24, seed), now);
    if (!issued.ok) throw new Error('throttled');
    return issued.value;
  };
  const { code, stored } = issue(null);

  it('have six digits, are stored hashed and are valid for five minutes', () => {
    expect(code).toMatch(/^\d{6}$/);
    expect(stored).toMatchObject({ sentAt: NOW, expiresAt: NOW + 5 * MINUTE, sends: 1 });
    expect(verifySmsCode(code, stored, NOW)).toEqual({ ok: true, value: undefined });
    expect(verifySmsCode(` ${code.slice(0, 3)} ${code.slice(3)}`, stored, NOW + 5 * MINUTE - 1).ok).toBe(true);
    expect(verifySmsCode(code, stored, NOW + 5 * MINUTE)).toEqual(refused);
  });

  it('use all random bits, and keep leading zeroes', () => {
    const zeroes = issueSmsCode(null, new Uint8Array(24), NOW);
    expect(zeroes.ok && zeroes.value.code).toBe('000000');
    const codes = new Set(Array.from({ length: 200 }, (_, seed) => issue(null, NOW, seed + 1).code));
    expect(codes.size).toBeGreaterThan(190);
    expect(() => issueSmsCode(null, bytes(23), NOW)).toThrow(RangeError);
  });

  it('are refused when wrong or never sent', () => {
    const wrong = code === '000000' ? '000001' : '000000';
    for (const entered of [wrong, '', `${code}0`, '\ud800'])
      expect(verifySmsCode(entered, stored, NOW)).toEqual(refused);
    expect(verifySmsCode(code, null, NOW)).toEqual(refused);
  });

  it('are sent again after a minute, at most three times, and a new code replaces the former one', () => {
    expect(issueSmsCode(stored, bytes(24), NOW + MINUTE - 1)).toEqual({
      ok: false,
      error: { code: 'sms_throttled', retryAfterSeconds: 1 },
    });
    const second = issue(stored, NOW + MINUTE, 10);
    expect(second.code).not.toBe(code);
    expect(verifySmsCode(code, second.stored, NOW + MINUTE)).toEqual(refused);
    const third = issue(second.stored, NOW + 2 * MINUTE, 11);
    expect(issueSmsCode(third.stored, bytes(24), NOW + 4 * MINUTE)).toMatchObject({
      ok: false,
      error: { code: 'sms_throttled' },
    });
  });
});

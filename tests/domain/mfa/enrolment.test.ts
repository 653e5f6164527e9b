import { describe, expect, it } from 'vitest';
import { disableMfa, enableMfa, regenerateBackupCodes, startSetup } from '../../../domain/mfa/enrolment.ts';
import { encodeSecret, timeStep } from '../../../domain/mfa/totp.ts';
import { BACKUP, bytes, codeAt, ENROLLED, MINUTE, NOT_ENROLLED, NOW, SECRET, USER } from './sample-state.ts';

const DATA_KEY = { ownerId: USER, ringKeyId: 'k', wrapped: bytes(61) };
const PENDING = { ...NOT_ENROLLED, pending: { secret: SECRET, expiresAt: NOW + 15 * MINUTE } };
const WRONG = codeAt(NOW) === '000000' ? '000001' : '000000';
const totp = (code: string) => ({ method: 'totp' as const, code });

describe('setting up', () => {
  it('stores a secret of 160 bits that does nothing yet (R10, R17)', () => {
    expect(startSetup(NOT_ENROLLED, bytes(20, 3), DATA_KEY, NOW)).toMatchObject({
      ok: true,
      value: {
        secret: SECRET,
        changes: [{ type: 'totp.setup_started', secret: encodeSecret(SECRET), expiresAt: NOW + 15 * MINUTE }],
      },
    });
    expect(() => startSetup(NOT_ENROLLED, bytes(19), DATA_KEY, NOW)).toThrow(RangeError);
  });

  it('is refused where it is enabled already: the secret can never be replaced by who only has a session', () => {
    expect(startSetup(ENROLLED, bytes(20), DATA_KEY, NOW)).toEqual({
      ok: false,
      error: { code: 'mfa_already_enabled' },
    });
  });
});

describe('enabling', () => {
  it('needs a code, uses up its step and gives backup codes (R12, R17)', () => {
    expect(enableMfa(PENDING, codeAt(NOW), BACKUP.hashes, NOW)).toMatchObject({
      ok: true,
      value: {
        kind: 'done',
        changes: [
          { type: 'mfa_attempts.recorded' },
          { type: 'totp.enrolled', usedStep: timeStep(NOW) },
          { type: 'backup_codes.replaced', hashes: BACKUP.hashes },
        ],
        audit: [{ type: 'mfa.enabled' }],
      },
    });
  });

  it('counts wrong codes like any others (R15)', () => {
    expect(enableMfa(PENDING, WRONG, [], NOW)).toMatchObject({
      ok: true,
      value: {
        kind: 'refused',
        error: { code: 'mfa_code_invalid' },
        changes: [{ type: 'mfa_attempts.recorded', attempts: { failures: [NOW] } }],
        audit: [{ type: 'mfa.enable_failed' }],
      },
    });
    const paused = { ...PENDING, attempts: { failures: [], pausedUntil: NOW + MINUTE, version: 10 } };
    expect(enableMfa(paused, codeAt(NOW), [], NOW)).toMatchObject({
      value: { kind: 'refused', error: { code: 'mfa_attempts_exhausted', retryAfterSeconds: 60 }, changes: [] },
    });
  });

  it('needs a setup that was begun not long ago, and nothing enabled', () => {
    const missing = { ok: false, error: { code: 'mfa_setup_missing' } };
    expect(enableMfa(NOT_ENROLLED, codeAt(NOW), [], NOW)).toEqual(missing);
    expect(enableMfa(PENDING, codeAt(NOW + 15 * MINUTE), [], NOW + 15 * MINUTE)).toEqual(missing);
    expect(enableMfa({ ...ENROLLED, pending: PENDING.pending }, codeAt(NOW), [], NOW)).toEqual({
      ok: false,
      error: { code: 'mfa_already_enabled' },
    });
  });
});

describe('disabling', () => {
  it('needs a code', () => {
    const done = disableMfa(ENROLLED, totp(codeAt(NOW)), NOW);
    expect(done).toMatchObject({ ok: true, value: { kind: 'done', audit: [{ type: 'mfa.disabled' }] } });
    expect(done.ok && done.value.changes.map(({ type }) => type)).toEqual([
      'mfa_attempts.recorded',
      'totp.step_consumed',
      'mfa.disabled',
    ]);
    expect(disableMfa(ENROLLED, totp(WRONG), NOW)).toMatchObject({
      value: { kind: 'refused', audit: [{ type: 'mfa.disable_failed' }] },
    });
    expect(disableMfa(NOT_ENROLLED, totp(codeAt(NOW)), NOW)).toEqual({ ok: false, error: { code: 'mfa_not_enabled' } });
  });
});

describe('renewing backup codes', () => {
  it('needs a code and replaces them all (R13)', () => {
    expect(regenerateBackupCodes(ENROLLED, totp(codeAt(NOW)), BACKUP.hashes, NOW)).toMatchObject({
      value: {
        kind: 'done',
        changes: [
          { type: 'mfa_attempts.recorded' },
          { type: 'totp.step_consumed' },
          { type: 'backup_codes.replaced', hashes: BACKUP.hashes },
        ],
      },
    });
    expect(regenerateBackupCodes(ENROLLED, totp(WRONG), [], NOW)).toMatchObject({ value: { kind: 'refused' } });
    expect(regenerateBackupCodes(NOT_ENROLLED, totp(''), [], NOW)).toMatchObject({
      error: { code: 'mfa_not_enabled' },
    });
  });
});

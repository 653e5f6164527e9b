import { describe, expect, it } from 'vitest';
import {
  disableMfa,
  enableMfa,
  regenerateBackupCodes,
  resetFactors,
  startSetup,
} from '../../../domain/mfa/enrolment.ts';
import { encodeSecret, timeStep } from '../../../domain/mfa/totp.ts';
import { BACKUP, bytes, codeAt, ENROLLED, MINUTE, NOT_ENROLLED, NOW, SECRET, USER } from './sample-state.ts';

const DATA_KEY = { ownerId: USER, ringKeyId: 'k', wrapped: bytes(61) };
const PENDING = { ...NOT_ENROLLED, pending: { secret: SECRET, expiresAt: NOW + 15 * MINUTE } };
const WRONG = codeAt(NOW) === '000000' ? '000001' : '000000';
const NEW_SECRET = bytes(20, 9);
const totp = (code: string) => ({ method: 'totp' as const, code });

describe('setting up', () => {
  it('stores a secret of 160 bits that has no effect yet (R10, R17)', () => {
    expect(startSetup(NOT_ENROLLED, bytes(20, 3), DATA_KEY, NOW)).toMatchObject({
      secret: SECRET,
      changes: [{ type: 'totp.setup_started', secret: encodeSecret(SECRET), expiresAt: NOW + 15 * MINUTE }],
    });
    expect(() => startSetup(NOT_ENROLLED, bytes(19), DATA_KEY, NOW)).toThrow(RangeError);
  });

  it('does not change an enrolled app', () => {
    const { changes } = startSetup(ENROLLED, NEW_SECRET, DATA_KEY, NOW);
    expect(changes.map(({ type }) => type)).toEqual(['totp.setup_started']);
    const waiting = { ...ENROLLED, pending: { secret: NEW_SECRET, expiresAt: NOW + 15 * MINUTE } };
    expect(disableMfa(waiting, totp(codeAt(NOW)), NOW)).toMatchObject({ value: { kind: 'done' } });
    expect(disableMfa(waiting, totp(codeAt(NOW, NEW_SECRET)), NOW)).toMatchObject({ value: { kind: 'refused' } });
  });
});

describe('enabling', () => {
  it('requires a code, uses its step and returns backup codes (R12, R17)', () => {
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

  it('counts wrong codes with all others of the account (R15)', () => {
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

  it('requires a setup that has not expired', () => {
    const missing = { ok: false, error: { code: 'mfa_setup_missing' } };
    expect(enableMfa(NOT_ENROLLED, codeAt(NOW), [], NOW)).toEqual(missing);
    expect(enableMfa(PENDING, codeAt(NOW + 15 * MINUTE), [], NOW + 15 * MINUTE)).toEqual(missing);
    expect(enableMfa(ENROLLED, codeAt(NOW), [], NOW)).toEqual(missing);
  });

  it('replaces an enrolled app by a code of the new one, and the backup codes with it (R12, R13)', () => {
    const waiting = { ...ENROLLED, pending: { secret: NEW_SECRET, expiresAt: NOW + 15 * MINUTE } };
    expect(enableMfa(waiting, codeAt(NOW, NEW_SECRET), BACKUP.hashes, NOW)).toMatchObject({
      value: {
        kind: 'done',
        changes: [
          { type: 'mfa_attempts.recorded' },
          { type: 'totp.enrolled', secret: encodeSecret(NEW_SECRET), setupExpiresAt: NOW + 15 * MINUTE },
          { type: 'backup_codes.replaced' },
        ],
        audit: [{ type: 'mfa.app_replaced' }],
      },
    });
    // A code of the former app proves nothing about the new one.
    expect(enableMfa(waiting, codeAt(NOW), [], NOW)).toMatchObject({ value: { kind: 'refused' } });
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

describe('backup codes in place of the app (R13, R15)', () => {
  const backup = (code: string) => ({ method: 'backup_code' as const, code });
  const used = [{ type: 'mfa_attempts.recorded' }, { type: 'backup_code.used', hash: BACKUP.hashes[2] }];

  it('disable the factor and renew backup codes, once each', () => {
    const code = BACKUP.codes[2] ?? '';
    expect(disableMfa(ENROLLED, backup(code), NOW)).toMatchObject({
      value: { kind: 'done', changes: [...used, { type: 'mfa.disabled' }] },
    });
    expect(regenerateBackupCodes(ENROLLED, backup(code), [], NOW)).toMatchObject({
      value: { kind: 'done', changes: [...used, { type: 'backup_codes.replaced' }] },
    });
    const spent = {
      ...ENROLLED,
      backupCodes: ENROLLED.backupCodes.map((each, n) => ({ ...each, usedAt: n === 2 ? NOW : null })),
    };
    expect(disableMfa(spent, backup(code), NOW)).toMatchObject({ value: { kind: 'refused' } });
  });

  it('are counted with all other codes', () => {
    const failures = Array.from({ length: 9 }, (_, n) => NOW - n * 1000);
    const last = { ...ENROLLED, attempts: { failures, pausedUntil: null, version: 9 } };
    expect(disableMfa(last, backup('aaaa-bbbb-cccc-dddd'), NOW)).toMatchObject({
      value: { kind: 'refused', changes: [{ attempts: { pausedUntil: NOW + 15 * MINUTE } }] },
    });
  });

  it('work if the secret of the app is damaged', () => {
    const damaged = { ...ENROLLED, totp: { secret: null, enabledAt: NOW, lastUsedStep: null } };
    expect(disableMfa(damaged, backup(BACKUP.codes[0] ?? ''), NOW)).toMatchObject({ value: { kind: 'done' } });
  });
});

describe('renewing backup codes', () => {
  it('requires a code and replaces all codes (R13)', () => {
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

it('an administrator resets the factors of who has some', () => {
  expect(resetFactors(ENROLLED, NOW)).toMatchObject({
    ok: true,
    value: { changes: [{ type: 'mfa.disabled', userId: USER, at: NOW }], audit: [{ type: 'mfa.reset' }] },
  });
  expect(resetFactors(NOT_ENROLLED, NOW)).toEqual({ ok: false, error: { code: 'mfa_not_enabled' } });
});

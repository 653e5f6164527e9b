import { describe, expect, it } from 'vitest';
import { CHALLENGE_ATTEMPTS } from '../../../domain/mfa/challenge.ts';
import { answerChallenge } from '../../../domain/mfa/gate.ts';
import { issueSmsCode } from '../../../domain/mfa/sms-code.ts';
import { timeStep } from '../../../domain/mfa/totp.ts';
import { apply, challengeOf, totp, trusted, WRONG } from './sample-gate.ts';
import { BACKUP, bytes, codeAt, ENROLLED, MINUTE, NOW, OTHER_USER, USER } from './sample-state.ts';

describe('the gate, after the second factor', () => {
  const challenge = challengeOf(ENROLLED);

  it('grants a session for a code, which uses its step and the challenge (R12, R16)', () => {
    const passed = answerChallenge({ challenge, mfa: ENROLLED, answer: totp(codeAt(NOW)) }, NOW);
    expect(passed).toMatchObject({
      kind: 'granted',
      grant: { userId: USER, amr: ['pwd', 'otp', 'mfa'], grantedAt: NOW },
      changes: [
        { type: 'mfa_attempts.recorded', previousVersion: 0 },
        { type: 'totp.step_consumed', step: timeStep(NOW), previousStep: timeStep(NOW) - 100 },
        { type: 'mfa_challenge.passed', previousAttempts: 0 },
      ],
    });
    const [mfa, used] = apply(ENROLLED, challenge, passed.changes);
    const again = { mfa, answer: totp(codeAt(NOW)) };
    expect(answerChallenge({ ...again, challenge: used }, NOW)).toMatchObject({ error: { code: 'mfa_token_invalid' } });
    const reused = answerChallenge({ ...again, challenge }, NOW);
    const wrong = answerChallenge({ challenge, mfa, answer: WRONG }, NOW);
    expect(reused).toEqual(wrong);
  });

  it('grants a session for a backup code, once, and reports how many are left (R13)', () => {
    const answer = { method: 'backup_code' as const, code: BACKUP.codes[2] ?? '' };
    const passed = answerChallenge({ challenge, mfa: ENROLLED, answer }, NOW);
    expect(passed).toMatchObject({ kind: 'granted', backupCodesLeft: 7, grant: { amr: ['pwd', 'otp', 'mfa'] } });
    expect(passed.audit.map(({ type }) => type)).toEqual(['mfa.backup_code_used', 'mfa.challenge_passed']);
    const [mfa] = apply(ENROLLED, challenge, passed.changes);
    expect(answerChallenge({ challenge, mfa, answer }, NOW)).toMatchObject({ kind: 'refused' });
  });

  it('grants a session for an SMS code of this challenge, if the account has a phone (R14)', () => {
    const issued = issueSmsCode(null, bytes(24), NOW);
    if (!issued.ok) throw new Error('throttled');
    const { code, stored } = issued.value;
    const sent = { ...challenge, sms: stored };
    const answer = { method: 'sms' as const, code };
    const mfa = { ...ENROLLED, hasPhone: true };
    expect(answerChallenge({ challenge: sent, mfa, answer }, NOW)).toMatchObject({
      kind: 'granted',
      grant: { amr: ['pwd', 'sms', 'mfa'] },
    });
    expect(answerChallenge({ challenge, mfa, answer }, NOW)).toMatchObject({ kind: 'refused' });
    expect(answerChallenge({ challenge: sent, mfa: ENROLLED, answer }, NOW)).toMatchObject({ kind: 'refused' });
    const without = { ...mfa, totp: null };
    expect(answerChallenge({ challenge: sent, mfa: without, answer }, NOW)).toMatchObject({ kind: 'refused' });
  });

  it('adds a trusted device if the user asked for it', () => {
    const dataKey = { ownerId: trusted.device.userId, ringKeyId: 'test', wrapped: new Uint8Array(1) };
    const answered = answerChallenge(
      { challenge, mfa: ENROLLED, answer: totp(codeAt(NOW)), trust: { device: trusted.device, dataKey } },
      NOW,
    );
    expect(answered.changes).toContainEqual({ type: 'trusted_device.added', device: trusted.device, dataKey });
    const foreign = { device: { ...trusted.device, userId: OTHER_USER }, dataKey };
    expect(() => answerChallenge({ challenge, mfa: ENROLLED, answer: totp(codeAt(NOW)), trust: foreign }, NOW)).toThrow(
      'another user',
    );
    const refused = answerChallenge(
      { challenge, mfa: ENROLLED, answer: WRONG, trust: { device: trusted.device, dataKey } },
      NOW,
    );
    expect(refused.changes.map(({ type }) => type)).toEqual(['mfa_attempts.recorded', 'mfa_challenge.failed']);
  });

  it('refuses a challenge that is unknown or expired, and throws for one of another user', () => {
    const answer = totp(codeAt(NOW + 5 * MINUTE));
    const invalid = { kind: 'refused', error: { code: 'mfa_token_invalid' }, changes: [], audit: [] };
    expect(answerChallenge({ challenge: undefined, mfa: ENROLLED, answer }, NOW)).toEqual(invalid);
    expect(answerChallenge({ challenge, mfa: ENROLLED, answer }, NOW + 5 * MINUTE)).toEqual(invalid);
    const foreign = { ...ENROLLED, userId: OTHER_USER };
    expect(() => answerChallenge({ challenge, mfa: foreign, answer }, NOW)).toThrow('another user');
  });

  it('refuses every code after five wrong ones, also the right one (R15)', () => {
    let [mfa, asked] = [ENROLLED, challenge];
    for (let i = 0; i < CHALLENGE_ATTEMPTS; i++) {
      const refused = answerChallenge({ challenge: asked, mfa, answer: WRONG }, NOW);
      expect(refused).toMatchObject({ kind: 'refused', error: { code: 'mfa_code_invalid' } });
      [mfa, asked] = apply(mfa, asked, refused.changes);
    }
    expect(answerChallenge({ challenge: asked, mfa, answer: totp(codeAt(NOW)) }, NOW)).toMatchObject({
      error: { code: 'mfa_token_invalid' },
    });
  });

  it('pauses for fifteen minutes after ten wrong codes within fifteen minutes, over all challenges and factors (R15)', () => {
    let mfa = ENROLLED;
    const answers = [WRONG, { method: 'backup_code' as const, code: 'nope' }, { method: 'sms' as const, code: '1' }];
    for (let i = 0; i < 10; i++) {
      const answer = answers[i % 3] ?? WRONG;
      const refused = answerChallenge({ challenge, mfa, answer }, NOW + i * 1000);
      expect(refused).toMatchObject({ error: { code: 'mfa_code_invalid' } });
      expect(refused.audit.some(({ type }) => type === 'mfa.attempts_exhausted')).toBe(i === 9);
      [mfa] = apply(mfa, challenge, refused.changes);
    }
    const end = NOW + 9000 + 15 * MINUTE;
    const paused = answerChallenge({ challenge, mfa, answer: totp(codeAt(NOW + 10_000)) }, NOW + 10_000);
    expect(paused).toEqual({
      kind: 'refused',
      error: { code: 'mfa_attempts_exhausted', retryAfterSeconds: 899 },
      changes: [],
      audit: [],
    });
    const later = challengeOf(mfa, end);
    expect(answerChallenge({ challenge: later, mfa, answer: totp(codeAt(end)) }, end - 1)).toMatchObject({
      error: { code: 'mfa_attempts_exhausted', retryAfterSeconds: 1 },
    });
    expect(answerChallenge({ challenge: later, mfa, answer: totp(codeAt(end)) }, end)).toMatchObject({
      kind: 'granted',
    });
  });

  it('counts in a sliding window: nine wrong codes and nine more after a quiet time do not reach ten in fifteen minutes', () => {
    let mfa = ENROLLED;
    for (const start of [0, 15 * MINUTE]) {
      for (let i = 0; i < 9; i++) {
        const now = NOW + start + i;
        const refused = answerChallenge({ challenge: challengeOf(mfa, now), mfa, answer: WRONG }, now);
        [mfa] = apply(mfa, challenge, refused.changes);
      }
    }
    expect(mfa.attempts.pausedUntil).toBeNull();
    const tenth = NOW + 15 * MINUTE + 9;
    const last = answerChallenge({ challenge: challengeOf(mfa, tenth), mfa, answer: WRONG }, tenth);
    [mfa] = apply(mfa, challenge, last.changes);
    expect(mfa.attempts.pausedUntil).toBe(tenth + 15 * MINUTE);
  });

  it('keeps the count of wrong codes after a right one, and guards both by the same version (R15)', () => {
    const refused = answerChallenge({ challenge, mfa: ENROLLED, answer: WRONG }, NOW);
    const [mfa] = apply(ENROLLED, challenge, refused.changes);
    const passed = answerChallenge({ challenge: { ...challenge, attempts: 1 }, mfa, answer: totp(codeAt(NOW)) }, NOW);
    expect(refused.changes[0]).toMatchObject({ type: 'mfa_attempts.recorded', previousVersion: 0 });
    expect(passed.changes[0]).toEqual({
      type: 'mfa_attempts.recorded',
      userId: USER,
      attempts: { failures: [NOW], pausedUntil: null, version: 2 },
      previousVersion: 1,
    });
    expect(passed.changes).toContainEqual(
      expect.objectContaining({ type: 'mfa_challenge.passed', previousAttempts: 1 }),
    );
  });

  it('records every attempt without the code that was entered (R46)', () => {
    const refused = answerChallenge({ challenge, mfa: ENROLLED, answer: WRONG }, NOW);
    expect(refused.audit).toEqual([
      {
        type: 'mfa.challenge_failed',
        stream: USER,
        outcome: 'failure',
        details: { method: 'totp' },
        error: 'mfa_code_invalid',
      },
    ]);
  });
});

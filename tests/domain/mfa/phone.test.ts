import { describe, expect, it } from 'vitest';
import { type PhoneState, sendChallengeCode, startPhone, verifyPhone } from '../../../domain/mfa/phone.ts';
import { issueSmsCode, SMS_SENDS } from '../../../domain/mfa/sms-code.ts';
import { bytes, ENROLLED, MINUTE, NOT_ENROLLED, NOW } from './sample-state.ts';

const PHONE = '+4930901820';
const NONE: PhoneState = {
  dataKey: { ownerId: ENROLLED.userId, ringKeyId: '1', wrapped: new Uint8Array(60) },
  phone: null,
  pending: null,
};

function started(current = NONE, now = NOW) {
  const sent = startPhone(ENROLLED, current, PHONE, bytes(24, 9), now);
  if (!sent.ok) throw new Error(sent.error.code);
  const [change] = sent.value.changes;
  if (change?.type !== 'mfa_phone.code_issued') throw new Error('no code was issued');
  return { code: sent.value.code, state: { ...NONE, pending: { phone: PHONE, code: change.code } } };
}

describe('enrolling a phone (R14)', () => {
  it('R14: requires an enrolled app', () => {
    expect(startPhone(NOT_ENROLLED, NONE, PHONE, bytes(24), NOW)).toMatchObject({
      ok: false,
      error: { code: 'mfa_not_enabled' },
    });
  });

  it('R14: is verified by the code that was sent, within five minutes', () => {
    const { code, state } = started();
    expect(verifyPhone(ENROLLED, state, code, NOW)).toMatchObject({
      kind: 'done',
      changes: [{ type: 'mfa_attempts.recorded' }, { type: 'mfa_phone.enrolled' }],
    });
    expect(verifyPhone(ENROLLED, state, code, NOW + 5 * MINUTE)).toMatchObject({ kind: 'refused' });
    expect(verifyPhone(ENROLLED, NONE, code, NOW)).toMatchObject({ kind: 'refused' });
  });

  it('R15: a wrong code counts as an attempt of the account, and during a pause no code is checked', () => {
    const { code, state } = started();
    const wrong = verifyPhone(ENROLLED, state, code === '000000' ? '111111' : '000000', NOW);
    expect(wrong).toMatchObject({
      kind: 'refused',
      error: { code: 'mfa_code_invalid' },
      changes: [{ type: 'mfa_attempts.recorded', attempts: { failures: [NOW] } }],
    });
    const paused = { ...ENROLLED, attempts: { failures: [], pausedUntil: NOW + MINUTE, version: 4 } };
    expect(verifyPhone(paused, state, code, NOW)).toMatchObject({
      kind: 'refused',
      error: { code: 'mfa_attempts_exhausted' },
      changes: [],
    });
  });

  it('R14: messages are limited, also if the number changes, and allowed again after an hour', () => {
    let current = NONE;
    let now = NOW;
    for (let i = 0; i < SMS_SENDS; i++) {
      expect(startPhone(ENROLLED, i === 0 ? current : started(current, now).state, PHONE, bytes(24), now).ok).toBe(
        i === 0,
      );
      current = started(current, now).state;
      now += MINUTE + 1;
    }
    expect(startPhone(ENROLLED, current, '+15005550006', bytes(24), now)).toMatchObject({
      error: { code: 'sms_throttled' },
    });
    expect(startPhone(ENROLLED, current, PHONE, bytes(24), now + 61 * MINUTE).ok).toBe(true);
  });
});

describe('codes for a challenge (R14)', () => {
  it('R14: are sent only for a challenge and to a verified phone', () => {
    expect(sendChallengeCode(undefined, { ...NONE, phone: PHONE }, bytes(24), NOW)).toMatchObject({
      error: { code: 'mfa_token_invalid' },
    });
    const challenge = {
      tokenHash: bytes(32),
      userId: ENROLLED.userId,
      methods: [],
      amr: ['pwd'],
      createdAt: NOW,
      expiresAt: NOW + MINUTE,
      attempts: 0,
      passedAt: null,
      sms: null,
    };
    expect(sendChallengeCode(challenge, NONE, bytes(24), NOW)).toMatchObject({ error: { code: 'mfa_phone_missing' } });
    const sent = sendChallengeCode(challenge, { ...NONE, phone: PHONE }, bytes(24), NOW);
    const expected = issueSmsCode(null, bytes(24), NOW);
    expect(sent).toMatchObject({ ok: true, value: { phone: PHONE, code: expected.ok && expected.value.code } });
  });
});

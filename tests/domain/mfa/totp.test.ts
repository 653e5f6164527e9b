import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSecret, encodeSecret, otpauthUrl, timeStep, totpCode, verifyTotp } from '../../../domain/mfa/totp.ts';
import * as vectors from '../../vectors/otp.ts';
import { codeAt, NOW, SECRET } from './sample-state.ts';

/** RFC 4226 section 5.3, on the platform's HMAC. */
function reference(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  return String((mac.readUInt32BE((mac[19] ?? 0) & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

describe('codes (R10)', () => {
  it('are those of RFC 4226 appendix D', () => {
    expect(vectors.HOTP.map((_, counter) => totpCode(vectors.seed(20), counter))).toEqual(vectors.HOTP);
  });

  it.each(vectors.TOTP)('are those of RFC 6238 appendix B at %i s', (seconds, sha1, sha256, sha512) => {
    const step = timeStep(seconds * 1000);
    expect(totpCode(vectors.seed(20), step, { algorithm: 'sha1', digits: 8 })).toBe(sha1);
    expect(totpCode(vectors.seed(32), step, { algorithm: 'sha256', digits: 8 })).toBe(sha256);
    expect(totpCode(vectors.seed(64), step, { algorithm: 'sha512', digits: 8 })).toBe(sha512);
  });

  it('agree with HMAC-SHA-1 for any secret and step', () => {
    const secrets = fc.uint8Array({ minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(secrets, fc.nat(), (secret, step) => {
        expect(totpCode(secret, step)).toBe(reference(secret, step));
      }),
    );
  });
});

describe('a code that is entered', () => {
  const step = timeStep(NOW);
  const refused = { ok: false, error: { code: 'mfa_code_invalid' } };

  it('is accepted in its step and the next one only (R11)', () => {
    const code = codeAt(NOW);
    const start = step * 30_000;
    expect(verifyTotp(SECRET, code, start - 1, null)).toEqual(refused);
    for (const now of [start, start + 29_999, start + 30_000, start + 59_999]) {
      expect(verifyTotp(SECRET, code, now, null)).toEqual({ ok: true, value: { step } });
    }
    expect(verifyTotp(SECRET, code, start + 60_000, null)).toEqual(refused);
  });

  it('is accepted once, and no older code after it (R12)', () => {
    expect(verifyTotp(SECRET, codeAt(NOW), NOW, step - 1)).toEqual({ ok: true, value: { step } });
    expect(verifyTotp(SECRET, codeAt(NOW), NOW, step)).toEqual(refused);
    expect(verifyTotp(SECRET, codeAt(NOW - 30_000), NOW, step)).toEqual(refused);
    expect(verifyTotp(SECRET, codeAt(NOW - 30_000), NOW, step - 1)).toEqual(refused);
    expect(verifyTotp(SECRET, codeAt(NOW - 30_000), NOW, step - 2)).toEqual({ ok: true, value: { step: step - 1 } });
  });

  it('may have spaces, as apps show it', () => {
    const code = codeAt(NOW);
    expect(verifyTotp(SECRET, ` ${code.slice(0, 3)} ${code.slice(3)} `, NOW, null).ok).toBe(true);
  });

  it.each(['', '0', '0000000', 'abcdef', '١٢٣٤٥٦', '-12345', '1e5', '\ud800', '\0'.repeat(6), '9'.repeat(10_000)])(
    'is refused without a fault when it is %j',
    (entered) => {
      expect(verifyTotp(SECRET, entered, NOW, null)).toEqual(refused);
    },
  );

  it('is refused with another secret, and at time 0', () => {
    expect(verifyTotp(vectors.seed(20), codeAt(NOW), NOW, null)).toEqual(refused);
    expect(verifyTotp(SECRET, totpCode(SECRET, 0), 0, null)).toEqual({ ok: true, value: { step: 0 } });
  });
});

describe('enrolment', () => {
  it('spells the secret in base32 without padding, and reads it back', () => {
    expect(encodeSecret(new TextEncoder().encode('12345678901234567890'))).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
    expect(decodeSecret(encodeSecret(SECRET))).toEqual(SECRET);
    expect(encodeSecret(SECRET)).toHaveLength(32);
  });

  it('gives an otpauth URL that apps understand', () => {
    const url = new URL(otpauthUrl({ issuer: 'Patient Portal', account: 'jane+x@clinic.example', secret: SECRET }));
    expect(url.protocol).toBe('otpauth:');
    expect(decodeURIComponent(url.pathname)).toContain('Patient Portal:jane+x@clinic.example');
    expect(url.searchParams.get('secret')).toBe(encodeSecret(SECRET));
    expect(url.searchParams.get('issuer')).toBe('Patient Portal');
    // What is absent or given must be the defaults of RFC 6238: some apps ignore these parameters.
    expect([null, 'SHA1']).toContain(url.searchParams.get('algorithm'));
    expect([null, '6']).toContain(url.searchParams.get('digits'));
    expect([null, '30']).toContain(url.searchParams.get('period'));
  });
});

import { createHmac, createPrivateKey, generateKeyPairSync, sign as signRaw } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAccessTokens } from '../../adapters/crypto/access-tokens.ts';
import { generateTokenKey, parseTokenKeys, type TokenKey, tokenKeyId } from '../../adapters/crypto/token-keys.ts';
import type { AccessTokens } from '../../domain/identity/ports.ts';
import { accessTokenFaults } from './access-tokens.contract.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const SECONDS = NOW / 1000;
const CLAIMS = {
  sub: '019a0000-0000-7000-8000-000000000001',
  sid: '019a0000-0000-7000-8000-000000000002',
  role: 'patient',
  permissions: ['read:own_profile'],
  amr: ['pwd', 'otp'],
  auth_time: SECONDS - 60,
};

let key: TokenKey;
let other: TokenKey;
let tokens: AccessTokens;

beforeAll(async () => {
  key = await generateTokenKey();
  other = await generateTokenKey();
  tokens = createAccessTokens({ keys: [key] });
});

const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

function forge(header: object, payload: unknown, by: TokenKey): string {
  const input = `${b64(header)}.${b64(payload)}`;
  const privateKey = createPrivateKey({ key: { ...by } as JWK & { kty: string }, format: 'jwk' });
  return `${input}.${signRaw(null, Buffer.from(input), privateKey).toString('base64url')}`;
}

const goodHeader = () => ({ alg: 'EdDSA', typ: 'at+jwt', kid: tokenKeyId(key) });
const goodPayload = () => ({
  ...CLAIMS,
  iss: 'patient-portal-auth',
  aud: 'patient-portal-api',
  iat: SECONDS,
  nbf: SECONDS,
  exp: SECONDS + 900,
  jti: 'j',
});
const REFUSED = { ok: false, error: 'invalid_token' };
const EXPIRED = { ok: false, error: 'expired_token' };

describe('access tokens (R19)', () => {
  it('verify to the claims that were signed', async () => {
    expect(await tokens.verify(await tokens.sign(CLAIMS, NOW, 900), NOW)).toEqual({ ok: true, value: CLAIMS });
  });

  it('carry the header and the registered claims of RFC 9068', async () => {
    const parts = (await tokens.sign(CLAIMS, NOW + 999, 900)).split('.').slice(0, 2);
    const [header, payload] = parts.map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as unknown);
    expect(header).toEqual(goodHeader());
    expect(payload).toMatchObject({
      ...goodPayload(),
      nbf: SECONDS - 5,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it('expire at the stated second, and are valid slightly before their issue', async () => {
    const token = await tokens.sign(CLAIMS, NOW, 900);
    expect((await tokens.verify(token, NOW + 899_999)).ok).toBe(true);
    expect(await tokens.verify(token, NOW + 900_000)).toEqual(EXPIRED);
    expect((await tokens.verify(token, NOW - 5_000)).ok).toBe(true);
    expect(await tokens.verify(token, NOW - 5_001)).toEqual(REFUSED);
  });

  it('are accepted when built by hand correctly, so that each refusal below has its own reason', async () => {
    expect((await tokens.verify(forge(goodHeader(), goodPayload(), key), NOW)).ok).toBe(true);
  });

  it.each<[string, () => object]>([
    ['typ JWT', () => ({ typ: 'JWT' })],
    ['no typ', () => ({ typ: undefined })],
    ['an unknown kid', () => ({ kid: tokenKeyId(other) })],
    ['no kid', () => ({ kid: undefined })],
    ['a kid that is a name of Object.prototype', () => ({ kid: '__proto__' })],
    ['alg none', () => ({ alg: 'none' })],
    ['alg ES256', () => ({ alg: 'ES256' })],
    ['alg HS256', () => ({ alg: 'HS256' })],
    ['an embedded jwk', () => ({ jwk: { kty: other.kty, crv: other.crv, x: other.x } })],
    ['a jku', () => ({ jku: 'https://attacker.example/jwks.json' })],
    ['an x5c', () => ({ x5c: ['MIIB'] })],
    ['an x5u', () => ({ x5u: 'https://attacker.example/cert' })],
    ['a crit', () => ({ crit: ['exp'] })],
    ['b64 false', () => ({ b64: false, crit: ['b64'] })],
  ])('with %s in the header are refused', async (_, change) => {
    expect(await tokens.verify(forge({ ...goodHeader(), ...change() }, goodPayload(), key), NOW)).toEqual(REFUSED);
  });

  it.each<[string, object]>([
    ['another issuer', { iss: 'someone' }],
    ['no issuer', { iss: undefined }],
    ['another audience', { aud: 'another-api' }],
    ['several audiences', { aud: ['patient-portal-api', 'another-api'] }],
    ['no audience', { aud: undefined }],
    ['no exp', { exp: undefined }],
    ['exp as text', { exp: String(SECONDS + 900) }],
    ['an nbf in the future', { nbf: SECONDS + 1 }],
    ['no nbf', { nbf: undefined }],
    ['no iat', { iat: undefined }],
    ['no jti', { jti: undefined }],
    ['a jti that is a number', { jti: 1 }],
    ['no sub', { sub: undefined }],
    ['an empty sub', { sub: '' }],
    ['no sid', { sid: undefined }],
    ['a role that is a list', { role: ['admin'] }],
    ['permissions as text', { permissions: 'read:own_profile' }],
    ['permissions that are not texts', { permissions: [1] }],
    ['no amr', { amr: undefined }],
    ['auth_time as text', { auth_time: '1' }],
    ['a negative auth_time', { auth_time: -1 }],
    ['no auth_time', { auth_time: undefined }],
  ])('with %s are refused', async (_, change) => {
    expect(await tokens.verify(forge(goodHeader(), { ...goodPayload(), ...change }, key), NOW)).toEqual(REFUSED);
  });

  it('with an exp in the past have expired', async () => {
    const payload = { ...goodPayload(), exp: SECONDS - 1 };
    expect(await tokens.verify(forge(goodHeader(), payload, key), NOW)).toEqual(EXPIRED);
    expect(await tokens.verify(forge(goodHeader(), payload, other), NOW)).toEqual(REFUSED);
  });

  it('signed by another key are refused, even with the kid of a known key', async () => {
    expect(await tokens.verify(forge(goodHeader(), goodPayload(), other), NOW)).toEqual(REFUSED);
  });

  it('signed with HMAC under the public key are refused', async () => {
    const input = `${b64({ ...goodHeader(), alg: 'HS256' })}.${b64(goodPayload())}`;
    const mac = createHmac('sha256', Buffer.from(key.x, 'base64url')).update(input).digest('base64url');
    expect(await tokens.verify(`${input}.${mac}`, NOW)).toEqual(REFUSED);
  });

  it('altered anywhere are refused', async () => {
    const token = await tokens.sign(CLAIMS, NOW, 900);
    for (let i = 0; i < token.length; i += 7) {
      const altered = `${token.slice(0, i)}${token[i] === 'A' ? 'B' : 'A'}${token.slice(i + 1)}`;
      expect(await tokens.verify(altered, NOW)).toEqual(REFUSED);
    }
  });

  it.each([
    '',
    '.',
    '..',
    '...',
    'a.b.c',
    'a.b.c.d.e',
    'null',
    '\0',
    '\ud800.\ud800.\ud800',
    `${'a'.repeat(100_000)}.b.c`,
    `${b64([])}.${b64([])}.`,
    `${b64(null)}.${b64(null)}.AAAA`,
  ])('that are no tokens at all are refused without a fault: %j', async (text) => {
    expect(await tokens.verify(text, NOW)).toEqual(REFUSED);
  });

  it('whose payload is not an object are refused', async () => {
    for (const payload of [null, [], 'x', 1]) {
      expect(await tokens.verify(forge(goodHeader(), payload, key), NOW)).toEqual(REFUSED);
    }
  });

  it('without a signature are refused', async () => {
    const [header, payload] = (await tokens.sign(CLAIMS, NOW, 900)).split('.');
    expect(await tokens.verify(`${header}.${payload}.`, NOW)).toEqual(REFUSED);
    expect(await tokens.verify(`${b64({ alg: 'none', typ: 'at+jwt' })}.${payload}.`, NOW)).toEqual(REFUSED);
  });
});

describe('remembered tokens', () => {
  it('are still refused before and after their time, and when altered', async () => {
    expect(await accessTokenFaults()).toEqual([]);
  });

  it('belong to one verifier: another that lacks the key, or expects another issuer or audience, refuses them', async () => {
    const token = await tokens.sign(CLAIMS, NOW, 900);
    for (let i = 0; i < 2; i++) expect((await tokens.verify(token, NOW)).ok).toBe(true);
    for (const options of [{ keys: [other] }, { keys: [key], issuer: 'x' }, { keys: [key], audience: 'x' }]) {
      expect(await createAccessTokens(options).verify(token, NOW)).toEqual(REFUSED);
    }
  });

  it('are verified again once too many others have come', async () => {
    const small = createAccessTokens({ keys: [key], remembered: 2 });
    const several = await Promise.all(Array.from({ length: 7 }, () => small.sign(CLAIMS, NOW, 900)));
    for (const token of [...several, ...several]) {
      expect(await small.verify(token, NOW)).toEqual({ ok: true, value: CLAIMS });
    }
  });
});

describe('key ring of the access tokens', () => {
  it('verifies tokens of a rotated key until it is removed', async () => {
    const old = await createAccessTokens({ keys: [other] }).sign(CLAIMS, NOW, 900);
    const { d: _, ...retired } = other;
    expect((await createAccessTokens({ keys: [key, retired] }).verify(old, NOW)).ok).toBe(true);
    expect(await createAccessTokens({ keys: [key] }).verify(old, NOW)).toEqual(REFUSED);
  });

  it('serves public members only, named by their RFC 7638 thumbprint', async () => {
    const { keys } = createAccessTokens({ keys: [key, other] }).jwks();
    expect(keys).toHaveLength(2);
    for (const served of keys) {
      expect(Object.keys(served).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
      expect(served).toMatchObject({ alg: 'EdDSA', use: 'sig', kid: await calculateJwkThumbprint(served as JWK) });
    }
  });

  it('reads its setting and reports faults without repeating the value', () => {
    expect(
      parseTokenKeys(
        JSON.stringify([
          { ...key, ext: true, extra: 1 },
          { ...other, d: undefined },
        ]),
      ),
    ).toEqual([key, { kty: other.kty, crv: other.crv, x: other.x }]);
    for (const bad of ['', 'x', '[]', '{}', '[null]', '[1]', JSON.stringify([key, { ...other, d: 'short' }])]) {
      expect(() => parseTokenKeys(bad)).toThrow(/token key/);
    }
    expect(() => parseTokenKeys('[{"kty":"OKP","d":"s3cret"}]')).toThrow(/^((?!s3cret).)*$/);
  });

  describe('with a P-256 key', () => {
    const p256 = (more: object = {}): TokenKey => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const [read] = parseTokenKeys(JSON.stringify([{ ...privateKey.export({ format: 'jwk' }), ...more }]));
      if (read === undefined) throw new Error('no key');
      return read;
    };

    it('signs as ES256, under its thumbprint or the kid it came with', async () => {
      for (const own of [p256(), p256({ kid: 'clinic-2026-11', use: 'sig', alg: 'ES256', key_ops: ['sign'] })]) {
        const ring = createAccessTokens({ keys: [own, key] });
        const token = await ring.sign(CLAIMS, NOW, 900);
        const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string };
        const { d: _, ...shown } = own;
        expect(header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: own.kid ?? (await calculateJwkThumbprint(shown)) });
        expect(await ring.verify(token, NOW)).toEqual({ ok: true, value: CLAIMS });
        expect(ring.jwks().keys[0]).toEqual({ ...shown, kid: header.kid, alg: 'ES256', use: 'sig' });
        expect((await ring.verify(await tokens.sign(CLAIMS, NOW, 900), NOW)).ok).toBe(true);
      }
    });

    it('takes the algorithm from the key, never from the token', async () => {
      const own = p256();
      const ring = createAccessTokens({ keys: [own, key] });
      const input = (header: object) => `${b64(header)}.${b64(goodPayload())}`;
      const es256 = (text: string) => {
        const privateKey = createPrivateKey({ key: { ...own } as JWK & { kty: string }, format: 'jwk' });
        const signature = signRaw('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
        return `${text}.${signature.toString('base64url')}`;
      };
      const header = { alg: 'ES256', typ: 'at+jwt', kid: tokenKeyId(own) };
      expect((await ring.verify(es256(input(header)), NOW)).ok).toBe(true);
      expect(await ring.verify(es256(input({ ...header, alg: 'EdDSA' })), NOW)).toEqual(REFUSED);
      expect(await ring.verify(es256(input({ ...header, kid: tokenKeyId(key) })), NOW)).toEqual(REFUSED);
      expect(await ring.verify(forge({ ...goodHeader(), kid: tokenKeyId(own) }, goodPayload(), key), NOW)).toEqual(
        REFUSED,
      );
      expect(await ring.verify(forge({ ...goodHeader(), alg: 'ES256' }, goodPayload(), key), NOW)).toEqual(REFUSED);
    });

    it.each<[string, object]>([
      ['use enc', { use: 'enc' }],
      ['other operations', { key_ops: ['encrypt'] }],
      ['operations that are no list', { key_ops: 'sign' }],
      ['another algorithm', { alg: 'ES384' }],
      ['another curve', { crv: 'P-384' }],
      ['no y', { y: undefined }],
      ['a point beside the curve', { y: 'A'.repeat(43) }],
      ['a kid that is no text', { kid: 1 }],
      ['an empty kid', { kid: '' }],
    ])('refuses one with %s', (_, more) => {
      expect(() => p256(more)).toThrow('token key 1 is not valid');
    });

    it('refuses two keys with the same id', () => {
      expect(() => createAccessTokens({ keys: [p256({ kid: 'same' }), p256({ kid: 'same' })] })).toThrow(
        'the same kid',
      );
    });
  });

  it('refuses a ring that cannot sign', () => {
    expect(() => createAccessTokens({ keys: [] })).toThrow(TypeError);
    const { d: _, ...publicOnly } = key;
    expect(() => createAccessTokens({ keys: [publicOnly] })).toThrow('must be a private key');
  });
});

import { createHash } from 'node:crypto';
import { type JWTHeaderParameters, SignJWT, UnsecuredJWT } from 'jose';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { qstashCallbackVerifier } from '../../adapters/upstash/callback-verifier.ts';
import { signDelivery } from '../../tools/cloud/qstash-signature.ts';
import { describeCallbackVerifier } from './callback-verifier.contract.ts';

const keys = { current: 'sig_current_key_of_the_tests', next: 'sig_next_key_of_the_tests' };
const url = 'https://portal.example.org/api/v1/callbacks/qstash/reminder';
const body = '{"id":"1"}';
const verifier = qstashCallbackVerifier(keys);

describeCallbackVerifier('QStash', async () => ({
  verifier,
  sign: async (text, destination) => signDelivery(keys.current, destination, text, Date.now()),
}));

describe('R47: QStash signatures', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  const seconds = (fromNow: number) => Math.floor(Date.now() / 1000) + fromNow;
  const digest = createHash('sha256').update(body).digest('base64url');
  const claims = {
    iss: 'Upstash',
    sub: url,
    nbf: seconds(0),
    iat: seconds(0),
    exp: seconds(300),
    jti: 'jwt_1',
    body: digest,
  };

  function sign(changes: object, key = keys.current, header: JWTHeaderParameters = { alg: 'HS256' }): Promise<string> {
    const kept = Object.entries({ ...claims, ...changes }).filter(([, value]) => value !== undefined);
    return new SignJWT(Object.fromEntries(kept)).setProtectedHeader(header).sign(new TextEncoder().encode(key));
  }
  const verify = (signature: string) => verifier.verify({ signature, body, url });

  test('a token as in the vendor’s documentation is accepted', async () => {
    expect(await verify(await sign({}))).toBe(true);
    expect(await verify(await sign({ body: `${digest}=` }))).toBe(true);
  });

  test('the next key is accepted too, so that keys can be rotated, but no third key', async () => {
    expect(await verify(await sign({}, keys.next))).toBe(true);
    expect(await verify(await sign({}, 'sig_a_third_key_of_the_tests'))).toBe(false);
  });

  test.each([
    ['another issuer', { iss: 'upstash' }],
    ['no issuer', { iss: undefined }],
    ['another subject', { sub: 'https://portal.example.org' }],
    ['no subject', { sub: undefined }],
    ['an end in the past', { exp: seconds(-10) }],
    ['no end', { exp: undefined }],
    ['a beginning in the future', { nbf: seconds(30) }],
    ['no beginning', { nbf: undefined }],
    ['another body', { body: createHash('sha256').update('{}').digest('base64url') }],
    ['no body', { body: undefined }],
    ['a body that is no text', { body: 1 }],
  ])('a genuine key over %s is refused', async (_, changes) => {
    expect(await verify(await sign(changes))).toBe(false);
    expect(await verify(await sign(changes, keys.next))).toBe(false);
  });

  test('clocks may differ by a few seconds', async () => {
    expect(await verify(await sign({ nbf: seconds(3), iat: seconds(3) }))).toBe(true);
  });

  test.each(['HS384', 'HS512'])('%s under the genuine key is refused', async (alg) => {
    expect(await verify(await sign({}, keys.current.repeat(4), { alg }))).toBe(false);
    const lenient = qstashCallbackVerifier({ current: keys.current.repeat(4), next: keys.next.repeat(4) });
    const signature = await sign({}, keys.current.repeat(4), { alg });
    expect(await lenient.verify({ signature, body, url })).toBe(false);
  });

  test('an unsigned token is refused', async () => {
    expect(await verify(new UnsecuredJWT(claims).encode())).toBe(false);
  });

  test('QSTASH_DEV in the environment does not make it accept the vendor’s published keys', async () => {
    vi.stubEnv('QSTASH_DEV', 'true');
    expect(await verify(await sign({}, 'sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r'))).toBe(false);
    expect(await verify(await sign({}, 'sig_5ZB6DVzB1wjE8S6rZ7eenA8Pdnhs'))).toBe(false);
    expect(await verify(await sign({}))).toBe(true);
  });

  test('creating it without keys fails, instead of reading them from the environment', () => {
    vi.stubEnv('QSTASH_CURRENT_SIGNING_KEY', 'x');
    expect(() => qstashCallbackVerifier({ current: '', next: '' })).toThrow(TypeError);
    expect(() => qstashCallbackVerifier({ current: 'x', next: '' })).toThrow(TypeError);
  });
});

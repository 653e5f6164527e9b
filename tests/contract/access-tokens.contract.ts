/** Signs and verifies access tokens with both kinds of key, on whichever runtime it is called. */
import { generateKeyPairSync } from 'node:crypto';
import { createAccessTokens } from '../../adapters/crypto/access-tokens.ts';
import { generateTokenKey, parseTokenKeys, type TokenKey } from '../../adapters/crypto/token-keys.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const CLAIMS = {
  sub: '019a0000-0000-7000-8000-000000000001',
  sid: '019a0000-0000-7000-8000-000000000002',
  role: 'patient',
  permissions: ['read:own_profile'],
  amr: ['pwd'],
  auth_time: NOW / 1000,
};

/** A signature that the runtime refuses for its own reasons, such as numbers out of range, is no fault of the server. */
const ZERO_SIGNATURE = 'A'.repeat(86);

function p256Key(): TokenKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const [key] = parseTokenKeys(JSON.stringify([privateKey.export({ format: 'jwk' })]));
  if (key === undefined) throw new Error('no key');
  return key;
}

/** What each kind of key got wrong; empty where the runtime verifies as it must. */
export async function accessTokenFaults(): Promise<string[]> {
  return [...(await faultsOf(await generateTokenKey())), ...(await faultsOf(p256Key()))];
}

async function faultsOf(key: TokenKey): Promise<string[]> {
  const [signer, verifier] = [createAccessTokens({ keys: [key] }), createAccessTokens({ keys: [key] })];
  const token = await signer.sign(CLAIMS, NOW, 900);
  const [start] = token.split(/(?<=\.)(?=[^.]*$)/);
  const altered = Array.from({ length: Math.ceil(token.length / 7) }, (_, i) => {
    const at = i * 7;
    return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
  });
  const stranger = createAccessTokens({ keys: [{ ...(await generateTokenKey()), kid: 'other' }] });
  const cases: readonly (readonly [string, string, number, boolean])[] = [
    ['new', token, NOW, true],
    ['seen before', token, NOW, true],
    ['expired', token, NOW + 900_000, false],
    ['from the future', token, NOW - 6_000, false],
    ['in force again', token, NOW, true],
    ['of another key', await stranger.sign(CLAIMS, NOW, 900), NOW, false],
    ['with a signature of zeros', `${start}${ZERO_SIGNATURE}`, NOW, false],
    ...altered.map((text, i) => [`altered at ${i * 7}`, text, NOW, false] as const),
  ];
  const faults: string[] = [];
  for (const [name, text, now, isValid] of cases) {
    const { ok } = await verifier.verify(text, now);
    if (ok !== isValid) faults.push(`${key.crv}, ${name}: ${ok ? 'accepted' : 'refused'}`);
  }
  return faults;
}

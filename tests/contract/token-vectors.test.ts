/** Wycheproof's JSON Web Signatures: which signatures are valid, and that none gives access to the portal. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccessTokens } from '../../adapters/crypto/access-tokens.ts';
import {
  createKeyRing,
  generateTokenKey,
  parseTokenKeys,
  type SignatureFault,
  type TokenKeyRing,
} from '../../adapters/crypto/token-keys.ts';
import { type Portal, startPortal } from '../support/portal.ts';

interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly jws: string;
  readonly result: 'valid' | 'invalid';
}

interface Vectors {
  readonly numberOfTests: number;
  readonly groups: readonly {
    readonly comment: string;
    readonly public?: Readonly<Record<string, unknown>>;
    readonly tests: readonly Vector[];
  }[];
  readonly leftOut: readonly {
    readonly group: string;
    readonly from: number;
    readonly to: number;
    readonly why: string;
  }[];
}

const FILE = new URL('../vectors/wycheproof-json-web-signature.json', import.meta.url);
const vectors = JSON.parse(await readFile(FILE, 'utf8')) as Vectors;

/** Not three parts of base64url. */
const BAD_FORM =
  /Missing(Signature|Payload|Header)And|MissingHeaderSignature|MissingPayload|MissingHeader|Empty|Extra|JsonSerialization|Invalid.?Character|invalidCharacters|spacesIn(?!Json)|SpacesInMac/;

/** The fault that the name of a case states, for a verifier that holds the key of its group. */
function faultNamed(comment: string): SignatureFault {
  if (BAD_FORM.test(comment)) return 'malformed';
  if (/SymmetryConfusion|NoneAlgorithm|algIsNone/.test(comment)) return 'algorithm';
  if (/EmbeddedJwk/.test(comment)) return 'forbidden_header';
  // The modified header names another key.
  if (/ModifiedHeader/.test(comment)) return 'unknown_key';
  return 'signature';
}

/** Without a matching key, the fault of every well-formed token is its algorithm. */
function faultOfForeign(comment: string): SignatureFault {
  return BAD_FORM.test(comment) ? 'malformed' : 'algorithm';
}

const ids = (tests: readonly Vector[]) => `${tests[0]?.tcId}-${tests.at(-1)?.tcId}`;
const forSigning = vectors.groups.filter((group) => group.public?.alg === 'ES256');
const forEncryption = vectors.groups.filter((group) => group.public !== undefined && group.public.alg === undefined);
const foreign = vectors.groups.filter((group) => group.public === undefined);

describe('Wycheproof json_web_signature_test (R19)', () => {
  let ring: TokenKeyRing;
  let keys: string;
  let portal: Portal;

  beforeAll(async () => {
    keys = JSON.stringify([await generateTokenKey(), forSigning[0]?.public]);
    ring = createKeyRing(parseTokenKeys(keys));
    portal = await startPortal({ environment: { TOKEN_KEYS: keys } });
  });
  afterAll(() => portal.close());

  it('is accounted for case by case', () => {
    const run = vectors.groups.map(({ comment, tests }) => ({
      group: comment,
      cases: ids(tests),
      run: tests.length,
      why: '',
    }));
    const left = vectors.leftOut.map(({ group, from, to, why }) => ({
      group,
      cases: from === to ? String(from) : `${from}-${to}`,
      'left out': to - from + 1,
      why,
    }));
    console.table([...run, ...left], ['group', 'cases', 'run', 'left out', 'why']);
    const seen = [
      ...vectors.groups.flatMap(({ tests }) => tests.map(({ tcId }) => tcId)),
      ...vectors.leftOut.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i)),
    ];
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 401 }, (_, i) => i + 1));
    expect(vectors.numberOfTests).toBe(401);
    expect(run.map(({ group, run: cases }) => [group, cases])).toEqual([
      ['hs256', 17],
      ['es256', 15],
      ['rs256', 13],
      ['ps512', 4],
      ['ec_key_for_encryption', 1],
      ['ec_key_for_encryption', 1],
      ['base64', 21],
      ['SpecialCaseEs256', 23],
    ]);
  });

  describe.each(forSigning)('$comment, with the key of the group in the ring', ({ tests }) => {
    it.each(tests)('$tcId $comment: $result', async ({ jws, comment, result }) => {
      const signed = ring.verifySignature(jws);
      if (result === 'invalid') return expect(signed).toEqual({ ok: false, error: faultNamed(comment) });
      expect(signed.ok && new TextDecoder().decode(signed.value.payload)).toBe('foo');
    });
  });

  it.each(forEncryption)('$comment: no ring accepts a key for encryption', ({ public: key }) => {
    expect(() => parseTokenKeys(JSON.stringify([key]))).toThrow('token key 1 is not valid');
  });

  describe.each(foreign)('$comment, whose key no ring can hold', ({ tests }) => {
    it.each(tests)('$tcId $comment', async ({ jws, comment }) => {
      expect(ring.verifySignature(jws)).toEqual({ ok: false, error: faultOfForeign(comment) });
    });
  });

  it('gives no access: neither the verifier of access tokens nor the API accepts any', async () => {
    const tokens = createAccessTokens({ keys: parseTokenKeys(keys) });
    for (const { tcId, jws } of vectors.groups.flatMap(({ tests }) => tests)) {
      expect([tcId, await tokens.verify(jws, portal.clock.now())]).toEqual([
        tcId,
        { ok: false, error: 'invalid_token' },
      ]);
      const reply = await portal.request('GET', '/api/v1/users/me', { headers: { Authorization: `Bearer ${jws}` } });
      expect([tcId, reply.status, reply.body.code]).toEqual([tcId, 401, 'unauthenticated']);
    }
  });
});

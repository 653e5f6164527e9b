/**
 * The keys of access tokens, and the only code that verifies token signatures. The ring makes rotation possible: the
 * first key signs, all keys verify. Keys are never fetched; `kid` chooses a key of the ring, and the key, never the
 * token, determines the algorithm (RFC 8725 section 3.1).
 */
import { createHash } from 'node:crypto';
import { compactVerify, decodeProtectedHeader, errors, exportJWK, generateKeyPair, type JWK } from 'jose';
import { ok, type Result, refuse } from '../../domain/shared/result.ts';
import { parseKeyList } from './key-list.ts';

/** A JWK. Without `d` it only verifies, as a key that has been rotated out. */
export type TokenKey = Ed25519Key | P256Key;

interface Named {
  /** Default: the RFC 7638 thumbprint. */
  readonly kid?: string;
}

/** RFC 8037; signs as EdDSA. */
export interface Ed25519Key extends Named {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly d?: string;
}

/** RFC 7518 section 6.2; signs as ES256. */
export interface P256Key extends Named {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly d?: string;
}

export type TokenAlgorithm = 'EdDSA' | 'ES256';

/** Why a token's signature is rejected. Clients are not told the reason. */
export type SignatureFault =
  /** Not three base64url parts, or no JSON header. */
  | 'malformed'
  /** The header brings its own key, or requires an extension. */
  | 'forbidden_header'
  /** Not the algorithm of the key, or not a supported one. */
  | 'algorithm'
  | 'unknown_key'
  | 'signature';

export interface SignedToken {
  readonly type: string | undefined;
  readonly payload: Uint8Array;
}

export interface TokenKeyRing {
  readonly signer: { readonly kid: string; readonly algorithm: TokenAlgorithm; readonly key: JWK };
  verifySignature(token: string): Promise<Result<SignedToken, SignatureFault>>;
  /** Public members only, as served at `/.well-known/jwks.json`. */
  publicKeys(): readonly JWK[];
}

/** Three parts in base64url without padding. Decoders accept more, which would give one token several spellings. */
const COMPACT_FORM = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.([A-Za-z0-9_-]*)$/;
/** 64 bytes with either algorithm: 86 characters, of which the last carries only two bits. */
const SIGNATURE_FORM = /^[A-Za-z0-9_-]{85}[AQgw]$/;
const FORBIDDEN_HEADERS = ['jwk', 'jku', 'x5c', 'x5u', 'crit', 'b64'] as const;
/** 32 bytes. */
const COORDINATE = /^[A-Za-z0-9_-]{43}$/;
const KEY_ID = /^[\x21-\x7e]{1,128}$/;

/** A new private key. Append it to the ring, and move it to the front once every instance has it. */
export async function generateTokenKey(): Promise<TokenKey> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const key = readTokenKey(await exportJWK(privateKey));
  if (key === undefined) throw new Error('the platform exported the key in an unknown format');
  return key;
}

/**
 * Reads the key ring from its setting: a JSON array of JWKs.
 *
 * @throws TypeError naming the position of the invalid key, never its value
 */
export function parseTokenKeys(json: string): TokenKey[] {
  return parseKeyList(json, 'token key', readTokenKey);
}

/** The `kid` of the key. */
export function tokenKeyId(key: TokenKey): string {
  if (key.kid !== undefined) return key.kid;
  const { crv, kty, x } = key;
  const required = JSON.stringify(key.kty === 'EC' ? { crv, kty, x, y: key.y } : { crv, kty, x });
  return createHash('sha256').update(required).digest('base64url');
}

/** @throws TypeError if the ring is empty, its first key cannot sign, or two keys have the same id */
export function createKeyRing(keys: readonly TokenKey[]): TokenKeyRing {
  const [current] = keys;
  if (current?.d === undefined) throw new TypeError('the first token key must be a private key');
  const verifiers = new Map(keys.map((key) => [tokenKeyId(key), verifierOf(key)]));
  if (verifiers.size < keys.length) throw new TypeError('two token keys have the same kid');

  return {
    signer: { kid: tokenKeyId(current), algorithm: algorithmOf(current), key: { ...current } },

    async verifySignature(token) {
      const signature = COMPACT_FORM.exec(token)?.[1];
      const header = signature === undefined ? undefined : readHeader(token);
      if (signature === undefined || header === undefined) return refuse('malformed');
      if (FORBIDDEN_HEADERS.some((name) => name in header)) return refuse('forbidden_header');
      if (header.alg !== 'EdDSA' && header.alg !== 'ES256') return refuse('algorithm');
      const verifier = verifiers.get(header.kid ?? '');
      if (verifier === undefined) return refuse('unknown_key');
      if (header.alg !== verifier.algorithm) return refuse('algorithm');
      if (!SIGNATURE_FORM.test(signature)) return refuse('signature');
      try {
        const { payload } = await compactVerify(token, verifier.key, { algorithms: [verifier.algorithm] });
        return ok({ type: header.typ, payload });
      } catch (error) {
        if (error instanceof errors.JOSEError) return refuse('signature');
        throw error;
      }
    },

    publicKeys: () => [...verifiers].map(([kid, { key, algorithm }]) => ({ ...key, kid, alg: algorithm, use: 'sig' })),
  };
}

function algorithmOf({ kty }: TokenKey): TokenAlgorithm {
  return kty === 'EC' ? 'ES256' : 'EdDSA';
}

function verifierOf(key: TokenKey): { readonly algorithm: TokenAlgorithm; readonly key: JWK } {
  const { kty, crv, x } = key;
  return { algorithm: algorithmOf(key), key: key.kty === 'EC' ? { kty, crv, x, y: key.y } : { kty, crv, x } };
}

function readHeader(token: string) {
  try {
    return decodeProtectedHeader(token);
  } catch {
    return undefined;
  }
}

/** Copies only known members, so that nothing else of a JWK enters the ring or the public set. */
function readTokenKey(entry: unknown): TokenKey | undefined {
  const { kty, crv, x, y, d, kid, ...purpose } = (entry ?? {}) as Record<string, unknown>;
  if (!isCoordinate(x) || (d !== undefined && !isCoordinate(d))) return undefined;
  if (kid !== undefined && !(typeof kid === 'string' && KEY_ID.test(kid))) return undefined;
  const rest = { ...(kid === undefined ? {} : { kid }), ...(d === undefined ? {} : { d }) };
  if (kty === 'OKP' && crv === 'Ed25519' && isForSigning(purpose, ['EdDSA', 'Ed25519']))
    return { kty, crv, x, ...rest };
  if (kty === 'EC' && crv === 'P-256' && isCoordinate(y) && isForSigning(purpose, ['ES256'])) {
    return { kty, crv, x, y, ...rest };
  }
  return undefined;
}

function isCoordinate(value: unknown): value is string {
  return typeof value === 'string' && COORDINATE.test(value);
}

/** Rejects keys that declare another purpose: they must not also sign tokens (RFC 7517 sections 4.2 to 4.4). */
function isForSigning(purpose: Record<string, unknown>, algorithms: readonly string[]): boolean {
  const { use = 'sig', alg = algorithms[0], key_ops: operations = ['verify'] } = purpose;
  return (
    use === 'sig' &&
    algorithms.some((known) => known === alg) &&
    Array.isArray(operations) &&
    (operations.includes('verify') || operations.includes('sign'))
  );
}

/**
 * The keys of access tokens, and the only code that verifies token signatures. The ring makes rotation possible: the
 * first key signs, all keys verify. Keys are never fetched; `kid` chooses a key of the ring, and the key, never the
 * token, determines the algorithm (RFC 8725 section 3.1).
 */
import { Buffer } from 'node:buffer';
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { utf8 } from '../../domain/shared/bytes.ts';
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
  verifySignature(token: string): Result<SignedToken, SignatureFault>;
  /** Public members only, as served at `/.well-known/jwks.json`. */
  publicKeys(): readonly JWK[];
}

/** Three parts in base64url without padding. Decoders accept more, which would give one token several spellings. */
const COMPACT_FORM = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)$/;
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

    verifySignature(token) {
      const [, head = '', payload = '', signature = ''] = COMPACT_FORM.exec(token) ?? [];
      const header = readHeader(head);
      if (header === undefined) return refuse('malformed');
      if (FORBIDDEN_HEADERS.some((name) => name in header)) return refuse('forbidden_header');
      const { alg, kid, typ } = header;
      if (alg !== 'EdDSA' && alg !== 'ES256') return refuse('algorithm');
      const verifier = typeof kid === 'string' ? verifiers.get(kid) : undefined;
      if (verifier === undefined) return refuse('unknown_key');
      if (alg !== verifier.algorithm) return refuse('algorithm');
      if (!SIGNATURE_FORM.test(signature)) return refuse('signature');
      const signed = utf8(`${head}.${payload}`);
      if (!isSignedBy(verifier, signed, Buffer.from(signature, 'base64url'))) return refuse('signature');
      return ok({ type: typeof typ === 'string' ? typ : undefined, payload: Buffer.from(payload, 'base64url') });
    },

    publicKeys: () => [...verifiers].map(([kid, { key, algorithm }]) => ({ ...key, kid, alg: algorithm, use: 'sig' })),
  };
}

function algorithmOf({ kty }: TokenKey): TokenAlgorithm {
  return kty === 'EC' ? 'ES256' : 'EdDSA';
}

interface Verifier {
  readonly algorithm: TokenAlgorithm;
  readonly key: JWK;
  readonly imported: KeyObject;
  /** The same key as PEM: workerd takes no key object together with an encoding of the signature. */
  readonly pem: string;
}

/** @throws when the coordinates of the key are no point of its curve */
function verifierOf(own: TokenKey): Verifier {
  const { kty, crv, x } = own;
  const key = own.kty === 'EC' ? { kty, crv, x, y: own.y } : { kty, crv, x };
  const imported = createPublicKey({ key, format: 'jwk' });
  return {
    algorithm: algorithmOf(own),
    key,
    imported,
    pem: imported.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/**
 * Synchronous, because the detour over Web Crypto and its thread pool takes longer than the verification. The signature
 * of ES256 is two numbers of 32 bytes (RFC 7518 section 3.4), not DER.
 */
function isSignedBy({ algorithm, imported, pem }: Verifier, signed: Uint8Array, signature: Uint8Array): boolean {
  return algorithm === 'EdDSA'
    ? verify(null, signed, imported, signature)
    : verify('sha256', signed, { key: pem, dsaEncoding: 'ieee-p1363' }, signature);
}

/** @returns `undefined` unless the part is a JSON object */
function readHeader(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const header: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof header === 'object' && header !== null && !Array.isArray(header)
      ? (header as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Copies only known members, so that nothing else of a JWK enters the ring or the public set. */
function readTokenKey(entry: unknown): TokenKey | undefined {
  const key = readMembers(entry);
  return key !== undefined && isOnCurve(key) ? key : undefined;
}

function isOnCurve(key: TokenKey): boolean {
  try {
    verifierOf(key);
    return true;
  } catch {
    return false;
  }
}

function readMembers(entry: unknown): TokenKey | undefined {
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

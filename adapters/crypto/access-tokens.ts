/**
 * Access tokens: RFC 9068 JWTs signed with Ed25519 (R19). A ring of keys makes rotation possible: the first signs, all
 * verify. Nothing is ever fetched, and nothing in a token's header but `kid` has a say in how it is verified.
 */
import { createHash, randomUUID } from 'node:crypto';
import { errors, exportJWK, generateKeyPair, type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { AccessClaims, AccessTokens } from '../../domain/identity/ports.ts';
import { ok, refuse } from '../../domain/shared/result.ts';
import { parseKeyList } from './key-list.ts';

export const ACCESS_TOKEN_ISSUER = 'patient-portal-auth';
export const ACCESS_TOKEN_AUDIENCE = 'patient-portal-api';

const ALGORITHM = 'EdDSA';
const TYPE = 'at+jwt';
/** Tokens are valid from this much before their issue, so that another machine's clock may be a little behind. */
const CLOCK_SKEW_SECONDS = 5;
const COORDINATE = /^[A-Za-z0-9_-]{43}$/;
/**
 * Three parts in base64url without padding, the last an Ed25519 signature: 86 characters, the last of which carries two bits
 * only. Decoders forgive more, and then one signature would have many spellings.
 */
const COMPACT_FORM = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{85}[AQgw]$/;
const FOREIGN_KEY_HEADERS = ['jwk', 'jku', 'x5c', 'x5u', 'crit', 'b64'] as const;

/** An Ed25519 JWK (RFC 8037). Without `d` it only verifies: what is kept of a key that has been rotated out. */
export interface TokenKey {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly d?: string;
}

export interface AccessTokenOptions {
  /** The first is the current signer and needs its private part; the others only verify. */
  readonly keys: readonly TokenKey[];
  readonly issuer?: string;
  readonly audience?: string;
}

/** A fresh private key, to be put first in the ring. */
export async function generateTokenKey(): Promise<TokenKey> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { crv: 'Ed25519', extractable: true });
  const key = readTokenKey(await exportJWK(privateKey));
  if (key === undefined) throw new Error('the platform exported an unknown form of key');
  return key;
}

/**
 * Reads the key ring from its setting: a JSON array of JWKs.
 *
 * @throws TypeError saying which key is at fault, never what it holds
 */
export function parseTokenKeys(json: string): TokenKey[] {
  return parseKeyList(json, 'token key', readTokenKey);
}

/** RFC 7638 thumbprint, which serves as `kid`. */
export function tokenKeyId(key: TokenKey): string {
  const required = JSON.stringify({ crv: key.crv, kty: key.kty, x: key.x });
  return createHash('sha256').update(required).digest('base64url');
}

/** @throws TypeError when the ring is empty or its first key cannot sign */
export function createAccessTokens(options: AccessTokenOptions): AccessTokens {
  const { issuer = ACCESS_TOKEN_ISSUER, audience = ACCESS_TOKEN_AUDIENCE } = options;
  const [current] = options.keys;
  if (current?.d === undefined) throw new TypeError('the first token key must be a private key');
  const signer = { kid: tokenKeyId(current), key: current as JWK };
  const verifiers = new Map<string, JWK>(options.keys.map((key) => [tokenKeyId(key), toPublic(key)]));

  return {
    sign(claims, now, expiresInSeconds) {
      const issuedAt = Math.floor(now / 1000);
      return new SignJWT({ ...claims })
        .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: signer.kid })
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(issuedAt)
        .setNotBefore(issuedAt - CLOCK_SKEW_SECONDS)
        .setExpirationTime(issuedAt + expiresInSeconds)
        .setJti(randomUUID())
        .sign(signer.key);
    },

    async verify(token, now) {
      if (!COMPACT_FORM.test(token)) return refuse('invalid_token');
      try {
        const { payload } = await jwtVerify(
          token,
          (header) => {
            const key = verifiers.get(header.kid ?? '');
            if (key === undefined || FOREIGN_KEY_HEADERS.some((name) => name in header)) {
              throw new errors.JWKSNoMatchingKey();
            }
            return key;
          },
          {
            algorithms: [ALGORITHM],
            typ: TYPE,
            issuer,
            audience,
            currentDate: new Date(now),
            clockTolerance: 0,
            requiredClaims: ['exp', 'iat', 'nbf', 'jti'],
          },
        );
        const claims = payload.aud === audience ? readClaims(payload) : undefined;
        return claims === undefined ? refuse('invalid_token') : ok(claims);
      } catch (error) {
        if (error instanceof errors.JOSEError) return refuse('invalid_token');
        throw error;
      }
    },

    jwks() {
      return { keys: [...verifiers].map(([kid, key]) => ({ ...key, kid, alg: ALGORITHM, use: 'sig' })) };
    },
  };
}

/** A signed token with a claim of the wrong type is as worthless as an unsigned one. */
function readClaims(payload: JWTPayload): AccessClaims | undefined {
  const { sub, jti, sid, role, permissions, amr, auth_time } = payload;
  if (!isText(sub) || !isText(jti) || !isText(sid) || !isText(role)) return undefined;
  if (!isTextList(permissions) || !isTextList(amr)) return undefined;
  if (typeof auth_time !== 'number' || !Number.isSafeInteger(auth_time) || auth_time < 0) return undefined;
  return { sub, sid, role, permissions, amr, auth_time };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}

/** Copies only the members we know, so that nothing else of a JWK gets into the ring or into the public set. */
function readTokenKey(key: unknown): TokenKey | undefined {
  const { kty, crv, x, d } = (key ?? {}) as Record<string, unknown>;
  if (kty !== 'OKP' || crv !== 'Ed25519' || typeof x !== 'string' || !COORDINATE.test(x)) return undefined;
  if (d === undefined) return { kty, crv, x };
  return typeof d === 'string' && COORDINATE.test(d) ? { kty, crv, x, d } : undefined;
}

function toPublic({ kty, crv, x }: TokenKey): JWK {
  return { kty, crv, x };
}

/**
 * Access tokens: RFC 9068 JWTs signed with Ed25519 or P-256 (R19). The key ring verifies signatures; this module
 * verifies claims.
 */
import { hash, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { AccessClaims, AccessTokens } from '../../domain/identity/ports.ts';
import { ok, refuse } from '../../domain/shared/result.ts';
import { createKeyRing, type TokenKey } from './token-keys.ts';

export const ACCESS_TOKEN_ISSUER = 'patient-portal-auth';
export const ACCESS_TOKEN_AUDIENCE = 'patient-portal-api';

const TYPE = 'at+jwt';
const DECODER = new TextDecoder('utf-8', { fatal: true });
/** Tokens are valid from this long before their issue, so that the clock of another machine may be slightly behind. */
const CLOCK_SKEW_SECONDS = 5;
/** About 4 MB. The tokens of more people are verified again. */
const REMEMBERED_TOKENS = 5_000;

export interface AccessTokenOptions {
  /** The first key signs and must be private; the others only verify. */
  readonly keys: readonly TokenKey[];
  readonly issuer?: string;
  readonly audience?: string;
  /** How many verified tokens are remembered. */
  readonly remembered?: number;
}

/** @throws TypeError if the keys do not form a ring that can sign */
export function createAccessTokens(options: AccessTokenOptions): AccessTokens {
  const { issuer = ACCESS_TOKEN_ISSUER, audience = ACCESS_TOKEN_AUDIENCE } = options;
  const ring = createKeyRing(options.keys);
  const remembered = rememberedTokens(options.remembered ?? REMEMBERED_TOKENS);

  /** Everything of a token but whether it is in force now. */
  function read(token: string): VerifiedToken | undefined {
    const signed = ring.verifySignature(token);
    if (!signed.ok || !isAccessToken(signed.value.type)) return undefined;
    const payload = readPayload(signed.value.payload);
    if (payload?.iss !== issuer || payload.aud !== audience) return undefined;
    const { iat, nbf, exp } = payload;
    const claims = readClaims(payload);
    if (claims === undefined || !isSeconds(iat) || !isSeconds(nbf) || !isSeconds(exp)) return undefined;
    return { claims, nbf, exp };
  }

  return {
    sign(claims, now, expiresInSeconds) {
      const issuedAt = Math.floor(now / 1000);
      const { kid, algorithm, key } = ring.signer;
      return new SignJWT({ ...claims })
        .setProtectedHeader({ alg: algorithm, typ: TYPE, kid })
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(issuedAt)
        .setNotBefore(issuedAt - CLOCK_SKEW_SECONDS)
        .setExpirationTime(issuedAt + expiresInSeconds)
        .setJti(randomUUID())
        .sign(key);
    },

    async verify(token, now) {
      const digest = hash('sha256', token, 'base64url');
      const known = remembered.get(digest);
      const verified = known ?? read(token);
      const seconds = Math.floor(now / 1000);
      if (verified === undefined) return refuse('invalid_token');
      if (!isInForce(verified, seconds)) return refuse(seconds < verified.exp ? 'invalid_token' : 'expired_token');
      if (known === undefined) remembered.set(digest, verified);
      return ok(verified.claims);
    },

    jwks() {
      return { keys: ring.publicKeys().map((key) => ({ ...key })) };
    },
  };
}

/** What does not change about a token: all three times are required, as are the claims (RFC 7519 sections 4.1.4 to 4.1.6). */
interface VerifiedToken {
  readonly claims: AccessClaims;
  readonly nbf: number;
  readonly exp: number;
}

/**
 * Verified tokens by their digest, so that the memory holds no token and each entry has the same size. It lives as long
 * as the key ring: a process that is started without a key remembers nothing of that key. Whether the session is still
 * open is no part of it, because each request asks for the session (R21).
 */
function rememberedTokens(limit: number) {
  const tokens = new Map<string, VerifiedToken>();
  return {
    get: (digest: string) => tokens.get(digest),
    set(digest: string, verified: VerifiedToken): void {
      const [oldest] = tokens.keys();
      if (tokens.size >= limit && oldest !== undefined) tokens.delete(oldest);
      tokens.set(digest, verified);
    },
  };
}

type Payload = Readonly<Record<string, unknown>>;

/** RFC 9068 section 4 allows both spellings of the media type. */
function isAccessToken(type: string | undefined): boolean {
  return typeof type === 'string' && type.toLowerCase().replace(/^application\//, '') === TYPE;
}

function readPayload(bytes: Uint8Array): Payload | undefined {
  try {
    const payload: unknown = JSON.parse(DECODER.decode(bytes));
    return typeof payload === 'object' && payload !== null && !Array.isArray(payload)
      ? (payload as Payload)
      : undefined;
  } catch {
    return undefined;
  }
}

function isInForce({ nbf, exp }: VerifiedToken, seconds: number): boolean {
  return nbf <= seconds && seconds < exp;
}

/** @returns `undefined` if a claim is missing or has the wrong type: the token is then rejected like an unsigned one */
function readClaims(payload: Payload): AccessClaims | undefined {
  const { sub, jti, sid, role, permissions, amr, auth_time } = payload;
  if (!isText(sub) || !isText(jti) || !isText(sid) || !isText(role)) return undefined;
  if (!isTextList(permissions) || !isTextList(amr) || !isSeconds(auth_time)) return undefined;
  return { sub, sid, role, permissions, amr, auth_time };
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}

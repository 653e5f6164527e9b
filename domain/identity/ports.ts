/** What identity needs of the outside world. */
import type { Result } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';

export interface PasswordHasher {
  /** @returns a PHC string: `$scrypt$ln=15,r=8,p=3$<salt>$<hash>` (R3) */
  hash(password: string): Promise<string>;
  /**
   * Takes the same time whether or not there is a hash to compare with: `undefined` is checked against a dummy (R4).
   * @throws Unavailable when too many hashes wait already
   */
  verify(password: string, phc: string | undefined): Promise<{ readonly matches: boolean; readonly outdated: boolean }>;
}

/** RFC 9068 claims, with the portal's own `sid`, `role`, `permissions`. Times are epoch seconds, as in the JWT. */
export interface AccessClaims {
  readonly sub: string;
  readonly sid: string;
  readonly role: string;
  readonly permissions: readonly string[];
  /** RFC 8176 authentication methods, such as `pwd`, `otp`. */
  readonly amr: readonly string[];
  readonly auth_time: number;
}

export interface AccessTokens {
  /** Signs a token that lives `expiresInSeconds` from `now`. */
  sign(claims: AccessClaims, now: Instant, expiresInSeconds: number): Promise<string>;
  /** Never fetches anything: an unknown `kid` is refused (R19). */
  verify(token: string, now: Instant): Promise<Result<AccessClaims, 'invalid_token'>>;
  /** The public keys, as served at `/.well-known/jwks.json`. */
  jwks(): { readonly keys: readonly Record<string, unknown>[] };
}

/** Access tokens of a Google service account (RFC 7523), kept until shortly before they end. */
import { importPKCS8, SignJWT } from 'jose';
import type { Clock } from '../../domain/shared/ports.ts';

/** Fields of the JSON file that Google hands out for a service account. */
export interface ServiceAccount {
  readonly project_id: string;
  readonly client_email: string;
  /** PKCS #8 in PEM. */
  readonly private_key: string;
  readonly token_uri: string;
}

export interface GoogleTokens {
  /** @throws `TokenRefused` also when Google does not answer: no message depends on it yet */
  current(): Promise<string>;
  /** The token was refused: the next one is new. */
  forget(): void;
}

/** There is no token, so no message was sent. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
  /** What Google answered. `undefined`: nothing. */
  readonly status: number | undefined;

  constructor(status: number | undefined, cause?: unknown) {
    super(`no token: ${status ?? 'no answer'}`, { cause });
    this.status = status;
  }
}

const LIFETIME_SECONDS = 3600;
/** A token is not used in the last minute, so that none ends on its way. */
const MARGIN_SECONDS = 60;
const TIMEOUT_MS = 10_000;

export function googleTokens(account: ServiceAccount, scope: string, clock: Clock): GoogleTokens {
  let known: { readonly token: string; readonly endsAt: number } | undefined;
  return {
    forget() {
      known = undefined;
    },
    async current() {
      const now = Math.floor(clock.now() / 1000);
      if (known !== undefined && now < known.endsAt - MARGIN_SECONDS) return known.token;
      const response = await ask(account.token_uri, await assertion(account, scope, now));
      const answer = (await response.json().catch(() => ({}))) as { access_token?: unknown; expires_in?: unknown };
      if (!response.ok || typeof answer.access_token !== 'string') throw new TokenRefused(response.status);
      const lifetime = typeof answer.expires_in === 'number' ? answer.expires_in : LIFETIME_SECONDS;
      known = { token: answer.access_token, endsAt: now + lifetime };
      return known.token;
    },
  };
}

async function ask(url: string, signed: string): Promise<Response> {
  const body = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: signed });
  try {
    return await fetch(url, { method: 'POST', body, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    throw new TokenRefused(undefined, error);
  }
}

async function assertion(account: ServiceAccount, scope: string, now: number): Promise<string> {
  const key = await importPKCS8(account.private_key, 'RS256');
  return new SignJWT({ scope })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .setIssuer(account.client_email)
    .setAudience(account.token_uri)
    .setIssuedAt(now)
    .setExpirationTime(now + LIFETIME_SECONDS)
    .sign(key);
}

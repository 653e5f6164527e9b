/** The signature QStash puts on a delivery: a JWT that names the destination and the digest of the body. */
import { createHash, createHmac } from 'node:crypto';

const LIFETIME_SECONDS = 300;

export interface SigningKeys {
  readonly current: string;
  /** Becomes the current key when the keys are rotated. */
  readonly next: string;
}

/**
 * @param key for HS256, its text as UTF-8
 * @param now epoch milliseconds of the real clock, because receivers compare `nbf` and `exp` with theirs
 */
export function signDelivery(key: string, url: string, body: string, now: number): string {
  const issuedAt = Math.floor(now / 1000);
  const claims = {
    iss: 'Upstash',
    sub: url,
    exp: issuedAt + LIFETIME_SECONDS,
    nbf: issuedAt,
    iat: issuedAt,
    jti: `jwt_${crypto.randomUUID().replaceAll('-', '')}`,
    body: paddedBase64Url(createHash('sha256').update(body).digest()),
  };
  const signed = `${segment({ alg: 'HS256', typ: 'JWT' })}.${segment(claims)}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

function segment(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** QStash keeps the padding in the body digest, unlike in the segments of the token. */
function paddedBase64Url(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

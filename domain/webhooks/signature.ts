/** Secrets and signatures of the Standard Webhooks specification (standardwebhooks.com), version 1: HMAC-SHA256. */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { base64 } from '@scure/base';
import { utf8 } from '../shared/bytes.ts';
import type { Instant } from '../shared/time.ts';

/** The specification asks for 24 to 64 bytes. */
export const WEBHOOK_SECRET_BYTES = 32;
const PREFIX = 'whsec_';

/** A secret, with the end of its use; `null` while it is the current one. */
export interface WebhookSecret {
  readonly secret: string;
  readonly until: Instant | null;
}

/** @param random 32 random bytes */
export function newWebhookSecret(random: Uint8Array): string {
  if (random.length < WEBHOOK_SECRET_BYTES) throw new RangeError(`a secret needs ${WEBHOOK_SECRET_BYTES} random bytes`);
  return `${PREFIX}${base64.encode(random.subarray(0, WEBHOOK_SECRET_BYTES))}`;
}

/** One signature: `v1,` and base64. @param at seconds since the epoch */
export function signature(secret: string, id: string, at: number, body: string): string {
  const key = base64.decode(secret.slice(PREFIX.length));
  return `v1,${base64.encode(hmac(sha256, key, utf8(`${id}.${at}.${body}`)))}`;
}

/**
 * The headers of one attempt. While an old secret is accepted there is a signature under each, separated by a space.
 * @param now when it is sent: receivers refuse what is older than a few minutes
 */
export function signedHeaders(
  secrets: readonly WebhookSecret[],
  id: string,
  body: string,
  now: Instant,
): Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> {
  const at = Math.floor(now / 1000);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(at),
    'webhook-signature': inUse(secrets, now)
      .map(({ secret }) => signature(secret, id, at, body))
      .join(' '),
  };
}

/** The current secret first. */
export function inUse(secrets: readonly WebhookSecret[], now: Instant): readonly WebhookSecret[] {
  return secrets.filter(({ until }) => until === null || until > now);
}

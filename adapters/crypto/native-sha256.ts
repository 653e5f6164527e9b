/** The platform's SHA-256, for verifications that compute millions of digests. */
import { hash } from 'node:crypto';
import type { Sha256 } from '../../domain/audit/event.ts';

export const nativeSha256: Sha256 = (data) => {
  // As text, because allocating a buffer for each digest costs more than a short digest.
  const text = hash('sha256', data, 'binary');
  const digest = new Uint8Array(32);
  for (let i = 0; i < digest.length; i++) digest[i] = text.charCodeAt(i);
  return digest;
};

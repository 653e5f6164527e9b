/**
 * The digest of an audit event. It covers the content as it is stored, with personal data as ciphertext: when the person's
 * key is destroyed, the data is unreadable and every digest, chain and proof still verifies (R55).
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8 } from '../shared/bytes.ts';
import { canonicalize } from './canonical-json.ts';

/**
 * The content of an event. Only the id is declared: verification covers all fields, including those that this version of
 * the code does not know.
 */
export interface EventContent {
  readonly id: string;
}

/**
 * SHA-256 over the RFC 8785 form of the content. The content should hold a random salt; otherwise guesses could be
 * tested against its digest.
 *
 * @throws TypeError when the content has no canonical form
 */
export function eventDigest(content: EventContent): Uint8Array {
  return sha256(utf8(canonicalize(content)));
}

/** SHA-256: the portable implementation, or the platform's own where there is one. */
export type Sha256 = (data: Uint8Array) => Uint8Array;

const blank = sha256.create();
const hasher = sha256.create();

/** Reuses one hasher: creating one takes as long as a short digest. */
export const portableSha256: Sha256 = (data) => blank._cloneInto(hasher).update(data).digest();

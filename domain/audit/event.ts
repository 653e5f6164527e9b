/**
 * The digest of an audit event. It covers the content as it is stored, so what is personal in it is covered as
 * ciphertext: destroy the person's key and the words are gone, while every digest, chain and proof still verifies (R55).
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8 } from '../shared/bytes.ts';
import { canonicalize } from './canonical-json.ts';

/**
 * Whatever an event says. Only its id matters here: an event is verified by what it holds, also by a version of this
 * code that does not know all of its fields.
 */
export interface EventContent {
  readonly id: string;
}

/**
 * SHA-256 over the RFC 8785 form of the content. The content should hold a random salt, or its digest could be matched
 * against guesses.
 *
 * @throws TypeError when the content has no canonical form
 */
export function eventDigest(content: EventContent): Uint8Array {
  return sha256(utf8(canonicalize(content)));
}

/** SHA-256: the portable one, or the platform's own where that is at hand. */
export type Sha256 = (data: Uint8Array) => Uint8Array;

const blank = sha256.create();
const hasher = sha256.create();

/** One hasher for all, started anew each time: to make one costs as much as a short digest. */
export const portableSha256: Sha256 = (data) => blank._cloneInto(hasher).update(data).digest();

/**
 * The hash chain of one stream. An entry is `previousHash(32) ‖ sequence(int64, big endian) ‖ eventDigest(32)`, and its
 * hash is RFC 6962's leaf hash of the entry, so the hash of a link is at once the hash of its leaf in the log. The
 * database computes the same: `sha256('\x00'::bytea || previous || int8send(sequence) || digest)`.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { equalBytes, utf8 } from '../shared/bytes.ts';
import { type EventContent, eventDigest, portableSha256, type Sha256 } from './event.ts';

export interface ChainHead {
  /** Of the last event; 0 when there is none. Sequences start at 1 and have no gap. */
  readonly sequence: number;
  readonly hash: Uint8Array;
}

/** A chain starts from the SHA-256 of its stream's name, which binds its events to the stream. */
export function startOfChain(stream: string): ChainHead {
  return { sequence: 0, hash: sha256(utf8(stream)) };
}

export interface ChainLink {
  readonly sequence: number;
  readonly previousHash: Uint8Array;
  readonly currentHash: Uint8Array;
}

export interface ChainedEvent extends ChainLink {
  readonly content: EventContent;
}

/** One shared buffer, because allocating arrays over 64 bytes is slow. The first byte is RFC 6962's prefix of leaves. */
const ENTRY = new Uint8Array(1 + 32 + 8 + 32);

export function entryHash(
  previousHash: Uint8Array,
  sequence: number,
  digest: Uint8Array,
  hash: Sha256 = portableSha256,
): Uint8Array {
  ENTRY.set(previousHash, 1);
  let rest = sequence;
  for (let i = 40; i > 32; i--) {
    ENTRY[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  ENTRY.set(digest, 41);
  return hash(ENTRY);
}

export function appendToChain(
  head: ChainHead,
  contents: readonly EventContent[],
): { readonly events: readonly ChainedEvent[]; readonly head: ChainHead } {
  let at = head;
  const events = contents.map((content): ChainedEvent => {
    const sequence = at.sequence + 1;
    const previousHash = at.hash;
    const currentHash = entryHash(previousHash, sequence, eventDigest(content));
    at = { sequence, hash: currentHash };
    return { content, sequence, previousHash, currentHash };
  });
  return { events, head: at };
}

/** A link for verification: the content is reduced to its digest, so that many links fit into memory. */
export interface HashedLink extends ChainLink {
  readonly eventId: string;
  readonly digest: Uint8Array;
  /** Its index in the log; null while it is not sealed. */
  readonly leafIndex: number | null;
}

/** Whether the stored hash matches the link's previous hash, sequence and digest. */
export function isSound(link: HashedLink, hash: Sha256 = portableSha256): boolean {
  return equalBytes(entryHash(link.previousHash, link.sequence, link.digest, hash), link.currentHash);
}

/** Whether the link is sound and directly follows the head. */
export function continues(head: ChainHead, link: HashedLink, hash?: Sha256): boolean {
  return link.sequence === head.sequence + 1 && equalBytes(link.previousHash, head.hash) && isSound(link, hash);
}

/** What audit needs of the outside world. */
import type { AuditContent } from '../shared/audit-entry.ts';
import type { Load } from '../shared/changes.ts';
import type { ChainLink } from './chain.ts';

/** Signs checkpoints with one Ed25519 key. The text is signed as it is, without hashing it first (RFC 8032). */
export interface CheckpointSigner {
  /** The key name of the signature line: the log's origin, a URL without scheme (C2SP signed-note). */
  readonly name: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** @returns 64 bytes; the same for the same text */
  sign(text: Uint8Array): Uint8Array;
}

/** An event as it is stored. */
export interface StoredEvent extends ChainLink {
  readonly stream: string;
  readonly content: AuditContent;
}

export interface AuditLoads {
  /** In the order of streams and sequences, after a place. */
  events(after: { readonly stream: string; readonly sequence: number } | null, limit: number): Load<StoredEvent[]>;
  /** Where each stream's chain claims to stand. */
  heads(): Load<{ readonly stream: string; readonly sequence: number; readonly hash: Uint8Array }[]>;
}

/** What audit needs of the outside world. */

/** Signs checkpoints with one Ed25519 key. The text is signed as it is, without hashing it first (RFC 8032). */
export interface CheckpointSigner {
  /** The key name of the signature line: the log's origin, a URL without scheme (C2SP signed-note). */
  readonly name: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** @returns 64 bytes; the same for the same text */
  sign(text: Uint8Array): Uint8Array;
}

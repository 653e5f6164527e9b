/** SHA-256 of bytes that arrive in chunks. */
export interface RunningHash {
  update(chunk: Uint8Array): void;
  /** Ends it. @returns hexadecimal */
  digest(): string;
}

/** How the files of a copy of one's data become one file to download. */
import type { Instant } from '../shared/time.ts';

export interface ArchiveEntry {
  /** Path in the archive, with `/` between folders. */
  readonly name: string;
  /** Exact size of what `content` yields. */
  readonly sizeBytes: number;
}

export interface ArchiveSource extends ArchiveEntry {
  /** Called when the entry is reached; its parts are requested one by one. */
  content(): AsyncGenerator<Uint8Array>;
}

export interface ArchiveFormat {
  /** The size in bytes of the file with these entries. */
  size(entries: readonly ArchiveEntry[]): number;
  /**
   * Yields the file while it is read, so that it is never in memory as a whole. An error of a source is thrown to the reader.
   * @param modifiedAt the time that each entry carries
   */
  stream(sources: readonly ArchiveSource[], modifiedAt: Instant): AsyncGenerator<Uint8Array>;
}

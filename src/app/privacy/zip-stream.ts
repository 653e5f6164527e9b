/** An uncompressed ZIP file that is produced while it is read (APPNOTE.TXT 6.3.10; ZIP64 where 4 GiB are exceeded). */
import { makeZip, predictLength } from 'client-zip';
import type { Instant } from '../../../domain/shared/time.ts';

export interface ZipEntry {
  /** Path in the archive, with `/` between folders. */
  readonly name: string;
  /** Exact size of what `content` yields. */
  readonly sizeBytes: number;
}

export interface ZipSource extends ZipEntry {
  /** Called when the entry is reached; its parts are requested one by one. */
  content(): AsyncGenerator<Uint8Array>;
}

/** The size in bytes of the ZIP file with these entries. */
export function zipSize(entries: readonly ZipEntry[]): number {
  return Number(predictLength(entries.map(({ name, sizeBytes }) => ({ name, size: sizeBytes }))));
}

/**
 * Yields the ZIP file. At most three parts are in memory at once. An error of a source is thrown to the reader.
 * @param modifiedAt the time that each entry carries, written in the time zone of the process, because ZIP has no zone
 */
export async function* zipStream(sources: readonly ZipSource[], modifiedAt: Instant): AsyncGenerator<Uint8Array> {
  const reader = makeZip(inputs(sources, new Date(modifiedAt)), { buffersAreUTF8: true }).getReader();
  // The stream is not cancelled when reading ends early: it reads only on request, and its sources hold nothing open.
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (next.value !== undefined) yield next.value;
  }
}

/** A generator, so that the content of an entry is opened only when it is reached. */
function* inputs(sources: readonly ZipSource[], lastModified: Date) {
  for (const { name, sizeBytes, content } of sources) {
    yield { name, size: sizeBytes, lastModified, input: content() };
  }
}

/** An uncompressed ZIP file that is produced while it is read (APPNOTE.TXT 6.3.10; ZIP64 where 4 GiB are exceeded). */
import { makeZip, predictLength } from 'client-zip';
import type { ArchiveFormat, ArchiveSource } from '../../domain/privacy/archive-format.ts';
import type { Instant } from '../../domain/shared/time.ts';

/** The time of an entry is written in the time zone of the process, because ZIP has no zone. */
export const zipFormat: ArchiveFormat = {
  size: (entries) => Number(predictLength(entries.map(({ name, sizeBytes }) => ({ name, size: sizeBytes })))),
  stream: zipStream,
};

/** At most three parts are in memory at once. */
async function* zipStream(sources: readonly ArchiveSource[], modifiedAt: Instant): AsyncGenerator<Uint8Array> {
  const reader = makeZip(inputs(sources, new Date(modifiedAt)), { buffersAreUTF8: true }).getReader();
  // The stream is not cancelled when reading ends early: it reads only on request, and its sources hold nothing open.
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (next.value !== undefined) yield next.value;
  }
}

/** A generator, so that the content of an entry is opened only when it is reached. */
function* inputs(sources: readonly ArchiveSource[], lastModified: Date) {
  for (const { name, sizeBytes, content } of sources) {
    yield { name, size: sizeBytes, lastModified, input: content() };
  }
}

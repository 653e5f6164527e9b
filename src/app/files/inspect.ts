/** Looks into the content of a stored file, for what its beginning does not show. */
import type { FileType } from '../../../domain/files/file-type.ts';
import type { Inflate, RandomAccess } from '../../../domain/files/ports.ts';
import {
  type ContentFault,
  faultOfEntries,
  faultOfRelationships,
  isRelationships,
  MAXIMUM_RELATIONSHIPS_BYTES,
} from '../../../domain/files/word-document.ts';
import {
  findZipDirectory,
  localHeaderLength,
  readZipDirectory,
  TAIL_BYTES,
  type ZipDirectory,
  type ZipEntry,
} from '../../../domain/files/zip-directory.ts';

const DOCX: FileType = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
/** A directory of the most entries that a document may have is far below. */
const MAXIMUM_DIRECTORY_BYTES = 1024 * 1024;
/** Bytes of a local header that tell its length. */
const LOCAL_HEADER_BYTES = 30;
/** What ends a PDF (ISO 32000-2 section 7.5.5), within its last bytes. */
const PDF_END = '%%EOF';
const PDF_END_WITHIN = 2048;

/** At most about 2 MiB are in memory. @returns undefined if the content is sound */
export async function inspectFile(
  type: FileType,
  file: RandomAccess,
  inflate: Inflate,
): Promise<ContentFault | undefined> {
  const tail = await lastBytes(file, TAIL_BYTES);
  const directory = findZipDirectory(tail, file.sizeBytes);
  if (type === DOCX) return directory === undefined ? 'damaged' : inspectDocument(file, directory, inflate);
  // A reader of archives would see an archive, such as a program for Java behind a picture (GIFAR).
  if (directory !== undefined) return 'polyglot';
  return type === 'application/pdf' && !textOf(tail.subarray(-PDF_END_WITHIN)).includes(PDF_END)
    ? 'damaged'
    : undefined;
}

function lastBytes({ sizeBytes, read }: RandomAccess, count: number): Promise<Uint8Array> {
  const length = Math.min(count, sizeBytes);
  return read({ offset: sizeBytes - length, length });
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes);
}

async function inspectDocument(
  file: RandomAccess,
  directory: ZipDirectory,
  inflate: Inflate,
): Promise<ContentFault | undefined> {
  if (directory.length > MAXIMUM_DIRECTORY_BYTES) return 'expands_too_far';
  const entries = readZipDirectory(await file.read(directory), directory);
  if (entries === undefined) return 'damaged';
  const fault = faultOfEntries(entries);
  if (fault !== undefined) return fault;
  // Readers that go by the beginning of the file would see other content than those that go by its directory.
  if (Math.min(...entries.map(({ offset }) => offset)) !== 0) return 'polyglot';
  for (const entry of entries.filter(isRelationships)) {
    const content = await contentOf(file, entry, inflate);
    const found = content === undefined ? 'damaged' : faultOfRelationships(textOf(content));
    if (found !== undefined) return found;
  }
  return undefined;
}

async function contentOf(file: RandomAccess, entry: ZipEntry, inflate: Inflate): Promise<Uint8Array | undefined> {
  const { offset, compressedBytes, uncompressedBytes, method } = entry;
  if (offset + LOCAL_HEADER_BYTES > file.sizeBytes) return undefined;
  const header = localHeaderLength(await file.read({ offset, length: LOCAL_HEADER_BYTES }));
  if (header === undefined || offset + header + compressedBytes > file.sizeBytes) return undefined;
  if (compressedBytes > MAXIMUM_RELATIONSHIPS_BYTES || compressedBytes === 0) return undefined;
  const compressed = await file.read({ offset: offset + header, length: compressedBytes });
  const content = method === 'stored' ? compressed : await inflate(compressed, MAXIMUM_RELATIONSHIPS_BYTES);
  return content?.length === uncompressedBytes ? content : undefined;
}

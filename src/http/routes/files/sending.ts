/** Sends the bytes of a file: all of them, one range, or that the client has them (RFC 9110). */
import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { requestedRange } from '../../../../domain/files/byte-range.ts';
import type { PatientFile } from '../../../../domain/files/file.ts';
import { contentDisposition } from '../../../../domain/files/file-name.ts';
import { FILE_TYPES } from '../../../../domain/files/file-type.ts';
import type { StoredParts } from '../../../../domain/files/loads.ts';
import type { ByteRange } from '../../../../domain/shared/ports.ts';
import type { Result } from '../../../../domain/shared/result.ts';
import { readBytes } from '../../../app/files/bytes.ts';
import type { AppEnv } from '../../env.ts';
import { isCurrent } from '../../etag.ts';
import { type ErrorCode, Problem } from '../../problems.ts';
import { unwrap } from '../../router.ts';
import { streamOf } from '../../stream.ts';
import { detailsOf } from './schemas.ts';

/** Types that browsers may show in place, under a policy that lets nothing run or load. */
const INLINE = /^(application\/pdf|image\/(png|jpeg|webp))$/;
/** Of all answers that hold bytes of a file: nobody keeps a copy. */
const CACHING = { 'Cache-Control': 'private, no-store' };

/** The same, and nothing runs or loads where a browser shows it. */
export const OF_OPENED_FILES = {
  ...CACHING,
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'",
};

const CONTENT = Object.fromEntries(
  FILE_TYPES.map((type) => [type, { schema: z.string().openapi({ format: 'binary' }) }]),
);

/** The bytes of a file never change: their hash is a strong validator. */
function entityTag({ details }: PatientFile): string {
  return `"${details?.sha256?.slice(0, 32) ?? ''}"`;
}

function headersOf(file: PatientFile): Record<string, string> {
  const { mimeType, details } = file;
  return {
    'Content-Type': mimeType.startsWith('text/') ? `${mimeType}; charset=utf-8` : mimeType,
    'Content-Disposition': contentDisposition(INLINE.test(mimeType) ? 'inline' : 'attachment', details?.name ?? ''),
    ...OF_OPENED_FILES,
    'Accept-Ranges': 'bytes',
    ETag: entityTag(file),
  };
}

/** @returns `whole` where no range is asked for */
function rangeOf(c: HonoContext<AppEnv>, file: PatientFile): ByteRange | 'whole' {
  const asked = { range: c.req.header('range') ?? null, ifRange: c.req.header('if-range') ?? null };
  const range = requestedRange(asked, file.sizeBytes, entityTag(file));
  if (range !== 'unsatisfiable') return range;
  throw new Problem({
    code: 'file_range_not_satisfiable',
    headers: { 'Content-Range': `bytes */${file.sizeBytes}` },
  });
}

/** What is recorded of a download of a part: its first and last byte. */
function recordedRange(c: HonoContext<AppEnv>, file: PatientFile): Readonly<Record<string, number>> {
  const range = rangeOf(c, file);
  return range === 'whole' ? {} : { firstByte: range.offset, lastByte: range.offset + range.length - 1 };
}

function rangeHeaders({ sizeBytes }: PatientFile, { offset, length }: ByteRange): Record<string, string> {
  return { 'Content-Length': String(length), 'Content-Range': `bytes ${offset}-${offset + length - 1}/${sizeBytes}` };
}

/** The answers of an operation that sends a file. */
export const FILE_ANSWERS = {
  200: { description: 'The file', content: CONTENT },
  206: { description: 'The part that Range asks for', content: CONTENT },
};

export const OPENING = ['file_not_found', 'file_not_available', 'file_damaged', 'file_range_not_satisfiable'] as const;

type Refusal = { readonly code: ErrorCode };

/** How the caller reaches the file. */
export interface FileSource {
  /** What would be sent, without opening the file. */
  lookUp(): Promise<Result<PatientFile, Refusal>>;
  /** @param recorded what is recorded of the part that is opened */
  open(recorded: (file: PatientFile) => Readonly<Record<string, number>>): Promise<Result<StoredParts, Refusal>>;
}

/** HEAD, and a request of who has the bytes already, open nothing. */
export async function sendFile(c: HonoContext<AppEnv>, source: FileSource): Promise<Response> {
  const isHead = c.req.method === 'HEAD';
  if (isHead || c.req.header('if-none-match') !== undefined) {
    const file = unwrap(await source.lookUp(), detailsOf);
    if (isCurrent(c, entityTag(file))) return c.body(null, 304, { ETag: entityTag(file), ...CACHING });
    if (isHead) return c.body(null, 200, { ...headersOf(file), 'Content-Length': String(file.sizeBytes) });
  }
  const stored = unwrap(await source.open((file) => recordedRange(c, file)), detailsOf);
  const { file } = stored;
  const range = rangeOf(c, file);
  if (range === 'whole') {
    const bytes = readBytes(c.get('deps'), stored, { offset: 0, length: file.sizeBytes });
    return c.body(streamOf(bytes), 200, { ...headersOf(file), 'Content-Length': String(file.sizeBytes) });
  }
  return c.body(streamOf(readBytes(c.get('deps'), stored, range)), 206, {
    ...headersOf(file),
    ...rangeHeaders(file, range),
  });
}

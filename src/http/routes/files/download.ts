/** Opening a file: streamed through the portal, never from an address of the storage. */
import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { requestedRange } from '../../../../domain/files/byte-range.ts';
import type { PatientFile } from '../../../../domain/files/file.ts';
import { contentDisposition } from '../../../../domain/files/file-name.ts';
import { FILE_TYPES } from '../../../../domain/files/file-type.ts';
import type { ByteRange } from '../../../../domain/shared/ports.ts';
import { readBytes } from '../../../app/files/bytes.ts';
import { lookUp, open } from '../../../app/files/read.ts';
import { knownActor } from '../../actor.ts';
import type { AppEnv } from '../../env.ts';
import { isCurrent } from '../../etag.ts';
import { earlier } from '../../example.ts';
import { Problem } from '../../problems.ts';
import { type Routes, route, unwrap } from '../../router.ts';
import { streamOf } from '../../stream.ts';
import { detailsOf, fileParams } from './schemas.ts';

/** Types that browsers may show in place, under a policy that lets nothing run or load. */
const INLINE = /^(application\/pdf|image\/(png|jpeg|webp))$/;
const SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'";

const CACHING = { 'Cache-Control': 'private, no-store' };

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
    'Content-Security-Policy': SANDBOX,
    ...CACHING,
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

export const downloadRoutes: Routes = [
  route(
    {
      operationId: 'downloadFile',
      method: 'get',
      path: '/api/v1/files/{id}/download',
      summary: 'Download a file',
      tag: 'Files',
      access: ['read:own_files', 'read:patient_records'],
      versioned: true,
      inSteps: true,
      description:
        'Only once a scanner has found it clean. Each download is recorded, with its purpose, and the person can see who opened the file. A single Range is served (RFC 9110 section 14); HEAD returns the headers and opens nothing. PDF and pictures may be shown in place, under a policy that lets nothing run.',
      example: { as: 'patient', path: { id: earlier('uploadFile') }, after: ['uploadFile'] },
      request: { params: fileParams },
      responses: {
        200: { description: 'The file', content: CONTENT },
        206: { description: 'The part that Range asks for', content: CONTENT },
      },
      refusals: ['file_not_found', 'file_not_available', 'file_damaged', 'file_range_not_satisfiable'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const [deps, context, actor] = [c.get('deps'), c.get('context'), knownActor(c)];
      const isHead = c.req.method === 'HEAD';
      if (isHead || c.req.header('if-none-match') !== undefined) {
        const file = unwrap(await lookUp(deps, context, actor, id), detailsOf);
        if (isCurrent(c, entityTag(file))) return c.body(null, 304, { ETag: entityTag(file), ...CACHING });
        if (isHead) return c.body(null, 200, { ...headersOf(file), 'Content-Length': String(file.sizeBytes) });
      }
      const stored = unwrap(await open(deps, context, actor, id, (file) => recordedRange(c, file)), detailsOf);
      const { file } = stored;
      const range = rangeOf(c, file);
      if (range === 'whole') {
        const bytes = readBytes(deps, stored, { offset: 0, length: file.sizeBytes });
        return c.body(streamOf(bytes), 200, { ...headersOf(file), 'Content-Length': String(file.sizeBytes) });
      }
      return c.body(streamOf(readBytes(deps, stored, range)), 206, {
        ...headersOf(file),
        ...rangeHeaders(file, range),
      });
    },
  ),
];

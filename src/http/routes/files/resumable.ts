/** Uploads that can be resumed after an interruption, as draft-ietf-httpbis-resumable-upload-12 describes them. */
import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import type { PatientFile } from '../../../../domain/files/file.ts';
import { toHex } from '../../../../domain/shared/bytes.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { appendToUpload, cancelUpload, isFinal, readUpload } from '../../../app/files/append.ts';
import { knownActor } from '../../actor.ts';
import { answer } from '../../answer.ts';
import { parsedText, rawText } from '../../bounds.ts';
import type { AppEnv } from '../../env.ts';
import { linkTo } from '../../links.ts';
import type { ProblemDetails } from '../../problems.ts';
import { json, type Routes, route, unwrap } from '../../router.ts';
import { links } from '../../schemas.ts';
import { shownInstant } from '../../shown.ts';
import { streamedBody } from '../../streamed-body.ts';
import { detailsOf, fileParams, fileSchema, presentFile, type ShownFile } from './schemas.ts';
import { BYTES, fileBytes, WHOLE_BYTES } from './uploading.ts';

const MEDIA_TYPE = 'application/partial-upload';

/** A whole number of RFC 9651. */
const byteCount = parsedText(
  15,
  (text) => (/^\d+$/.test(text) ? Number(text) : undefined),
  'expected a number of bytes: up to 15 digits',
);

/** SHA-256 in a digest field (RFC 9530); other algorithms are ignored. */
const digest = parsedText(
  1_000,
  (text) => {
    const found = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/.exec(text)?.[1];
    return found === undefined ? undefined : toHex(Uint8Array.from(atob(found), (letter) => letter.charCodeAt(0)));
  },
  'expected SHA-256 as a digest field: sha-256=:…:, the hash in base64',
);

const appendHeaders = z.object({
  'Upload-Offset': byteCount.openapi({
    type: 'string',
    pattern: '^\\d{1,15}$',
    description: 'How many bytes are stored: the content follows them',
    example: '0',
  }),
  'Upload-Complete': rawText(2)
    .regex(/^\?[01]$/, { error: 'expected ?1 or ?0' })
    .openapi({ description: '`?1`: the content is the rest of the file. `?0`: more follows', example: '?1' }),
  'Upload-Length': byteCount.optional().openapi({
    type: 'string',
    pattern: '^\\d{1,15}$',
    description: 'Bytes of the whole file, as declared when the upload began',
  }),
  'Content-Digest': digest.optional().openapi({
    type: 'string',
    maxLength: 1_000,
    description: 'SHA-256 of the content (RFC 9530): none of it is appended unless it arrives whole, with this hash',
  }),
  'Repr-Digest': digest.optional().openapi({
    type: 'string',
    maxLength: 1_000,
    description: 'SHA-256 of the whole file (RFC 9530), compared when the upload is completed',
  }),
});

/** Section 4.1 of the draft. Proxies before the portal may refuse larger requests than `max-append-size`. */
function tellUpload(c: HonoContext<AppEnv>, file: PatientFile, offset: number, isComplete: boolean): void {
  const seconds = Math.floor((file.uploadExpiresAt - c.get('context').now) / 1000);
  c.header('Upload-Offset', String(offset));
  c.header('Upload-Complete', isComplete ? '?1' : '?0');
  c.header('Upload-Length', String(file.sizeBytes));
  c.header('Upload-Limit', `max-size=${file.sizeBytes}, max-append-size=${WHOLE_BYTES}, max-age=${seconds}`);
}

/** `Upload-Complete: ?1` says that the file itself was refused, so that nothing is left to be sent. */
function describe(error: { readonly code: string }): Partial<ProblemDetails> {
  const stored = 'expected-offset' in error ? { 'Upload-Offset': String(error['expected-offset']) } : {};
  const isOver = error.code === 'file_upload_completed' || isFinal(error);
  return { ...detailsOf(error), headers: { ...stored, 'Upload-Complete': isOver ? '?1' : '?0' } };
}

const EXAMPLE = { none: 'The upload must have begun, and not be complete' } as const;

export const resumableRoutes: Routes = [
  route(
    {
      operationId: 'getFileUpload',
      method: 'get',
      path: '/api/v1/files/{id}/upload',
      summary: 'See how far an upload is',
      tag: 'Files',
      access: ['manage:own_files', 'manage:patient_files'],
      tellsUpload: true,
      description:
        'For whoever has begun the upload, for an hour. HEAD is enough: the headers tell everything (draft-ietf-httpbis-resumable-upload-12). A request that still appends is ended, so that the offset holds: ask after an interruption, not to watch progress.',
      example: EXAMPLE,
      request: { params: fileParams },
      responses: {
        200: json(
          z
            .object({
              offset: z.int().openapi({ description: 'Bytes that are stored' }),
              sizeBytes: z.int(),
              isComplete: z.boolean(),
              expiresAt: shownInstant,
              _links: links,
            })
            .openapi('FileUploadState'),
          'How far it is',
        ),
      },
      refusals: ['file_not_found'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const { file, offset } = unwrap(await readUpload(c.get('deps'), c.get('context'), knownActor(c), id));
      const isComplete = file.completedAt !== null;
      tellUpload(c, file, offset, isComplete);
      const further = isComplete
        ? { file: linkTo('getFile', { id }) }
        : { append: linkTo('appendToFileUpload', { id }), cancel: linkTo('cancelFileUpload', { id }) };
      return c.json(
        {
          offset,
          sizeBytes: file.sizeBytes,
          isComplete,
          expiresAt: formatInstant(file.uploadExpiresAt),
          _links: { self: linkTo('getFileUpload', { id }), ...further },
        },
        200,
      );
    },
  ),

  route(
    {
      operationId: 'appendToFileUpload',
      method: 'patch',
      path: '/api/v1/files/{id}/upload',
      summary: 'Append bytes to an upload',
      tag: 'Files',
      access: ['manage:own_files', 'manage:patient_files'],
      versioned: true,
      tellsUpload: true,
      inSteps: true,
      streamsBody: { types: [MEDIA_TYPE], maximumBytes: fileBytes },
      description:
        'For whoever has begun the upload. What arrives is kept, also if the request is cut off: ask how far the upload is, and go on there. Of two requests that append at once, the later one goes on. With `Upload-Complete: ?1` the upload is completed: the bytes are read once, and their type, their content and their hash decide. What is refused then is deleted.',
      example: EXAMPLE,
      request: {
        params: fileParams,
        headers: appendHeaders,
        body: {
          required: true,
          content: { [MEDIA_TYPE]: { schema: z.unknown().openapi({ type: 'string', format: 'binary' }) } },
        },
      },
      responses: {
        200: json(fileSchema, 'The upload is complete, and the file waits for its scan'),
        204: { description: 'Appended' },
      },
      refusals: [
        'file_not_found',
        'file_offset_mismatch',
        'file_upload_completed',
        'file_length_inconsistent',
        'file_append_superseded',
        'file_content_digest_mismatch',
        ...BYTES,
      ],
    },
    async (c) => {
      const actor = knownActor(c);
      const head = c.req.valid('header');
      const length = c.req.header('content-length');
      const append = {
        offset: head['Upload-Offset'],
        completes: head['Upload-Complete'] === '?1',
        declaredLength: head['Upload-Length'] ?? null,
        contentLength: length === undefined ? null : Number(length),
        contentHash: head['Content-Digest'] ?? null,
        fileHash: head['Repr-Digest'] ?? null,
        bytes: streamedBody(c),
      };
      const { id } = c.req.valid('param');
      const represent = ({ file }: { readonly file: PatientFile }) =>
        ({ status: 200, body: presentFile(actor, file) }) as const;
      const appended = unwrap(
        await appendToUpload(c.get('deps'), c.get('context'), actor, id, append, represent),
        describe,
      );
      tellUpload(c, appended.file, appended.offset, appended.completed !== null);
      if (appended.completed === null) return c.body(null, 204);
      return c.json(answer<ShownFile>(c, appended.completed), 200);
    },
  ),

  route(
    {
      operationId: 'cancelFileUpload',
      method: 'delete',
      path: '/api/v1/files/{id}/upload',
      summary: 'Cancel an upload',
      tag: 'Files',
      access: ['manage:own_files', 'manage:patient_files'],
      description: 'For whoever has begun the upload. What was stored is deleted.',
      example: EXAMPLE,
      request: { params: fileParams },
      responses: { 204: { description: 'Cancelled' } },
      refusals: ['file_not_found', 'file_upload_completed'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      unwrap(await cancelUpload(c.get('deps'), c.get('context'), knownActor(c), id), detailsOf);
      return c.body(null, 204);
    },
  ),
];

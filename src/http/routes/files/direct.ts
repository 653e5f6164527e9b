/** Uploading to signed addresses: begin, send the bytes, complete. */
import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { PART_BYTES, type PatientFile, partCount, partSize } from '../../../../domain/files/file.ts';
import type { FileDraft } from '../../../../domain/files/upload.ts';
import type { KnownActor } from '../../../../domain/shared/actor.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { beginDirect, completeDirect, receiveContent } from '../../../app/files/direct.ts';
import { uploadToken } from '../../../app/files/tokens.ts';
import { knownActor } from '../../actor.ts';
import { answer } from '../../answer.ts';
import { rawText } from '../../bounds.ts';
import type { AppEnv } from '../../env.ts';
import { pathTo } from '../../links.ts';
import { anonymousContext } from '../../middleware/anonymous.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { links } from '../../schemas.ts';
import { shownId, shownInstant, shownUrl } from '../../shown.ts';
import { streamedBody } from '../../streamed-body.ts';
import {
  appointmentId,
  description,
  detailsOf,
  distinctTags,
  filename,
  fileParams,
  fileSchema,
  fileType,
  patientId,
  presentFile,
  type ShownFile,
  sha256,
  tags,
} from './schemas.ts';
import { BEGINNING, BYTES, fileBytes, ownerOf, WHOLE_BYTES } from './uploading.ts';

const beginBody = z.strictObject({
  filename,
  mimeType: rawText(200).openapi({ example: 'application/pdf' }),
  sizeBytes: z.int().min(1).max(2_048_000_000),
  fileType,
  sha256: sha256.optional(),
  description: description.optional(),
  tags: tags.optional(),
  patientId: patientId.optional(),
  appointmentId: appointmentId.optional(),
});

const begunSchema = z
  .object({
    id: shownId,
    uploadUrl: shownUrl.nullable().openapi({ description: 'For a PUT of all bytes; null if they are sent in parts' }),
    parts: z
      .array(z.object({ number: z.int(), sizeBytes: z.int(), uploadUrl: shownUrl }))
      .openapi({ description: `For a PUT of each part, in any order; empty up to ${WHOLE_BYTES} bytes` }),
    expiresAt: shownInstant,
    _links: links,
  })
  .openapi('FileUpload');

function presentUpload(c: HonoContext<AppEnv>, actor: KnownActor, file: PatientFile): z.infer<typeof begunSchema> {
  const deps = c.get('deps');
  const { id, sizeBytes, uploadExpiresAt } = file;
  const address = (part: number | null) =>
    `${deps.settings.publicUrl}${pathTo('putFileContent', { id })}?token=${uploadToken(deps, file, part)}`;
  const isWhole = sizeBytes <= WHOLE_BYTES;
  const numbers = isWhole ? [] : Array.from({ length: partCount(sizeBytes) }, (_, index) => index + 1);
  return {
    id,
    uploadUrl: isWhole ? address(null) : null,
    parts: numbers.map((number) => ({
      number,
      sizeBytes: partSize(sizeBytes, number),
      uploadUrl: address(number),
    })),
    expiresAt: formatInstant(uploadExpiresAt),
    _links: presentFile(actor, file)._links,
  };
}

export const directRoutes: Routes = [
  route(
    {
      operationId: 'beginFileUpload',
      method: 'post',
      path: '/api/v1/files',
      summary: 'Begin an upload',
      tag: 'Files',
      access: ['manage:own_files', 'manage:patient_files'],
      roleLimits: { patient: 'upload', clinic: 'clinic_upload' },
      located: true,
      description: `Returns signed addresses, each for one PUT of raw bytes without further credentials: one for all bytes, or above ${WHOLE_BYTES} bytes one for each part of ${PART_BYTES} bytes. Then complete the upload. The addresses work for an hour; a part may be sent again. Or append the bytes to the upload in any pieces, which can be resumed after an interruption: \`_links.append\`.`,
      example: {
        as: 'patient',
        body: { filename: 'note.txt', mimeType: 'text/plain', sizeBytes: 12, fileType: 'medical_record' },
      },
      request: { body: jsonBody(beginBody) },
      responses: { 201: json(begunSchema, 'Space is reserved for it') },
      refusals: [...BEGINNING],
    },
    async (c) => {
      const actor = knownActor(c);
      const { patientId: named, filename: name, fileType: kind, ...rest } = c.req.valid('json');
      const { mimeType, sizeBytes } = rest;
      const draft: FileDraft = {
        ...{ name, mimeType, sizeBytes, kind },
        description: rest.description || null,
        tags: distinctTags(rest.tags ?? []),
        sha256: rest.sha256 ?? null,
        appointmentId: rest.appointmentId ?? null,
      };
      const request = { ownerId: ownerOf(actor, named), draft };
      const begun = unwrap(
        await beginDirect(c.get('deps'), c.get('context'), actor, request, ({ file }) => ({
          status: 201,
          body: presentUpload(c, actor, file),
          location: pathTo('getFile', { id: file.id }),
        })),
        detailsOf,
      );
      return c.json(answer<z.infer<typeof begunSchema>>(c, begun), 201);
    },
  ),

  route(
    {
      operationId: 'putFileContent',
      method: 'put',
      path: '/api/v1/files/{id}/content',
      summary: 'Send the bytes of a file',
      tag: 'Files',
      access: 'public',
      inSteps: true,
      streamsBody: { types: null, maximumBytes: fileBytes },
      description: 'To an address that was given for it. Bytes that were sent before to the same address are replaced.',
      example: { none: 'The address is signed, and given when the upload begins' },
      request: {
        params: fileParams,
        query: z.object({ token: rawText(100).openapi({ description: 'As given in uploadUrl' }) }),
        body: {
          required: true,
          content: {
            'application/octet-stream': { schema: z.unknown().openapi({ type: 'string', format: 'binary' }) },
          },
        },
      },
      responses: { 204: { description: 'Stored' } },
      refusals: ['file_link_invalid', 'file_not_found', 'file_upload_over', 'file_incomplete'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const { token } = c.req.valid('query');
      unwrap(await receiveContent(c.get('deps'), anonymousContext(c), id, token, streamedBody(c)), detailsOf);
      return c.body(null, 204);
    },
  ),

  route(
    {
      operationId: 'completeFileUpload',
      method: 'post',
      path: '/api/v1/files/{id}/complete',
      summary: 'Complete an upload',
      tag: 'Files',
      access: ['manage:own_files', 'manage:patient_files'],
      versioned: true,
      inSteps: true,
      description:
        'For whoever has begun the upload. The bytes are read once: their type, their content and, if it was declared, their hash decide. Parts of an upload that was refused may be sent again.',
      example: { none: 'The bytes must have been sent to the signed address before' },
      request: { params: fileParams },
      responses: { 200: json(fileSchema, 'Received, and waiting for its scan') },
      refusals: ['file_not_found', ...BYTES],
    },
    async (c) => {
      const actor = knownActor(c);
      const completed = unwrap(
        await completeDirect(c.get('deps'), c.get('context'), actor, c.req.valid('param').id, ({ file }) => ({
          status: 200,
          body: presentFile(actor, file),
        })),
        detailsOf,
      );
      return c.json(answer<ShownFile>(c, completed), 200);
    },
  ),
];

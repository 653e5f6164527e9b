/** Finding, describing, deleting and restoring files. */
import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import type { PatientFile } from '../../../../domain/files/file.ts';
import type { FileFilter, FilePlace } from '../../../../domain/files/loads.ts';
import { MAXIMUM_FILES } from '../../../../domain/files/quota.ts';
import type { KnownActor } from '../../../../domain/shared/actor.ts';
import type { UserId } from '../../../../domain/shared/ids.ts';
import { describe, remove, restore } from '../../../app/files/life.ts';
import { listFiles, readFile, readUsage } from '../../../app/files/read.ts';
import { knownActor } from '../../actor.ts';
import { answer } from '../../answer.ts';
import type { AppEnv } from '../../env.ts';
import { expectedVersion, sendVersioned } from '../../etag.ts';
import { earlier } from '../../example.ts';
import { linkTo } from '../../links.ts';
import { decodeCursor, idInCursor, inOrder, instantInCursor, paged } from '../../page.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { instant, label, links, pageOf, pageQuery, personId } from '../../schemas.ts';
import {
  description,
  detailsOf,
  distinctTags,
  fileParams,
  fileSchema,
  fileType,
  inheritedBy,
  presentFile,
  type ShownFile,
  tags,
} from './schemas.ts';

const filterQuery = pageQuery.extend({
  fileType: fileType.optional(),
  tag: label(50).optional().openapi({ description: 'Upper and lower case are the same' }),
  from: instant.optional().openapi({ description: 'Added at this time or later' }),
  to: instant.optional().openapi({ description: 'Added before this time' }),
  deleted: z.enum(['true', 'false']).default('false').openapi({
    description: '`true`: deleted files that can be restored, instead of all others',
  }),
});

type Query = z.output<typeof filterQuery>;

async function answerList(c: HonoContext<AppEnv>, actor: KnownActor, ownerId: UserId, query: Query) {
  const { fileType: kind = null, tag = null, from = null, to = null, deleted, limit } = query;
  inOrder({ from: query.from, to: query.to });
  const filter: FileFilter = { kind, tag, from, to, deleted: deleted === 'true' };
  const page = { after: placeIn(query.cursor), limit };
  const found = unwrap(await listFiles(c.get('deps'), c.get('context'), actor, ownerId, filter, page));
  const present = (file: PatientFile) => presentFile(actor, file);
  return c.json(
    paged(c, found, limit, present, ({ createdAt, id }) => [createdAt, id]),
    200,
  );
}

function placeIn(cursor: string | undefined): FilePlace | null {
  const parts = decodeCursor(cursor);
  return parts === undefined ? null : { at: instantInCursor(parts[0]), id: idInCursor<'file'>(parts[1]) };
}

const ID = { id: earlier('uploadFile') } as const;

export const readingRoutes: Routes = [
  route(
    {
      operationId: 'listMyFiles',
      method: 'get',
      path: '/api/v1/files/my',
      summary: 'List my files',
      description: 'The newest first: what you have added, and what the clinic has added.',
      tag: 'Files',
      access: 'read:own_files',
      example: { as: 'patient', query: { fileType: 'other' } },
      request: { query: filterQuery },
      responses: { 200: json(pageOf(fileSchema), 'Files, without those that are being uploaded') },
      refusals: ['not_found'],
    },
    (c) => {
      const actor = knownActor(c);
      return answerList(c, actor, actor.userId, c.req.valid('query'));
    },
  ),

  route(
    {
      operationId: 'getFileQuota',
      method: 'get',
      path: '/api/v1/files/quota',
      summary: 'See how much I may store',
      tag: 'Files',
      access: 'read:own_files',
      description: 'Documents of the clinic do not count. Deleted files count until they are deleted for good.',
      example: { as: 'patient' },
      responses: {
        200: json(
          z
            .object({
              usedBytes: z.int(),
              reservedBytes: z.int().openapi({ description: 'By uploads that are not complete' }),
              limitBytes: z.int(),
              files: z.int(),
              maximumFiles: z.int(),
              maximumFileBytes: z.int(),
              _links: links,
            })
            .openapi('FileQuota'),
          'What your own files take, and what they may take',
        ),
      },
    },
    async (c) => {
      const { personBytes, maximumBytes } = c.get('deps').settings.files;
      const usage = await readUsage(c.get('deps'), knownActor(c));
      return c.json(
        {
          ...usage,
          limitBytes: personBytes,
          maximumFiles: MAXIMUM_FILES,
          maximumFileBytes: maximumBytes,
          _links: { self: linkTo('getFileQuota'), files: linkTo('listMyFiles') },
        },
        200,
      );
    },
  ),

  route(
    {
      operationId: 'listUserFiles',
      method: 'get',
      path: '/api/v1/files/user/{userId}',
      summary: 'List the files of a person',
      description: 'For proxies, doctors of the patient, and the clinic. The newest first. The reading is recorded.',
      tag: 'Files',
      access: ['read:own_files', 'read:patient_records'],
      example: { as: 'patient', path: { userId: earlier('uploadFile', '/patientId') }, after: ['uploadFile'] },
      request: { params: z.object({ userId: personId('patient', 'The patient') }), query: filterQuery },
      responses: { 200: json(pageOf(fileSchema), 'Files, without those that are being uploaded') },
      refusals: ['not_found'],
    },
    (c) => answerList(c, knownActor(c), c.req.valid('param').userId, c.req.valid('query')),
  ),

  route(
    {
      operationId: 'getFile',
      method: 'get',
      path: '/api/v1/files/{id}',
      summary: 'Get what is noted of a file',
      description: 'The reading is recorded. `_links.download` is there once the file can be opened.',
      tag: 'Files',
      access: ['read:own_files', 'read:patient_records'],
      versioned: true,
      example: { as: 'patient', path: ID, after: ['uploadFile'] },
      request: { params: fileParams },
      responses: { 200: json(fileSchema, 'The file') },
      refusals: ['file_not_found'],
    },
    async (c) => {
      const actor = knownActor(c);
      const { file, via } = unwrap(await readFile(c.get('deps'), c.get('context'), actor, c.req.valid('param').id));
      return sendVersioned(c, file.version, presentFile(actor, file, via), inheritedBy(file));
    },
  ),

  route(
    {
      operationId: 'updateFile',
      method: 'put',
      path: '/api/v1/files/{id}',
      summary: 'Describe a file',
      tag: 'Files',
      access: ['manage:own_files', 'manage:patient_files'],
      ifMatch: 'required',
      versioned: true,
      description:
        'Fields that are left out do not change; null clears the description. The bytes of a file never change.',
      example: {
        as: 'patient',
        path: ID,
        ifMatch: earlier('getFile', 'ETag', '"v3"'),
        body: { description: 'Blood count, spring', tags: ['blood'], fileType: 'lab_result' },
        again: ['getFile'],
      },
      request: {
        params: fileParams,
        body: jsonBody(
          z.strictObject({
            description: description.nullable().optional(),
            tags: tags.optional(),
            fileType: fileType.optional(),
          }),
        ),
      },
      responses: { 200: json(fileSchema, 'As it is now') },
      refusals: ['file_not_found', 'file_not_yours', 'file_damaged'],
    },
    async (c) => {
      const expected = expectedVersion(c);
      const actor = knownActor(c);
      const { description: words, tags: named, fileType: kind } = c.req.valid('json');
      const edits = {
        ...(words === undefined ? {} : { description: words || null }),
        ...(named === undefined ? {} : { tags: distinctTags(named) }),
        ...(kind === undefined ? {} : { kind }),
      };
      const { id } = c.req.valid('param');
      const edited = unwrap(await describe(c.get('deps'), c.get('context'), actor, id, edits, expected));
      return sendVersioned(c, edited.version, presentFile(actor, edited), inheritedBy(edited));
    },
  ),
];

/** Last in the document, so that the examples leave the others what they need. */
export const removalRoutes: Routes = [
  route(
    {
      operationId: 'deleteFile',
      method: 'delete',
      path: '/api/v1/files/{id}',
      summary: 'Delete a file',
      tag: 'Files',
      access: ['manage:own_files', 'manage:patient_files'],
      ifMatch: 'optional',
      description:
        'It can be restored for 30 days, unless the clinic has set another time (retention of `files`), and is then deleted for good.',
      example: { as: 'patient', path: ID, after: ['updateFile', 'downloadFile'] },
      request: { params: fileParams },
      responses: { 204: { description: 'Deleted' } },
      refusals: ['file_not_found', 'file_not_yours', 'file_under_hold'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      unwrap(await remove(c.get('deps'), c.get('context'), knownActor(c), id, expectedVersion(c)), detailsOf);
      return c.body(null, 204);
    },
  ),

  route(
    {
      operationId: 'restoreFile',
      method: 'post',
      path: '/api/v1/files/{id}/restore',
      summary: 'Restore a deleted file',
      tag: 'Files',
      access: ['manage:own_files', 'manage:patient_files'],
      versioned: true,
      description: 'Deleted files are listed with `deleted=true`. Restoring one that is not deleted changes nothing.',
      example: { as: 'patient', path: ID, after: ['deleteFile'] },
      request: { params: fileParams },
      responses: { 200: json(fileSchema, 'As it was before') },
      refusals: ['file_not_found', 'file_not_yours'],
    },
    async (c) => {
      const actor = knownActor(c);
      const restored = unwrap(
        await restore(c.get('deps'), c.get('context'), actor, c.req.valid('param').id, (file) => ({
          status: 200,
          body: presentFile(actor, file),
        })),
      );
      return c.json(answer<ShownFile>(c, restored), 200);
    },
  ),
];

/** Small pictures of files. */
import { z } from '@hono/zod-openapi';
import { THUMBNAIL_SHAPES, THUMBNAIL_SIZES } from '../../../../domain/files/thumbnail.ts';
import { openThumbnail } from '../../../app/files/thumbnails.ts';
import { knownActor } from '../../actor.ts';
import { earlier } from '../../example.ts';
import { type Routes, route, unwrap } from '../../router.ts';
import { streamOf } from '../../stream.ts';
import { detailsOf, fileParams } from './schemas.ts';
import { OF_OPENED_FILES } from './sending.ts';

const { thumbnail, preview } = THUMBNAIL_SHAPES;

export const thumbnailRoutes: Routes = [
  route(
    {
      operationId: 'getFileThumbnail',
      method: 'get',
      path: '/api/v1/files/{id}/thumbnail',
      summary: 'Get a small picture of a file',
      tag: 'Opening and sharing files',
      access: ['read:own_files', 'read:patient_records'],
      versioned: true,
      inSteps: true,
      description: `Of PNG, JPEG and WebP, made once a scanner has found the file clean: a JPEG that is upright and holds no metadata, such as where a photo was taken. \`thumbnail\` has at most ${thumbnail.side} pixels on its longer side, \`preview\` at most ${preview.side}. \`thumbnail\` of the file says whether it is there. Whoever may see the file may see it, and it is recorded as a reading.`,
      example: { as: 'patient', path: { id: earlier('uploadFile') }, after: ['uploadFile'] },
      request: {
        params: fileParams,
        query: z.object({
          size: z
            .enum(THUMBNAIL_SIZES)
            .default('thumbnail')
            .openapi({ description: '`thumbnail`: for lists. `preview`: to look at it without its download' }),
        }),
      },
      responses: {
        200: {
          description: 'The picture',
          content: { 'image/jpeg': { schema: z.string().openapi({ format: 'binary' }) } },
        },
      },
      refusals: ['file_not_found', 'file_not_available', 'file_thumbnail_pending', 'file_thumbnail_none'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const { size } = c.req.valid('query');
      const opened = unwrap(await openThumbnail(c.get('deps'), c.get('context'), knownActor(c), id, size), detailsOf);
      const { attempt, sizeBytes } = opened.thumbnail;
      return c.body(streamOf(opened.bytes), 200, {
        'Content-Type': 'image/jpeg',
        'Content-Length': String(sizeBytes),
        'Content-Disposition': 'inline',
        ...OF_OPENED_FILES,
        // The bytes of an attempt never change.
        ETag: `"${size}-${attempt}"`,
      });
    },
  ),
];

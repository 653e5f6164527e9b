/** Signed addresses, for what opens a file without a header: a link of a page, a picture in it, a viewer (R54). */
import { z } from '@hono/zod-openapi';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { lookUpByLink, makeLink, openByLink } from '../../../app/files/links.ts';
import { MAXIMUM_DOWNLOAD_TOKEN } from '../../../app/files/tokens.ts';
import { userActor } from '../../actor.ts';
import { answer } from '../../answer.ts';
import { rawText } from '../../bounds.ts';
import { earlier } from '../../example.ts';
import { linkTo, pathTo } from '../../links.ts';
import { anonymousContext } from '../../middleware/anonymous.ts';
import { json, type Routes, route, unwrap } from '../../router.ts';
import { links } from '../../schemas.ts';
import { shownInstant, shownUrl } from '../../shown.ts';
import { detailsOf, fileParams } from './schemas.ts';
import { FILE_ANSWERS, OPENING, sendFile } from './sending.ts';

const linkSchema = z
  .object({
    url: shownUrl.openapi({ description: 'For GET and HEAD, without further credentials' }),
    expiresAt: shownInstant,
    _links: links,
  })
  .openapi('DownloadLink');

type ShownLink = z.infer<typeof linkSchema>;

export const linkRoutes: Routes = [
  route(
    {
      operationId: 'makeDownloadLink',
      method: 'post',
      path: '/api/v1/files/{id}/download-link',
      summary: 'Make a link that opens a file',
      tag: 'Opening and sharing files',
      access: 'signed_in',
      description:
        'For a page: the address works for five minutes and needs no header. It is bound to the file, to GET and HEAD, and to your session, and ends with it. Whether you may open the file is decided anew each time, and each opening is recorded.',
      example: { as: 'patient', path: { id: earlier('uploadFile') }, after: ['uploadFile'] },
      request: { params: fileParams },
      responses: { 201: json(linkSchema, 'The address') },
      refusals: ['file_not_found', 'file_not_available', 'file_damaged', 'processing_restricted'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const deps = c.get('deps');
      const made = unwrap(
        await makeLink(deps, c.get('context'), userActor(c), id, ({ link, token }) => ({
          status: 201,
          body: {
            url: `${deps.settings.publicUrl}${pathTo('openFileByLink', { id })}?token=${token}`,
            expiresAt: formatInstant(link.expiresAt),
            _links: { file: linkTo('getFile', { id }) },
          } satisfies ShownLink,
        })),
        detailsOf,
      );
      return c.json(answer<ShownLink>(c, made), 201);
    },
  ),

  route(
    {
      operationId: 'openFileByLink',
      method: 'get',
      path: '/api/v1/files/{id}/content',
      summary: 'Open a file by a link',
      tag: 'Opening and sharing files',
      access: 'public',
      versioned: true,
      inSteps: true,
      description:
        'At the address that was made for it. Ranges, HEAD and what is recorded are as in a download by whoever has made the link.',
      example: {
        as: 'anybody',
        path: { id: earlier('uploadFile') },
        query: { token: earlier('makeDownloadLink', '/url', 'the-token-of-the-link', /token=(.+)$/) },
        after: ['makeDownloadLink'],
      },
      request: {
        params: fileParams,
        query: z.object({ token: rawText(MAXIMUM_DOWNLOAD_TOKEN).openapi({ description: 'As given in url' }) }),
      },
      responses: FILE_ANSWERS,
      refusals: ['file_link_invalid', ...OPENING],
    },
    (c) => {
      const { id } = c.req.valid('param');
      const { token } = c.req.valid('query');
      const [deps, context] = [c.get('deps'), anonymousContext(c)];
      return sendFile(c, {
        lookUp: () => lookUpByLink(deps, context, id, token),
        open: (recorded) => openByLink(deps, context, id, token, recorded),
      });
    },
  ),
];

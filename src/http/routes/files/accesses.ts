/** Who has seen, opened, shared or changed a file. */
import { z } from '@hono/zod-openapi';
import { actorInWords } from '../../../../domain/audit/own-history.ts';
import type { ShownEvent } from '../../../../domain/audit/ports.ts';
import type { UserId } from '../../../../domain/shared/ids.ts';
import { listAccesses } from '../../../app/files/accesses.ts';
import { knownActor } from '../../actor.ts';
import { earlier } from '../../example.ts';
import { linkTo } from '../../links.ts';
import { decodeCursor, idInCursor, instantInCursor, paged } from '../../page.ts';
import { json, type Routes, route, unwrap } from '../../router.ts';
import { links, pageOf, pageQuery } from '../../schemas.ts';
import { shownCode, shownId, shownInstant, shownText } from '../../shown.ts';
import { fileParams } from './schemas.ts';

const accessSchema = z
  .object({
    id: shownId.openapi({ description: 'Of the event of the audit log' }),
    timestamp: shownInstant,
    who: shownText(300, 'Chidi Okafor'),
    eventType: shownCode('file.downloaded'),
    purpose: shownCode('share').nullable().openapi({
      description: 'Of an opening: `own`, `proxy`, `clinic` or `share`',
    }),
    shareId: shownId.nullable().openapi({ description: 'Of the share that was used, made or ended' }),
    _links: links,
  })
  .openapi('FileAccess');

const textOrNull = (value: unknown) => (typeof value === 'string' ? value : null);

function presentAccess(event: ShownEvent, reader: UserId): z.infer<typeof accessSchema> {
  const { id, occurredAt, type, details } = event.content;
  return {
    id,
    timestamp: occurredAt,
    who: actorInWords(event, reader),
    eventType: type,
    purpose: textOrNull(details.purpose),
    shareId: textOrNull(details.shareId),
    _links: { proof: linkTo('getInclusionProof', { id }) },
  };
}

export const accessRoutes: Routes = [
  route(
    {
      operationId: 'listFileAccesses',
      method: 'get',
      path: '/api/v1/files/{id}/accesses',
      summary: 'List who has opened my file',
      tag: 'Opening and sharing files',
      access: 'read:own_files',
      description:
        'The newest first: who has seen what is noted of it, opened it and with what purpose, shared or changed it. For the person whose file it is. The reading is recorded.',
      example: { as: 'patient', path: { id: earlier('uploadFile') }, after: ['shareFile'] },
      request: { params: fileParams, query: pageQuery },
      responses: { 200: json(pageOf(accessSchema), 'What was done with the file') },
      refusals: ['file_not_found'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const { cursor, limit } = c.req.valid('query');
      const actor = knownActor(c);
      const place = decodeCursor(cursor);
      const after =
        place === undefined ? null : { at: instantInCursor(place[0]), id: idInCursor<'audit_event'>(place[1]) };
      const found = unwrap(await listAccesses(c.get('deps'), c.get('context'), actor, id, { after, limit }));
      const present = (event: ShownEvent) => presentAccess(event, actor.userId);
      return c.json(
        paged(c, found, limit, present, ({ content }) => [Date.parse(content.occurredAt), content.id]),
        200,
      );
    },
  ),
];

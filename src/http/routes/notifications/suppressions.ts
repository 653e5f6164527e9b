/** Addresses that get nothing more. */
import { z } from '@hono/zod-openapi';
import {
  SUPPRESSED_CHANNELS,
  SUPPRESSION_REASONS,
  type Suppression,
} from '../../../../domain/notifications/suppression.ts';
import { liftSuppression, readSuppressions } from '../../../app/notifications/suppressions.ts';
import { linkTo } from '../../links.ts';
import { decodeCursor, idInCursor, paged } from '../../page.ts';
import { json, type Routes, route, unwrap } from '../../router.ts';
import { idSchema, links, pageOf, pageQuery, targetId } from '../../schemas.ts';
import { shownCode, shownId, shownInstant, shownText } from '../../shown.ts';

const channel = z.enum(SUPPRESSED_CHANNELS);

const suppressionSchema = z
  .object({
    id: shownId,
    userId: shownId,
    channel,
    address: shownText(320, 'maria@example.org')
      .nullable()
      .openapi({ description: '`null` if it cannot be decrypted' }),
    reason: z.enum(SUPPRESSION_REASONS).openapi({
      description:
        '`no_such_receiver`: it does not exist; `complained`: its reader called a message spam; `unsubscribed`: at the provider; `stopped`: by the answer STOP',
    }),
    provider: shownCode('sendgrid'),
    since: shownInstant,
    _links: links,
  })
  .openapi('Suppression', { description: 'An address of a person that gets nothing more' });

function suppressionView({ since, ...shown }: Suppression): z.infer<typeof suppressionSchema> {
  return {
    ...shown,
    since: new Date(since).toISOString(),
    _links: {
      user: linkTo('getUser', { id: shown.userId }),
      lift: linkTo('liftSuppression', { id: shown.id }),
    },
  };
}

export const suppressionRoutes: Routes = [
  route(
    {
      operationId: 'listSuppressions',
      method: 'get',
      path: '/api/v1/admin/suppressions',
      summary: 'List suppressed addresses',
      description:
        'Newest first. Nothing is sent to them until they are lifted, or the person has another address. The reading is recorded in the record of each person listed.',
      tag: 'Message administration',
      access: 'manage:clinic',
      example: { as: 'admin', query: { channel: 'email' } },
      request: {
        query: pageQuery.extend({
          channel: channel.optional(),
          userId: idSchema<'user'>('Whose address it is').optional(),
        }),
      },
      responses: { 200: json(pageOf(suppressionSchema), 'Addresses') },
    },
    async (c) => {
      const { limit, cursor, channel: wanted, userId } = c.req.valid('query');
      const place = decodeCursor(cursor);
      const after = place === undefined ? null : idInCursor<'suppression'>(place[0]);
      const query = { channel: wanted ?? null, userId: userId ?? null, after, limit };
      const found = await readSuppressions(c.get('deps'), c.get('context'), query);
      return c.json(
        paged(c, found, limit, suppressionView, ({ id }) => [id]),
        200,
      );
    },
  ),
  route(
    {
      operationId: 'liftSuppression',
      method: 'delete',
      path: '/api/v1/admin/suppressions/{id}',
      summary: 'Send to an address again',
      description:
        'For an address that works again, or whose reader wants messages again. The provider keeps a list of its own: SendGrid’s has to be cleared there, and whoever answered STOP has to answer START.',
      tag: 'Message administration',
      access: 'manage:clinic',
      example: { none: 'Only for a suppressed address, which the demo clinic has not' },
      request: { params: z.object({ id: targetId('suppression', 'The suppression') }) },
      responses: { 204: { description: 'It is lifted' } },
      refusals: ['not_found'],
    },
    async (c) => {
      unwrap(await liftSuppression(c.get('deps'), c.get('context'), c.req.valid('param').id));
      return c.body(null, 204);
    },
  ),
];

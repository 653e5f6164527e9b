/** Deliveries that were given up, and messages that no channel has taken. */
import { z } from '@hono/zod-openapi';
import { SENDING_CHANNELS } from '../../../../domain/notifications/categories.ts';
import type { DeadLetter } from '../../../../domain/notifications/lists.ts';
import { MESSAGE_CATEGORIES } from '../../../../domain/shared/messages.ts';
import { readDeadLetters, redriveMany, redriveOne } from '../../../app/notifications/dead-letters.ts';
import { linkTo } from '../../links.ts';
import { decodeCursor, idInCursor, paged } from '../../page.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { idSchema, instant, line, links, pageOf, pageQuery, targetId } from '../../schemas.ts';
import { shownCode, shownId, shownInstant, shownText } from '../../shown.ts';

/** `none`: of messages that no channel has taken. */
const CHANNELS = [...SENDING_CHANNELS, 'none'] as const;

const letterSchema = z
  .object({
    id: shownId,
    notificationId: shownId,
    userId: shownId,
    channel: z
      .enum(SENDING_CHANNELS)
      .nullable()
      .openapi({ description: 'Null: a message that no channel has taken. `id` is then that of the message' }),
    category: z.enum(MESSAGE_CATEGORIES),
    template: shownCode('appointment-reminder'),
    reason: shownText(500, 'SendGrid answered 400').nullable(),
    provider: shownCode('sendgrid').nullable(),
    attempts: z.int(),
    mayHaveArrived: z.boolean(),
    createdAt: shownInstant,
    _links: links,
  })
  .openapi('DeadLetter', {
    description:
      'A delivery that was given up, or a message that no channel has taken: it could not be routed, or its receiver has no address that can be used. `_links.redrive` is left out if its text was destroyed',
  });

function letterView(letter: DeadLetter): z.infer<typeof letterSchema> {
  const { isOutcomeUnknown, isGone, state: _, createdAt, ...shown } = letter;
  return {
    ...shown,
    mayHaveArrived: isOutcomeUnknown,
    createdAt: new Date(createdAt).toISOString(),
    _links: {
      user: linkTo('getUser', { id: letter.userId }),
      ...(isGone ? {} : { redrive: linkTo('redriveDelivery', { id: letter.id }) }),
    },
  };
}

export const deadLetterRoutes: Routes = [
  route(
    {
      operationId: 'listDeadLetters',
      method: 'get',
      path: '/api/v1/admin/notifications/dead-letters',
      summary: 'List deliveries that were given up',
      description:
        'With messages that no channel has taken (`channel=none`: these alone), the newest first. The reading is recorded in the record of each receiver listed.',
      tag: 'Message administration',
      access: 'manage:clinic',
      example: { as: 'admin', query: { channel: 'email' } },
      request: { query: pageQuery.extend({ channel: z.enum(CHANNELS).optional() }) },
      responses: { 200: json(pageOf(letterSchema), 'Deliveries') },
    },
    async (c) => {
      const { limit, cursor, channel } = c.req.valid('query');
      const place = decodeCursor(cursor);
      const after = place === undefined ? null : idInCursor<'delivery'>(place[0]);
      const found = await readDeadLetters(c.get('deps'), c.get('context'), { channel: channel ?? null, after, limit });
      return c.json(
        paged(c, found, limit, letterView, ({ id }) => [id]),
        200,
      );
    },
  ),
  route(
    {
      operationId: 'redriveDelivery',
      method: 'post',
      path: '/api/v1/admin/notifications/dead-letters/{id}/redrive',
      summary: 'Send a delivery again',
      description:
        'A delivery, or a message that no channel has taken, once its receiver has a channel. It is judged again when it is sent: a reminder that is no longer true, or a code that has expired, is skipped. One that may have arrived is sent again only with `evenTwice`, and only by the provider that may have it.',
      tag: 'Message administration',
      access: 'manage:clinic',
      example: { none: 'Only for a delivery that was given up, which the demo clinic has not' },
      request: {
        params: z.object({ id: targetId('delivery', 'The delivery, or the message that no channel has taken') }),
        body: jsonBody(z.strictObject({ evenTwice: z.boolean().default(false) })),
      },
      responses: { 202: { description: 'It is sent' } },
      refusals: ['not_found', 'delivery_not_redrivable'],
    },
    async (c) => {
      const { evenTwice } = c.req.valid('json');
      const { id } = c.req.valid('param');
      unwrap(await redriveOne(c.get('deps'), c.get('context'), id, evenTwice), (error) =>
        error.code === 'delivery_not_redrivable' ? { members: { why: error.why } } : undefined,
      );
      return c.body(null, 202);
    },
  ),
  route(
    {
      operationId: 'redriveDeliveries',
      method: 'post',
      path: '/api/v1/admin/notifications/redrive',
      summary: 'Send deliveries again',
      description:
        'Looks at up to 100 that were given up, the oldest first, by channel, provider and age. Those that may have arrived, whose text was destroyed, or whose receiver has no channel are left out. To go on, send `after` with the `next` of the answer.',
      tag: 'Message administration',
      access: 'manage:clinic',
      example: { as: 'admin', body: { channel: 'email' } },
      request: {
        body: jsonBody(
          z.strictObject({
            channel: z.enum(CHANNELS).optional(),
            provider: line(40).optional().openapi({ example: 'sendgrid' }),
            since: instant.optional().openapi({ description: 'Only those made since then' }),
            after: idSchema<'delivery'>('The `next` of the answer before').optional(),
          }),
        ),
      },
      responses: {
        200: json(
          z.object({
            redriven: z.int(),
            hasMore: z.boolean().openapi({ description: 'Whether there are more to look at' }),
            next: shownId.nullable().openapi({ description: 'The last one that was looked at, if there are more' }),
          }),
          'What is sent',
        ),
      },
    },
    async (c) => {
      const { channel = null, provider = null, since = null, after = null } = c.req.valid('json');
      const { redriven, next } = unwrap(
        await redriveMany(c.get('deps'), c.get('context'), { channel, provider, since, after }),
      );
      return c.json({ redriven, hasMore: next !== null, next }, 200);
    },
  ),
];

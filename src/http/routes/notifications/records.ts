/** What was sent to whom, when, how, and why not. */
import { z } from '@hono/zod-openapi';
import { SENDING_CHANNELS } from '../../../../domain/notifications/categories.ts';
import type { DeliveryRecord, MessageRecord } from '../../../../domain/notifications/lists.ts';
import { NOTIFICATION_STATUSES } from '../../../../domain/notifications/states.ts';
import { MESSAGE_CATEGORIES } from '../../../../domain/shared/messages.ts';
import { readMessages } from '../../../app/notifications/records.ts';
import { linkTo } from '../../links.ts';
import { decodeCursor, idInCursor, paged } from '../../page.ts';
import { json, type Routes, route } from '../../router.ts';
import { idSchema, links, pageOf, pageQuery } from '../../schemas.ts';
import { shownCode, shownId, shownInstant, shownText } from '../../shown.ts';

const status = z.enum(NOTIFICATION_STATUSES);

const deliverySchema = z
  .object({
    id: shownId,
    channel: z.enum(SENDING_CHANNELS),
    state: status,
    reason: shownText(500, 'not_chosen')
      .nullable()
      .openapi({ description: 'Why it was skipped, or how the last attempt failed' }),
    provider: shownCode('sendgrid').nullable(),
    attempts: z.int(),
    outcomeUnknown: z.boolean().openapi({ description: 'The provider may have accepted it, but its answer was lost' }),
    sendAt: shownInstant,
    nextAttemptAt: shownInstant.nullable(),
    sentAt: shownInstant.nullable(),
    deliveredAt: shownInstant.nullable(),
    readAt: shownInstant.nullable(),
  })
  .openapi('Delivery');

export const messageSchema = z
  .object({
    id: shownId,
    userId: shownId,
    category: z.enum(MESSAGE_CATEGORIES),
    template: shownCode('appointment-reminder'),
    status,
    reason: shownText(500, 'appointment_changed').nullable(),
    appointmentId: shownId.nullable(),
    createdAt: shownInstant,
    sendAt: shownInstant,
    sentAt: shownInstant.nullable(),
    listed: z.boolean().openapi({ description: 'Whether the portal shows it to its receiver' }),
    readAt: shownInstant.nullable().openapi({ description: 'When it was read in the portal' }),
    deliveries: z.array(deliverySchema),
    _links: links,
  })
  .openapi('SentMessage');

const time = (at: number) => new Date(at).toISOString();
const timeOrNull = (at: number | null) => (at === null ? null : time(at));

function deliveryView(delivery: DeliveryRecord): z.infer<typeof deliverySchema> {
  const { isOutcomeUnknown, sendAt, nextAttemptAt, sentAt, deliveredAt, readAt, ...shown } = delivery;
  return {
    ...shown,
    outcomeUnknown: isOutcomeUnknown,
    sendAt: time(sendAt),
    nextAttemptAt: timeOrNull(nextAttemptAt),
    sentAt: timeOrNull(sentAt),
    deliveredAt: timeOrNull(deliveredAt),
    readAt: timeOrNull(readAt),
  };
}

export function messageView(message: MessageRecord): z.infer<typeof messageSchema> {
  const { isListed, createdAt, sendAt, sentAt, readAt, deliveries, ...shown } = message;
  return {
    ...shown,
    createdAt: time(createdAt),
    sendAt: time(sendAt),
    sentAt: timeOrNull(sentAt),
    listed: isListed,
    readAt: timeOrNull(readAt),
    deliveries: deliveries.map(deliveryView),
    _links: { user: linkTo('getUser', { id: message.userId }) },
  };
}

export const recordRoutes: Routes = [
  route(
    {
      operationId: 'listSentMessages',
      method: 'get',
      path: '/api/v1/admin/notifications',
      summary: 'List messages and their deliveries',
      description:
        'What was sent to whom, when, how, and why not, newest first; without what the messages say. The reading is recorded in the record of each person listed.',
      tag: 'Message administration',
      access: 'manage:clinic',
      example: { as: 'admin', query: { status: 'skipped' } },
      request: {
        query: pageQuery.extend({
          userId: idSchema<'user'>('The receiver').optional(),
          status: status.optional().openapi({ description: 'The best that one of its deliveries has reached' }),
        }),
      },
      responses: { 200: json(pageOf(messageSchema), 'Messages') },
    },
    async (c) => {
      const { limit, cursor, userId, status: wanted } = c.req.valid('query');
      const place = decodeCursor(cursor);
      const after = place === undefined ? null : idInCursor<'notification'>(place[0]);
      const query = { userId: userId ?? null, status: wanted ?? null, after, limit };
      const found = await readMessages(c.get('deps'), c.get('context'), query);
      return c.json(
        paged(c, found, limit, messageView, ({ id }) => [id]),
        200,
      );
    },
  ),
];

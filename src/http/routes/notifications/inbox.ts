/** One's own messages in the portal. */

import { z } from '@hono/zod-openapi';
import { MOST_UNREAD } from '../../../../domain/notifications/lists.ts';
import { MESSAGE_CATEGORIES } from '../../../../domain/shared/messages.ts';
import { cached } from '../../../app/cache/cached.ts';
import { cacheReads } from '../../../app/cache/kinds.ts';
import { markRead, readOwnMessages, type ShownMessage } from '../../../app/notifications/inbox.ts';
import { knownActor } from '../../actor.ts';
import { list } from '../../bounds.ts';
import { permitted } from '../../links.ts';
import { decodeCursor, idInCursor, instantInCursor, paged } from '../../page.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { idSchema, instant, links, pageOf, pageQuery } from '../../schemas.ts';
import { shownCode, shownId, shownInstant, shownText } from '../../shown.ts';

const messageSchema = z
  .object({
    id: shownId,
    category: z.enum(MESSAGE_CATEGORIES),
    template: shownCode('appointment-reminder'),
    title: shownText(300, 'Reminder: your appointment on 3 March 2026 at 10:00')
      .nullable()
      .openapi({ description: 'In the language of your profile. Null if the message cannot be read' }),
    text: shownText(2000, 'Reminder: your appointment with Dr Dora Okafor is on Tue 3 Mar, 10:00 (Berlin).').nullable(),
    at: shownInstant,
    readAt: shownInstant.nullable(),
    appointmentId: shownId.nullable(),
    _links: links,
  })
  .openapi('Notification');

const readBody = z.union([
  z.strictObject({ ids: list(idSchema<'notification'>('A message'), 100, 1) }),
  z.strictObject({
    all: z.literal(true),
    before: instant.optional().openapi({ description: 'Only those shown until then. Default: now' }),
  }),
]);

function messageView(c: Parameters<typeof knownActor>[0], message: ShownMessage): z.infer<typeof messageSchema> {
  const { id, category, template, words, at, readAt, appointmentId } = message;
  return {
    id,
    category,
    template,
    title: words?.title ?? null,
    text: words?.text ?? null,
    at: new Date(at).toISOString(),
    readAt: readAt === null ? null : new Date(readAt).toISOString(),
    appointmentId,
    _links: permitted(knownActor(c), {
      ...(appointmentId === null ? {} : { appointment: ['getAppointment', { id: appointmentId }] as const }),
      ...(readAt === null ? { read: ['markNotificationsRead'] as const } : {}),
    }),
  };
}

export const inboxRoutes: Routes = [
  route(
    {
      operationId: 'listNotifications',
      method: 'get',
      path: '/api/v1/notifications',
      summary: 'List my messages',
      description:
        'What the clinic has told you, newest first, in short. Messages with codes or secret links are not listed. The reading is recorded.',
      tag: 'Notifications',
      access: 'manage:own_messages',
      example: { as: 'patient', query: { unread: 'true' } },
      request: {
        query: pageQuery.extend({
          unread: z.enum(['true']).optional().openapi({ description: 'Only those that are not read' }),
          category: z.enum(MESSAGE_CATEGORIES).optional(),
        }),
      },
      responses: { 200: json(pageOf(messageSchema), 'Messages') },
    },
    async (c) => {
      const { limit, cursor, unread, category } = c.req.valid('query');
      const place = decodeCursor(cursor);
      const after =
        place === undefined ? null : { at: instantInCursor(place[0]), id: idInCursor<'notification'>(place[1]) };
      const query = { isUnread: unread !== undefined, category: category ?? null, after, limit };
      const found = await readOwnMessages(c.get('deps'), c.get('context'), knownActor(c), query);
      return c.json(
        paged(
          c,
          found,
          limit,
          (message) => messageView(c, message),
          ({ at, id }) => [at, id],
        ),
        200,
      );
    },
  ),
  route(
    {
      operationId: 'countUnreadNotifications',
      method: 'get',
      path: '/api/v1/notifications/unread-count',
      summary: 'Count my unread messages',
      tag: 'Notifications',
      access: 'manage:own_messages',
      example: { as: 'patient' },
      caches: (_, userId) => (userId === null ? [] : [cacheReads.unreadCount(userId)]),
      responses: {
        200: json(
          z.object({ unread: z.int().openapi({ description: `At most ${MOST_UNREAD}`, example: 2 }) }),
          'How many',
        ),
      },
    },
    async (c) => {
      const deps = c.get('deps');
      const { userId } = knownActor(c);
      const unread = await cached(deps, cacheReads.unreadCount(userId), deps.loads.notifications.unread(userId));
      return c.json({ unread: unread ?? 0 }, 200);
    },
  ),
  route(
    {
      operationId: 'markNotificationsRead',
      method: 'post',
      path: '/api/v1/notifications/mark-read',
      summary: 'Mark my messages as read',
      description:
        'By their ids, or all that were shown until a moment. Those that are read or not yours are left as they are.',
      tag: 'Notifications',
      access: 'manage:own_messages',
      example: { as: 'patient', body: { all: true } },
      request: { body: jsonBody(readBody) },
      responses: { 204: { description: 'Marked' } },
    },
    async (c) => {
      const body = c.req.valid('json');
      const context = c.get('context');
      const which = 'ids' in body ? { ids: body.ids } : { until: Math.min(body.before ?? context.now, context.now) };
      unwrap(await markRead(c.get('deps'), context, knownActor(c), which));
      return c.body(null, 204);
    },
  ),
];

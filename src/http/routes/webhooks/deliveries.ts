/** What came of the events that were sent to a webhook, and sending them again. */
import { z } from '@hono/zod-openapi';
import { DELIVERY_STATUSES } from '../../../../domain/webhooks/delivery.ts';
import { REPLAYED_AT_ONCE, replayFailed, replayOne } from '../../../app/webhooks/replay.ts';
import { answer } from '../../answer.ts';
import { earlier } from '../../example.ts';
import { decodeCursor, idInCursor, paged } from '../../page.ts';
import { Problem } from '../../problems.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { instant, pageOf, pageQuery } from '../../schemas.ts';
import {
  deliveryParams,
  deliverySchema,
  endpointParams,
  presentAttempt,
  presentDelivery,
  wholeDeliverySchema,
} from './schemas.ts';

const ID = { id: earlier('createWebhook') } as const;
const DELIVERY = { ...ID, deliveryId: earlier('testWebhook', '/deliveryId') } as const;
const replayedSchema = z.object({ replayed: z.int().openapi({ description: 'How many events are sent again' }) });
type Replayed = z.infer<typeof replayedSchema>;
const represent = (replayed: number) => ({ status: 202, body: { replayed } }) as const;

export const deliveryRoutes: Routes = [
  route(
    {
      operationId: 'listWebhookDeliveries',
      method: 'get',
      path: '/api/v1/admin/webhooks/{id}/deliveries',
      summary: 'List the deliveries of a webhook',
      description:
        'Newest first: each event with what came of it. Events and deliveries are kept for 30 days (`RETENTION`).',
      tag: 'Webhooks',
      access: 'manage:webhooks',
      example: { as: 'admin', path: ID, query: { status: 'pending' }, after: ['testWebhook'] },
      request: { params: endpointParams, query: pageQuery.extend({ status: z.enum(DELIVERY_STATUSES).optional() }) },
      responses: { 200: json(pageOf(deliverySchema), 'Deliveries') },
      refusals: ['webhook_not_found'],
    },
    async (c) => {
      const { limit, cursor, status = null } = c.req.valid('query');
      const { id } = c.req.valid('param');
      const place = decodeCursor(cursor);
      const after = place === undefined ? null : idInCursor<'webhook_delivery'>(place[0]);
      const { database, loads } = c.get('deps');
      const [endpoint, found] = await database.load(
        loads.webhooks.endpoint(id),
        loads.webhooks.deliveries(id, { status, after, limit }),
      );
      if (endpoint === undefined) throw new Problem({ code: 'webhook_not_found' });
      return c.json(
        paged(c, found, limit, presentDelivery, (delivery) => [delivery.id]),
        200,
      );
    },
  ),

  route(
    {
      operationId: 'getWebhookDelivery',
      method: 'get',
      path: '/api/v1/admin/webhooks/{id}/deliveries/{deliveryId}',
      summary: 'Get a delivery with its attempts',
      tag: 'Webhooks',
      access: 'manage:webhooks',
      example: { as: 'admin', path: DELIVERY, after: ['testWebhook'] },
      request: { params: deliveryParams },
      responses: { 200: json(wholeDeliverySchema, 'The event, and each attempt to send it') },
      refusals: ['webhook_delivery_not_found'],
    },
    async (c) => {
      const { id, deliveryId } = c.req.valid('param');
      const { database, loads } = c.get('deps');
      const [delivery, attempts] = await database.load(
        loads.webhooks.delivery(id, deliveryId),
        loads.webhooks.attempts(deliveryId),
      );
      if (delivery === undefined) throw new Problem({ code: 'webhook_delivery_not_found' });
      return c.json({ ...presentDelivery(delivery), history: attempts.map(presentAttempt) }, 200);
    },
  ),

  route(
    {
      operationId: 'replayWebhookDelivery',
      method: 'post',
      path: '/api/v1/admin/webhooks/{id}/deliveries/{deliveryId}/replay',
      summary: 'Send an event again',
      description:
        'Also one that has arrived. It has the same `webhook-id`, by which the receiver can tell that it knows it, and the whole schedule of attempts.',
      tag: 'Webhooks',
      access: 'manage:webhooks',
      example: { none: 'The example of testWebhook makes an event that still waits, and that cannot be sent again' },
      request: { params: deliveryParams },
      responses: { 202: json(replayedSchema, 'It is being sent') },
      refusals: ['webhook_not_found', 'webhook_delivery_not_found', 'webhook_disabled', 'webhook_delivery_pending'],
    },
    async (c) => {
      const { id, deliveryId } = c.req.valid('param');
      const replayed = unwrap(await replayOne(c.get('deps'), c.get('context'), id, deliveryId, represent));
      return c.json(answer<Replayed>(c, replayed), 202);
    },
  ),

  route(
    {
      operationId: 'replayWebhookDeliveries',
      method: 'post',
      path: '/api/v1/admin/webhooks/{id}/replay',
      summary: 'Send all failed events again',
      description: `Those that occurred at or after \`since\` and failed, the oldest first, ${REPLAYED_AT_ONCE} at most: repeat the request, without its Idempotency-Key, until \`replayed\` is 0. The order in which they arrive is not promised.`,
      tag: 'Webhooks',
      access: 'manage:webhooks',
      example: {
        as: 'admin',
        path: ID,
        body: { since: '2026-01-01T00:00:00Z' },
        after: ['createWebhook', 'updateWebhook'],
      },
      request: { params: endpointParams, body: jsonBody(z.strictObject({ since: instant })) },
      responses: { 202: json(replayedSchema, 'They are being sent') },
      refusals: ['webhook_not_found', 'webhook_disabled'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const { since } = c.req.valid('json');
      const replayed = unwrap(await replayFailed(c.get('deps'), c.get('context'), id, since, represent));
      return c.json(answer<Replayed>(c, replayed), 202);
    },
  ),
];

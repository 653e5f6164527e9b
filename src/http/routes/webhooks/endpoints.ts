/** The addresses of the clinic's other systems that are told of changes. */
import { z } from '@hono/zod-openapi';
import { requireStepUp } from '../../../../domain/identity/step-up.ts';
import {
  addEndpoint,
  removeEndpoint,
  replaceSecret,
  testEndpoint,
  updateEndpoint,
} from '../../../app/webhooks/endpoints.ts';
import { userActor } from '../../actor.ts';
import { answer } from '../../answer.ts';
import { expectedVersion, sendVersioned } from '../../etag.ts';
import { earlier } from '../../example.ts';
import { linkTo, pathTo } from '../../links.ts';
import { pagedWhole } from '../../page.ts';
import { Problem } from '../../problems.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { links, pageOf, pageQuery } from '../../schemas.ts';
import { shownId } from '../../shown.ts';
import {
  changedEndpointBody,
  detailsOf,
  EXAMPLE,
  endpointBody,
  endpointParams,
  endpointSchema,
  endpointWithSecretSchema,
  presentEndpoint,
  representSecret,
} from './schemas.ts';

const ID = { id: earlier('createWebhook') } as const;
type WithSecret = z.infer<typeof endpointWithSecretSchema>;

export const endpointRoutes: Routes = [
  route(
    {
      operationId: 'listWebhooks',
      method: 'get',
      path: '/api/v1/admin/webhooks',
      summary: 'List webhooks',
      description: 'The oldest first.',
      tag: 'Webhooks',
      access: 'manage:webhooks',
      example: { as: 'admin' },
      request: { query: pageQuery },
      responses: { 200: json(pageOf(endpointSchema), 'Webhooks, also disabled ones') },
    },
    async (c) => {
      const { database, loads } = c.get('deps');
      const [endpoints] = await database.load(loads.webhooks.endpoints());
      const present = (endpoint: (typeof endpoints)[number]) => presentEndpoint(endpoint, c.get('context').now);
      return c.json(
        pagedWhole(c, endpoints, c.req.valid('query'), present, ({ createdAt, id }) => [createdAt, id]),
        200,
      );
    },
  ),

  route(
    {
      operationId: 'createWebhook',
      method: 'post',
      path: '/api/v1/admin/webhooks',
      summary: 'Add a webhook',
      tag: 'Webhooks',
      access: 'manage:webhooks',
      versioned: true,
      located: true,
      description:
        'From now on the address gets a signed POST for each event of these types (Standard Webhooks). A request that is repeated with its Idempotency-Key adds no second one and is answered without the secret. Requires a recent proof of identity: see /auth/step-up.',
      example: { as: 'admin', body: EXAMPLE },
      request: { body: jsonBody(endpointBody) },
      responses: { 201: json(endpointWithSecretSchema, 'Added. The secret is shown only once') },
      refusals: ['step_up_required', 'webhook_address_refused', 'too_many_webhooks'],
    },
    async (c) => {
      const context = c.get('context');
      unwrap(requireStepUp(userActor(c), context.now));
      const created = unwrap(
        await addEndpoint(c.get('deps'), context, c.req.valid('json'), (made) =>
          representSecret(201, made, context.now),
        ),
        detailsOf,
      );
      return c.json(answer<WithSecret>(c, created), 201);
    },
  ),

  route(
    {
      operationId: 'getWebhook',
      method: 'get',
      path: '/api/v1/admin/webhooks/{id}',
      summary: 'Get a webhook',
      tag: 'Webhooks',
      access: 'manage:webhooks',
      versioned: true,
      example: { as: 'admin', path: ID, after: ['createWebhook'] },
      request: { params: endpointParams },
      responses: { 200: json(endpointSchema, 'The webhook, without its secret') },
      refusals: ['webhook_not_found'],
    },
    async (c) => {
      const { database, loads } = c.get('deps');
      const [endpoint] = await database.load(loads.webhooks.endpoint(c.req.valid('param').id));
      if (endpoint === undefined) throw new Problem({ code: 'webhook_not_found' });
      return sendVersioned(c, endpoint.version, presentEndpoint(endpoint, c.get('context').now));
    },
  ),

  route(
    {
      operationId: 'updateWebhook',
      method: 'put',
      path: '/api/v1/admin/webhooks/{id}',
      summary: 'Update a webhook',
      tag: 'Webhooks',
      access: 'manage:webhooks',
      ifMatch: 'required',
      versioned: true,
      description:
        'Events that wait go to the new address. While it is disabled no event is kept for it; what failed before can be sent again once it is enabled.',
      example: {
        as: 'admin',
        path: ID,
        ifMatch: earlier('createWebhook', 'ETag', '"v1"'),
        body: { ...EXAMPLE, description: 'Practice software, test system', enabled: true },
        after: ['createWebhook'],
      },
      request: { params: endpointParams, body: jsonBody(changedEndpointBody) },
      responses: { 200: json(endpointSchema, 'As it is now') },
      refusals: ['webhook_not_found', 'webhook_address_refused'],
    },
    async (c) => {
      const expected = expectedVersion(c);
      const [context, { id }] = [c.get('context'), c.req.valid('param')];
      const saved = unwrap(await updateEndpoint(c.get('deps'), context, id, c.req.valid('json'), expected), detailsOf);
      return sendVersioned(c, saved.version, presentEndpoint(saved, context.now));
    },
  ),

  route(
    {
      operationId: 'rotateWebhookSecret',
      method: 'post',
      path: '/api/v1/admin/webhooks/{id}/rotate-secret',
      summary: 'Replace the secret of a webhook',
      tag: 'Webhooks',
      access: 'manage:webhooks',
      versioned: true,
      description:
        'For 24 hours events are signed with both secrets, so that the receiver can change over. A request that is repeated with its Idempotency-Key replaces nothing and is answered without the secret. Requires a recent proof of identity: see /auth/step-up.',
      example: { as: 'admin', path: ID, after: ['createWebhook', 'updateWebhook'] },
      request: { params: endpointParams },
      responses: { 200: json(endpointWithSecretSchema, 'The secret, shown only once') },
      refusals: ['step_up_required', 'webhook_not_found'],
    },
    async (c) => {
      const context = c.get('context');
      unwrap(requireStepUp(userActor(c), context.now));
      const rotated = unwrap(
        await replaceSecret(c.get('deps'), context, c.req.valid('param').id, (made) =>
          representSecret(200, made, context.now),
        ),
      );
      return c.json(answer<WithSecret>(c, rotated), 200);
    },
  ),

  route(
    {
      operationId: 'testWebhook',
      method: 'post',
      path: '/api/v1/admin/webhooks/{id}/test',
      summary: 'Send a test event',
      tag: 'Webhooks',
      access: 'manage:webhooks',
      located: true,
      description:
        'An event of the type `webhook.test`, whatever the webhook has subscribed to. It is signed, sent and repeated as any other: the delivery says what came of it.',
      example: { as: 'admin', path: ID, after: ['createWebhook', 'updateWebhook'] },
      request: { params: endpointParams },
      responses: { 202: json(z.object({ deliveryId: shownId, _links: links }), 'It is being sent') },
      refusals: ['webhook_not_found', 'webhook_disabled'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const tested = unwrap(
        await testEndpoint(c.get('deps'), c.get('context'), id, (deliveryId) => ({
          status: 202,
          body: {
            deliveryId: deliveryId as string,
            _links: { delivery: linkTo('getWebhookDelivery', { id, deliveryId }) },
          },
          location: pathTo('getWebhookDelivery', { id, deliveryId }),
        })),
      );
      return c.json(answer<{ deliveryId: string; _links: z.infer<typeof links> }>(c, tested), 202);
    },
  ),
];

/** Last in the document, so that its example leaves the others what they need. */
export const endpointRemoval: Routes = [
  route(
    {
      operationId: 'deleteWebhook',
      method: 'delete',
      path: '/api/v1/admin/webhooks/{id}',
      summary: 'Remove a webhook',
      tag: 'Webhooks',
      access: 'manage:webhooks',
      ifMatch: 'optional',
      description: 'With its deliveries: what waits is not sent any more.',
      example: { as: 'admin', path: ID, again: ['createWebhook'] },
      request: { params: endpointParams },
      responses: { 204: { description: 'Removed' } },
      refusals: ['webhook_not_found'],
    },
    async (c) => {
      unwrap(await removeEndpoint(c.get('deps'), c.get('context'), c.req.valid('param').id, expectedVersion(c)));
      return c.body(null, 204);
    },
  ),
];

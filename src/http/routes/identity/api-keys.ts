/** API keys, for programs that act for a person. */

import { z } from '@hono/zod-openapi';
import {
  type ApiKey,
  DEFAULT_API_KEY_DAYS,
  MAXIMUM_API_KEY_DAYS,
  scopesFor,
} from '../../../../domain/identity/api-key.ts';
import { requireStepUp } from '../../../../domain/identity/step-up.ts';
import type { ApiKeyId } from '../../../../domain/shared/actor.ts';
import { PERMISSIONS, type Permission, ROLES } from '../../../../domain/shared/permissions.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { endApiKey, makeApiKey } from '../../../app/identity/api-keys.ts';
import { userActor } from '../../actor.ts';
import { list, rawText } from '../../bounds.ts';
import { earlier } from '../../example.ts';
import { linkTo } from '../../links.ts';
import { pagedWhole } from '../../page.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { label, links, pageOf, pageQuery, targetId } from '../../schemas.ts';
import { shownId, shownInstant, shownName, shownToken } from '../../shown.ts';

const keySchema = z
  .object({
    id: shownId,
    name: shownName('Practice software'),
    prefix: shownToken('ppk_3fA9xY2b').openapi({ description: 'The first characters of the key' }),
    scopes: z.array(z.enum(PERMISSIONS)),
    createdAt: shownInstant,
    expiresAt: shownInstant,
    lastUsedAt: shownInstant.nullable().openapi({ description: 'To the minute' }),
    _links: links,
  })
  .openapi('ApiKey');

const newKeySchema = keySchema
  .extend({
    key: shownToken('ppk_3fA9xY2bExample')
      .nullable()
      .openapi({ description: 'Shown only once: null if the request is repeated. Send it as X-API-Key' }),
  })
  .openapi('NewApiKey');

/** The scopes that a key of any role can have. The document lists only these. */
export const GRANTABLE: readonly Permission[] = [...new Set(ROLES.flatMap(scopesFor))].sort();

const scope = rawText(64)
  .refine((text): text is Permission => (PERMISSIONS as readonly string[]).includes(text), {
    error: 'expected a permission, such as read:own_profile',
  })
  .openapi({ type: 'string', enum: [...GRANTABLE], example: 'read:own_appointments' });

function present(key: ApiKey) {
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    scopes: [...key.scopes],
    createdAt: formatInstant(key.createdAt),
    expiresAt: formatInstant(key.expiresAt),
    lastUsedAt: key.lastUsedAt === null ? null : formatInstant(key.lastUsedAt),
    _links: { revoke: linkTo('revokeApiKey', { id: key.id }) },
  };
}

export const apiKeyRoutes: Routes = [
  route(
    {
      operationId: 'listApiKeys',
      method: 'get',
      path: '/api/v1/api-keys',
      summary: 'List my API keys',
      tag: 'API keys',
      access: 'signed_in',
      example: { as: 'patient' },
      request: { query: pageQuery },
      responses: { 200: json(pageOf(keySchema), 'Active keys, newest first') },
    },
    async (c) => {
      const { database, loads } = c.get('deps');
      const [keys] = await database.load(loads.identity.apiKeysOf(userActor(c).userId, c.get('context').now));
      return c.json(
        pagedWhole(c, keys, c.req.valid('query'), present, ({ id }) => [id], -1),
        200,
      );
    },
  ),

  route(
    {
      operationId: 'createApiKey',
      method: 'post',
      path: '/api/v1/api-keys',
      summary: 'Create an API key',
      tag: 'API keys',
      access: 'signed_in',
      description:
        'A key can do what both its scopes and the role of its owner allow, and nothing that only a person may do. A request that is repeated with its Idempotency-Key creates no second key and answers with the first one, without the key itself: if the answer was lost, revoke the key and create another. Requires a recent proof of identity: see /auth/step-up.',
      example: { as: 'patient', body: { name: 'My diary', scopes: ['read:own_appointments'] } },
      request: {
        body: jsonBody(
          z.strictObject({
            name: label(100),
            scopes: list(scope, 50, 1),
            expiresInDays: z
              .int({ error: 'expected a whole number' })
              .min(1, { error: 'expected 1 or more' })
              .max(MAXIMUM_API_KEY_DAYS, { error: `expected ${MAXIMUM_API_KEY_DAYS} or less` })
              .default(DEFAULT_API_KEY_DAYS),
          }),
        ),
      },
      responses: { 201: json(newKeySchema, 'The key, shown only once') },
      refusals: ['step_up_required', 'scopes_not_allowed', 'too_many_api_keys', 'processing_restricted'],
    },
    async (c) => {
      const actor = userActor(c);
      unwrap(requireStepUp(actor, c.get('context').now));
      const { body } = unwrap(
        await makeApiKey(c.get('deps'), c.get('context'), actor, c.req.valid('json'), ({ secret, key }) => ({
          status: 201,
          body: { ...present(key), key: secret },
          kept: { ...present(key), key: null },
        })),
        (error) =>
          error.code === 'scopes_not_allowed'
            ? {
                errors: error.scopes.map((name) => ({
                  pointer: '/scopes',
                  code: 'scope_not_allowed',
                  message: `${name} cannot be given to a key of yours`,
                })),
              }
            : undefined,
      );
      return c.json(body as z.infer<typeof newKeySchema>, 201);
    },
  ),

  route(
    {
      operationId: 'revokeApiKey',
      method: 'delete',
      path: '/api/v1/api-keys/{id}',
      summary: 'Revoke an API key',
      tag: 'API keys',
      access: 'signed_in',
      description: 'Takes effect within 5 seconds.',
      example: { as: 'patient', path: { id: earlier('createApiKey') }, after: ['createApiKey'] },
      request: { params: z.object({ id: targetId('api_key', 'The key') }) },
      responses: { 204: { description: 'Revoked' } },
      refusals: ['not_found'],
    },
    async (c) => {
      unwrap(await endApiKey(c.get('deps'), c.get('context'), userActor(c), c.req.valid('param').id as ApiKeyId));
      return c.body(null, 204);
    },
  ),
];

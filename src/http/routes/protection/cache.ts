/** The cache of answers: how much it spares, and emptying it. */
import { z } from '@hono/zod-openapi';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { clearCache, readCache } from '../../../app/cache/administration.ts';
import { KIND_NAMES } from '../../../app/cache/kinds.ts';
import { linkTo } from '../../links.ts';
import { json, type Routes, route } from '../../router.ts';
import { links } from '../../schemas.ts';
import { shownInstant, shownText } from '../../shown.ts';

const kindName = z.enum(KIND_NAMES);

const lookUps = z
  .object({
    hits: z.int(),
    misses: z.int(),
    hitRate: z.number().nullable().openapi({ description: 'From 0 to 1. Null: nothing was looked up', example: 0.93 }),
  })
  .nullable();

const cacheSchema = z
  .object({
    place: z.enum(['redis', 'process']).openapi({
      description: '`redis`: all processes share it. `process`: the figures are those of the process that answers',
    }),
    reachable: z.boolean().openapi({ description: 'If not, the database answers, and the figures are null' }),
    lastHour: lookUps.openapi({ description: 'Of all kinds; the look-ups of the last requests may be missing' }),
    data: z.array(
      z.object({
        kind: kindName,
        holds: shownText(200, 'Accounts, for the person alone'),
        ttlSeconds: z.int().openapi({ description: 'Time to live of an entry that nothing changes', example: 3600 }),
        entries: z.int().nullable().openapi({
          description: 'Entries that have not expired, also those that a change has made void',
        }),
        oldestAgeSeconds: z
          .int()
          .nullable()
          .openapi({ description: 'Age of the oldest of these. Null: there is none' }),
        lastHour: lookUps,
        invalidatedAt: shownInstant.nullable().openapi({
          description:
            'When a change last made entries of this kind void, those of one person perhaps. Null: not known',
        }),
      }),
    ),
    _links: links,
  })
  .openapi('Cache');

export const cacheRoutes: Routes = [
  route(
    {
      operationId: 'getCache',
      method: 'get',
      path: '/api/v1/admin/cache',
      summary: 'Get the state of the cache',
      description: 'How often each kind of cached answer spared a load, and how much is cached. Shows no cached value.',
      tag: 'Limits and blocks',
      access: 'manage:protection',
      example: { as: 'admin' },
      responses: { 200: json(cacheSchema, 'The state of the cache') },
    },
    async (c) => {
      const { place, isReachable, lastHour, kinds } = await readCache(c.get('deps'), c.get('context').now);
      return c.json(
        {
          ...{ place, reachable: isReachable, lastHour },
          data: kinds.map(({ invalidatedAt, ...kind }) => ({
            ...kind,
            invalidatedAt: invalidatedAt === null ? null : formatInstant(invalidatedAt),
          })),
          _links: { self: linkTo('getCache'), empty: linkTo('emptyCache'), limits: linkTo('listRateLimits') },
        },
        200,
      );
    },
  ),
  route(
    {
      operationId: 'emptyCache',
      method: 'delete',
      path: '/api/v1/admin/cache',
      summary: 'Empty the cache',
      description:
        'No process answers with what was cached before, at the latest five seconds after this if the cache cannot be reached. Nobody is signed out. Needed only after rows were changed by hand: what the portal changes, it invalidates itself.',
      tag: 'Limits and blocks',
      access: 'manage:protection',
      example: { as: 'admin', query: { kind: 'doctors' }, again: ['getCache'] },
      request: { query: z.strictObject({ kind: kindName.optional().openapi({ description: 'Default: all kinds' }) }) },
      responses: { 204: { description: 'It is empty' } },
    },
    async (c) => {
      await clearCache(c.get('deps'), c.get('context'), c.req.valid('query').kind ?? null);
      return c.body(null, 204);
    },
  ),
];

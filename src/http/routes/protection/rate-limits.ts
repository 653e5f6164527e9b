/** The table of rate limits, with their use. */
import { z } from '@hono/zod-openapi';
import { readLimits } from '../../../app/protection/limit-use.ts';
import { linkTo } from '../../links.ts';
import { json, type Routes, route } from '../../router.ts';
import { links } from '../../schemas.ts';
import { shownCode, shownText } from '../../shown.ts';

const limitSchema = z
  .object({
    name: shownCode('anonymous').openapi({ description: 'As `RateLimit-Policy` names it' }),
    about: shownText(200, 'All requests of an address that are not signed in'),
    limit: z.int().openapi({ description: 'Uses in a window, after `RATE_LIMIT_FACTOR`', example: 100 }),
    windowSeconds: z.int().openapi({ example: 60 }),
    countedBy: shownCode('address'),
    lastHour: z
      .object({
        counted: z.int(),
        refused: z.int(),
        subjectsRefused: z.int().openapi({ description: 'How many addresses, persons or keys were refused' }),
      })
      .openapi({ description: 'By all processes; the last ten seconds may be missing' }),
  })
  .openapi('RateLimit');

export const rateLimitRoutes: Routes = [
  route(
    {
      operationId: 'listRateLimits',
      method: 'get',
      path: '/api/v1/admin/rate-limits',
      summary: 'List the rate limits',
      description:
        'All limits of the portal, and how much they were used in the last hour. Names no address and no person.',
      tag: 'Limits and blocks',
      access: 'manage:protection',
      example: { as: 'admin' },
      responses: {
        200: json(z.object({ enabled: z.boolean(), data: z.array(limitSchema), _links: links }), 'The limits'),
      },
    },
    async (c) => {
      const deps = c.get('deps');
      return c.json(
        {
          enabled: deps.settings.rateLimitFactor > 0,
          data: await readLimits(deps, c.get('context').now),
          _links: {
            self: linkTo('listRateLimits'),
            blocks: linkTo('listIpBlocks'),
            trusted: linkTo('getTrustedAddresses'),
            cache: linkTo('getCache'),
          },
        },
        200,
      );
    },
  ),
];

/** Blocked client addresses. */
import { z } from '@hono/zod-openapi';
import {
  BLOCK_REASONS,
  type BlockRefused,
  type IpBlock,
  isStanding,
  NOTE_LENGTH,
} from '../../../../domain/protection/address-block.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { blockableRanges } from '../../../app/address.ts';
import { liftBlock, liftBlocksOf, makeBlock, readBlocks } from '../../../app/protection/blocks.ts';
import { answer, createdAs } from '../../answer.ts';
import { rawText } from '../../bounds.ts';
import { earlier } from '../../example.ts';
import { linkTo } from '../../links.ts';
import { decodeCursor, idInCursor, paged } from '../../page.ts';
import { Problem } from '../../problems.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { instant, line, links, pageOf, pageQuery, targetId } from '../../schemas.ts';
import { shownId, shownInstant, shownText } from '../../shown.ts';

const address = rawText(64)
  .refine((text) => blockableRanges(text) !== undefined, {
    error: 'expected an address, such as 203.0.113.7 or 2001:db8::1, or a /64 or /48 of IPv6',
  })
  .openapi({ description: 'Of IPv6, the /64 of the address is blocked', example: '198.51.100.23' });

/** The schema has refused what has no ranges. */
function rangesIn(text: string) {
  const ranges = blockableRanges(text);
  if (ranges === undefined) throw new Error('the address was validated');
  return ranges;
}

const blockSchema = z
  .object({
    id: shownId,
    address: shownText(64, '198.51.100.23').openapi({ description: 'An address of IPv4, or a /64 or /48 of IPv6' }),
    reason: z.enum(BLOCK_REASONS).openapi({
      description:
        '`guessing`: wrong passwords, codes, keys or tokens; `flooding`: it went on after limits refused it; `by_hand`: by an administrator; the others: what the detection found',
    }),
    note: shownText(NOTE_LENGTH, 'Scans our paths').nullable().openapi({ description: 'Of the administrator' }),
    level: z
      .int()
      .openapi({ description: 'How many blocks of the address there were in a row: each lasts longer', example: 1 }),
    blockedAt: shownInstant,
    endsAt: shownInstant,
    liftedAt: shownInstant.nullable(),
    inForce: z.boolean(),
    _links: links,
  })
  .openapi('IpBlock');

type ShownBlock = z.infer<typeof blockSchema>;

function present(block: IpBlock, now: number): ShownBlock {
  const { id, range, reason, note, level, createdAt, endsAt, liftedAt } = block;
  const inForce = isStanding(block, now);
  return {
    ...{ id, address: range, reason, note, level },
    blockedAt: formatInstant(createdAt),
    endsAt: formatInstant(endsAt),
    liftedAt: liftedAt === null ? null : formatInstant(liftedAt),
    inForce,
    _links: { self: linkTo('getIpBlock', { id }), ...(inForce ? { lift: linkTo('liftIpBlock', { id }) } : {}) },
  };
}

function detailsOf(error: { readonly code: string }) {
  const { code, until } = error as BlockRefused & { readonly until?: number };
  if (code === 'address_already_blocked' && until !== undefined) return { members: { until: formatInstant(until) } };
  return undefined;
}

const params = z.object({ id: targetId('ip_block', 'The block') });

const READING: Routes = [
  route(
    {
      operationId: 'listIpBlocks',
      method: 'get',
      path: '/api/v1/admin/ip-blocks',
      summary: 'List blocked addresses',
      description: 'Newest first, also blocks that have ended in the last days.',
      tag: 'Limits and blocks',
      access: 'manage:protection',
      example: { as: 'admin' },
      request: {
        query: pageQuery.extend({
          inForce: z
            .enum(['true', 'false'])
            .default('false')
            .openapi({ description: 'Whether only blocks are listed that are in force' }),
        }),
      },
      responses: { 200: json(pageOf(blockSchema), 'Blocks') },
    },
    async (c) => {
      const { limit, cursor, inForce } = c.req.valid('query');
      const place = decodeCursor(cursor);
      const after = place === undefined ? null : idInCursor<'ip_block'>(place[0]);
      const context = c.get('context');
      const found = await readBlocks(c.get('deps'), context, { standing: inForce === 'true', after, limit });
      return c.json(
        paged(
          c,
          found,
          limit,
          (block) => present(block, context.now),
          ({ id }) => [id],
        ),
        200,
      );
    },
  ),
  route(
    {
      operationId: 'getIpBlock',
      method: 'get',
      path: '/api/v1/admin/ip-blocks/{id}',
      summary: 'Get a block',
      tag: 'Limits and blocks',
      access: 'manage:protection',
      example: { as: 'admin', path: { id: earlier('blockIp') }, after: ['blockIp'] },
      request: { params },
      responses: { 200: json(blockSchema, 'The block') },
      refusals: ['ip_block_not_found'],
    },
    async (c) => {
      const { database, loads } = c.get('deps');
      const [block] = await database.load(loads.protection.ipBlock(c.req.valid('param').id));
      if (block === undefined) throw new Problem({ code: 'ip_block_not_found' });
      return c.json(present(block, c.get('context').now), 200);
    },
  ),
];

const WRITING: Routes = [
  route(
    {
      operationId: 'blockIp',
      method: 'post',
      path: '/api/v1/admin/ip-blocks',
      summary: 'Block an address',
      description:
        'Everything from the address is refused with 429 `address_blocked` until the end, signed in or not. Your own address and trusted ones cannot be blocked.',
      tag: 'Limits and blocks',
      access: 'manage:protection',
      located: true,
      example: {
        as: 'admin',
        body: { address: '198.51.100.23', reason: 'Scans our paths', endsAt: '2026-12-15T08:30:00Z' },
      },
      request: {
        body: jsonBody(
          z.strictObject({
            address,
            reason: line(NOTE_LENGTH, 1).openapi({ description: 'For administrators' }),
            endsAt: instant.openapi({ description: 'At most 366 days from now' }),
          }),
        ),
      },
      responses: { 201: json(blockSchema, 'Blocked') },
      refusals: ['own_address', 'address_trusted', 'block_end_invalid', 'address_already_blocked'],
    },
    async (c) => {
      const context = c.get('context');
      const { address: asked, reason, endsAt } = c.req.valid('json');
      const made = await makeBlock(
        c.get('deps'),
        context,
        { ranges: rangesIn(asked), note: reason, endsAt },
        createdAs((block: IpBlock) => ({
          ...present(block, context.now),
          _links: { self: linkTo('getIpBlock', { id: block.id }), lift: linkTo('liftIpBlock', { id: block.id }) },
        })),
      );
      return c.json(answer<ShownBlock>(c, unwrap(made, detailsOf)), 201);
    },
  ),
  route(
    {
      operationId: 'liftIpBlock',
      method: 'delete',
      path: '/api/v1/admin/ip-blocks/{id}',
      summary: 'Lift a block',
      description: 'Also clears what the limits have counted for the address.',
      tag: 'Limits and blocks',
      access: 'manage:protection',
      example: { as: 'admin', path: { id: earlier('blockIp') }, after: ['blockIp', 'getIpBlock', 'listIpBlocks'] },
      request: { params },
      responses: { 204: { description: 'It is lifted' } },
      refusals: ['ip_block_not_found'],
    },
    async (c) => {
      unwrap(await liftBlock(c.get('deps'), c.get('context'), c.req.valid('param').id));
      return c.body(null, 204);
    },
  ),
  route(
    {
      operationId: 'unblockIp',
      method: 'delete',
      path: '/api/v1/admin/ip-blocks',
      summary: 'Lift the blocks of an address',
      description:
        'For somebody who calls because they are refused: lifts the blocks that hold for the address, and clears what the limits have counted for it.',
      tag: 'Limits and blocks',
      access: 'manage:protection',
      example: { none: 'Only for an address that is blocked' },
      request: { query: z.object({ address }) },
      responses: { 204: { description: 'They are lifted' } },
      refusals: ['ip_block_not_found'],
    },
    async (c) => {
      const ranges = rangesIn(c.req.valid('query').address);
      const lifted = await liftBlocksOf(c.get('deps'), c.get('context'), ranges);
      if (lifted === 0) throw new Problem({ code: 'ip_block_not_found' });
      return c.body(null, 204);
    },
  ),
];

export const ipBlockRoutes: Routes = [...READING, ...WRITING];

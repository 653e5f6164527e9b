/** The networks that the clinic trusts. */
import { z } from '@hono/zod-openapi';
import { MOST_NETWORKS, type TrustedAddresses } from '../../../../domain/protection/trusted-addresses.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { canonicalNetwork, isTooWide } from '../../../app/address.ts';
import { readTrusted, updateTrusted } from '../../../app/protection/trusted.ts';
import { list, rawText } from '../../bounds.ts';
import { expectedVersion, sendVersioned } from '../../etag.ts';
import { earlier } from '../../example.ts';
import { linkTo } from '../../links.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { links } from '../../schemas.ts';
import { shownInstant, shownText } from '../../shown.ts';

const network = rawText(64)
  .refine((text) => canonicalNetwork(text) !== undefined, {
    error: 'expected a network or an address, such as 203.0.113.0/24 or 2001:db8:1::/48',
  })
  .refine((text) => !isTooWide(canonicalNetwork(text) ?? '0.0.0.0/32'), {
    error: 'expected a network of at most a /8 of IPv4 or a /16 of IPv6',
  })
  .openapi({ example: '203.0.113.0/24' });

const shownNetwork = shownText(64, '203.0.113.0/24');

const trustedSchema = z
  .object({
    addresses: z.array(shownNetwork),
    fromSettings: z
      .array(shownNetwork)
      .openapi({ description: 'Trusted as well, by the setting `TRUSTED_ADDRESSES` of the operator' }),
    updatedAt: shownInstant.nullable(),
    version: z.int(),
    _links: links,
  })
  .openapi('TrustedAddresses');

function present({ networks, version, updatedAt }: TrustedAddresses, fromSettings: readonly string[]) {
  return {
    addresses: [...networks],
    fromSettings: [...fromSettings],
    updatedAt: updatedAt === null ? null : formatInstant(updatedAt),
    version,
    _links: { self: linkTo('getTrustedAddresses'), update: linkTo('setTrustedAddresses') },
  };
}

export const trustedAddressRoutes: Routes = [
  route(
    {
      operationId: 'getTrustedAddresses',
      method: 'get',
      path: '/api/v1/admin/trusted-addresses',
      summary: 'Get the trusted networks',
      tag: 'Limits and blocks',
      access: 'manage:protection',
      versioned: true,
      example: { as: 'admin' },
      responses: { 200: json(trustedSchema, 'The networks, in CIDR notation') },
    },
    async (c) => {
      const deps = c.get('deps');
      const trusted = await readTrusted(deps);
      return sendVersioned(c, trusted.version, present(trusted, deps.settings.trustedAddresses));
    },
  ),
  route(
    {
      operationId: 'setTrustedAddresses',
      method: 'put',
      path: '/api/v1/admin/trusted-addresses',
      summary: 'Set the trusted networks',
      description:
        'The networks of the clinic. No limit by address and no block applies to them, limits of accounts do. In force with the next requests of every process.',
      tag: 'Limits and blocks',
      access: 'manage:protection',
      ifMatch: 'required',
      versioned: true,
      example: {
        as: 'admin',
        ifMatch: earlier('getTrustedAddresses', 'ETag', '"v1"'),
        body: { addresses: ['203.0.113.0/24', '2001:db8:1::/48'] },
        again: ['getTrustedAddresses'],
      },
      request: { body: jsonBody(z.strictObject({ addresses: list(network, MOST_NETWORKS) })) },
      responses: { 200: json(trustedSchema, 'As they are now') },
    },
    async (c) => {
      const expected = expectedVersion(c);
      const deps = c.get('deps');
      const networks = c.req.valid('json').addresses.map((text) => canonicalNetwork(text) ?? text);
      const saved = unwrap(await updateTrusted(deps, c.get('context'), networks, expected));
      return sendVersioned(c, saved.version, present(saved, deps.settings.trustedAddresses));
    },
  ),
];

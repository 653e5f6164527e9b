/** The locations of the clinic. */

import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import type { Location } from '../../../../domain/scheduling/location.ts';
import { cached } from '../../../app/cache/cached.ts';
import { cacheReads } from '../../../app/cache/kinds.ts';
import { addLocation, updateLocation } from '../../../app/scheduling/places.ts';
import { answer, createdAs, withId } from '../../answer.ts';
import type { AppEnv } from '../../env.ts';
import { expectedVersion, sendVersioned } from '../../etag.ts';
import { earlier } from '../../example.ts';
import { linkTo, pathTo } from '../../links.ts';
import { pagedWhole } from '../../page.ts';
import { phoneNumber } from '../../phone-number.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { line, links, pageOf, pageQuery, targetId, text, zone } from '../../schemas.ts';
import { shownId, shownPhone, shownText, shownZone } from '../../shown.ts';
import { sortOf, sortQuery } from '../../sort.ts';
import { detailsOf } from './refusals.ts';
import { addressBody, addressFields } from './venue.ts';

const locationSchema = z
  .object({
    id: shownId,
    name: shownText(100, 'Practice at the park'),
    timezone: shownZone,
    ...addressFields,
    phone: shownPhone.nullable(),
    directions: shownText(1000, 'Second floor, lift on the left').nullable(),
    active: z.boolean(),
    version: z.int(),
    _links: links,
  })
  .openapi('Location');

export function presentLocation(location: Location) {
  return {
    ...location,
    id: location.id as string,
    timezone: location.timezone as string,
    _links: {
      self: linkTo('getLocation', { id: location.id }),
      resources: { href: `${pathTo('listResources')}?locationId=${location.id}` },
    },
  };
}

const locationParams = z.object({ id: targetId('location', 'The location') });

const locationBody = z.strictObject({
  name: line(100, 1),
  timezone: zone,
  ...addressBody,
  phone: phoneNumber.nullable().default(null),
  directions: text(1000, 1).nullable().default(null),
  active: z.boolean().default(true),
});

const EXAMPLE = {
  name: 'Practice at the park',
  timezone: 'Europe/Berlin',
  street: 'Lindenstraße 12',
  city: 'Berlin',
  postalCode: '10969',
  country: 'DE',
  phone: '+4930901820',
};

function knownLocations(c: HonoContext<AppEnv>) {
  const deps = c.get('deps');
  return cached(deps, cacheReads.locations(), deps.loads.scheduling.locations());
}

const caches = () => [cacheReads.locations()];

export const locationRoutes: Routes = [
  route(
    {
      operationId: 'listLocations',
      method: 'get',
      path: '/api/v1/locations',
      summary: 'List locations',
      tag: 'Clinic',
      access: 'read:directory',
      example: { as: 'patient' },
      caches,
      request: { query: pageQuery.extend({ sort: sortQuery('name', 'city') }) },
      responses: { 200: json(pageOf(locationSchema), 'Locations, also closed ones (`active`: false)') },
    },
    async (c) => {
      const query = c.req.valid('query');
      const { field, order } = sortOf(query.sort ?? 'name');
      const locations = await knownLocations(c);
      return c.json(
        pagedWhole(c, locations, query, presentLocation, (location) => [location[field] ?? '', location.id], order),
        200,
      );
    },
  ),

  route(
    {
      operationId: 'createLocation',
      method: 'post',
      path: '/api/v1/locations',
      summary: 'Add a location',
      tag: 'Clinic',
      access: 'manage:clinic',
      versioned: true,
      located: true,
      example: { as: 'admin', body: EXAMPLE },
      request: { body: jsonBody(locationBody) },
      responses: { 201: json(locationSchema, 'Added') },
      refusals: ['location_exists'],
    },
    async (c) => {
      const created = unwrap(
        await addLocation(c.get('deps'), c.get('context'), c.req.valid('json'), createdAs(presentLocation)),
        detailsOf,
      );
      return c.json(answer<ReturnType<typeof presentLocation>>(c, created), 201);
    },
  ),

  route(
    {
      operationId: 'getLocation',
      method: 'get',
      path: '/api/v1/locations/{id}',
      summary: 'Get a location',
      tag: 'Clinic',
      access: 'read:directory',
      versioned: true,
      example: { as: 'patient', path: { id: earlier('createLocation') }, after: ['createLocation'] },
      caches,
      request: { params: locationParams },
      responses: { 200: json(locationSchema, 'The location') },
      refusals: ['location_not_found'],
    },
    async (c) => {
      const locations = await knownLocations(c);
      const location = withId(locations, c.req.valid('param').id, 'location_not_found');
      return sendVersioned(c, location.version, presentLocation(location));
    },
  ),

  route(
    {
      operationId: 'updateLocation',
      method: 'put',
      path: '/api/v1/locations/{id}',
      summary: 'Update a location',
      tag: 'Clinic',
      access: 'manage:clinic',
      ifMatch: 'required',
      versioned: true,
      description:
        '`active`: false closes it. While appointments are to come or hours are there, it is neither closed nor moved to another timezone: `location_in_use` names them.',
      example: {
        as: 'admin',
        path: { id: earlier('createLocation') },
        ifMatch: earlier('createLocation', 'ETag', '"v1"'),
        body: { ...EXAMPLE, directions: 'Second floor, lift on the left' },
        after: ['createLocation'],
      },
      request: { params: locationParams, body: jsonBody(locationBody) },
      responses: { 200: json(locationSchema, 'As it is now') },
      refusals: ['location_not_found', 'location_exists', 'location_in_use'],
    },
    async (c) => {
      const expected = expectedVersion(c);
      const { id } = c.req.valid('param');
      const saved = unwrap(
        await updateLocation(c.get('deps'), c.get('context'), id, c.req.valid('json'), expected),
        detailsOf,
      );
      return sendVersioned(c, saved.version, presentLocation(saved));
    },
  ),
];

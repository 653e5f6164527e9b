/** The rooms and devices of the clinic's locations. */
import { z } from '@hono/zod-openapi';
import { RESOURCE_KINDS, type Resource } from '../../../../domain/scheduling/resource.ts';
import { addResource, updateResource } from '../../../app/scheduling/places.ts';
import { answer, createdAs, withId } from '../../answer.ts';
import { expectedVersion, sendVersioned } from '../../etag.ts';
import { earlier } from '../../example.ts';
import { linkTo } from '../../links.ts';
import { pagedWhole } from '../../page.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { idSchema, line, links, pageOf, pageQuery, targetId } from '../../schemas.ts';
import { shownId, shownText } from '../../shown.ts';
import { sortOf, sortQuery } from '../../sort.ts';
import { detailsOf } from './refusals.ts';

const resourceSchema = z
  .object({
    id: shownId,
    kind: z.enum(RESOURCE_KINDS),
    name: shownText(100, 'Room 2'),
    locationId: shownId,
    active: z.boolean(),
    version: z.int(),
    _links: links,
  })
  .openapi('Resource', { description: 'A room or a device that appointments take for their time' });

function presentResource(resource: Resource) {
  return {
    ...resource,
    id: resource.id as string,
    locationId: resource.locationId as string,
    _links: {
      self: linkTo('getResource', { id: resource.id }),
      location: linkTo('getLocation', { id: resource.locationId }),
    },
  };
}

const resourceParams = z.object({ id: targetId('resource', 'The room or device') });

const resourceBody = z.strictObject({
  kind: z.enum(RESOURCE_KINDS),
  name: line(100, 1),
  locationId: idSchema<'location'>('Where it is'),
  active: z.boolean().default(true),
});

const EXAMPLE = { kind: 'room', name: 'Room 7', locationId: earlier('createLocation') } as const;

export const resourceRoutes: Routes = [
  route(
    {
      operationId: 'listResources',
      method: 'get',
      path: '/api/v1/resources',
      summary: 'List rooms and devices',
      tag: 'Clinic',
      access: 'read:directory',
      example: { as: 'patient' },
      request: {
        query: pageQuery.extend({
          locationId: idSchema<'location'>('Those of this location').optional(),
          kind: z.enum(RESOURCE_KINDS).optional(),
          sort: sortQuery('name', 'kind'),
        }),
      },
      responses: { 200: json(pageOf(resourceSchema), 'Rooms and devices, also those out of use (`active`: false)') },
    },
    async (c) => {
      const { database, loads } = c.get('deps');
      const query = c.req.valid('query');
      const { field, order } = sortOf(query.sort ?? 'name');
      const [resources] = await database.load(loads.scheduling.resources());
      const wanted = resources.filter(
        ({ kind, locationId }) =>
          (query.kind === undefined || kind === query.kind) &&
          (query.locationId === undefined || locationId === query.locationId),
      );
      return c.json(
        pagedWhole(c, wanted, query, presentResource, (resource) => [resource[field], resource.id], order),
        200,
      );
    },
  ),

  route(
    {
      operationId: 'createResource',
      method: 'post',
      path: '/api/v1/resources',
      summary: 'Add a room or a device',
      tag: 'Clinic',
      access: 'manage:clinic',
      versioned: true,
      located: true,
      example: { as: 'admin', body: EXAMPLE, after: ['createLocation'] },
      request: { body: jsonBody(resourceBody) },
      responses: { 201: json(resourceSchema, 'Added') },
      refusals: ['location_not_found', 'resource_exists'],
    },
    async (c) => {
      const created = unwrap(
        await addResource(c.get('deps'), c.get('context'), c.req.valid('json'), createdAs(presentResource)),
        detailsOf,
      );
      return c.json(answer<ReturnType<typeof presentResource>>(c, created), 201);
    },
  ),

  route(
    {
      operationId: 'getResource',
      method: 'get',
      path: '/api/v1/resources/{id}',
      summary: 'Get a room or a device',
      tag: 'Clinic',
      access: 'read:directory',
      versioned: true,
      example: { as: 'patient', path: { id: earlier('createResource') }, after: ['createResource'] },
      request: { params: resourceParams },
      responses: { 200: json(resourceSchema, 'The room or device') },
      refusals: ['resource_not_found'],
    },
    async (c) => {
      const { database, loads } = c.get('deps');
      const [resources] = await database.load(loads.scheduling.resources());
      const resource = withId(resources, c.req.valid('param').id, 'resource_not_found');
      return sendVersioned(c, resource.version, presentResource(resource));
    },
  ),

  route(
    {
      operationId: 'updateResource',
      method: 'put',
      path: '/api/v1/resources/{id}',
      summary: 'Update a room or a device',
      tag: 'Clinic',
      access: 'manage:clinic',
      ifMatch: 'required',
      versioned: true,
      description:
        '`active`: false takes it out of use. While appointments are to take it, it keeps its use, its kind and its location: `resource_in_use` names them. It comes into use, and to another location, only where the location is open: `location_not_found`.',
      example: {
        as: 'admin',
        path: { id: earlier('createResource') },
        ifMatch: earlier('createResource', 'ETag', '"v1"'),
        body: { ...EXAMPLE, name: 'Room 8' },
        after: ['createResource'],
      },
      request: { params: resourceParams, body: jsonBody(resourceBody) },
      responses: { 200: json(resourceSchema, 'As it is now') },
      refusals: ['resource_not_found', 'location_not_found', 'resource_exists', 'resource_in_use'],
    },
    async (c) => {
      const expected = expectedVersion(c);
      const { id } = c.req.valid('param');
      const saved = unwrap(
        await updateResource(c.get('deps'), c.get('context'), id, c.req.valid('json'), expected),
        detailsOf,
      );
      return sendVersioned(c, saved.version, presentResource(saved));
    },
  ),
];

/** The types of appointment. */
import { z } from '@hono/zod-openapi';
import type { AppointmentType } from '../../../../domain/scheduling/appointment-type.ts';
import { RESOURCE_KINDS } from '../../../../domain/scheduling/resource.ts';
import { VISIT_MODES } from '../../../../domain/scheduling/visit-mode.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { changeType, createType } from '../../../app/scheduling/catalogue.ts';
import { list, rawText } from '../../bounds.ts';
import { expectedVersion, sendChanged, sendUnlessHeld } from '../../etag.ts';
import { earlier } from '../../example.ts';
import { pagedWhole } from '../../page.ts';
import { Problem } from '../../problems.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { idSchema, line, links, pageOf, pageQuery } from '../../schemas.ts';
import { shownCode, shownId, shownText } from '../../shown.ts';
import { answer, describe } from './present.ts';

export const typeSchema = z
  .object({
    id: shownId,
    code: shownCode('consultation'),
    name: shownText(200, 'Consultation'),
    durationMinutes: z.int(),
    bufferBeforeMinutes: z.int(),
    bufferAfterMinutes: z.int(),
    minimumNoticeMinutes: z.int(),
    horizonDays: z.int(),
    slotIntervalMinutes: z.int(),
    dailyLimit: z.int().nullable(),
    capacity: z.int().openapi({ description: 'Places of one session; more than 1 is a group' }),
    requires: z
      .array(z.enum(RESOURCE_KINDS))
      .openapi({ description: 'An appointment takes one of each, at the location of the hours' }),
    visitModes: z.array(z.enum(VISIT_MODES)).openapi({ description: 'The first is the default' }),
    active: z.boolean(),
    version: z.int(),
    _links: links,
  })
  .openapi('AppointmentType');

export function presentType(type: AppointmentType) {
  return {
    ...type,
    id: type.id as string,
    requires: [...type.requires],
    visitModes: [...type.visitModes],
    _links: { self: { href: `/api/v1/appointment-types/${type.id}` } },
  };
}

const typeParams = z.object({ id: idSchema<'appointment_type'>('The type') });

/** The domain checks the bounds, so that one answer lists all errors. */
const typeBody = z.strictObject({
  code: rawText(100).openapi({ example: 'physiotherapy' }),
  name: line(200),
  durationMinutes: z.int(),
  bufferBeforeMinutes: z.int().default(0),
  bufferAfterMinutes: z.int().default(0),
  minimumNoticeMinutes: z.int().default(60),
  horizonDays: z.int().default(90),
  slotIntervalMinutes: z.int(),
  dailyLimit: z.int().nullable().default(null),
  capacity: z.int().default(1).openapi({ description: 'Places of one session; more than 1 makes it a group' }),
  requires: list(z.enum(RESOURCE_KINDS), RESOURCE_KINDS.length)
    .default([])
    .openapi({ description: 'An appointment takes one of each, at the location of the hours' }),
  visitModes: list(z.enum(VISIT_MODES), VISIT_MODES.length)
    .default(['in_person'])
    .openapi({ description: 'How it may take place; the first is the default' }),
  active: z.boolean().default(true),
});

/** What is left out of the later settings stays as it is. */
const changedTypeBody = typeBody.extend({
  capacity: typeBody.shape.capacity.unwrap().optional(),
  requires: typeBody.shape.requires.unwrap().optional(),
  visitModes: typeBody.shape.visitModes.unwrap().optional(),
});

export const appointmentTypeRoutes: Routes = [
  route(
    {
      operationId: 'listAppointmentTypes',
      method: 'get',
      path: '/api/v1/appointment-types',
      summary: 'List types of appointment',
      tag: 'Doctors and times',
      access: 'read:directory',
      example: { as: 'patient' },
      request: { query: pageQuery },
      responses: { 200: json(pageOf(typeSchema), 'Types, by code') },
    },
    async (c) => {
      const { database, loads } = c.get('deps');
      const [types] = await database.load(loads.scheduling.appointmentTypes());
      return c.json(
        pagedWhole(c, types, c.req.valid('query'), presentType, ({ code }) => [code]),
        200,
      );
    },
  ),

  route(
    {
      operationId: 'createAppointmentType',
      method: 'post',
      path: '/api/v1/appointment-types',
      summary: 'Create a type of appointment',
      tag: 'Availability',
      access: 'manage:appointment_types',
      versioned: true,
      located: true,
      example: {
        as: 'admin',
        body: {
          code: 'physiotherapy',
          name: 'Physiotherapy',
          durationMinutes: 40,
          slotIntervalMinutes: 15,
        },
      },
      request: { body: jsonBody(typeBody) },
      responses: { 201: json(typeSchema, 'Added') },
      refusals: ['invalid_fields', 'appointment_type_exists', 'idempotency_key_reused', 'version_conflict'],
    },
    async (c) => {
      const created = unwrap(
        await createType(c.get('deps'), c.get('context'), c.req.valid('json'), (type) => ({
          status: 201,
          body: presentType(type),
          location: `/api/v1/appointment-types/${type.id}`,
        })),
        describe,
      );
      return c.json(answer<ReturnType<typeof presentType>>(c, created), 201);
    },
  ),

  route(
    {
      operationId: 'getAppointmentType',
      method: 'get',
      path: '/api/v1/appointment-types/{id}',
      summary: 'Get a type of appointment',
      tag: 'Doctors and times',
      access: 'read:directory',
      versioned: true,
      example: { as: 'patient', path: { id: DEMO.consultation } },
      request: { params: typeParams },
      responses: { 200: json(typeSchema, 'The type') },
      refusals: ['appointment_type_not_found'],
    },
    async (c) => {
      const { database, loads } = c.get('deps');
      const [types] = await database.load(loads.scheduling.appointmentTypes());
      const type = types.find(({ id }) => id === c.req.valid('param').id);
      if (type === undefined) throw new Problem({ code: 'appointment_type_not_found' });
      return sendUnlessHeld(c, type.version, presentType(type));
    },
  ),

  route(
    {
      operationId: 'updateAppointmentType',
      method: 'put',
      path: '/api/v1/appointment-types/{id}',
      summary: 'Update a type of appointment',
      tag: 'Availability',
      access: 'manage:appointment_types',
      ifMatch: 'required',
      versioned: true,
      description:
        'Booked appointments keep their length and their buffers. If capacity, requires or visitModes are left out, they do not change.',
      example: {
        as: 'admin',
        path: { id: earlier('createAppointmentType') },
        ifMatch: earlier('createAppointmentType', 'ETag', '"v1"'),
        body: {
          code: 'physiotherapy',
          name: 'Physiotherapy',
          durationMinutes: 45,
          slotIntervalMinutes: 15,
        },
        after: ['createAppointmentType'],
      },
      request: { params: typeParams, body: jsonBody(changedTypeBody) },
      responses: { 200: json(typeSchema, 'As it is now') },
      refusals: [
        'invalid_fields',
        'appointment_type_not_found',
        'appointment_type_exists',
        'precondition_required',
        'precondition_failed',
        'version_conflict',
      ],
    },
    async (c) => {
      const expected = expectedVersion(c);
      const { id } = c.req.valid('param');
      const saved = unwrap(
        await changeType(c.get('deps'), c.get('context'), id, c.req.valid('json'), expected),
        describe,
      );
      return sendChanged(c, saved.version, presentType(saved));
    },
  ),
];

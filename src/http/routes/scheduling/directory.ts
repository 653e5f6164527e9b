/** The directory of doctors, and the appointment types. */

import { z } from '@hono/zod-openapi';
import type { AppointmentType } from '../../../../domain/scheduling/appointment-type.ts';
import type { DirectoryEntry } from '../../../../domain/scheduling/ports.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { changeDoctor, changeType, createType } from '../../../app/scheduling/catalogue.ts';
import { knownActor } from '../../actor.ts';
import { list, rawText } from '../../bounds.ts';
import { expectedVersion, sendChanged, sendUnlessHeld } from '../../etag.ts';
import { earlier } from '../../example.ts';
import { decodeCursor, idInCursor, paged, pagedWhole } from '../../page.ts';
import { Problem } from '../../problems.ts';
import { type App, define, json, jsonBody, unwrap } from '../../router.ts';
import { idSchema, language, line, links, pageOf, pageQuery, text } from '../../schemas.ts';
import { shownCode, shownFullName, shownId, shownLanguage, shownText, shownZone } from '../../shown.ts';
import { answer, describe, doctorParams } from './present.ts';

export const doctorSchema = z
  .object({
    id: shownId,
    name: shownFullName('Chidi Okafor'),
    specialty: shownText(100, 'General practice').nullable(),
    languages: z.array(shownLanguage),
    timezone: shownZone,
    acceptingPatients: z.boolean(),
    bio: shownText(2000, 'Family doctor for twenty years').nullable(),
    version: z.int(),
    _links: links,
  })
  .openapi('Doctor');

export function presentDoctor({ doctor, name }: DirectoryEntry) {
  const base = `/api/v1/doctors/${doctor.id}`;
  return {
    id: doctor.id as string,
    name,
    specialty: doctor.specialty,
    languages: [...doctor.languages],
    timezone: doctor.timezone as string,
    acceptingPatients: doctor.acceptingPatients,
    bio: doctor.bio,
    version: doctor.version,
    _links: {
      self: { href: base },
      availability: { href: `${base}/availability` },
      slots: {
        href: `/api/v1/appointments/available-slots?doctorId=${doctor.id}{&date,from,to,type}`,
        templated: true,
      },
      nextAvailable: { href: `/api/v1/appointments/next-available?doctorIds=${doctor.id}` },
    },
  };
}

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
    active: z.boolean(),
    version: z.int(),
    _links: links,
  })
  .openapi('AppointmentType');

export function presentType(type: AppointmentType) {
  return { ...type, id: type.id as string, _links: { self: { href: `/api/v1/appointment-types/${type.id}` } } };
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
  active: z.boolean().default(true),
});

export function directoryRoutes(app: App): void {
  define(
    app,
    {
      operationId: 'listDoctors',
      method: 'get',
      path: '/api/v1/doctors',
      summary: 'List doctors',
      tag: 'Doctors and times',
      access: 'read:directory',
      example: { as: 'patient' },
      request: {
        query: pageQuery.extend({
          specialty: line(100).optional(),
          q: line(100).optional().openapi({ description: 'Part of a name, specialty or language' }),
        }),
      },
      responses: { 200: json(pageOf(doctorSchema), 'Doctors') },
    },
    async (c) => {
      const { limit, cursor, specialty, q } = c.req.valid('query');
      const { database, loads } = c.get('deps');
      const place = decodeCursor(cursor);
      const after = place === undefined ? null : idInCursor<'user'>(place[0]);
      const filter = { specialty: specialty || null, doctorIds: null, text: q || null };
      const [found] = await database.load(loads.scheduling.doctors(filter, { after, limit }));
      return c.json(
        paged(c, found, limit, presentDoctor, ({ doctor }) => [doctor.id]),
        200,
      );
    },
  );

  define(
    app,
    {
      operationId: 'getDoctor',
      method: 'get',
      path: '/api/v1/doctors/{id}',
      summary: 'Get a doctor',
      tag: 'Doctors and times',
      access: 'read:directory',
      versioned: true,
      example: { as: 'patient', path: { id: DEMO.okafor } },
      request: { params: doctorParams },
      responses: { 200: json(doctorSchema, 'The doctor') },
      refusals: ['doctor_not_found'],
    },
    async (c) => {
      const { database, loads } = c.get('deps');
      const [entry] = await database.load(loads.scheduling.doctor(c.req.valid('param').id));
      if (entry === undefined) throw new Problem({ code: 'doctor_not_found' });
      return sendUnlessHeld(c, entry.doctor.version, presentDoctor(entry));
    },
  );

  define(
    app,
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
  );

  define(
    app,
    {
      operationId: 'updateDoctor',
      method: 'put',
      path: '/api/v1/doctors/{id}',
      summary: 'Update a doctor in the directory',
      tag: 'Availability',
      access: 'manage:availability',
      ifMatch: 'required',
      versioned: true,
      description:
        'Doctors change their own entry, staff and administrators anybody’s. Who accepts no patients is booked by the clinic alone.',
      example: {
        as: 'admin',
        path: { id: DEMO.okafor },
        ifMatch: earlier('getDoctor', 'ETag', '"v1"'),
        body: {
          specialty: 'General practice',
          languages: ['en', 'de'],
          bio: 'Family doctor for twenty years',
          acceptingPatients: true,
        },
        again: ['getDoctor'],
      },
      request: {
        params: doctorParams,
        body: jsonBody(
          z.strictObject({
            specialty: line(100).nullable(),
            languages: list(language, 20),
            bio: text(2000).nullable(),
            acceptingPatients: z.boolean(),
          }),
        ),
      },
      responses: { 200: json(doctorSchema, 'As it is now') },
      refusals: ['doctor_not_found', 'precondition_required', 'precondition_failed', 'version_conflict'],
    },
    async (c) => {
      const expected = expectedVersion(c);
      const body = c.req.valid('json');
      const settings = { ...body, specialty: body.specialty || null, bio: body.bio || null };
      const { id } = c.req.valid('param');
      const saved = unwrap(
        await changeDoctor(c.get('deps'), c.get('context'), knownActor(c), id, settings, expected),
        describe,
      );
      return sendChanged(c, saved.doctor.version, presentDoctor(saved));
    },
  );

  define(
    app,
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
  );

  define(
    app,
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
  );

  define(
    app,
    {
      operationId: 'updateAppointmentType',
      method: 'put',
      path: '/api/v1/appointment-types/{id}',
      summary: 'Update a type of appointment',
      tag: 'Availability',
      access: 'manage:appointment_types',
      ifMatch: 'required',
      versioned: true,
      description: 'What is booked keeps its length and its buffers.',
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
      request: { params: typeParams, body: jsonBody(typeBody) },
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
  );
}

/** The directory of doctors. */

import { z } from '@hono/zod-openapi';
import type { DirectoryEntry } from '../../../../domain/scheduling/ports.ts';
import { isUuid, type UserId } from '../../../../domain/shared/ids.ts';
import { cached } from '../../../app/cache/cached.ts';
import { cacheReads } from '../../../app/cache/kinds.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import type { RoleActor } from '../../../app/scheduling/actors.ts';
import { mayManage } from '../../../app/scheduling/availability.ts';
import { changeDoctor } from '../../../app/scheduling/catalogue.ts';
import { knownActor } from '../../actor.ts';
import { list } from '../../bounds.ts';
import { expectedVersion, sendVersioned } from '../../etag.ts';
import { earlier } from '../../example.ts';
import { httpsAddress } from '../../https-address.ts';
import { linkTo, pathTo } from '../../links.ts';
import { decodeCursor, idInCursor, paged } from '../../page.ts';
import { Problem } from '../../problems.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { language, line, links, pageOf, pageQuery, text } from '../../schemas.ts';
import { shownFullName, shownId, shownLanguage, shownText, shownUrl, shownZone } from '../../shown.ts';
import { doctorParams } from './present.ts';
import { detailsOf } from './refusals.ts';

export const doctorSchema = z
  .object({
    id: shownId,
    name: shownFullName('Chidi Okafor'),
    specialty: shownText(100, 'General practice').nullable(),
    languages: z.array(shownLanguage),
    timezone: shownZone,
    acceptingPatients: z.boolean(),
    bio: shownText(2000, 'Family doctor for twenty years').nullable(),
    videoLink: shownUrl
      .nullable()
      .optional()
      .openapi({ description: 'Where patients meet the doctor by video; for the doctor and the clinic' }),
    version: z.int(),
    _links: links,
  })
  .openapi('Doctor');

export function presentDoctor({ doctor, name }: DirectoryEntry, viewer: RoleActor) {
  const { id } = doctor;
  return {
    id: doctor.id as string,
    name,
    specialty: doctor.specialty,
    languages: [...doctor.languages],
    timezone: doctor.timezone as string,
    acceptingPatients: doctor.acceptingPatients,
    bio: doctor.bio,
    ...(viewer.role !== 'patient' && mayManage(viewer, doctor.id) ? { videoLink: doctor.videoLink } : {}),
    version: doctor.version,
    _links: {
      self: linkTo('getDoctor', { id }),
      availability: linkTo('getAvailability', { id }),
      delay: linkTo('getDelay', { id }),
      slots: {
        href: `${pathTo('listAvailableSlots')}?doctorId=${id}{&date,from,to,type}`,
        templated: true,
      },
      nextAvailable: { href: `${pathTo('listNextAvailable')}?doctorIds=${id}` },
    },
  };
}

export const doctorRoutes: Routes = [
  route(
    {
      operationId: 'listDoctors',
      method: 'get',
      path: '/api/v1/doctors',
      summary: 'List doctors',
      tag: 'Doctors and times',
      access: 'read:directory',
      example: { as: 'patient' },
      caches: (request) => {
        const { q, cursor, limit, specialty } = request.query();
        if (q || cursor) return [];
        const page = { after: null, limit: pageQuery.shape.limit.safeParse(limit).data ?? 0 };
        return [cacheReads.doctors({ specialty: specialty || null, ...page })];
      },
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
      const deps = c.get('deps');
      const { database, loads } = deps;
      const place = decodeCursor(cursor);
      const after = place === undefined ? null : idInCursor<'user'>(place[0]);
      const filter = { specialty: specialty || null, doctorIds: null, text: q || null };
      const page = { after, limit };
      const load = loads.scheduling.doctors(filter, page);
      // What people type is seldom typed again.
      const found = q
        ? (await database.load(load))[0]
        : await cached(deps, cacheReads.doctors({ ...filter, ...page }), load);
      return c.json(
        paged(
          c,
          found,
          limit,
          (entry) => presentDoctor(entry, knownActor(c)),
          ({ doctor }) => [doctor.id],
        ),
        200,
      );
    },
  ),

  route(
    {
      operationId: 'getDoctor',
      method: 'get',
      path: '/api/v1/doctors/{id}',
      summary: 'Get a doctor',
      tag: 'Doctors and times',
      access: 'read:directory',
      versioned: true,
      example: { as: 'patient', path: { id: DEMO.okafor } },
      caches: (request) => {
        const id = request.param('id') ?? '';
        return isUuid(id) ? [cacheReads.doctor(id as UserId)] : [];
      },
      request: { params: doctorParams },
      responses: { 200: json(doctorSchema, 'The doctor') },
      refusals: ['doctor_not_found'],
    },
    async (c) => {
      const deps = c.get('deps');
      const { id } = c.req.valid('param');
      const entry = await cached(deps, cacheReads.doctor(id), deps.loads.scheduling.doctor(id));
      if (entry === undefined) throw new Problem({ code: 'doctor_not_found' });
      return sendVersioned(c, entry.doctor.version, presentDoctor(entry, knownActor(c)));
    },
  ),

  route(
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
            videoLink: httpsAddress.nullable().optional().openapi({ description: 'Left out: as it is' }),
          }),
        ),
      },
      responses: { 200: json(doctorSchema, 'As it is now') },
      refusals: ['doctor_not_found'],
    },
    async (c) => {
      const expected = expectedVersion(c);
      const body = c.req.valid('json');
      const { videoLink, ...rest } = body;
      const settings = {
        ...rest,
        specialty: body.specialty || null,
        bio: body.bio || null,
        ...(videoLink === undefined ? {} : { videoLink }),
      };
      const { id } = c.req.valid('param');
      const saved = unwrap(
        await changeDoctor(c.get('deps'), c.get('context'), knownActor(c), id, settings, expected),
        detailsOf,
      );
      return sendVersioned(c, saved.doctor.version, presentDoctor(saved, knownActor(c)));
    },
  ),
];

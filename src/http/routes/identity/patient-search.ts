/** Finding patients. */
import { z } from '@hono/zod-openapi';
import { isTooShort, matches, type PatientQuery } from '../../../../domain/identity/patient-search.ts';
import { isAllowed } from '../../../../domain/shared/actor.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { findPatients } from '../../../app/identity/patient-search.ts';
import { readDuplicates } from '../../../app/identity/patients.ts';
import { knownActor } from '../../actor.ts';
import { parameterProblem } from '../../faults.ts';
import { linkTo } from '../../links.ts';
import { decodeCursor, idInCursor, paged } from '../../page.ts';
import { json, type Routes, route, unwrap } from '../../router.ts';
import { calendarDate, line, links, pageOf, pageQuery } from '../../schemas.ts';
import {
  foundSchema,
  patientDuplicateSchema,
  patientParams,
  presentFound,
  presentPatientDuplicate,
} from './patient-views.ts';

export const patientSearchRoutes: Routes = [
  route(
    {
      operationId: 'findPatients',
      method: 'get',
      path: '/api/v1/patients',
      summary: 'Find patients',
      tag: 'Patients',
      access: 'read:patient_records',
      description:
        'By name, birth date and phone; give at least one, and all that are given must match. Staff and administrators find all patients, doctors their own. ' +
        'Each word of `q` is the beginning of a word of the name, in any order, without regard to case and marks: `mull an` finds Anna Müller, and so does `mueller`. ' +
        'The search is recorded with each patient whom it shows. A page may hold fewer than `limit`, or nobody, while `page.nextCursor` leads to more.',
      example: { as: 'admin', query: { q: 'silva mar' } },
      request: {
        query: pageQuery.extend({
          q: line(100, 1).optional().openapi({ description: 'Words of the name' }),
          match: z.enum(['prefix', 'exact']).default('prefix').openapi({
            description: 'Whether a word of `q` is the beginning of a word of the name, or all of it',
          }),
          dateOfBirth: calendarDate.optional(),
          phone: line(30, 1).optional().openapi({
            description: 'With the country code after `+` or `00`, or without it; 6 digits at least',
            example: '+4930901820',
          }),
        }),
      },
      responses: { 200: json(pageOf(foundSchema), 'Patients, in the order of registration') },
    },
    async (c) => {
      const { limit, cursor, q, match, dateOfBirth, phone } = c.req.valid('query');
      if (phone !== undefined && isTooShort(phone))
        throw parameterProblem('phone', 'too_short', 'expected at least 6 digits');
      const query: PatientQuery = {
        name: q ?? null,
        match,
        dateOfBirth: dateOfBirth ?? null,
        phone: phone ?? null,
      };
      const place = decodeCursor(cursor);
      const page = { after: place === undefined ? null : idInCursor<'user'>(place[0]), limit };
      const found = await findPatients(c.get('deps'), c.get('context'), knownActor(c), query, page);
      if (!found.ok)
        throw parameterProblem('q', 'too_short', 'expected a word of two letters or more, a dateOfBirth or a phone');
      const answer = paged(
        c,
        found.value.found,
        limit,
        (each) => (matches(query, each.user) ? presentFound(each) : null),
        ({ user }) => [user.id],
        found.value.further === null ? null : [found.value.further],
      );
      return c.json({ ...answer, data: answer.data.filter((each) => each !== null) }, 200);
    },
  ),

  route(
    {
      operationId: 'listDuplicates',
      method: 'get',
      path: '/api/v1/patients/{id}/duplicates',
      summary: 'List records that may be of the same person',
      tag: 'Patients',
      access: 'read:patient_records',
      description:
        'Records that you may see and that have the same phone, or the same date of birth and a similar name; at most 10, and `reasons` says which. `_links.merge` leads to merging one into this record, for those who may. The reading is recorded with each of them.',
      example: { as: 'admin', path: { id: DEMO.patient } },
      request: { params: patientParams },
      responses: {
        200: json(z.object({ data: z.array(patientDuplicateSchema), _links: links }), 'Records, by id'),
      },
      refusals: ['not_found'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const actor = knownActor(c);
      const found = unwrap(await readDuplicates(c.get('deps'), c.get('context'), actor, id));
      const mayMerge = isAllowed(actor, 'merge:patients');
      const data = found.map((each) => presentPatientDuplicate(each, id, mayMerge));
      return c.json({ data, _links: { self: linkTo('listDuplicates', { id }) } }, 200);
    },
  ),
];

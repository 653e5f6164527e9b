/** The types of appointment. */

import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { type AppointmentType, BOOKABLE_BY, MAXIMUM_DOCTORS } from '../../../../domain/scheduling/appointment-type.ts';
import { MAXIMUM_QUESTIONS } from '../../../../domain/scheduling/intake-question.ts';
import type { ChosenLimits, SchedulingPolicy } from '../../../../domain/scheduling/policy.ts';
import { RESOURCE_KINDS } from '../../../../domain/scheduling/resource.ts';
import { VISIT_MODES } from '../../../../domain/scheduling/visit-mode.ts';
import { cached } from '../../../app/cache/cached.ts';
import { cacheReads } from '../../../app/cache/kinds.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { policyOf } from '../../../app/scheduling/actors.ts';
import { changeType, createType } from '../../../app/scheduling/catalogue.ts';
import { knownActor } from '../../actor.ts';
import { answer, createdAs, withId } from '../../answer.ts';
import { list, rawText } from '../../bounds.ts';
import type { AppEnv } from '../../env.ts';
import { expectedVersion, sendVersioned } from '../../etag.ts';
import { earlier } from '../../example.ts';
import { linkTo } from '../../links.ts';
import { pagedWhole } from '../../page.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { idSchema, line, links, localTime, pageOf, pageQuery, targetId } from '../../schemas.ts';
import { shownCode, shownId, shownText, shownTime } from '../../shown.ts';
import { presentQuestion, questionBody, questionSchema } from './intake.ts';
import { detailsOf } from './refusals.ts';

/** What `capacity` and the settings after it mean: the same in requests and in answers. */
const MEANINGS = {
  capacity: 'Places of one session; more than 1 makes it a group',
  requires: 'An appointment takes one of each, at the location of the hours',
  visitModes: 'How it may take place; the first is the default',
  bookableBy: '`clinic`: patients neither see nor book it; the clinic books it for them',
  requiresApproval: 'What patients book is `requested` until the clinic approves or declines it',
  questions: 'What patients are asked before the visit; see /appointments/{id}/intake',
  doctorIds: 'The doctors who offer it; null for all',
  sameDayFrom: 'Booked on the day itself only, from this time on the doctor’s clock; null: ahead, within horizonDays',
  patientOpenLimit: 'How many a patient may have to come; null for no limit',
  patientDailyLimit: 'How many a patient may have on one date; null for no limit',
  patientGapDays: 'How many days the dates of two of one patient are apart at least; null for no limit',
  cancelNoticeMinutes: 'Until how long before the start patients may cancel; null for the clinic’s setting',
  rescheduleNoticeMinutes: 'Until how long before the start patients may move; null for the clinic’s setting',
} as const;

type Meaning = keyof typeof MEANINGS;

function explained<T extends z.ZodType>(name: Meaning, schema: T): T {
  return schema.openapi({ description: MEANINGS[name] });
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
    capacity: explained('capacity', z.int()),
    requires: explained('requires', z.array(z.enum(RESOURCE_KINDS))),
    visitModes: explained('visitModes', z.array(z.enum(VISIT_MODES))),
    bookableBy: explained('bookableBy', z.enum(BOOKABLE_BY)),
    requiresApproval: explained('requiresApproval', z.boolean()),
    questions: explained('questions', z.array(questionSchema)),
    doctorIds: explained('doctorIds', z.array(shownId).nullable()),
    sameDayFrom: explained('sameDayFrom', shownTime.nullable()),
    patientOpenLimit: explained('patientOpenLimit', z.int().nullable()),
    patientDailyLimit: explained('patientDailyLimit', z.int().nullable()),
    patientGapDays: explained('patientGapDays', z.int().nullable()),
    cancelNoticeMinutes: explained('cancelNoticeMinutes', z.int().nullable()),
    rescheduleNoticeMinutes: explained('rescheduleNoticeMinutes', z.int().nullable()),
    selfService: z
      .object({ book: z.boolean(), cancelNoticeMinutes: z.int(), rescheduleNoticeMinutes: z.int() })
      .openapi({ description: 'What patients may do alone, with the clinic’s settings where the type has none' }),
    active: z.boolean(),
    version: z.int(),
    _links: links,
  })
  .openapi('AppointmentType');

function presentType(type: AppointmentType, policy: SchedulingPolicy) {
  return {
    ...type,
    id: type.id as string,
    requires: [...type.requires],
    visitModes: [...type.visitModes],
    questions: type.questions.map(presentQuestion),
    doctorIds: type.doctorIds === null ? null : type.doctorIds.map(String),
    sameDayFrom: type.sameDayFrom as string | null,
    selfService: {
      book: type.bookableBy === 'everyone',
      cancelNoticeMinutes: type.cancelNoticeMinutes ?? policy.cancelNoticeMinutes,
      rescheduleNoticeMinutes: type.rescheduleNoticeMinutes ?? policy.rescheduleNoticeMinutes,
    },
    _links: { self: linkTo('getAppointmentType', { id: type.id }) },
  };
}

/** The clinic's limits that stand where the type has none: a change of them changes what is shown, not the type. */
function inheritedBy(c: HonoContext<AppEnv>, type: AppointmentType, limits: ChosenLimits): number[] {
  const policy = policyOf(c.get('deps'), limits);
  return (['cancelNoticeMinutes', 'rescheduleNoticeMinutes'] as const)
    .filter((name) => type[name] === null)
    .map((name) => policy[name]);
}

const presenter = (c: HonoContext<AppEnv>, limits: ChosenLimits) => (type: AppointmentType) =>
  presentType(type, policyOf(c.get('deps'), limits));

const typeParams = z.object({ id: targetId('appointment_type', 'The type') });

/** Settings that came later. The domain checks the bounds, so that one answer lists all errors. */
const later = {
  capacity: explained('capacity', z.int()),
  requires: explained('requires', list(z.enum(RESOURCE_KINDS), RESOURCE_KINDS.length)),
  visitModes: explained('visitModes', list(z.enum(VISIT_MODES), VISIT_MODES.length)),
  bookableBy: explained('bookableBy', z.enum(BOOKABLE_BY)),
  requiresApproval: explained('requiresApproval', z.boolean()),
  questions: explained('questions', list(questionBody, MAXIMUM_QUESTIONS)),
  doctorIds: explained('doctorIds', list(idSchema<'user'>('A doctor'), MAXIMUM_DOCTORS).nullable()),
  sameDayFrom: explained('sameDayFrom', localTime.nullable()),
  patientOpenLimit: explained('patientOpenLimit', z.int().nullable()),
  patientDailyLimit: explained('patientDailyLimit', z.int().nullable()),
  patientGapDays: explained('patientGapDays', z.int().nullable()),
  cancelNoticeMinutes: explained('cancelNoticeMinutes', z.int().nullable()),
  rescheduleNoticeMinutes: explained('rescheduleNoticeMinutes', z.int().nullable()),
};

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
  capacity: later.capacity.default(1),
  requires: later.requires.default([]),
  visitModes: later.visitModes.default(['in_person']),
  bookableBy: later.bookableBy.default('everyone'),
  requiresApproval: later.requiresApproval.default(false),
  questions: later.questions.default([]),
  doctorIds: later.doctorIds.default(null),
  sameDayFrom: later.sameDayFrom.default(null),
  patientOpenLimit: later.patientOpenLimit.default(null),
  patientDailyLimit: later.patientDailyLimit.default(null),
  patientGapDays: later.patientGapDays.default(null),
  cancelNoticeMinutes: later.cancelNoticeMinutes.default(null),
  rescheduleNoticeMinutes: later.rescheduleNoticeMinutes.default(null),
  active: z.boolean().default(true),
});

/** What is left out of the later settings stays as it is. */
const changedTypeBody = typeBody.extend(z.object(later).partial().shape);

/** The types that the caller may see: for all but the clinic, those that patients book. */
function shownTypes(c: HonoContext<AppEnv>, types: readonly AppointmentType[]): readonly AppointmentType[] {
  return knownActor(c).role !== 'patient' ? types : types.filter(({ bookableBy }) => bookableBy === 'everyone');
}

function knownTypes(c: HonoContext<AppEnv>) {
  const deps = c.get('deps');
  return cached(deps, cacheReads.appointmentTypes(), deps.loads.scheduling.typesWithLimits());
}

const caches = () => [cacheReads.appointmentTypes()];

export const appointmentTypeRoutes: Routes = [
  route(
    {
      operationId: 'listAppointmentTypes',
      method: 'get',
      path: '/api/v1/appointment-types',
      summary: 'List types of appointment',
      description: 'Patients do not see types that only the clinic books.',
      tag: 'Doctors and times',
      access: 'read:directory',
      example: { as: 'patient' },
      caches,
      request: { query: pageQuery },
      responses: { 200: json(pageOf(typeSchema), 'Types, by code') },
    },
    async (c) => {
      const { types, limits } = await knownTypes(c);
      return c.json(
        pagedWhole(c, shownTypes(c, types), c.req.valid('query'), presenter(c, limits), ({ code }) => [code]),
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
      refusals: ['invalid_fields', 'appointment_type_exists'],
    },
    async (c) => {
      const created = unwrap(
        await createType(
          c.get('deps'),
          c.get('context'),
          c.req.valid('json'),
          createdAs(({ type, limits }) => presenter(c, limits)(type)),
        ),
        detailsOf,
      );
      return c.json(answer<z.infer<typeof typeSchema>>(c, created), 201);
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
      caches,
      request: { params: typeParams },
      responses: { 200: json(typeSchema, 'The type') },
      refusals: ['appointment_type_not_found'],
    },
    async (c) => {
      const { types, limits } = await knownTypes(c);
      const type = withId(shownTypes(c, types), c.req.valid('param').id, 'appointment_type_not_found');
      return sendVersioned(c, type.version, presenter(c, limits)(type), inheritedBy(c, type, limits));
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
        'Booked appointments keep their length, their buffers, and what their patients may do alone. Settings from capacity on that are left out do not change.',
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
      refusals: ['invalid_fields', 'appointment_type_not_found', 'appointment_type_exists'],
    },
    async (c) => {
      const expected = expectedVersion(c);
      const { id } = c.req.valid('param');
      const { type, limits } = unwrap(
        await changeType(c.get('deps'), c.get('context'), id, c.req.valid('json'), expected),
        detailsOf,
      );
      return sendVersioned(c, type.version, presenter(c, limits)(type), inheritedBy(c, type, limits));
    },
  ),
];

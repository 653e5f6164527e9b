/** Editing, cancelling and rescheduling an appointment. */

import { z } from '@hono/zod-openapi';
import type { ReportedChannel } from '../../../../domain/scheduling/steps.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { cancelAppointment, editAppointment } from '../../../app/scheduling/lifecycle.ts';
import { rescheduleAppointment } from '../../../app/scheduling/rescheduling.ts';
import { knownActor } from '../../actor.ts';
import { answer } from '../../answer.ts';
import { expectedVersion } from '../../etag.ts';
import { earlier, weekday } from '../../example.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { calendarDate, idSchema, localTime, text } from '../../schemas.ts';
import { channelField, reachedBy } from './channel.ts';
import { exceptionFields, exceptionOf } from './exception.ts';
import { appointmentParams, appointmentSchema, presentAppointment, refuseNotes } from './present.ts';
import { detailsOf } from './refusals.ts';

const scope = z
  .enum(['this', 'following'])
  .default('this')
  .openapi({ description: 'For a series: this appointment only, or this one and all that follow' });

/** What every change of an appointment may be refused for. */
export const CHANGE_REFUSALS = ['appointment_not_found', 'action_not_permitted', 'invalid_transition'] as const;
const CANCEL_REFUSALS = [...CHANGE_REFUSALS, 'too_late_to_cancel'] as const;

export const lifecycleRoutes: Routes = [
  route(
    {
      operationId: 'updateAppointment',
      method: 'put',
      path: '/api/v1/appointments/{id}',
      summary: 'Update reason, symptoms or notes',
      tag: 'Appointments',
      access: ['change:own_appointment', 'run:appointments'],
      versioned: true,
      ifMatch: 'required',
      description:
        'Fields that are left out do not change; null clears a field. Reason and symptoms are the patient’s. Notes are the clinic’s and require the permission `write:clinical_notes`. Requires If-Match.',
      example: {
        as: 'patient',
        path: { id: DEMO.visits[3] },
        ifMatch: earlier('getAppointment', 'ETag', '"v1"'),
        body: { reason: 'Skin check, and a mole that has grown' },
        again: ['getAppointment'],
      },
      request: {
        params: appointmentParams,
        body: jsonBody(
          z.strictObject({
            reason: text(1000).nullable().optional(),
            symptoms: text(2000).nullable().optional(),
            notes: text(4000).nullable().optional().openapi({ description: 'The clinic’s' }),
            scope,
          }),
        ),
      },
      responses: { 200: json(appointmentSchema, 'As it is now') },
      refusals: [...CHANGE_REFUSALS, 'appointment_closed'],
    },
    async (c) => {
      const expected = expectedVersion(c);
      const actor = knownActor(c);
      const { scope: reach, reason, symptoms, notes } = c.req.valid('json');
      refuseNotes(actor, notes);
      const edits = {
        ...(reason === undefined ? {} : { reason: reason || null }),
        ...(symptoms === undefined ? {} : { symptoms: symptoms || null }),
        ...(notes === undefined ? {} : { notes: notes || null }),
      };
      const edited = unwrap(
        await editAppointment(
          c.get('deps'),
          c.get('context'),
          actor,
          c.req.valid('param').id,
          { edits, expectedVersion: expected, following: reach === 'following' },
          (record) => ({ status: 200, body: presentAppointment(c, actor, record) }),
        ),
        detailsOf,
      );
      return c.json(answer<ReturnType<typeof presentAppointment>>(c, edited), 200);
    },
  ),

  route(
    {
      operationId: 'cancelAppointment',
      method: 'post',
      path: '/api/v1/appointments/{id}/cancel',
      summary: 'Cancel an appointment',
      tag: 'Appointments',
      access: ['change:own_appointment', 'run:appointments'],
      versioned: true,
      ifMatch: 'optional',
      example: {
        as: 'patient',
        path: { id: earlier('bookAppointment') },
        body: { reason: 'I feel better' },
        after: ['bookAppointment'],
      },
      request: {
        params: appointmentParams,
        body: {
          required: false,
          content: {
            'application/json': { schema: z.strictObject({ reason: text(1000).optional(), scope, ...channelField }) },
          },
        },
      },
      responses: { 200: json(appointmentSchema, 'Cancelled') },
      refusals: [...CANCEL_REFUSALS],
    },
    async (c) => {
      const actor = knownActor(c);
      // Without a body, the validator returns `undefined`.
      const body = c.req.valid('json') as
        | { reason?: string; scope?: 'this' | 'following'; channel?: ReportedChannel }
        | undefined;
      const cancelled = unwrap(
        await cancelAppointment(
          c.get('deps'),
          reachedBy(c, body?.channel),
          actor,
          c.req.valid('param').id,
          {
            reason: body?.reason || null,
            expectedVersion: expectedVersion(c),
            following: body?.scope === 'following',
          },
          (record) => ({ status: 200, body: presentAppointment(c, actor, record) }),
        ),
        detailsOf,
      );
      return c.json(answer<ReturnType<typeof presentAppointment>>(c, cancelled), 200);
    },
  ),

  route(
    {
      operationId: 'deleteAppointment',
      method: 'delete',
      path: '/api/v1/appointments/{id}',
      summary: 'Cancel an appointment without a reason',
      tag: 'Appointments',
      access: ['change:own_appointment', 'run:appointments'],
      ifMatch: 'required',
      description: 'The same as cancelling; the appointment stays on record.',
      example: {
        as: 'patient',
        path: { id: earlier('bookAppointment') },
        ifMatch: earlier('bookAppointment', 'ETag', '"v1"'),
        after: ['cancelAppointment'],
        again: ['bookAppointment'],
      },
      request: { params: appointmentParams },
      responses: { 204: { description: 'Cancelled' } },
      refusals: [...CANCEL_REFUSALS],
    },
    async (c) => {
      const expected = expectedVersion(c);
      unwrap(
        await cancelAppointment(
          c.get('deps'),
          c.get('context'),
          knownActor(c),
          c.req.valid('param').id,
          { reason: null, expectedVersion: expected, following: false },
          () => ({ status: 200, body: null }),
        ),
        detailsOf,
      );
      return c.body(null, 204);
    },
  ),

  route(
    {
      operationId: 'rescheduleAppointment',
      method: 'post',
      path: '/api/v1/appointments/{id}/reschedule',
      summary: 'Reschedule an appointment',
      tag: 'Appointments',
      access: ['change:own_appointment', 'run:appointments'],
      versioned: true,
      ifMatch: 'optional',
      description:
        'The old time is freed only if the new one is booked. The appointment has to be confirmed again. With `scope: following` the later appointments of its series move by as many days, all of them or none.',
      example: {
        as: 'patient',
        path: { id: DEMO.visits[3] },
        body: { appointmentDate: weekday(16), startTime: '10:00' },
      },
      request: {
        params: appointmentParams,
        body: jsonBody(
          z.strictObject({
            appointmentDate: calendarDate,
            startTime: localTime,
            doctorId: idSchema<'user'>('Another doctor').optional(),
            scope,
            ...exceptionFields,
            ...channelField,
          }),
        ),
      },
      responses: { 200: json(appointmentSchema, 'Moved') },
      refusals: [
        'appointment_not_found',
        'action_not_permitted',
        'appointment_closed',
        'slot_taken',
        'slot_unavailable',
        'invalid_fields',
        'series_unavailable',
        'too_late_to_reschedule',
        'too_many_reschedules',
        'doctor_not_found',
      ],
    },
    async (c) => {
      const actor = knownActor(c);
      const body = c.req.valid('json');
      const moved = unwrap(
        await rescheduleAppointment(
          c.get('deps'),
          reachedBy(c, body.channel),
          actor,
          c.req.valid('param').id,
          {
            date: body.appointmentDate,
            startTime: body.startTime,
            doctorId: body.doctorId ?? null,
            expectedVersion: expectedVersion(c),
            exception: exceptionOf(actor, body),
            following: body.scope === 'following',
          },
          (record) => ({ status: 200, body: presentAppointment(c, actor, record) }),
        ),
        detailsOf,
      );
      return c.json(answer<ReturnType<typeof presentAppointment>>(c, moved), 200);
    },
  ),
];

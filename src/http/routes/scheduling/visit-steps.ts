/** Steps of a visit, for the clinic only: doctors for their own appointments, staff and administrators for all. */
import { z } from '@hono/zod-openapi';
import type { ReportedChannel } from '../../../../domain/scheduling/steps.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { advanceStatus, declineAppointment } from '../../../app/scheduling/lifecycle.ts';
import { undoStep } from '../../../app/scheduling/undo.ts';
import { knownActor } from '../../actor.ts';
import { answer } from '../../answer.ts';
import { expectedVersion } from '../../etag.ts';
import type { Example } from '../../example.ts';
import type { Tag } from '../../operation.ts';
import { json, type Routes, route, unwrap } from '../../router.ts';
import { text } from '../../schemas.ts';
import { channelField, reachedBy } from './channel.ts';
import { CHANGE_REFUSALS } from './lifecycle.ts';
import { appointmentParams, appointmentSchema, presentAppointment } from './present.ts';
import { detailsOf } from './refusals.ts';

function visitStep(
  path: 'approve' | 'confirm' | 'arrived' | 'roomed' | 'check-in' | 'complete' | 'left' | 'no-show',
  operationId: string,
  summary: string,
  action: Parameters<typeof advanceStatus>[4],
  example: Example,
  { tag = 'Front desk', byPatients = false }: { readonly tag?: Tag; readonly byPatients?: boolean } = {},
): Routes[number] {
  return route(
    {
      operationId,
      method: 'post',
      path: `/api/v1/appointments/{id}/${path}`,
      summary,
      tag,
      access: byPatients ? ['change:own_appointment', 'run:appointments'] : 'run:appointments',
      example,
      ifMatch: 'optional',
      versioned: true,
      description: `By the doctor of the appointment, staff or administrators${byPatients ? ', and until it begins by the patient or who acts for the patient. It says that the patient comes; mails have a link that does the same without a sign-in' : ''}.`,
      request: { params: appointmentParams },
      responses: { 200: json(appointmentSchema, 'The appointment as it is now') },
      refusals: byPatients ? [...CHANGE_REFUSALS, 'appointment_closed'] : [...CHANGE_REFUSALS, 'too_early'],
    },
    async (c) => {
      const actor = knownActor(c);
      const { id } = c.req.valid('param');
      const advanced = unwrap(
        await advanceStatus(c.get('deps'), c.get('context'), actor, id, action, expectedVersion(c), (record) => ({
          status: 200,
          body: presentAppointment(c, actor, record),
        })),
        detailsOf,
      );
      return c.json(answer<ReturnType<typeof presentAppointment>>(c, advanced), 200);
    },
  );
}

const [, , nextVisit, laterVisit, firstRequest, secondRequest] = DEMO.visits;

const APPROVED: Example = { as: 'admin', path: { id: firstRequest } };

export const visitStepRoutes: Routes = [
  visitStep('approve', 'approveRequest', 'Approve a request', 'approve', APPROVED, { tag: 'Before the visit' }),
  route(
    {
      operationId: 'declineRequest',
      method: 'post',
      path: '/api/v1/appointments/{id}/decline',
      summary: 'Decline a request',
      tag: 'Before the visit',
      access: 'run:appointments',
      example: { as: 'admin', path: { id: secondRequest }, body: { reason: 'Please see your family doctor first' } },
      ifMatch: 'optional',
      versioned: true,
      description:
        'Ends the request (`cancelled`) and frees its time. The patient gets a mail and sees the reason. By the doctor of the appointment, staff or administrators.',
      request: {
        params: appointmentParams,
        body: {
          required: false,
          content: {
            'application/json': { schema: z.strictObject({ reason: text(1000).optional(), ...channelField }) },
          },
        },
      },
      responses: { 200: json(appointmentSchema, 'Declined') },
      refusals: [...CHANGE_REFUSALS],
    },
    async (c) => {
      const actor = knownActor(c);
      // Without a body, the validator returns `undefined`.
      const body = c.req.valid('json') as { reason?: string; channel?: ReportedChannel } | undefined;
      const declined = unwrap(
        await declineAppointment(
          c.get('deps'),
          reachedBy(c, body?.channel),
          actor,
          c.req.valid('param').id,
          { reason: body?.reason || null, expectedVersion: expectedVersion(c) },
          (record) => ({ status: 200, body: presentAppointment(c, actor, record) }),
        ),
        detailsOf,
      );
      return c.json(answer<ReturnType<typeof presentAppointment>>(c, declined), 200);
    },
  ),
  visitStep(
    'confirm',
    'confirmAppointment',
    'Confirm an appointment',
    'confirm',
    { as: 'patient', path: { id: laterVisit }, after: ['rescheduleAppointment'] },
    { byPatients: true, tag: 'Before the visit' },
  ),
  visitStep('arrived', 'recordArrival', 'Record that the patient has arrived', 'arrive', {
    as: 'admin',
    path: { id: nextVisit },
    atStart: true,
  }),
  visitStep('roomed', 'recordRoom', 'Record that the patient waits in the room', 'room', {
    as: 'admin',
    path: { id: nextVisit },
    after: ['recordArrival'],
    atStart: true,
  }),
  visitStep('check-in', 'checkInPatient', 'Check the patient in', 'check_in', {
    as: 'doctor',
    path: { id: nextVisit },
    after: ['recordRoom'],
    atStart: true,
  }),
  visitStep('complete', 'completeAppointment', 'Complete an appointment', 'complete', {
    as: 'doctor',
    path: { id: nextVisit },
    after: ['checkInPatient'],
    atStart: true,
  }),
  visitStep('no-show', 'recordNoShow', 'Record a no-show', 'no_show', {
    as: 'admin',
    path: { id: laterVisit },
    after: ['confirmAppointment'],
    atStart: true,
  }),
  route(
    {
      operationId: 'undoStep',
      method: 'post',
      path: '/api/v1/appointments/{id}/undo',
      summary: 'Undo the last step of an appointment',
      tag: 'Front desk',
      access: 'run:appointments',
      example: { as: 'admin', path: { id: laterVisit }, after: ['recordNoShow'], atStart: true },
      ifMatch: 'optional',
      versioned: true,
      description:
        'Leads an arrival, a room, a check-in, a completion, a departure, a no-show or a cancellation back to the status before, until the end of the day on which it was made. A cancellation or a no-show takes its time again: `slot_taken` if that was given away, `slot_unavailable` if a doctor has left, or the location is closed or a room out of use since. The patient gets a mail when a cancellation is undone. By the doctor of the appointment, staff or administrators.',
      request: { params: appointmentParams },
      responses: { 200: json(appointmentSchema, 'The appointment as it is now') },
      refusals: [
        'appointment_not_found',
        'action_not_permitted',
        'nothing_to_undo',
        'too_late_to_undo',
        'slot_taken',
        'slot_unavailable',
      ],
    },
    async (c) => {
      const actor = knownActor(c);
      const { id } = c.req.valid('param');
      const undone = unwrap(
        await undoStep(c.get('deps'), c.get('context'), actor, id, expectedVersion(c), (record) => ({
          status: 200,
          body: presentAppointment(c, actor, record),
        })),
        detailsOf,
      );
      return c.json(answer<ReturnType<typeof presentAppointment>>(c, undone), 200);
    },
  ),
  visitStep('left', 'recordLeft', 'Record that the patient left without being seen', 'leave', {
    as: 'admin',
    path: { id: laterVisit },
    after: ['undoStep'],
    atStart: true,
  }),
];

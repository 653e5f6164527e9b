/** Steps of a visit, for the clinic only: doctors for their own appointments, staff and administrators for all. */
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { advanceStatus } from '../../../app/scheduling/lifecycle.ts';
import { knownActor } from '../../actor.ts';
import { expectedVersion } from '../../etag.ts';
import type { Example } from '../../example.ts';
import { json, type Routes, route, unwrap } from '../../router.ts';
import { CHANGE_REFUSALS } from './lifecycle.ts';
import { answer, appointmentParams, appointmentSchema, describe, presentAppointment } from './present.ts';

function visitStep(
  path: 'confirm' | 'check-in' | 'complete' | 'no-show',
  operationId: string,
  summary: string,
  action: Parameters<typeof advanceStatus>[4],
  example: Example,
): Routes[number] {
  return route(
    {
      operationId,
      method: 'post',
      path: `/api/v1/appointments/{id}/${path}`,
      summary,
      tag: 'Front desk',
      access: 'run:appointments',
      example,
      ifMatch: 'optional',
      versioned: true,
      description: 'By the doctor of the appointment, staff or administrators.',
      request: { params: appointmentParams },
      responses: { 200: json(appointmentSchema, 'The appointment as it is now') },
      refusals: [...CHANGE_REFUSALS, 'too_early', 'idempotency_key_reused'],
    },
    async (c) => {
      const actor = knownActor(c);
      const { id } = c.req.valid('param');
      const advanced = unwrap(
        await advanceStatus(c.get('deps'), c.get('context'), actor, id, action, expectedVersion(c), (record) => ({
          status: 200,
          body: presentAppointment(c, actor, record),
        })),
        describe,
      );
      return c.json(answer<ReturnType<typeof presentAppointment>>(c, advanced), 200);
    },
  );
}

const [, , nextVisit, laterVisit] = DEMO.visits;

export const visitStepRoutes: Routes = [
  visitStep('confirm', 'confirmAppointment', 'Confirm an appointment', 'confirm', {
    as: 'admin',
    path: { id: laterVisit },
    after: ['rescheduleAppointment'],
  }),
  visitStep('check-in', 'checkInPatient', 'Check the patient in', 'check_in', {
    as: 'doctor',
    path: { id: nextVisit },
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
];

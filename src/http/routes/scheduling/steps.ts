/** The history of an appointment's status. */
import { z } from '@hono/zod-openapi';
import { APPOINTMENT_STATUSES, MAKER_KINDS } from '../../../../domain/scheduling/appointment.ts';
import { type AppointmentStep, CHANNELS } from '../../../../domain/scheduling/steps.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { readSteps } from '../../../app/scheduling/appointments.ts';
import { knownActor } from '../../actor.ts';
import { pagedWhole } from '../../page.ts';
import { json, type Routes, route, unwrap } from '../../router.ts';
import { pageOf, pageQuery } from '../../schemas.ts';
import { shownInstant } from '../../shown.ts';
import { appointmentParams } from './present.ts';

const NOT_KNOWN = 'null for a change made before this was recorded';

const stepSchema = z
  .object({
    version: z.int().openapi({ description: 'The version of the appointment that the change made' }),
    status: z.enum(APPOINTMENT_STATUSES),
    at: shownInstant,
    by: z
      .enum(MAKER_KINDS)
      .nullable()
      .openapi({ description: `\`proxy\`: somebody who acts for the patient; ${NOT_KNOWN}` }),
    channel: z.enum(CHANNELS).nullable().openapi({ description: NOT_KNOWN }),
  })
  .openapi('AppointmentStep');

function presentStep({ version, status, at, byKind, channel }: AppointmentStep) {
  return { version, status, at: formatInstant(at), by: byKind, channel };
}

export const stepRoutes: Routes = [
  route(
    {
      operationId: 'listAppointmentSteps',
      method: 'get',
      path: '/api/v1/appointments/{id}/steps',
      summary: 'List the changes of an appointment’s status',
      tag: 'Appointments',
      access: 'read:own_appointments',
      description:
        'In their order, the booking first. For everybody who may see the appointment. The reading is recorded.',
      example: { as: 'patient', path: { id: DEMO.visits[3] } },
      request: { params: appointmentParams, query: pageQuery },
      responses: { 200: json(pageOf(stepSchema), 'Steps') },
      refusals: ['appointment_not_found'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const steps = unwrap(await readSteps(c.get('deps'), c.get('context'), knownActor(c), id));
      return c.json(
        pagedWhole(c, steps, c.req.valid('query'), presentStep, (step) => [step.version]),
        200,
      );
    },
  ),
];

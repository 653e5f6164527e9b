/** What the front desk reads to run its day. */
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { readClinicAppointments } from '../../../app/scheduling/front-desk.ts';
import { knownActor } from '../../actor.ts';
import { weekday } from '../../example.ts';
import { inOrder, paged } from '../../page.ts';
import { json, type Routes, route } from '../../router.ts';
import { idSchema, instantOrDate, line, pageOf, pageQuery } from '../../schemas.ts';
import { pagePosition } from './appointments.ts';
import { doctorIdList, statusList } from './list-query.ts';
import { clinicAppointmentSchema, presentClinicAppointment } from './present-desk.ts';

export const frontDeskRoutes: Routes = [
  route(
    {
      operationId: 'listAppointments',
      method: 'get',
      path: '/api/v1/appointments',
      summary: 'List appointments of the clinic',
      tag: 'Front desk',
      access: 'read:patient_records',
      description:
        'With their patients, by start, earliest first. Staff and administrators see all; doctors see their own and those of own patients. ' +
        'The reading is recorded once for each patient of the page.',
      example: { as: 'admin', query: { from: weekday(1), to: weekday(14), doctorIds: DEMO.okafor } },
      request: {
        query: pageQuery.extend({
          doctorIds: doctorIdList.optional(),
          from: instantOrDate.optional().openapi({
            description:
              'Appointments that start then or later. A date is the local date in the time zone of the appointment',
          }),
          to: instantOrDate.optional().openapi({
            description:
              'Appointments that start before this instant. A date is included; it is the local date in the time zone of the appointment',
          }),
          status: statusList.optional(),
          type: line(40, 1).optional(),
          locationId: idSchema<'location'>('Those at this location').optional(),
        }),
      },
      responses: { 200: json(pageOf(clinicAppointmentSchema), 'Appointments') },
    },
    async (c) => {
      const actor = knownActor(c);
      const query = inOrder(c.req.valid('query'));
      const filter = {
        patientId: null,
        doctorIds: query.doctorIds ?? null,
        typeCode: query.type ?? null,
        locationId: query.locationId ?? null,
        from: query.from ?? null,
        to: query.to ?? null,
        statuses: query.status ?? null,
      };
      const found = await readClinicAppointments(c.get('deps'), c.get('context'), actor, filter, pagePosition(query));
      return c.json(
        paged(
          c,
          found,
          query.limit,
          (record) => presentClinicAppointment(c, actor, record),
          ({ appointment }) => [appointment.start, appointment.id],
        ),
        200,
      );
    },
  ),
];

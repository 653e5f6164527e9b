/** How the front desk is shown appointments with their patients. */
import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import type { ClinicAppointment, PatientContact } from '../../../../domain/scheduling/front-desk-ports.ts';
import type { KnownActor } from '../../../../domain/shared/actor.ts';
import type { AppEnv } from '../../env.ts';
import { linkTo } from '../../links.ts';
import { damagedSchema, links } from '../../schemas.ts';
import { shownDate, shownId, shownName, shownPhone } from '../../shown.ts';
import { appointmentSchema, presentAppointment } from './present.ts';

export const contactSchema = z
  .object({
    id: shownId,
    firstName: shownName('Maria'),
    lastName: shownName('Silva'),
    dateOfBirth: shownDate.nullable(),
    phoneNumber: shownPhone.nullable(),
    damaged: damagedSchema,
    _links: links,
  })
  .openapi('PatientContact', { description: 'By what the clinic recognises a patient, and how it reaches them' });

export function presentContact({ id, damaged, ...fields }: PatientContact) {
  return {
    id: id as string,
    firstName: fields.firstName,
    lastName: fields.lastName,
    dateOfBirth: fields.dateOfBirth,
    phoneNumber: fields.phoneNumber,
    ...(damaged === undefined ? {} : { damaged: [...damaged] }),
    _links: {
      profile: linkTo('getProfile', { id }),
      appointments: linkTo('listPatientAppointments', { userId: id }),
    },
  };
}

export const clinicAppointmentSchema = appointmentSchema
  .extend({ patient: contactSchema.nullable().openapi({ description: 'Null once the account is erased' }) })
  .openapi('ClinicAppointment');

export function presentClinicAppointment(c: HonoContext<AppEnv>, actor: KnownActor, record: ClinicAppointment) {
  const { patient } = record;
  return {
    ...presentAppointment(c, actor, record),
    patient: patient === null ? null : presentContact(patient),
  };
}

/** How a patient is shown to the clinic that registers them. */
import { z } from '@hono/zod-openapi';
import { DUPLICATE_REASONS, type PossibleDuplicates } from '../../../../domain/identity/duplicates.ts';
import type { FoundPatient } from '../../../../domain/identity/patient-search-ports.ts';
import { USER_STATUSES, type User } from '../../../../domain/identity/user.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { linkTo } from '../../links.ts';
import { damagedSchema, links, personId } from '../../schemas.ts';
import {
  shownCode,
  shownDate,
  shownEmail,
  shownFullName,
  shownId,
  shownInstant,
  shownLanguage,
  shownName,
  shownPhone,
  shownZone,
} from '../../shown.ts';
import { addressSchema } from './schemas.ts';

export const patientParams = z.object({ id: personId('patient', 'The patient') });

export const patientSchema = z
  .object({
    id: shownId,
    status: z.enum(USER_STATUSES).openapi({ description: '`no_account`: nobody can sign in, and no mail is sent' }),
    email: shownEmail.nullable(),
    firstName: shownName('Maria'),
    lastName: shownName('Silva'),
    dateOfBirth: shownDate.nullable(),
    phoneNumber: shownPhone.nullable(),
    address: addressSchema.nullable(),
    timezone: shownZone,
    language: shownLanguage,
    version: z.int(),
    createdAt: shownInstant,
    updatedAt: shownInstant,
    damaged: damagedSchema,
    _links: links,
  })
  .openapi('Patient');

type Links = z.infer<typeof links>;

export function presentPatient(user: User) {
  const { id, status, email, firstName, lastName, dateOfBirth, phoneNumber, address, timezone, language } = user;
  const isInvitable = status === 'no_account' || status === 'invited';
  const _links: Links = {
    profile: linkTo('getProfile', { id }),
    appointments: linkTo('listPatientAppointments', { userId: id }),
    book: linkTo('bookAppointment'),
    duplicates: linkTo('listDuplicates', { id }),
    ...(isInvitable ? { update: linkTo('updatePatient', { id }), invite: linkTo('invitePatient', { id }) } : {}),
  };
  return {
    id,
    status,
    email,
    firstName,
    lastName,
    dateOfBirth,
    phoneNumber,
    address,
    timezone,
    language,
    version: user.version,
    createdAt: formatInstant(user.createdAt),
    updatedAt: formatInstant(user.updatedAt),
    ...(user.damaged === undefined ? {} : { damaged: [...user.damaged] }),
    _links,
  };
}

export const foundSchema = z
  .object({
    id: shownId,
    firstName: shownName('Maria'),
    lastName: shownName('Silva'),
    dateOfBirth: shownDate.nullable(),
    phoneNumber: shownPhone.nullable(),
    email: shownEmail.nullable(),
    hasAccount: z.boolean().openapi({ description: 'Whether the patient can sign in' }),
    nextAppointment: z
      .object({
        id: shownId,
        start: shownInstant,
        type: shownCode('consultation'),
        doctorId: shownId,
        doctorName: shownFullName('Chidi Okafor'),
      })
      .nullable(),
    damaged: damagedSchema,
    _links: links,
  })
  .openapi('FoundPatient');

/** A patient who was found. */
export function presentFound({ user, next }: FoundPatient) {
  const upcoming: Links = next === null ? {} : { nextAppointment: linkTo('getAppointment', { id: next.id }) };
  return {
    id: user.id as string,
    firstName: user.firstName,
    lastName: user.lastName,
    dateOfBirth: user.dateOfBirth,
    phoneNumber: user.phoneNumber,
    email: user.email,
    hasAccount: user.status === 'active',
    nextAppointment:
      next === null
        ? null
        : {
            id: next.id as string,
            start: formatInstant(next.start),
            type: next.typeCode,
            doctorId: next.doctorId as string,
            doctorName: next.doctorName,
          },
    ...(user.damaged === undefined ? {} : { damaged: [...user.damaged] }),
    _links: {
      profile: linkTo('getProfile', { id: user.id }),
      appointments: linkTo('listPatientAppointments', { userId: user.id }),
      book: linkTo('bookAppointment'),
      duplicates: linkTo('listDuplicates', { id: user.id }),
      ...upcoming,
    },
  };
}

/** A record that may be of the person who is being registered. */
export const duplicateSchema = foundSchema
  .extend({ reasons: z.array(z.enum(DUPLICATE_REASONS)) })
  .openapi('PossibleDuplicate');

type Candidate = PossibleDuplicates['candidates'][number];

export function presentDuplicate(candidate: Candidate) {
  return { ...presentFound(candidate), reasons: [...candidate.reasons] };
}

/** A record that may be of the same person as a patient, with the version that merging asks for. */
export const patientDuplicateSchema = duplicateSchema.extend({ version: z.int() }).openapi('PatientDuplicate');

/** @param mayMerge whether the caller may merge it into the patient's record */
export function presentPatientDuplicate(candidate: Candidate, patientId: string, mayMerge: boolean) {
  const shown = presentDuplicate(candidate);
  const merge: Links = mayMerge ? { merge: linkTo('mergePatients', { id: patientId }) } : {};
  return { ...shown, version: candidate.user.version, _links: { ...shown._links, ...merge } };
}

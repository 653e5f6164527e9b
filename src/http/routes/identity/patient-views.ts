/** How a patient is shown to the clinic that registers them. */
import { z } from '@hono/zod-openapi';
import { USER_STATUSES, type User } from '../../../../domain/identity/user.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { damagedSchema, idSchema, links } from '../../schemas.ts';
import {
  shownDate,
  shownEmail,
  shownId,
  shownInstant,
  shownLanguage,
  shownName,
  shownPhone,
  shownZone,
} from '../../shown.ts';
import { addressSchema } from './schemas.ts';

export const patientParams = z.object({ id: idSchema<'user'>('The patient') });

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
  const base = `/api/v1/patients/${id}`;
  const isInvitable = status === 'no_account' || status === 'invited';
  const _links: Links = {
    profile: { href: `/api/v1/users/${id}/profile` },
    appointments: { href: `/api/v1/appointments/user/${id}` },
    book: { href: '/api/v1/appointments', method: 'POST' },
    ...(status === 'no_account' ? { update: { href: base, method: 'PUT' } } : {}),
    ...(isInvitable ? { invite: { href: `${base}/invite`, method: 'POST' } } : {}),
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

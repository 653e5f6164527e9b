/** How accounts and profiles are shown. */

import { z } from '@hono/zod-openapi';
import type { EmailChange } from '../../../../domain/identity/email-change.ts';
import { USER_STATUSES, type User } from '../../../../domain/identity/user.ts';
import type { UserId } from '../../../../domain/shared/ids.ts';
import { ROLES } from '../../../../domain/shared/permissions.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { linkTo, pathTo } from '../../links.ts';
import { damagedSchema, line, links, personId } from '../../schemas.ts';
import {
  shownDate,
  shownEmail,
  shownId,
  shownInstant,
  shownLanguage,
  shownName,
  shownPhone,
  shownReference,
  shownText,
  shownZone,
} from '../../shown.ts';

export const userSchema = z
  .object({
    id: shownId,
    email: shownEmail.nullable().openapi({ description: 'Null for a patient who has no account' }),
    role: z.enum(ROLES),
    status: z.enum(USER_STATUSES),
    firstName: shownName('Maria'),
    lastName: shownName('Silva'),
    timezone: shownZone,
    language: shownLanguage,
    createdAt: shownInstant,
    damaged: damagedSchema,
    _links: links,
  })
  .openapi('User');

export function presentUser(user: User) {
  const { id, email: address, role, status, firstName, lastName, timezone, language: tongue, createdAt } = user;
  return {
    id,
    email: address,
    role,
    status,
    firstName,
    lastName,
    timezone,
    language: tongue,
    createdAt: formatInstant(createdAt),
    ...(user.damaged === undefined ? {} : { damaged: [...user.damaged] }),
    _links: { self: linkTo('getUser', { id }), profile: linkTo('getProfile', { id }) },
  };
}

export const addressSchema = z
  .strictObject({
    street: line(200).optional(),
    city: line(100).optional(),
    state: line(100).optional(),
    postalCode: line(20).optional(),
    country: line(2, 2).optional().openapi({ description: 'ISO 3166-1 alpha-2' }),
  })
  .openapi('Address');

export const profileSchema = z
  .object({
    id: shownId,
    email: shownEmail.nullable().openapi({ description: 'Null for a patient who has no account' }),
    pendingEmail: shownEmail
      .nullable()
      .optional()
      .openapi({ description: 'Only for the owner: the new address of a pending change, see /users/{id}/email' }),
    firstName: shownName('Maria'),
    lastName: shownName('Silva'),
    dateOfBirth: shownDate.nullable(),
    phoneNumber: shownPhone.nullable(),
    address: addressSchema.nullable(),
    bio: shownText(2000, 'Family doctor for twenty years').nullable(),
    timezone: shownZone,
    language: shownLanguage,
    avatarUrl: shownReference.nullable(),
    version: z.int(),
    updatedAt: shownInstant,
    damaged: damagedSchema,
    _links: links,
  })
  .openapi('Profile');

type Links = z.infer<typeof links>;

/** @param reader gets links to change the profile if it is their own */
export function presentProfile(user: User, reader: UserId, pending?: EmailChange | null) {
  const { id } = user;
  const self: Links = { self: linkTo('getProfile', { id }) };
  const own: Links =
    reader === user.id
      ? {
          avatar: linkTo('setAvatar', { id }),
          ...(user.hasAvatar ? { removeAvatar: linkTo('removeAvatar', { id }) } : {}),
          email: linkTo('requestEmailChange', { id }),
        }
      : {};
  return {
    id: user.id,
    email: user.email,
    ...(reader === user.id && pending !== undefined ? { pendingEmail: pending?.newEmail ?? null } : {}),
    firstName: user.firstName,
    lastName: user.lastName,
    dateOfBirth: user.dateOfBirth,
    phoneNumber: user.phoneNumber,
    address: user.address,
    bio: user.bio,
    timezone: user.timezone,
    language: user.language,
    avatarUrl: user.hasAvatar ? pathTo('getAvatar', { id }) : null,
    version: user.version,
    updatedAt: formatInstant(user.updatedAt),
    ...(user.damaged === undefined ? {} : { damaged: [...user.damaged] }),
    _links: { ...self, ...own },
  };
}

export const userParams = z.object({ id: personId('user', 'The user') });

/** A body without its undefined fields. */
export function given<T extends object>(body: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(body).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

/** Profiles: a person's own, and those of patients for the clinic. */

import { z } from '@hono/zod-openapi';
import { type EmailChange, isPending } from '../../../../domain/identity/email-change.ts';
import { cacheReads } from '../../../app/cache/kinds.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { updateProfile } from '../../../app/identity/accounts.ts';
import { readProfile } from '../../../app/identity/profiles.ts';
import { knownActor } from '../../actor.ts';
import { expectedVersion, sendVersioned } from '../../etag.ts';
import { earlier } from '../../example.ts';
import { phoneNumber } from '../../phone-number.ts';
import { Problem } from '../../problems.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { dateOfBirth, language, personName, text, zone } from '../../schemas.ts';
import { ownAccount, requireOwn } from './own.ts';
import { addressSchema, given, presentProfile, presentUser, profileSchema, userParams, userSchema } from './schemas.ts';

export const profileFields = {
  firstName: personName().optional(),
  lastName: personName().optional(),
  dateOfBirth: dateOfBirth.nullable().optional(),
  phoneNumber: phoneNumber.nullable().optional(),
  address: addressSchema.nullable().optional(),
  bio: text(2000).nullable().optional(),
  timezone: zone.optional(),
  language: language.optional(),
};

function waiting(change: EmailChange | null, now: number): EmailChange | null {
  return change !== null && isPending(change, now) ? change : null;
}

export const profileRoutes: Routes = [
  route(
    {
      operationId: 'getMe',
      method: 'get',
      path: '/api/v1/users/me',
      summary: 'Get my account',
      tag: 'Profile',
      access: 'read:own_profile',
      beforeEnrolment: true,
      versioned: true,
      example: { as: 'newcomer' },
      caches: (_, userId) => (userId === null ? [] : [cacheReads.profile(userId)]),
      responses: { 200: json(userSchema, 'My account') },
      refusals: ['not_found'],
    },
    async (c) => {
      const user = await ownAccount(c);
      return sendVersioned(c, user.version, presentUser(user));
    },
  ),

  route(
    {
      operationId: 'getProfile',
      method: 'get',
      path: '/api/v1/users/{id}/profile',
      summary: 'Get a profile',
      tag: 'Profile',
      access: 'read:own_profile',
      versioned: true,
      description:
        'Your own profile; doctors also read those of their patients, and staff those of all patients. Reading another person’s profile is recorded, and that person sees the record.',
      example: { as: 'patient', path: { id: DEMO.patient } },
      request: { params: userParams },
      responses: { 200: json(profileSchema, 'The profile') },
      refusals: ['not_found'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const user = await readProfile(c.get('deps'), c.get('context'), knownActor(c), id);
      if (user === undefined) throw new Problem({ code: 'not_found' });
      return sendVersioned(
        c,
        user.version,
        presentProfile(user, knownActor(c).userId, waiting(user.pendingEmail, c.get('context').now)),
      );
    },
  ),

  route(
    {
      operationId: 'updateProfile',
      method: 'put',
      path: '/api/v1/users/{id}/profile',
      summary: 'Update my profile',
      tag: 'Profile',
      access: 'write:own_profile',
      ifMatch: 'required',
      versioned: true,
      description: 'Fields that are left out do not change; `null` clears a field.',
      example: {
        as: 'patient',
        path: { id: DEMO.patient },
        ifMatch: earlier('getProfile', 'ETag', '"v1"'),
        body: { bio: 'Afternoons suit me best', phoneNumber: '+4930901820' },
        again: ['getProfile'],
      },
      request: {
        params: userParams,
        body: jsonBody(z.strictObject(profileFields)),
      },
      responses: { 200: json(profileSchema, 'The changed profile') },
      refusals: ['not_found'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      requireOwn(c, id);
      const changed = given(c.req.valid('json'));
      const user = unwrap(await updateProfile(c.get('deps'), c.get('context'), id, changed, expectedVersion(c)));
      return sendVersioned(c, user.version, presentProfile(user, id));
    },
  ),
];

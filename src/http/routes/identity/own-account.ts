/** Reading, changing and closing an account, and its preferences. */

import { z } from '@hono/zod-openapi';
import { DATE_FORMATS, THEMES, TIME_FORMATS } from '../../../../domain/identity/preferences.ts';
import { requireStepUp } from '../../../../domain/identity/step-up.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { updateProfile } from '../../../app/identity/accounts.ts';
import { endAccount, setPreferences } from '../../../app/identity/administration.ts';
import { readAccount } from '../../../app/identity/profiles.ts';
import { knownActor, userActor } from '../../actor.ts';
import { clearSession } from '../../cookies.ts';
import { expectedVersion, sendVersioned } from '../../etag.ts';
import { earlier } from '../../example.ts';
import { Problem } from '../../problems.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { language, personName, zone } from '../../schemas.ts';
import { requireOwn, requireOwnOrManaged } from './own.ts';
import { given, presentUser, userParams, userSchema } from './schemas.ts';

const preferencesSchema = z
  .object({
    theme: z.enum(THEMES),
    dateFormat: z.enum(DATE_FORMATS),
    timeFormat: z.enum(TIME_FORMATS),
    highContrast: z.boolean(),
    reducedMotion: z.boolean(),
  })
  .openapi('Preferences');

export const ownAccountRoutes: Routes = [
  route(
    {
      operationId: 'getUser',
      method: 'get',
      path: '/api/v1/users/{id}',
      summary: 'Get an account',
      tag: 'Profile',
      access: 'read:own_profile',
      versioned: true,
      description: 'Your own account, or any account for administrators, whose reading is recorded.',
      example: { as: 'patient', path: { id: DEMO.patient } },
      request: { params: userParams },
      responses: { 200: json(userSchema, 'The account') },
      refusals: ['not_found'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const user = await readAccount(c.get('deps'), c.get('context'), knownActor(c), id);
      if (user === undefined) throw new Problem({ code: 'not_found' });
      return sendVersioned(c, user.version, presentUser(user));
    },
  ),

  route(
    {
      operationId: 'updateUser',
      method: 'put',
      path: '/api/v1/users/{id}',
      summary: 'Update an account',
      tag: 'Profile',
      access: 'write:own_profile',
      ifMatch: 'required',
      versioned: true,
      description: 'Your own account, or any account for administrators. Fields that are left out do not change.',
      example: {
        as: 'patient',
        path: { id: DEMO.patient },
        ifMatch: earlier('getUser', 'ETag', '"v1"'),
        body: { timezone: 'Europe/Berlin', language: 'en' },
        again: ['getUser'],
      },
      request: {
        params: userParams,
        body: jsonBody(
          z.strictObject({
            firstName: personName().optional(),
            lastName: personName().optional(),
            timezone: zone.optional(),
            language: language.optional(),
          }),
        ),
      },
      responses: { 200: json(userSchema, 'The changed account') },
      refusals: ['not_found'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      requireOwnOrManaged(c, id);
      const changed = given(c.req.valid('json'));
      const user = unwrap(await updateProfile(c.get('deps'), c.get('context'), id, changed, expectedVersion(c)));
      return sendVersioned(c, user.version, presentUser(user));
    },
  ),

  route(
    {
      operationId: 'closeAccount',
      method: 'delete',
      path: '/api/v1/users/{id}',
      summary: 'Close an account',
      tag: 'Profile',
      access: 'close:own_account',
      ifMatch: 'optional',
      description:
        'Your own account, or any account for administrators. Requires a recent proof of identity: see /auth/step-up. With If-Match, only if the account was not changed meanwhile.',
      example: { as: 'admin', path: { id: earlier('inviteUser') }, after: ['acceptInvitation', 'assignRole'] },
      request: { params: userParams },
      responses: { 204: { description: 'Closed: nobody can sign in to it any more' } },
      refusals: ['not_found', 'step_up_required', 'last_admin'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const actor = userActor(c);
      requireOwnOrManaged(c, id);
      unwrap(requireStepUp(actor, c.get('context').now));
      unwrap(await endAccount(c.get('deps'), c.get('context'), id, expectedVersion(c)));
      if (id === actor.userId) clearSession(c);
      return c.body(null, 204);
    },
  ),

  route(
    {
      operationId: 'getPreferences',
      method: 'get',
      path: '/api/v1/users/{id}/preferences',
      summary: 'Get my preferences',
      tag: 'Profile',
      access: 'read:own_profile',
      example: { as: 'patient', path: { id: DEMO.patient } },
      request: { params: userParams },
      responses: { 200: json(preferencesSchema, 'The preferences') },
      refusals: ['not_found'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      requireOwn(c, id);
      const { database, loads } = c.get('deps');
      const [preferences] = await database.load(loads.identity.preferences(id));
      if (preferences === undefined) throw new Problem({ code: 'not_found' });
      return c.json(preferences, 200);
    },
  ),

  route(
    {
      operationId: 'updatePreferences',
      method: 'put',
      path: '/api/v1/users/{id}/preferences',
      summary: 'Update my preferences',
      tag: 'Profile',
      access: 'write:own_profile',
      description: 'Fields that are left out do not change.',
      example: {
        as: 'patient',
        path: { id: DEMO.patient },
        body: {
          theme: 'dark',
          dateFormat: 'iso',
          timeFormat: '24h',
          highContrast: false,
          reducedMotion: true,
        },
      },
      request: {
        params: userParams,
        body: jsonBody(
          z.strictObject({
            theme: z.enum(THEMES).optional(),
            dateFormat: z.enum(DATE_FORMATS).optional(),
            timeFormat: z.enum(TIME_FORMATS).optional(),
            highContrast: z.boolean().optional(),
            reducedMotion: z.boolean().optional(),
          }),
        ),
      },
      responses: { 200: json(preferencesSchema, 'The changed preferences') },
      refusals: ['not_found'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      requireOwn(c, id);
      const changed = given(c.req.valid('json'));
      return c.json(unwrap(await setPreferences(c.get('deps'), c.get('context'), id, changed)), 200);
    },
  ),
];
